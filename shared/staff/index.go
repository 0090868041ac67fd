package staff

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// IndexEntry is all that the search index holds for a person: which rows there are,
// and a digest of what stands in them. The rows themselves follow from it.
type IndexEntry struct {
	Left       bool
	Incomplete bool // incomplete, hence on the to-do lists
	Terms      []string
	Scopes     []ScopeEntry
	Digest     string
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
	Kind  IndexKind
	Scope OrgCode
	Left  bool
	Term  string // or the sort text, in ByOrder and ToDo
	Staff EmployeeCode
}

// IndexKind is a kind of rows.
type IndexKind string

// The kinds: every person by term, every person in order, incomplete people in
// order.
const (
	ByTerm  IndexKind = "FIND"
	ByOrder IndexKind = "LIST"
	ToDo    IndexKind = "TODO"
)

// RowAttributes are what rows carry beside their keys, for filters and for reading the
// right organisations along with the people of a page. They may lag; what is
// shown and who is shown is decided on the person as read.
type RowAttributes struct {
	NameKey    string
	State      AccountState
	Incomplete bool
	Units      []OrgCode
	Orgs       []OrgCode
	Divisions  []string
}

// RowAttributesOf are the facts of s.
func RowAttributesOf(s Staff, orgs Orgs) RowAttributes {
	f := RowAttributes{NameKey: NameKey(s.Name), State: s.State, Incomplete: !s.Complete(), Orgs: s.Orgs()}
	for _, p := range s.VisiblePosts() {
		if !slices.Contains(f.Units, p.Unit) {
			f.Units = append(f.Units, p.Unit)
		}
		if d := orgs[p.Org].Division; !slices.Contains(f.Divisions, d) {
			f.Divisions = append(f.Divisions, d)
		}
	}
	return f
}

// IndexEntryOf is what the index should hold for s. orgs has every org of the posts,
// and all above them.
func IndexEntryOf(s Staff, orgs Orgs) IndexEntry {
	e := IndexEntry{Left: s.Employment == Left, Terms: s.Terms()}
	e.Incomplete = !e.Left && !s.Complete()
	e.Scopes = ScopesOf(s, orgs)
	h := sha256.New()
	fmt.Fprintf(h, "%+v %+v", e, RowAttributesOf(s, orgs))
	e.Digest = fmt.Sprintf("%x", h.Sum(nil)[:12])
	return e
}

// ScopesOf are the lists that the person stands in, one for every organisation
// above a post, and where. Without what is above the orgs of the posts the places
// are good for Stands alone.
func ScopesOf(s Staff, orgs Orgs) []ScopeEntry {
	var entries []ScopeEntry
	main, _ := s.MainPost()
	for _, p := range Arrange(s.VisiblePosts()) { // the main post first, so that it decides the place in the list
		for _, scope := range orgs[p.Org].Path {
			if !slices.ContainsFunc(entries, func(have ScopeEntry) bool { return have.Org == scope }) {
				entries = append(entries, ScopeEntry{
					Org:  scope,
					Sort: sortText(orgs, p),
					Main: orgs[main.Org].In(scope),
				})
			}
		}
	}
	return entries
}

// sortText orders a list as the tree is shown, then by the order of the posts.
func sortText(orgs Orgs, p Post) string {
	return fmt.Sprintf("%s#%s#%06d", orgs.OrderPath(p.Org), strings.TrimPrefix(p.Org.String(), "GO_")[:8], min(p.Order, 999_999))
}

// SameSlot reports whether sort is where e stands, wherever its organisation stood
// in the tree when sort was made: the organisation and the order in it are the
// same.
func (e ScopeEntry) SameSlot(sort string) bool {
	_, here, _ := strings.Cut(e.Sort, "#")
	_, there, _ := strings.Cut(sort, "#")
	return here == there
}

// Rows are the rows of e for the person c.
func (e IndexEntry) Rows(c EmployeeCode) []Row {
	rows := make([]Row, 0, len(e.Scopes)*(len(e.Terms)+2))
	for _, sc := range e.Scopes {
		rows = append(rows, Row{ByOrder, sc.Org, e.Left, sc.Sort, c})
		if e.Incomplete {
			rows = append(rows, Row{ToDo, sc.Org, false, sc.Sort, c})
		}
		for _, t := range e.Terms {
			rows = append(rows, Row{ByTerm, sc.Org, e.Left, t, c})
		}
	}
	return rows
}

