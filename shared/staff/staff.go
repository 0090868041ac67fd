// Package staff is the register: people, their posts, the organisations they
// work in, the dictionaries, and how people are found.
//
// It holds rules and two use cases about the register itself (Indexer, and the
// dictionary list). It decides nothing about who may see or change a person
// (package admin) nor about signing in (package account), and it knows no
// DynamoDB, HTTP or JSON. Look first at Staff, then at index.go, which turns a
// person into the rows that a search reads.
package staff

import (
	"slices"
	"strconv"
	"time"
)

// Staff is a person on the register with all of their posts. It is stored,
// versioned and changed as one thing.
//
// An empty string is an absent value (待完善 where the field is required).
type Staff struct {
	Code     EmployeeCode
	Revision int64 // rises with every write
	Version  int64 // rises with record edits only; what administrators compare
	// Loaded is the version with which the operator's tools put the person on the
	// register: the audit begins after it. 0: registered here.
	Loaded int64

	Name    string
	Pinyin  Pinyin
	Account Account
	Phone   Phone // zero once the person has left
	// FormerPhone is what somebody who has left gave up and reinstating claims
	// again. No answer shows it.
	FormerPhone Phone

	ShortNumber     string
	Gender          string // dictionary code
	IDCard          string
	BirthDate       string // YYYY-MM-DD
	BudgetedPost    string // dictionary code
	JobLevel        string // dictionary code
	HomeAddress     string
	PoliticalStatus string // dictionary code

	Employment   Employment
	State        AccountState
	FrozenFrom   AccountState // the state that a freeze interrupted
	Posts        []Post       // active ones first, in the order of the record
	ActivatedAt  time.Time    // zero until the first password
	RegisteredAt time.Time
}

// Pinyin is how the name is spelled, made where the name is written and kept
// with the person, so that no other function needs the language's table.
//
// All syllables are of a–z and 0–9.
type Pinyin struct {
	// Syllables has one syllable for each Chinese character, and one for each run
	// of ASCII letters and digits; ü is v (吕 "lv").
	Syllables []string

	// Surname is how many syllables at the start are the surname: 0 for a name that
	// does not begin with one, such as a transcribed one (阿依古丽·买买提).
	Surname int

	// SurnameOther are other readings that people type for the surname, each of
	// Surname syllables: 曾 is read "zeng", and also found by "ceng".
	SurnameOther [][]string

	// GivenOther are other readings of all that stands behind the surname: 李长江
	// is read "chang jiang", and also found by "zhang jiang". Whose name was written
	// before there were any has none.
	GivenOther [][]string
}

// Post is one position in one organisation.
type Post struct {
	ID            PostID
	Unit, Org     OrgCode // 所在单位, 所在机构; the org is the unit or lies in it
	JobType       JobType
	Title         string
	Role          string // dictionary code
	Order         int    // 排序码, positive
	Email         string
	OfficePhone   string
	OfficeAddress string
	Active        bool
}

// Employment is 在职 or 离职.
type Employment string

// AccountState is 未激活, 正常 or 冻结.
type AccountState string

// JobType is 任职类型.
type JobType string

// The values of Employment, AccountState and JobType, as the API spells them.
const (
	InService Employment = "in_service"
	Left      Employment = "left"

	Pending AccountState = "pending"
	Active  AccountState = "active"
	Frozen  AccountState = "frozen"

	MainJob       JobType = "main"
	ConcurrentJob JobType = "concurrent"
	AttachedJob   JobType = "attached"
	SecondedJob   JobType = "seconded"
)

// MaxActivePosts and MaxEndedPosts bound the record; older ended posts are in
// the audit alone.
const (
	MaxActivePosts = 10
	MaxEndedPosts  = 10
)

// CanSignIn reports whether the person is one who may hold a session at all.
func (s Staff) CanSignIn() bool { return s.Employment == InService && s.State == Active }

// CanActivate reports whether the person may set a first password.
func (s Staff) CanActivate() bool { return s.Employment == InService && s.State == Pending }

// Missing lists the fields that are 待完善, as paths into the record:
// "jobLevel", "posts[1].role". A person with none is complete.
func (s Staff) Missing() []string {
	missing := []string{}
	if s.BudgetedPost == "" {
		missing = append(missing, "budgetedPost")
	}
	if s.JobLevel == "" {
		missing = append(missing, "jobLevel")
	}
	for i, p := range s.Posts {
		if p.Active && p.Role == "" {
			missing = append(missing, "posts["+strconv.Itoa(i)+"].role")
		}
	}
	return missing
}

// Complete reports whether nothing is 待完善.
func (s Staff) Complete() bool { return len(s.Missing()) == 0 }

// ActivePosts are the posts held now.
func (s Staff) ActivePosts() []Post {
	var active []Post
	for _, p := range s.Posts {
		if p.Active {
			active = append(active, p)
		}
	}
	return active
}

// MainPost is the active main post or, of a person who has left, the last one.
func (s Staff) MainPost() (Post, bool) {
	for _, p := range s.Posts {
		if p.JobType == MainJob && (p.Active || s.Employment == Left) {
			return p, true
		}
	}
	return Post{}, false
}

// VisiblePosts are the posts that decide who sees the person: the active ones,
// or the last main post of a person who has left.
func (s Staff) VisiblePosts() []Post {
	if s.Employment == InService {
		return s.ActivePosts()
	}
	if p, ok := s.MainPost(); ok {
		return []Post{p}
	}
	return nil
}

// SeenElsewhere reports whether s is seen through other organisations than was, an
// earlier state of the same person.
func (s Staff) SeenElsewhere(was Staff) bool {
	return !slices.EqualFunc(s.VisiblePosts(), was.VisiblePosts(), func(a, b Post) bool { return a.Org == b.Org })
}

// Arrange puts the posts into the order of the record: the active main post, the
// other active ones, then the ended ones, newest first, of which the last ten are
// kept. Whoever ends a post puts it before those that ended earlier.
func Arrange(posts []Post) []Post {
	rank := func(p Post) int {
		switch {
		case p.Active && p.JobType == MainJob:
			return 0
		case p.Active:
			return 1
		}
		return 2
	}
	arranged := slices.Clone(posts)
	slices.SortStableFunc(arranged, func(a, b Post) int { return rank(a) - rank(b) })
	ended := 0
	return slices.DeleteFunc(arranged, func(p Post) bool {
		if !p.Active {
			ended++
		}
		return ended > MaxEndedPosts
	})
}

// Orgs are the organisations that the person's posts name, each once, in the
// order of the posts.
func (s Staff) Orgs() []OrgCode {
	var codes []OrgCode
	for _, p := range s.Posts {
		for _, c := range []OrgCode{p.Unit, p.Org} {
			if !slices.Contains(codes, c) {
				codes = append(codes, c)
			}
		}
	}
	return codes
}

// Clone returns a copy that shares no posts with s.
func (s Staff) Clone() Staff {
	s.Posts = slices.Clone(s.Posts)
	return s
}
