package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/retry"
	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// JobImport is the kind of the jobs that MakeImport makes.
const JobImport = "import"

// MakeImport makes a job of a file with people: Import does it. The file is read here, so
// that whoever hands in one that cannot be read is told at once. It is not stored: what it
// says about each person is, until the job has done it.
//
// It takes two trips and the rows: the request of this key, with the dictionaries if they
// are not cached; the rows, 25 chunks a call; the writing. If it ends before the last one,
// the rows that are left belong to no job, and expire.
type MakeImport struct {
	Store        MakeImportStore
	Dictionaries *staff.DictionaryList
	// Open opens a file. Its error is *roster.Unreadable.
	Open   func(file []byte, format roster.Format) ([]roster.Sheet, error)
	Now    func() time.Time
	Random io.Reader
}

// MakeImportStore is what MakeImport asks of storage.
type MakeImportStore interface {
	MakeBatchStore
	JobRowWriter
}

// JobRowWriter stores what jobs are about that are made of a file.
type JobRowWriter interface {
	// PutJobRows stores what the chunks of a job are about: rows[0] is that of chunk 1. They
	// are there until the chunk is done, or until a time.
	PutJobRows(ctx context.Context, job string, rows [][]roster.Person, until time.Time) error
}

// ImportInput is one request.
type ImportInput struct {
	File   []byte
	Format string // csv or xlsx
	DryRun string // true or false; "" is true
}

// ImportMade is the job.
type ImportMade struct {
	ID      string
	Ignored []string // columns that say nothing to an import, such as "A 序号"
}

// The parameters of an import, beside those of a batch. That of a column begins with
// paramColumn.
const (
	paramDryRun  = "dryRun"
	paramChunks  = "chunks"
	paramColumn  = "column."
	paramIgnored = "ignored"
)

// onceImport is the action of requests that make an import, for their keys.
const onceImport = "import"

// rowsKept is how long the rows of a job are kept that has not done them.
const rowsKept = 3 * 24 * time.Hour

// Run makes the job. If the same request comes again with its key, Run answers with the job
// that it made then.
func (uc MakeImport) Run(ctx context.Context, call audit.Call, by account.Permitted, in ImportInput, key RequestKey) (ImportMade, error) {
	dry, err := in.check()
	if err != nil {
		return ImportMade{}, err
	}
	once := key.of(by.Caller(), onceImport, uc.Now())
	var words staff.Dictionaries
	var before map[string]string
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { words, err = uc.Dictionaries.Run(gctx); return err })
	g.Go(func() (err error) { before, err = once.answered(gctx, uc.Store); return err })
	if err := g.Wait(); err != nil {
		return ImportMade{}, err
	}
	if before != nil {
		return importMade(before), nil
	}
	list, err := uc.read(in, words)
	if err != nil {
		return ImportMade{}, err
	}
	j, chunks, err := uc.job(call, by.Caller(), list, dry)
	if err != nil {
		return ImportMade{}, err
	}
	if err := uc.Store.PutJobRows(ctx, j.ID, chunks, j.CreatedAt.Add(rowsKept)); err != nil {
		return ImportMade{}, fmt.Errorf("store the rows of an import: %w", err)
	}
	made := ImportMade{ID: j.ID, Ignored: list.Ignored}
	err = retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if by, err = permitAgain(ctx, uc.Store, by); err != nil {
				return err
			}
			if before, err = once.answered(ctx, uc.Store); err != nil {
				return err
			}
			if before != nil { // the same request was faster
				made = importMade(before)
				return nil
			}
		}
		return uc.Store.MakeJob(ctx, by.Caller(), j, once.with(map[string]string{"job": j.ID, "ignored": linesOf(list.Ignored)}))
	})
	if err != nil {
		return ImportMade{}, fmt.Errorf("make an import: %w", err)
	}
	return made, nil
}

// importMade is what was answered when the request was carried out before.
func importMade(before map[string]string) ImportMade {
	return ImportMade{before["job"], columnsIn(before["ignored"])}
}