// Main reports whether the person's main post is in scope or below it.
func (e IndexEntry) Main(scope OrgCode) bool {
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

// IndexRecord is the index's own record of a person.
type IndexRecord struct {
	Stamp    string // a new one with every write; "" if there is no record
	Revision int64  // of the person, when last looked at
	Entries  []IndexEntry
	Writers  []Writer
	Tally    Tally
}

// Writer is a run that may still be writing rows of the person.
type Writer struct {
	ID    string
	Since time.Time
}

// writerLife is when a writer that has not signed off is taken for dead: no
// function runs longer.
const writerLife = 15 * time.Minute

// A writer that finds others at work lets those before it finish, for its first
// politeTries tries: some of them may be dead.
const (
	tries       = 40
	politeTries = 8
)

// ErrClaimed says that the person's record was written by somebody else meanwhile.
var ErrClaimed = errors.New("the person's index was claimed by another writer")

// Indexer brings the index of one person up to date. It may be run at any time,
// any number of times, by several writers at once and in any order, and be
// killed at any point: content always comes from the person as read, never from
// what set it off.
//
// Rows are written without conditions, so order is kept by the person's Indexed,
// which is only ever replaced as it was read:
//
//   - Before it touches a row, a writer adds to it what it is going to write, and
//     itself. Hence every row that is there is of an entry listed.
//   - When it is done it takes itself off. It takes the entries of others off only
//     if it was alone from beginning to end, for only then nobody has put or
//     deleted a row since. Who was not alone, and who finds a record that somebody
//     left unfinished, does it all again.
//   - Nobody can tell a slow writer from a dead one, so one that never signed off
//     stays listed until it cannot be alive.
type Indexer struct {
	Store  IndexStore
	Now    func() time.Time
	Random io.Reader // of ids

	// Distrust makes it put the rows even if the record says that they are there.
	Distrust bool
}

// IndexStore is what Indexer asks of storage.
type IndexStore interface {
	// ReadIndexRecord reads the person and the record, then the orgs through which
	// the person is seen with all above them. A person who does not exist is the
	// zero Staff.
	ReadIndexRecord(context.Context, EmployeeCode) (Staff, Orgs, IndexRecord, error)
	// Orgs reads organisations. What is not there is not in the result.
	Orgs(context.Context, []OrgCode) (Orgs, error)
	// Claim replaces was by now and moves the counts from was.Tally to now.Tally,
	// in one; ErrClaimed if was is no longer what is there. A record without
	// entries and writers is deleted.
	Claim(ctx context.Context, c EmployeeCode, was, now IndexRecord) error
	// PutRows and DeleteRows are not conditional: the claim orders them.
	PutRows(context.Context, []Row, IndexEntry, RowAttributes) error
	DeleteRows(context.Context, []Row) error
	// Pause waits before the n-th try: a while that is not the same for two
	// writers, so that each comes to an end.
	Pause(ctx context.Context, n int) error
}

// Run indexes the person c and reports whether there was anything to do. Strays
// are rows that were seen and are not accounted for; they are deleted, unless
// they are the person's after all.
func (ix Indexer) Run(ctx context.Context, c EmployeeCode, strays ...Row) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, writerLife/2) // over before anybody takes it for dead
	defer cancel()
	me, err := randomHex(ix.Random, "")
	if err != nil {
		return false, fmt.Errorf("index %s: %w", c, err)
	}
	worked := false
	for try := range tries {
		if try > 0 {
			if err := ix.Store.Pause(ctx, try); err != nil {
				return worked, fmt.Errorf("index %s: %w", c, err)
			}
		}
		s, orgs, was, err := ix.Store.ReadIndexRecord(ctx, c)
		if err != nil {
			return worked, fmt.Errorf("index %s: %w", c, err)
		}
		gone := s.Code.IsZero()
		if was.Revision > s.Revision && (!gone || try == 0) {
			continue // the person was read before the record, and somebody came between
		}

		others := was.others(me, ix.Now())
		if try < politeTries && was.queues(me, others) {
			continue // to come between would only make two do everything again
		}

		now := IndexRecordOf(s, orgs)
		rows := rowsOf(c, now.Entries)
		settled := was.settledAs(now) && (worked || !ix.Distrust)
		if settled && len(without(strays, rows)) == 0 {
			if was.Revision == now.Revision {
				return worked, nil
			}
			// Nothing to write, but a writer with an older reading of the person
			// must not get past this one.
			switch err := ix.claim(ctx, c, was, &now); {
			case err == nil:
				return true, nil
			case !errors.Is(err, ErrClaimed):
				return worked, fmt.Errorf("index %s: %w", c, err)
			}
			continue
		}

		claimed := IndexRecord{
			Revision: now.Revision, Tally: now.Tally, Entries: listed(was.Entries, now.Entries),
			Writers: append(slices.Clip(others), Writer{me, ix.Now()}),
		}
		if err := ix.claim(ctx, c, was, &claimed); errors.Is(err, ErrClaimed) {
			continue
		} else if err != nil {
			return worked, fmt.Errorf("index %s: %w", c, err)
		}
		worked = true
		if !settled && !gone {
			if err := ix.Store.PutRows(ctx, rows, now.Entries[0], RowAttributesOf(s, orgs)); err != nil {
				return worked, fmt.Errorf("index %s: put %d rows: %w", c, len(rows), err)
			}
		}
		if err := ix.Store.DeleteRows(ctx, without(append(rowsOf(c, was.Entries), strays...), rows)); err != nil {
			return worked, fmt.Errorf("index %s: delete rows: %w", c, err)
		}
		if len(others) > 0 {
			now.Entries, now.Writers = claimed.Entries, others
		}
		switch err := ix.claim(ctx, c, claimed, &now); {
		case err == nil:
			if gone {
				return worked, nil
			}
			if still, err := ix.still(ctx, c, s, orgs); still || err != nil {
				return worked, err
			}
		case !errors.Is(err, ErrClaimed):
			return worked, fmt.Errorf("index %s: %w", c, err)
		}
	}
	return worked, fmt.Errorf("index %s: claimed by others again and again", c)
}

