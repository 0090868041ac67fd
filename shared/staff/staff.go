// Package staff is the register: people, their posts, the organisations they
// work in, the dictionaries, and how people are found.
//
// It holds rules, and three kinds of use cases: Indexer (the search index), RollUp and
// Totals (the numbers of people), DictionaryList (reads the dictionaries).
// Package admin decides who may see or change a person, package account decides
// who may sign in. This package knows no DynamoDB, HTTP or JSON.
//
// Look first at Staff, then at Org, then at index.go, which turns a person into the
// rows that a search reads.
package staff

import (
	"slices"
	"time"
)

// Staff is a person on the register with all of their posts. It is stored and
// changed as a whole, and has one version.
//
// An empty string means that the value is absent (待完善 where it is required).
type Staff struct {
	Code     EmployeeCode
	Revision int64 // rises with every write
	Version  int64 // rises with edits of the record only; administrators send the one they saw
	// Loaded is the version with which a bulk load put the person on the register.
	// The audit has entries only for later versions. It is 0 for a person whom an
	// administrator added: the audit begins with version 1.
	Loaded int64

	Name    string
	Pinyin  Pinyin
	Account Account
	Phone   Phone // zero once the person has left
	// FormerPhone is the number that a person gave up when they left. Somebody else
	// may take it; reinstating the person claims it again. No answer shows it.
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
	FrozenFrom   AccountState // the state before the freeze; "" unless frozen
	Posts        []Post       // in the order of Arrange
	ActivatedAt  time.Time    // zero until the first password
	RegisteredAt time.Time
}

// Pinyin is how the name is read. It is worked out when the name is written, and
// stored with the person: so only the functions that write names carry the tables
// of package pinyin.
//
// All syllables consist of a–z and 0–9.
type Pinyin struct {
	// Syllables has one syllable for each Chinese character, and one for each run
	// of ASCII letters and digits; ü is v (吕 "lv").
	Syllables []string

	// Surname is the number of syllables of the surname, with which Syllables
	// begins. It is 0 for a name without a Chinese surname, such as the transcribed
	// 阿依古丽·买买提.
	Surname int

	// SurnameOther are other readings that people type for the surname, each of
	// Surname syllables: 曾 is read "zeng", and also found by "ceng".
	SurnameOther [][]string

	// GivenOther are other readings of all that stands behind the surname: 李长江
	// is read "chang jiang", and also found by "zhang jiang". It is empty for names
	// that were stored before there was this field.
	GivenOther [][]string
}

// Post is one position in one organisation.
type Post struct {
	ID            PostID
	Unit, Org     OrgCode // 所在单位, 所在机构; Org is Unit itself or one of its institutions
	JobType       JobType
	Title         string
	Role          string // dictionary code
	Order         int    // 排序码, positive
	Email         string
	OfficePhone   string
	OfficeAddress string
	Active        bool
}

// Employment says whether the person works here: 在职 or 离职.
type Employment string

// AccountState says whether the person may sign in: 未激活, 正常 or 冻结.
type AccountState string

// JobType is the kind of a post, 任职类型.
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

// MaxActivePosts and MaxEndedPosts are how many posts a record holds at the most.
// Of posts that ended before those, only the audit knows.
const (
	MaxActivePosts = 10
	MaxEndedPosts  = 10
)

// CanSignIn reports whether the person may hold a session: in service and active.
// An incomplete record is another matter (Complete).
func (s Staff) CanSignIn() bool { return s.Employment == InService && s.State == Active }

// CanActivate reports whether the person may set a first password: in service and
// not activated yet.
func (s Staff) CanActivate() bool { return s.Employment == InService && s.State == Pending }

// ActivePosts returns the posts that the person holds now.
func (s Staff) ActivePosts() []Post {
	var active []Post
	for _, p := range s.Posts {
		if p.Active {
			active = append(active, p)
		}
	}
	return active
}

// MainPost returns the active main post or, if the person has left, the last main
// post. It reports false if there is none.
func (s Staff) MainPost() (Post, bool) {
	for _, p := range s.Posts {
		if p.JobType == MainJob && (p.Active || s.Employment == Left) {
			return p, true
		}
	}
	return Post{}, false
}

// VisiblePosts returns the posts that decide which administrators see the person:
// the active ones or, if the person has left, the last main post.
func (s Staff) VisiblePosts() []Post {
	if s.Employment == InService {
		return s.ActivePosts()
	}
	if p, ok := s.MainPost(); ok {
		return []Post{p}
	}
	return nil
}

// SeenElsewhere reports whether the visible posts of s are in other organisations
// than those of was, an earlier state of the same person.
func (s Staff) SeenElsewhere(was Staff) bool {
	return !slices.EqualFunc(s.VisiblePosts(), was.VisiblePosts(), func(a, b Post) bool { return a.Org == b.Org })
}

// Arrange returns the posts in the order of the record: the active main post, the
// other active ones, then the ended ones. It drops ended posts beyond the first
// MaxEndedPosts, and otherwise keeps the order given. Ended posts stand newest
// first, because a caller that ends a post puts it before those that ended earlier.
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

// Orgs returns the units and organisations of all posts, ended ones too, each once,
// in the order of the posts.
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
