package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// Import adds the people of a file, and changes those who are on the register already. It is
// the work of the jobs that MakeImport makes. Nothing is done that AddStaff and UpdatePosts
// would not do for the same administrator: they do it.
//
// Whoever made the job is read again for each chunk, and each person is judged by the
// grants that they hold then. The mark of a person's first row is written with the change.
// So a chunk that is done again adds and changes nobody twice. A dry run does all but the
// writing, and looks up names under the same limit.
type Import struct {
	Store       ImportStore
	AddStaff    AddStaff
	UpdatePosts UpdatePosts
}

// ImportStore is what Import asks of storage.
type ImportStore interface {
	RosterStore
	account.PersonReader
	JobRowReader
}

// RosterStore is what it takes to find the people and the organisations that a file names.
type RosterStore interface {
	account.OrgReader
	NameReader
	IDCardReader
	OrgFinder
}

// JobRowReader reads what jobs are about that were made of a file.
type JobRowReader interface {
	// JobRows reads what the chunk n of a job is about. There is nobody if that is gone.
	JobRows(ctx context.Context, job string, n int) ([]roster.Person, error)
	// RowMarks reads what a job has done already to the people of some rows, at most a
	// chunk of them.
	RowMarks(ctx context.Context, job string, rows []int) (map[int]jobs.Result, error)
}

// errNoRows says that the rows of a chunk are gone: the job has stood still for too long.
var errNoRows = errors.New("the rows of the chunk are gone")

// Work implements jobs.Kind.
func (uc Import) Work(ctx context.Context, j jobs.Job, c jobs.Chunk) (jobs.Worked, error) {
	by, denied, err := ownerOf(ctx, uc.Store, j, account.StaffImport)
	if err != nil {
		return jobs.Worked{}, err
	}
	people, err := uc.Store.JobRows(ctx, j.ID, c.N)
	if err != nil {
		return jobs.Worked{}, fmt.Errorf("read the rows: %w", err)
	}
	if len(people) == 0 {
		return jobs.Worked{}, errNoRows
	}
	chunk, err := newChunk(ctx, uc.Store, uc.AddStaff.Store, people)
	if err != nil {
		return jobs.Worked{}, err
	}
	defer chunk.end(context.WithoutCancel(ctx))
	store := rosterInChunk{chunk, restOfRoster{uc.Store}}
	uc.AddStaff.Store, uc.UpdatePosts.Store = addInChunk{chunk, restOfAdd{uc.AddStaff.Store}}, updateInChunk{chunk, restOfUpdate{uc.UpdatePosts.Store}}
	run := importRun{
		store: store, add: uc.AddStaff, update: uc.UpdatePosts, marks: uc.Store, job: j, call: callOf(j), dry: IsDryRun(j), by: by,
		columns: columnsOf(j), places: placesFor(store, by),
	}
	rows := make([]int, len(people))
	for i, p := range people {
		rows[i] = p.Row
	}
	before, err := uc.Store.RowMarks(ctx, j.ID, rows)
	if err != nil {
		return jobs.Worked{}, fmt.Errorf("read what was done: %w", err)
	}
	results, faults := make([]jobs.Result, len(people)), make([]error, len(people))
	var g errgroup.Group
	g.SetLimit(importedAtOnce)
	for i, p := range people {
		r, done := before[p.Row]
		switch {
		case done:
			results[i] = r
		case denied != nil:
			results[i] = run.refused(p, staff.EmployeeCode{}, denied)
		default:
			g.Go(func() error {
				results[i], faults[i] = run.one(ctx, p)
				return nil
			})
		}
	}
	_ = g.Wait()
	worked := jobs.Worked{Spent: true}
	for i, p := range people {
		if err := faults[i]; err != nil && c.Last {
			slog.ErrorContext(ctx, "an import has failed for a row", "job", j.ID, "row", p.Row, "err", err)
			results[i], faults[i] = jobs.Result{Row: p.Row, Name: results[i].Name, Outcome: jobs.OutcomeFailed, Code: fault.CodeOf(err)}, nil
		}
		addResult(&worked, short(results[i]))
	}
	if err := errors.Join(faults...); err != nil {
		return jobs.Worked{}, err
	}
	if chunks, _ := strconv.Atoi(j.Params[paramChunks]); c.N < chunks {
		worked.Next = []jobs.Chunk{{}}
	}
	return worked, nil
}

// importedAtOnce is how many people of a chunk are worked on side by side. What they read
// is read at once; their writes take turns.
const importedAtOnce = 8

