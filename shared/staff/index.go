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

// IndexEntry is all that the search index holds for a person. The rows follow from
// it (Rows).
type IndexEntry struct {
	Left       bool // the person has left: the rows stand in the lists of former staff
	Incomplete bool // the person stands in the lists of incomplete people, too
	Terms      []string
	Scopes     []ScopeEntry
	Oddities   []Oddity // the person stands in the lists of these, too
	Digest     string   // a hash of the entry and of its RowAttributes; equal digests mean equal rows

	// Hashes of the attributes of rows: those by term, and all others. Main and the terms
	// are not in them.
	// They are "" in an entry of an older version, whose rows have other attributes.
	ByTerm, ByPlace string
}

// ScopeEntry is the person's place in the list of one organisation.
type ScopeEntry struct {
	Org    OrgCode
	Sort   string // the list is sorted by this text
	Main   bool   // the main post is in the organisation or below it
	ByList bool   // a text is looked for in the list itself: the terms have no rows here
}

// SearchesByList reports whether a search by a text reads the list of the organisation,
// whose rows have the terms. So it is in a unit and below, where a list is short.
// Headings hold everybody, and have a row for each term.
func (o Org) SearchesByList() bool { return o.Type == UnitOrg || o.Type == InstitutionOrg }

// Row is one row of the index. Its partition key consists of Kind, Scope, Left and,
// for a row of a term, the Bucket of the term. Its sort key consists of Term and
// Staff.
type Row struct {
	Kind  IndexKind
	Scope OrgCode
	Left  bool
	Term  string // of all kinds but ByTerm: the Sort of the scope entry
	Staff EmployeeCode
}

// IndexKind is a kind of rows.
type IndexKind string

// The kinds of rows.
const (
	ByTerm  IndexKind = "FIND" // everybody, by term
	ByOrder IndexKind = "LIST" // everybody, by place in the tree
	ToDo    IndexKind = "TODO" // incomplete people, by place in the tree

	// People with an oddity, by place in the tree.
	ByOddName      IndexKind = "ODDNAME"
	ByOddBirthDate IndexKind = "ODDBIRTH"
)

// RowAttributes are the attributes that rows have beside their keys. A search learns from
// them which organisations to read together with the people of a page. Rows that are
// sorted by place have what a list is filtered by, too. They may lag behind the person:
// whom a search shows, and what of them, it decides on the person as read.
//
// Rows have little: each of a person's rows is written again when one of its attributes
// changes. What an activation or a freeze changes is not among them.
type RowAttributes struct {
	Orgs       []OrgCode // units and organisations of all posts
	Incomplete bool      // this and what follows not in rows by term
	Budgeted   string    // BudgetedPost, "" for none
	JobLevel   string    // "" for none
}

// RowAttributesOf returns the attributes of the rows of s.
func RowAttributesOf(s Staff) RowAttributes {
	return RowAttributes{s.Orgs(), !s.Complete(), s.BudgetedPost, s.JobLevel}
}

// IndexEntryOf returns what the index should hold for s. orgs has the organisations
// of the visible posts, and all above them.
func IndexEntryOf(s Staff, orgs Orgs) IndexEntry {
	e := IndexEntry{Left: s.Employment == Left, Scopes: ScopesOf(s, orgs)}
	e.Incomplete = !e.Left && !s.Complete()
	e.Terms, e.Oddities = s.Terms(s.TermLists(orgs)), s.Oddities()
	f := RowAttributesOf(s)
	e.ByTerm, e.ByPlace = hash(6, f.Orgs), hash(6, f)
	e.Digest = hash(12, e.Left, e.Incomplete, e.Terms, e.Scopes, e.Oddities, f)
	return e
}

// hash is a hash of parts, so many bytes of it.
func hash(bytes int, parts ...any) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%+v\n", p)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:bytes])
}

// unlike returns the rows of e that was does not have with the same attributes. Both are
// of the person c.
func (e IndexEntry) unlike(was IndexEntry, c EmployeeCode) []Row {
	sameTerms := slices.Equal(e.Terms, was.Terms)
	same := slices.DeleteFunc(was.Rows(c), func(r Row) bool {
		switch {
		case e.Main(r.Scope) != was.Main(r.Scope):
			return true
		case r.Kind == ByTerm:
			return e.ByTerm != was.ByTerm
		case e.HasTerms(r) != was.HasTerms(r), e.HasTerms(r) && !sameTerms:
			return true
		}
		return e.ByPlace != was.ByPlace
	})
	return subtractRows(e.Rows(c), same)
}

