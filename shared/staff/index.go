package staff

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Entry is all that the search index holds for a person: which rows there are,
// and a digest of what stands in them. The rows themselves follow from it.
type Entry struct {
	Left   bool
	Open   bool // incomplete, hence on the to-do lists
	Terms  []string
	Scopes []ScopeEntry
	Digest string
}

// ScopeEntry is where the person stands in one organisation's list.
type ScopeEntry struct {
	Org  OrgCode
	Sort string
	Main bool // the main post is in the organisation or below it
}

// Row is one row of the index. Scope and Left make its partition, with Bucket
// if it is a row of a term; the key within is Term or Sort, and the person.
type Row struct {
	List  List
	Scope OrgCode
	Left  bool
	Term  string // or the sort text, in ByOrder and ToDo
	Staff EmployeeCode
}

// List is a kind of rows.
type List string

// The kinds: every person by term, every person in order, incomplete people in
// order.
const (
	ByTerm  List = "FIND"
	ByOrder List = "LIST"
	ToDo    List = "TODO"
)

// Facts are what rows carry beside their keys, for filters and for reading the
// right organisations along with the people of a page. They may lag; what is
// shown and who is shown is decided on the person as read.
type Facts struct {
	NameKey    string
	State      AccountState
	Incomplete bool
	Units      []OrgCode
	Orgs       []OrgCode
	Divisions  []string
}

// FactsOf are the facts of s.
func FactsOf(s Staff, orgs Orgs) Facts {
	f := Facts{NameKey: NameKey(s.Name), State: s.State, Incomplete: !s.Complete(), Orgs: s.Orgs()}
	for _, p := range s.SeenThrough() {
		if !slices.Contains(f.Units, p.Unit) {
			f.Units = append(f.Units, p.Unit)
		}
		if d := orgs[p.Org].Division; !slices.Contains(f.Divisions, d) {
			f.Divisions = append(f.Divisions, d)
		}
	}
	return f
}

// EntryOf is what the index should hold for s. orgs has every org of the posts.
func EntryOf(s Staff, orgs Orgs) Entry {
	e := Entry{Left: s.Employment == Left, Terms: s.Terms()}
	e.Open = !e.Left && !s.Complete()
	main, _ := s.MainPost()
	for _, p := range s.SeenThrough() { // the main post first, so that it decides the place in the list
		for _, scope := range orgs[p.Org].Path {
			if !slices.ContainsFunc(e.Scopes, func(have ScopeEntry) bool { return have.Org == scope }) {
				e.Scopes = append(e.Scopes, ScopeEntry{
					Org:  scope,
					Sort: sortText(orgs[p.Org], p),
					Main: orgs[main.Org].In(scope),
				})
			}
		}
	}
	h := sha256.New()
	fmt.Fprintf(h, "%+v %+v", e, FactsOf(s, orgs))
	e.Digest = fmt.Sprintf("%x", h.Sum(nil)[:12])
	return e
}

// sortText orders a list as the tree is shown, then by the order of the posts.
func sortText(o Org, p Post) string {
	return fmt.Sprintf("%s#%s#%06d", o.OrderPath, strings.TrimPrefix(o.Code.String(), "GO_")[:8], min(p.Order, 999_999))
}

// Rows are the rows of e for the person c.
func (e Entry) Rows(c EmployeeCode) []Row {
	rows := make([]Row, 0, len(e.Scopes)*(len(e.Terms)+2))
	for _, sc := range e.Scopes {
		rows = append(rows, Row{ByOrder, sc.Org, e.Left, sc.Sort, c})
		if e.Open {
			rows = append(rows, Row{ToDo, sc.Org, false, sc.Sort, c})
		}
		for _, t := range e.Terms {
			rows = append(rows, Row{ByTerm, sc.Org, e.Left, t, c})
		}
	}
	return rows
}

// Main reports whether the person's main post is in scope or below it.
func (e Entry) Main(scope OrgCode) bool {
	return slices.ContainsFunc(e.Scopes, func(s ScopeEntry) bool { return s.Org == scope && s.Main })
}

// Tally is what one person adds to the counts of the one organisation that owns
// the person: the org of the main post.
type Tally struct {
	Org          OrgCode // zero: counted nowhere
	Incomplete   bool
	BudgetedPost bool // absent, as the next two
	JobLevel     bool
	Role         bool
}