// columnsOf is where the columns of the job's file are, by key.
func columnsOf(j jobs.Job) map[string]string {
	columns := map[string]string{}
	for k, title := range j.Params {
		if key, ok := strings.CutPrefix(k, paramColumn); ok {
			columns[key] = title
		}
	}
	return columns
}

// mostToldOfOne is how many bytes of changes a result has at the most. The rest is in the
// audit only: the results of a chunk are one item.
const mostToldOfOne = 8_000

// short is r without changes beyond those that an item holds.
func short(r jobs.Result) jobs.Result {
	size := 0
	for i, c := range r.Changes {
		if size += 50 + len(c.Field) + len(c.Old) + len(c.New); size > mostToldOfOne {
			r.Changes = slices.Clone(r.Changes[:i])
			break
		}
	}
	return r
}

// importRun is a stretch of a file: one chunk of a job, or of what the operator loads.
type importRun struct {
	store   RosterStore
	add     AddStaff
	update  UpdatePosts
	marks   JobRowReader // nil without a job
	job     jobs.Job     // zero without one
	call    audit.Call
	dry     bool // nothing is to be written
	by      account.Permitted
	columns map[string]string
	places  *places
}

// one does what the file says about one person. Its error is one of storage: the result is
// not known then.
func (run importRun) one(ctx context.Context, p roster.Person) (jobs.Result, error) {
	found, err := run.places.ofPosts(ctx, p)
	if err != nil {
		return jobs.Result{Row: p.Row, Name: p.Values["name"]}, err
	}
	wrong := slices.Concat(p.Flaws, found.flaws)
	if !p.IsSomebody() { // not one word about anybody on the register
		return run.flawed(p, staff.EmployeeCode{}, wrong), nil
	}
	who, by, err := run.whose(ctx, p)
	switch {
	case err != nil:
		r, err := run.judged(ctx, p, staff.EmployeeCode{}, err)
		return run.with(r, p, wrong), err
	case who.IsZero() && len(wrong) > 0:
		return run.flawedNewcomer(ctx, p, found, wrong)
	case who.IsZero():
		return run.addOne(ctx, p, found)
	}
	var r jobs.Result
	var stale *Conflict
	for range 5 { // others edit at the same time
		if r, err = run.change(ctx, p, who, by, found); !errors.As(err, &stale) {
			break
		}
	}
	if errors.As(err, &stale) {
		return run.judged(ctx, p, who, fault.VersionConflict)
	}
	return r, err
}

// asLookup is why somebody new is refused, or RateLimited. That there is anything to refuse
// tells that the name is free, so it is told as a lookup only, like each other. Who was told
// that a name is taken, or that there were too many lookups, has looked it up already.
func (run importRun) asLookup(ctx context.Context, why error) error {
	var taken *Taken
	var known *fault.Error
	if errors.As(why, &taken) || !errors.As(why, &known) || errors.Is(why, fault.RateLimited) {
		return why
	}
	free := func() error { return nil }
	return cmp.Or(run.update.names().lookUp(ctx, run.call, run.by.Caller(), staff.Staff{}, free), why)
}

// flawedNewcomer is the result for somebody of whom the file says something wrong, and who
// is not on the register. It tells of all that is wrong, so that it has to be corrected once
// only. Since it tells that the name is free, it is a lookup like each other.
func (run importRun) flawedNewcomer(ctx context.Context, p roster.Person, found placed, wrong []fault.Field) (jobs.Result, error) {
	allowed, err := run.add.Dictionaries.Run(ctx)
	if err != nil {
		return jobs.Result{}, err
	}
	if err := run.asLookup(ctx, fault.FieldInvalid); !errors.Is(err, fault.FieldInvalid) {
		r, err := run.judged(ctx, p, staff.EmployeeCode{}, err)
		return run.with(r, p, wrong), err
	}
	ed, err := run.add.editor(run.by.Caller(), run.newcomer(p, found), nil, allowed)
	if err != nil {
		return jobs.Result{}, err
	}
	return run.flawed(p, staff.EmployeeCode{}, append(wrong, ed.ownFlaws()...)), nil
}

// byCell sorts fields as one reads a sheet. What has no column comes last.
func byCell(a, b fault.Field) int {
	letters := func(f fault.Field) string {
		l, _, _ := strings.Cut(f.Column, " ")
		return l
	}
	in := func(f fault.Field) int { return (len(letters(f)) + 9) % 10 } // A to Z, then AA and on; none is 9
	return cmp.Or(a.Row-b.Row, in(a)-in(b), strings.Compare(letters(a), letters(b)))
}