// linesOf is how names of columns are stored, none of which has two lines.
func linesOf(columns []string) string { return strings.Join(columns, "\n") }

// columnsIn are the columns that linesOf was given.
func columnsIn(stored string) []string {
	return strings.FieldsFunc(stored, func(r rune) bool { return r == '\n' })
}

// checkFormat notes a format of files that is none.
func checkFormat(bad *fault.Fields, format string) {
	switch roster.Format(format) {
	case roster.CSV, roster.XLSX:
	case "":
		bad.Add("format", fault.Required)
	default:
		bad.Add("format", fault.NotChoice)
	}
}

// check reports whether the import is a dry run.
func (in ImportInput) check() (dry bool, err error) {
	var bad fault.Fields
	checkFormat(&bad, in.Format)
	if in.DryRun != "" && in.DryRun != "true" && in.DryRun != "false" {
		bad.Add("dryRun", fault.NotChoice)
	}
	return in.DryRun != "false", bad.Err()
}

// read is what the file says. A file that cannot be read is FieldInvalid.
func (uc MakeImport) read(in ImportInput, words staff.Dictionaries) (roster.Roster, error) {
	sheets, err := uc.Open(in.File, roster.Format(in.Format))
	var list roster.Roster
	if err == nil {
		list, err = roster.Read(sheets, words)
	}
	var why *roster.Unreadable
	if errors.As(err, &why) {
		var bad fault.Fields
		bad.AddAt(fault.Field{Path: "file", Row: why.Row, FieldCode: why.Flaw()})
		return list, fmt.Errorf("%w: %w", bad.Err(), why)
	}
	return list, err
}

// job is the job with what its chunks are about.
func (uc MakeImport) job(call audit.Call, c account.Caller, list roster.Roster, dry bool) (jobs.NewJob, [][]roster.Person, error) {
	id, err := staff.NewID(uc.Random)
	if err != nil {
		return jobs.NewJob{}, nil, err
	}
	now, chunks := uc.Now(), chunksOf(list.People)
	params := map[string]string{
		paramDryRun: strconv.FormatBool(dry), paramChunks: strconv.Itoa(len(chunks)), paramAddress: call.Address, paramRequest: call.ID,
	}
	for key, title := range list.Columns {
		params[paramColumn+key] = title
	}
	if len(list.Ignored) > 0 {
		params[paramIgnored] = linesOf(list.Ignored)
	}
	return jobs.NewJob{
		Job: jobs.Job{
			ID: id, Kind: JobImport, Owner: c.Staff, CreatedAt: now, UpdatedAt: now, State: jobs.Queued, Total: len(list.People), Chunks: 1, Params: params,
		},
		First: []jobs.Chunk{{N: 1}},
	}, chunks, nil
}

// importChunkSize is how many characters of text a chunk has at the most, unless it has one
// person only. The rows of a chunk are one item, and its results are another.
const importChunkSize = 25_000

// chunksOf divides people into chunks.
func chunksOf(people []roster.Person) [][]roster.Person {
	var chunks [][]roster.Person
	from, size := 0, 0
	for i, p := range people {
		n := sizeOf(p)
		if i > from && (i-from == jobs.ChunkSize || size+n > importChunkSize) {
			chunks, from, size = append(chunks, people[from:i]), i, 0
		}
		size += n
	}
	return append(chunks, people[from:])
}

// sizeOf is how many bytes of text a person has, flaws included.
func sizeOf(p roster.Person) int {
	n := 300 * len(p.Flaws)
	add := func(values map[string]string) {
		for k, v := range values {
			n += len(k) + len(v)
		}
	}
	add(p.Values)
	for _, post := range p.Posts {
		add(post.Values)
	}
	return n
}

// IsDryRun reports whether a job is an import that only tells what would be.
func IsDryRun(j jobs.Job) bool { return j.Params[paramDryRun] == "true" }

// IgnoredColumns are the columns of a job's file that say nothing to an import, such as
// "A 序号".
func IgnoredColumns(j jobs.Job) []string { return columnsIn(j.Params[paramIgnored]) }