// still reports whether the organisations of the person s are where they were
// when the rows were made, and in the same order. One that has got another place
// meanwhile has its people indexed again by those rows that are there when it
// does, so rows written later are looked at by who wrote them. What the person's
// own changes ask for, their own events see to.
func (ix Indexer) still(ctx context.Context, c EmployeeCode, s Staff, orgs Orgs) (bool, error) {
	now, err := ix.Store.Orgs(ctx, slices.Collect(maps.Keys(orgs)))
	if err != nil {
		return false, fmt.Errorf("index %s: look again at the organisations: %w", c, err)
	}
	return IndexEntryOf(s, now).Digest == IndexEntryOf(s, orgs).Digest, nil
}

// IndexRecordOf is the record of a person whose index is as it should be. Its stamp
// is that of a first record.
func IndexRecordOf(s Staff, orgs Orgs) IndexRecord {
	x := IndexRecord{Stamp: "new", Revision: s.Revision, Tally: TallyOf(s)}
	if !s.Code.IsZero() {
		x.Entries = []IndexEntry{IndexEntryOf(s, orgs)}
	}
	return x
}

// claim replaces was by now under a new stamp.
func (ix Indexer) claim(ctx context.Context, c EmployeeCode, was IndexRecord, now *IndexRecord) error {
	stamp, err := randomHex(ix.Random, "")
	if err != nil {
		return err
	}
	now.Stamp = stamp
	if err := ix.Store.Claim(ctx, c, was, *now); err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	return nil
}

// settledAs reports whether everything is as it should be: nobody is writing,
// and the rows and the counts are those of now.
func (x IndexRecord) settledAs(now IndexRecord) bool {
	same := func(a, b IndexEntry) bool { return a.Digest == b.Digest }
	return len(x.Writers) == 0 && slices.EqualFunc(x.Entries, now.Entries, same) && x.Tally == now.Tally
}

// others are the writers that may still be alive, but for me, who does one
// thing after the other.
func (x IndexRecord) others(me string, now time.Time) []Writer {
	var alive []Writer
	for _, w := range x.Writers {
		if w.ID != me && now.Sub(w.Since) < writerLife {
			alive = append(alive, w)
		}
	}
	return alive
}

// queues reports whether any of others, who may be alive, was listed before me.
func (x IndexRecord) queues(me string, others []Writer) bool {
	for _, w := range x.Writers {
		if w.ID == me || len(others) == 0 {
			return false
		}
		if w.ID == others[0].ID {
			return true
		}
	}
	return false
}

// Unlisted are those of rows, rows of the person c, that no entry of x accounts for.
func (x IndexRecord) Unlisted(c EmployeeCode, rows []Row) []Row {
	return without(rows, rowsOf(c, x.Entries))
}

// listed is entries and those of more, each once.
func listed(entries, more []IndexEntry) []IndexEntry {
	all := slices.Clone(entries)
	for _, e := range more {
		if !slices.ContainsFunc(all, func(have IndexEntry) bool { return have.Digest == e.Digest }) {
			all = append(all, e)
		}
	}
	return all
}

func rowsOf(c EmployeeCode, entries []IndexEntry) []Row {
	var rows []Row
	for _, e := range entries {
		rows = append(rows, e.Rows(c)...)
	}
	return rows
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