// ScopesOf returns the person's place in each list that the person stands in: one
// list for each organisation in the path of a visible post. If orgs lacks the
// organisations above those of the posts, the places only serve SameSlot.
func ScopesOf(s Staff, orgs Orgs) []ScopeEntry {
	var entries []ScopeEntry
	main, _ := s.MainPost()
	for _, p := range Arrange(s.VisiblePosts()) { // the main post comes first, so it decides the place in a list
		for _, scope := range orgs[p.Org].Path {
			if !slices.ContainsFunc(entries, func(have ScopeEntry) bool { return have.Org == scope }) {
				entries = append(entries, ScopeEntry{Org: scope, Sort: sortKey(orgs, p), Main: orgs[main.Org].In(scope), ByList: orgs[scope].SearchesByList()})
			}
		}
	}
	return entries
}

// TermLists returns in how many lists the person's terms have rows, at the most: those of
// the organisations above the units of the posts. orgs has the organisations of the posts.
func (s Staff) TermLists(orgs Orgs) int {
	lists := map[OrgCode]bool{}
	for _, p := range s.VisiblePosts() {
		for _, c := range orgs[p.Org].Path {
			if c == p.Unit {
				break
			}
			lists[c] = true
		}
	}
	return len(lists)
}

// sortKey returns the text by which the post p sorts in a list: first as the tree is
// shown, then by the order of the posts.
func sortKey(orgs Orgs, p Post) string {
	return orgs.OrderPath(p.Org) + "#" + strings.TrimPrefix(p.Org.String(), "GO_")[:8] + "#" + orderText(p.Order)
}

// SameSlot reports whether sort and e.Sort name the same organisation and the same
// order in it. The place of that organisation in the tree does not count: it may
// have moved since sort was made.
func (e ScopeEntry) SameSlot(sort string) bool {
	_, here, _ := strings.Cut(e.Sort, "#")
	_, there, _ := strings.Cut(sort, "#")
	return here == there
}

// Rows returns the rows of the person c that follow from e.
func (e IndexEntry) Rows(c EmployeeCode) []Row {
	rows := make([]Row, 0, len(e.Scopes)*(len(e.Terms)+2))
	for _, sc := range e.Scopes {
		rows = append(rows, Row{ByOrder, sc.Org, e.Left, sc.Sort, c})
		if e.Incomplete {
			rows = append(rows, Row{ToDo, sc.Org, false, sc.Sort, c})
		}
		for _, o := range e.Oddities {
			rows = append(rows, Row{o.List(), sc.Org, false, sc.Sort, c})
		}
		if sc.ByList {
			continue
		}
		for _, t := range e.Terms {
			rows = append(rows, Row{ByTerm, sc.Org, e.Left, t, c})
		}
	}
	return rows
}

// Main reports whether the main post is in scope or below it.
func (e IndexEntry) Main(scope OrgCode) bool {
	return slices.ContainsFunc(e.Scopes, func(s ScopeEntry) bool { return s.Org == scope && s.Main })
}

// HasTerms reports whether the row r of e has the terms beside its key.
func (e IndexEntry) HasTerms(r Row) bool {
	return r.Kind == ByOrder && slices.ContainsFunc(e.Scopes, func(s ScopeEntry) bool { return s.Org == r.Scope && s.ByList })
}

// Tally is what one person adds to the count of one organisation, that of the main
// post.
type Tally struct {
	Org          OrgCode // zero: the person is counted nowhere
	Incomplete   bool
	BudgetedPost bool // 人员编制 is absent
	JobLevel     bool // 职级 is absent
	Role         bool // 人员角色 of an active post is absent
}

// TallyOf returns the tally of s. It is zero for a person who is not in service.
func TallyOf(s Staff) Tally {
	main, ok := s.MainPost()
	if !ok || s.Employment != InService {
		return Tally{}
	}
	g := s.Gaps()
	return Tally{Org: main.Org, Incomplete: g.Any(), BudgetedPost: g.BudgetedPost, JobLevel: g.JobLevel, Role: len(g.Roles) > 0}
}

// IndexRecord is the indexer's own note about a person (docs/index.md). Each row of
// the person that is in the table belongs to one of Entries.
type IndexRecord struct {
	Stamp    string       // a new random text with every write; "" if there is no record
	Revision int64        // of the person whom the last writer read
	Entries  []IndexEntry // all versions of the rows that may be in the table
	Writers  []Writer     // runs that may still be writing rows, in the order of their claims
	Tally    Tally        // what the counts hold of the person
	At       time.Time    // when it was written; zero if a bulk load did
}

// rowsLinger is how long after a run of the indexer a search may still read the rows
// from before it: a read that is eventually consistent, or one that began earlier.
const rowsLinger = 2 * time.Second