// TallyOf counts people in service where their main post is.
func TallyOf(s Staff) Tally {
	main, ok := s.MainPost()
	if !ok || s.Employment != InService {
		return Tally{}
	}
	return Tally{
		Org:          main.Org,
		Incomplete:   !s.Complete(),
		BudgetedPost: s.BudgetedPost == "",
		JobLevel:     s.JobLevel == "",
		Role:         slices.ContainsFunc(s.ActivePosts(), func(p Post) bool { return p.Role == "" }),
	}
}

// Indexed is the index's own record of a person.
type Indexed struct {
	Claim    string // who wrote it last; "" if nobody ever did
	Revision int64  // of the person, at that time
	Entries  []Entry
	Tally    Tally
}

// ErrClaimed says that another writer has claimed the person meanwhile.
var ErrClaimed = errors.New("the person's index was claimed by another writer")

// Indexer brings the index of one person up to date. It may be run at any time,
// any number of times, by several writers at once and in any order: content
// always comes from the person as read, never from what set it off.
type Indexer struct {
	Store    IndexStore
	NewClaim func() string
}

// IndexStore is what Indexer asks of storage.
type IndexStore interface {
	// ReadIndexed reads the person, the orgs of its posts and what the index
	// holds. A person who does not exist is the zero Staff.
	ReadIndexed(context.Context, EmployeeCode) (Staff, Orgs, Indexed, error)
	// Claim replaces was by now and moves the counts from was.Tally to
	// now.Tally, or fails with ErrClaimed if was is no longer what is there.
	Claim(ctx context.Context, c EmployeeCode, was, now Indexed) error
	// PutRows and DeleteRows are not conditional: the claim orders them.
	PutRows(context.Context, []Row, Entry, Facts) error
	DeleteRows(context.Context, []Row) error
}

// Run indexes the person c. Images are the person before and after the change
// that set this off, where known: rows that they would have had are removed too,
// should a writer have died between writing and settling.
func (ix Indexer) Run(ctx context.Context, c EmployeeCode, images ...Staff) error {
	var stray []Row
	overrun := false // another writer came between: what stands in our rows may be older than its
	for range 20 {
		s, orgs, was, err := ix.Store.ReadIndexed(ctx, c)
		if err != nil {
			return fmt.Errorf("index %s: %w", c, err)
		}
		if was.Revision > s.Revision {
			continue // read between another writer's two steps; what it saw is newer
		}
		var entry Entry
		if !s.Code.IsZero() {
			entry = EntryOf(s, orgs)
		}
		rows := entry.Rows(c)
		for _, image := range images {
			if image.Revision != s.Revision {
				stray = append(stray, EntryOf(image, orgs).Rows(c)...)
			}
		}
		images = nil

		settled := !overrun && len(was.Entries) == 1 && was.Entries[0].Digest == entry.Digest && was.Tally == TallyOf(s)
		if settled && was.Revision == s.Revision && len(without(stray, rows)) == 0 {
			return nil
		}
		claim := Indexed{Claim: ix.NewClaim(), Revision: s.Revision, Entries: append(slices.Clone(was.Entries), entry), Tally: TallyOf(s)}
		if settled {
			claim.Entries = was.Entries
		}
		if err := ix.Store.Claim(ctx, c, was, claim); errors.Is(err, ErrClaimed) {
			continue
		} else if err != nil {
			return fmt.Errorf("index %s: claim: %w", c, err)
		}

		old := stray
		for _, e := range was.Entries {
			old = append(old, e.Rows(c)...)
		}
		if !settled {
			if err := ix.Store.PutRows(ctx, rows, entry, FactsOf(s, orgs)); err != nil {
				return fmt.Errorf("index %s: put %d rows: %w", c, len(rows), err)
			}
		}
		if err := ix.Store.DeleteRows(ctx, without(old, rows)); err != nil {
			return fmt.Errorf("index %s: delete rows: %w", c, err)
		}
		if settled {
			return nil
		}
		done := claim
		done.Claim, done.Entries = ix.NewClaim(), []Entry{entry}
		err = ix.Store.Claim(ctx, c, claim, done)
		if err == nil {
			return nil
		}
		if !errors.Is(err, ErrClaimed) {
			return fmt.Errorf("index %s: settle: %w", c, err)
		}
		stray, overrun = append(stray, rows...), true
	}
	return fmt.Errorf("index %s: claimed by others again and again", c)
}

// without is rows less those that keep has, each once.
func without(rows, keep []Row) []Row {
	have := make(map[Row]bool, len(keep))
	for _, r := range keep {
		have[r] = true
	}
	var left []Row
	for _, r := range rows {
		if !have[r] {
			have[r] = true
			left = append(left, r)
		}
	}
	return left
}