// whose is the person on the register whom p is about, the zero code for nobody, and by
// which of the columns they were found. The first column decides that says something.
func (run importRun) whose(ctx context.Context, p roster.Person) (who staff.EmployeeCode, by string, err error) {
	if text := p.Values[roster.EmployeeCode]; text != "" {
		who, err = staff.ParseEmployeeCode(strings.TrimSpace(text))
		if err != nil {
			return who, roster.EmployeeCode, fault.FieldInvalid.AtField(roster.EmployeeCode, fault.Invalid)
		}
		return who, roster.EmployeeCode, nil
	}
	says := func(column string) bool {
		return p.Values[column] != "" && !strings.Contains(plain(p.Values[column]), "*") // a mask says who it is not
	}
	owner := func(phones []staff.Phone, accounts []staff.Account) (who staff.EmployeeCode, err error) {
		owners, err := run.store.NameOwners(ctx, phones, accounts)
		if err != nil {
			return who, fmt.Errorf("find the person of row %d: %w", p.Row, err)
		}
		return owners[0], nil
	}
	flaw := func(err error) error { return fault.FieldInvalid.AtField(by, staff.Flaw(err)) }
	switch {
	case says(FieldAccount):
		by = FieldAccount
		a, err := staff.ParseAccount(p.Values[by])
		if err != nil {
			return who, by, flaw(err)
		}
		who, err = owner(nil, []staff.Account{a})
		return who, by, err
	case says(FieldIDCard):
		by = FieldIDCard
		number, err := staff.ParseIDCard(p.Values[by], run.update.Now())
		if err != nil {
			return who, by, flaw(err)
		}
		who, err = run.store.IDCardOwner(ctx, number)
		return who, by, err
	}
	by = FieldPhone
	phone, err := phoneOf(p)
	if err != nil {
		return who, by, flaw(err)
	}
	who, err = owner([]staff.Phone{phone}, nil)
	return who, by, err
}

// phoneOf is the phone that p has.
func phoneOf(p roster.Person) (staff.Phone, error) {
	area := p.Values["areaCode"]
	if area == "" {
		area = "+86"
	}
	return staff.ParsePhoneIn(area, p.Values[FieldPhone])
}

// markOf is the mark of a person's row, without a result.
func (run importRun) markOf(p roster.Person) byJob {
	b := byJob{try: run.dry}
	if run.marks != nil {
		b.mark = &jobs.Mark{Job: run.job, Result: jobs.Result{Row: p.Row}}
	}
	return b
}

// addOne adds somebody new.
func (run importRun) addOne(ctx context.Context, p roster.Person, found placed) (jobs.Result, error) {
	edit := run.newcomer(p, found)
	added, err := run.add.run(ctx, run.call, run.by, addition{Edit: edit, byJob: run.markOf(p)})
	if err != nil {
		return run.judged(ctx, p, staff.EmployeeCode{}, run.asLookup(ctx, err))
	}
	r := jobs.Result{Row: p.Row, Staff: added.Code, Name: p.Values["name"], Outcome: jobs.OutcomeDone, Created: true, Changes: added.Changes, Warnings: run.placed(p, added.Warnings)}
	if run.dry {
		r.Staff = staff.EmployeeCode{} // nobody has this code
	}
	return r, nil
}

// change changes somebody who is on the register; by is the column that they were found by.
// Nothing is changed if something is wrong with cells or places.
func (run importRun) change(ctx context.Context, p roster.Person, who staff.EmployeeCode, by string, found placed) (jobs.Result, error) {
	reading := found.edit()
	reading.Partial = true
	reading.Phone, reading.AreaCode = given(p.Values, FieldPhone), given(p.Values, "areaCode")
	t, err := run.update.Load(ctx, run.by, who.String(), reading)
	switch {
	case errors.Is(err, fault.StaffMissing) && by != roster.EmployeeCode:
		r, err := run.judged(ctx, p, staff.EmployeeCode{}, run.outOfSight(ctx, p, who, by))
		return run.with(r, p, slices.Concat(p.Flaws, found.flaws)), err
	case err != nil:
		return run.judged(ctx, p, staff.EmployeeCode{}, err)
	}
	found = asOnFile(p, t, found)
	wrong := slices.Concat(p.Flaws, found.flaws)
	edit, flaws := run.edit(p, t, by, found)
	if len(wrong) > 0 {
		allowed, err := run.update.Dictionaries.Run(ctx)
		if err != nil {
			return jobs.Result{}, err
		}
		flaws = slices.Concat(wrong, withoutPosts(flaws), run.update.editor(run.by.Caller(), t, edit, allowed).ownFlaws())
	}
	if len(flaws) > 0 {
		return run.flawed(p, who, flaws), nil
	}
	done, err := run.update.run(ctx, run.call, run.by, t, edit, run.markOf(p))
	var stale *Conflict
	if errors.As(err, &stale) {
		return jobs.Result{}, err
	}
	if err != nil {
		return run.judged(ctx, p, who, err)
	}
	r := jobs.Result{Row: p.Row, Staff: who, Name: t.Staff.Name, Outcome: jobs.OutcomeDone, Changes: done.Changes, Warnings: run.placed(p, done.Warnings)}
	if len(done.Changes) == 0 {
		r.Outcome, r.Warnings = jobs.OutcomeUnchanged, nil
	}
	return r, nil
}