// Lags reports whether lists may still have s as it was before its last change. x is
// the record as read with s or after it.
func (x IndexRecord) Lags(s Staff, now time.Time) bool {
	return x.Revision < s.Revision || len(x.Writers) > 0 || now.Sub(x.At) < rowsLinger
}

// Writer is a run of Indexer that may still be writing rows of the person.
type Writer struct {
	ID    string
	Since time.Time // when it claimed the record
}

// writerLife is the time after which a writer that has not signed off is taken for
// dead. No function runs longer, and Run ends itself after half of it.
const writerLife = 15 * time.Minute

// A run tries at most so many times. In its first politeTries tries it lets the
// writers that are listed before it finish. Then it goes on, since they may be dead.
const (
	tries       = 40
	politeTries = 8
)

// ErrClaimed says that another writer has replaced the index record meanwhile.
var ErrClaimed = errors.New("the person's index was claimed by another writer")

// Indexer brings the index of one person up to date. It may run at any time, several
// times at once, and be killed at any point: what it writes follows from the person
// as read, never from the event that started it.
//
// Rows are written without conditions, so a slow writer could put old rows over new
// ones. The index record prevents that. A writer replaces it before it writes rows,
// and lists there the old entries, the new entry and itself. Afterwards it replaces
// it again: it takes itself off, and the old entries too if no other writer was
// listed meanwhile. Each replacement requires the stamp that the writer has read,
// and a writer that finds another stamp begins again. docs/index.md shows how this
// works out with slow and dead writers.
type Indexer struct {
	Store  IndexStore
	Now    func() time.Time
	Random io.Reader // for the ids of runs and the stamps

	// Distrust makes Run put the rows even if the record says that they are there.
	Distrust bool
}

// IndexStore is what Indexer needs of storage. Its errors are those of storage, but
// for ErrClaimed.
type IndexStore interface {
	// ReadIndexRecord reads the person and the index record, and after them the
	// organisations of the visible posts with all above them. A person who does not
	// exist is the zero Staff.
	ReadIndexRecord(context.Context, EmployeeCode) (Staff, Orgs, IndexRecord, error)
	// Orgs reads organisations. The result lacks those that do not exist.
	Orgs(context.Context, []OrgCode) (Orgs, error)
	// Claim replaces the record was by now and, in the same transaction, takes
	// was.Tally off the counts and adds now.Tally. It is ErrClaimed if the stamp of
	// was is not the stored one any more. If now has neither entries nor writers, the
	// record is deleted.
	Claim(ctx context.Context, c EmployeeCode, was, now IndexRecord) error
	// PutRows writes rows without conditions. They belong to the entry and have the
	// attributes, and the entry's terms where HasTerms says so.
	PutRows(context.Context, []Row, IndexEntry, RowAttributes) error
	// DeleteRows deletes rows without conditions.
	DeleteRows(context.Context, []Row) error
	// Pause waits before the n-th try, for a time that is random, so that two
	// writers do not meet again and again.
	Pause(ctx context.Context, n int) error
}

// Run indexes the person c and reports whether there was anything to do. strays are
// rows of c that somebody saw and that no entry accounts for. Run deletes them, but
// for those that the person needs after all.
func (ix Indexer) Run(ctx context.Context, c EmployeeCode, strays ...Row) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, writerLife/2) // ends before others take this run for dead
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
			// Between the two reads another run has indexed a newer person.
			continue
		}

		others := was.otherWriters(me, ix.Now())
		if try < politeTries && was.mustWait(me, others) {
			continue // a claim would only make both begin again
		}

		now := IndexRecordOf(s, orgs)
		rows := rowsOf(c, now.Entries)
		trusted := worked || !ix.Distrust
		upToDate := was.isUpToDate(now) && trusted
		if upToDate && len(subtractRows(strays, rows)) == 0 {
			if was.Revision == now.Revision {
				return worked, nil
			}
			// The rows are right. But the record must note this revision, so that a
			// run that has read an older one cannot claim it.
			switch err := ix.claim(ctx, c, was, &now); {
			case err == nil:
				return true, nil
			case !errors.Is(err, ErrClaimed):
				return worked, fmt.Errorf("index %s: %w", c, err)
			}
			continue
		}

		claimed := IndexRecord{
			Revision: now.Revision, Tally: now.Tally, Entries: mergeEntries(was.Entries, now.Entries),
			Writers: append(slices.Clip(others), Writer{me, ix.Now()}),
		}
		if err := ix.claim(ctx, c, was, &claimed); errors.Is(err, ErrClaimed) {
			continue
		} else if err != nil {
			return worked, fmt.Errorf("index %s: %w", c, err)
		}
		worked = true
		if !upToDate && !gone {
			puts := rows
			if was.isSettled() && trusted {
				puts = now.Entries[0].unlike(was.Entries[0], c)
			}
			if err := ix.Store.PutRows(ctx, puts, now.Entries[0], RowAttributesOf(s)); err != nil {
				return worked, fmt.Errorf("index %s: put %d rows: %w", c, len(puts), err)
			}
		}
		if err := ix.Store.DeleteRows(ctx, subtractRows(append(rowsOf(c, was.Entries), strays...), rows)); err != nil {
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
			if suit, err := ix.rowsSuit(ctx, c, s, orgs); suit || err != nil {
				return worked, err
			}
		case !errors.Is(err, ErrClaimed):
			return worked, fmt.Errorf("index %s: %w", c, err)
		}
	}
	return worked, fmt.Errorf("index %s: claimed by others again and again", c)
}

// rowsSuit reports whether the rows of s, which were made with orgs, suit the
// organisations as they are now. If an organisation moves while Run writes, the job
// of the move may walk its list before the new rows are there, and nobody would
// mend them. So Run looks again. It need not read the person again: a change of the
// person is an event of its own.
func (ix Indexer) rowsSuit(ctx context.Context, c EmployeeCode, s Staff, orgs Orgs) (bool, error) {
	now, err := ix.Store.Orgs(ctx, slices.Collect(maps.Keys(orgs)))
	if err != nil {
		return false, fmt.Errorf("index %s: look again at the organisations: %w", c, err)
	}
	return IndexEntryOf(s, now).Digest == IndexEntryOf(s, orgs).Digest, nil
}

// IndexRecordOf returns the record of a person whose index is as it should be: one
// entry, no writers. A bulk load stores it as it is, so it has a stamp already.
func IndexRecordOf(s Staff, orgs Orgs) IndexRecord {
	x := IndexRecord{Stamp: "new", Revision: s.Revision, Tally: TallyOf(s)}
	if !s.Code.IsZero() {
		x.Entries = []IndexEntry{IndexEntryOf(s, orgs)}
	}
	return x
}

// claim gives now a new stamp and replaces was by it.
func (ix Indexer) claim(ctx context.Context, c EmployeeCode, was IndexRecord, now *IndexRecord) error {
	stamp, err := randomHex(ix.Random, "")
	if err != nil {
		return err
	}
	now.Stamp, now.At = stamp, ix.Now()
	if err := ix.Store.Claim(ctx, c, was, *now); err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	return nil
}

// isSettled reports whether exactly the rows of one entry are in the table.
func (x IndexRecord) isSettled() bool { return len(x.Entries) == 1 && len(x.Writers) == 0 }

// isUpToDate reports whether there is nothing to write: no writers are listed, and
// the entries and the tally are those of now.
func (x IndexRecord) isUpToDate(now IndexRecord) bool {
	same := func(a, b IndexEntry) bool { return a.Digest == b.Digest }
	return len(x.Writers) == 0 && slices.EqualFunc(x.Entries, now.Entries, same) && x.Tally == now.Tally
}

// otherWriters returns the listed writers that may still be alive, other than the run me.
// An earlier try of this same run has ended, so it does not count.
func (x IndexRecord) otherWriters(me string, now time.Time) []Writer {
	var alive []Writer
	for _, w := range x.Writers {
		if w.ID != me && now.Sub(w.Since) < writerLife {
			alive = append(alive, w)
		}
	}
	return alive
}

// mustWait reports whether a writer that may be alive is listed before the run me.
// others are those that may be alive. A run that is not listed comes after them all.
func (x IndexRecord) mustWait(me string, others []Writer) bool {
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

// Unlisted returns those of rows that follow from no entry of x. All rows are of the
// person c.
func (x IndexRecord) Unlisted(c EmployeeCode, rows []Row) []Row {
	return subtractRows(rows, rowsOf(c, x.Entries))
}

// mergeEntries returns entries and after them those of more, each digest once.
func mergeEntries(entries, more []IndexEntry) []IndexEntry {
	all := slices.Clone(entries)
	for _, e := range more {
		if !slices.ContainsFunc(all, func(have IndexEntry) bool { return have.Digest == e.Digest }) {
			all = append(all, e)
		}
	}
	return all
}

// rowsOf returns the rows of all entries of the person c.
func rowsOf(c EmployeeCode, entries []IndexEntry) []Row {
	var rows []Row
	for _, e := range entries {
		rows = append(rows, e.Rows(c)...)
	}
	return rows
}

// subtractRows returns those of rows that are not in keep, each once.
func subtractRows(rows, keep []Row) []Row {
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