// outOfSight answers about somebody whom the caller does not see as about a name that is
// taken: it is counted and audited.
func (run importRun) outOfSight(ctx context.Context, p roster.Person, who staff.EmployeeCode, by string) error {
	var wanted staff.Staff
	switch by {
	case FieldAccount:
		wanted.Account, _ = staff.ParseAccount(p.Values[by])
	case FieldPhone:
		wanted.Phone, _ = phoneOf(p)
	case FieldIDCard:
		wanted.IDCard = p.Values[by]
	}
	return run.update.names().lookUp(ctx, run.call, run.by.Caller(), wanted, func() error { return &Taken{by, who} })
}

// judged is the result for somebody whom a rule protects, or who does not fit one. Another
// error is returned: one of storage, and SessionExpired, after which whoever made the job is
// read again.
func (run importRun) judged(ctx context.Context, p roster.Person, who staff.EmployeeCode, err error) (jobs.Result, error) {
	if errors.Is(err, jobs.ErrMarked) { // another worker was faster
		marks, err := run.marks.RowMarks(ctx, run.job.ID, []int{p.Row})
		return marks[p.Row], err
	}
	var known *fault.Error
	if !errors.As(err, &known) || known.Kind == fault.KindInternal || known.Kind == fault.KindUnavailable || known.Kind == fault.KindUnauthenticated {
		return jobs.Result{Row: p.Row, Staff: who, Name: p.Values["name"]}, err
	}
	return run.refused(p, who, err), nil
}

// refused is the result for somebody to whom it was not done, because of why.
func (run importRun) refused(p roster.Person, who staff.EmployeeCode, why error) jobs.Result {
	r := refusal(who, p.Values["name"], why)
	r.Row = p.Row
	var known *fault.Error
	_ = errors.As(why, &known)
	var taken *Taken
	switch {
	case errors.As(why, &taken):
		r.Errors = []fault.Field{{Path: taken.Field, FieldCode: fault.FieldCode{Code: known.Code, Zh: known.Zh, En: known.En}}}
	case len(r.Errors) == 0 && known != nil:
		r.Errors = []fault.Field{{Path: "row", FieldCode: fault.FieldCode{Code: known.Code, Zh: known.Zh, En: known.En}}}
	}
	r.Errors = run.placed(p, r.Errors)
	return r
}

// placed are fields with the cells of the file that they are about. Some have theirs already.
func (run importRun) placed(p roster.Person, fields []fault.Field) []fault.Field {
	fields = slices.Clone(fields)
	for i, f := range fields {
		if f.Row == 0 {
			fields[i] = p.Place(f, run.columns)
		}
	}
	return fields
}

// flawed is the result for somebody of whom the file says something wrong.
func (run importRun) flawed(p roster.Person, who staff.EmployeeCode, flaws []fault.Field) jobs.Result {
	return run.with(jobs.Result{Row: p.Row, Staff: who, Name: p.Values["name"], Outcome: jobs.OutcomeRefused, Code: fault.FieldInvalid.Code}, p, flaws)
}

// with is r with more flaws, each cell once, in the order of the cells.
func (run importRun) with(r jobs.Result, p roster.Person, flaws []fault.Field) jobs.Result {
	var all []fault.Field
	for _, f := range slices.Concat(run.placed(p, flaws), r.Errors) {
		if !slices.ContainsFunc(all, func(t fault.Field) bool { return t.Row == f.Row && t.Path == f.Path }) {
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, byCell)
	r.Errors = all
	return r
}
