package table

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

// jobItem is a jobs.Job as stored. Time to live deletes it and all other items of
// the job when JobKept is over.
type jobItem struct {
	ID       string            `dynamodbav:"id"`
	JobKind  string            `dynamodbav:"job_kind"`
	Owner    string            `dynamodbav:"owner_code"`
	Created  int64             `dynamodbav:"created_ms"`
	Touched  int64             `dynamodbav:"touched_ms"`
	State    string            `dynamodbav:"job_state"`
	Code     string            `dynamodbav:"code,omitempty"`
	Total    int               `dynamodbav:"people_total"`
	Done     int               `dynamodbav:"people_done"`
	Failed   int               `dynamodbav:"people_failed"`
	Chunks   int               `dynamodbav:"chunks"`
	Finished int               `dynamodbav:"chunks_finished"`
	Whole    bool              `dynamodbav:"whole,omitempty"`
	Params   map[string]string `dynamodbav:"params,omitempty"`
	Expires  int64             `dynamodbav:"expires"`
}

// JobKept is how long the items of a job are kept after it was made: half a year.
const JobKept = 180 * 24 * time.Hour

// JobToItem returns the JOB item of j.
func JobToItem(j jobs.Job) Item {
	return NewItem(JobKey(j.ID), "job", jobItem{
		j.ID, j.Kind, j.Owner.String(), Millis(j.CreatedAt), Millis(j.UpdatedAt), string(j.State), j.Code, j.Total, j.Done, j.Failed, j.Chunks, j.Finished,
		j.Unstoppable, j.Params, j.CreatedAt.Add(JobKept).Unix(),
	})
}

// JobFromItem reads a job. A nil item gives the zero Job.
func JobFromItem(item Item) (jobs.Job, error) {
	if item == nil {
		return jobs.Job{}, nil
	}
	var it jobItem
	if err := Decode(item, &it); err != nil {
		return jobs.Job{}, err
	}
	owner, err := staff.ParseEmployeeCode(it.Owner)
	if err != nil {
		return jobs.Job{}, fmt.Errorf("read a job: %w", err)
	}
	return jobs.Job{
		ID: it.ID, Kind: it.JobKind, Owner: owner, CreatedAt: Instant(it.Created), UpdatedAt: Instant(it.Touched), State: jobs.State(it.State), Code: it.Code,
		Total: it.Total, Done: it.Done, Failed: it.Failed, Chunks: it.Chunks, Finished: it.Finished, Unstoppable: it.Whole, Params: it.Params,
	}, nil
}

// chunkItem is a jobs.Chunk as stored. A write that leaves chunk_state "queued"
// starts run-jobs. Only two writes do: the one that puts the chunk, and RearmChunks.
type chunkItem struct {
	Job      string   `dynamodbav:"job"`
	N        int      `dynamodbav:"n"`
	State    string   `dynamodbav:"chunk_state"`
	Since    int64    `dynamodbav:"since_ms"` // when chunk_state became what it is
	Until    int64    `dynamodbav:"until_ms,omitempty"`
	Worker   string   `dynamodbav:"worker,omitempty"`
	Attempts int      `dynamodbav:"attempts,omitempty"`
	People   []string `dynamodbav:"people,omitempty"`
	Place    string   `dynamodbav:"place,omitempty"`
	Expires  int64    `dynamodbav:"expires"`
}

// The values of chunk_state.
const (
	ChunkQueued  = "queued"  // it waits for a worker
	ChunkRunning = "running" // a worker has claimed it
	ChunkDone    = "done"
)

// ChunkToItem returns the item of a chunk of j that waits from now on.
func ChunkToItem(j jobs.Job, c jobs.Chunk, now time.Time) Item {
	it := chunkItem{Job: j.ID, N: c.N, State: ChunkQueued, Since: Millis(now), Place: c.Position, People: peopleTo(c.People), Expires: j.CreatedAt.Add(JobKept).Unix()}
	return NewItem(ChunkKey(j.ID, c.N), "chunk", it)
}

// ChunkFromItem reads a chunk. It returns the item's struct, too, since jobs.Chunk
// has neither the state nor the attempts.
func ChunkFromItem(item Item) (chunkItem, jobs.Chunk, error) {
	var it chunkItem
	if err := Decode(item, &it); err != nil {
		return it, jobs.Chunk{}, err
	}
	people, err := peopleFrom(it.People)
	if err != nil {
		err = fmt.Errorf("read a chunk: %w", err)
	}
	return it, jobs.Chunk{N: it.N, Position: it.Place, People: people}, err
}

// peopleTo are people as stored.
func peopleTo(people []staff.EmployeeCode) []string {
	var stored []string // nil where there is nobody: an empty list would be stored
	for _, p := range people {
		stored = append(stored, p.String())
	}
	return stored
}

// peopleFrom reads people.
func peopleFrom(stored []string) ([]staff.EmployeeCode, error) {
	var people []staff.EmployeeCode
	var bad error
	for _, p := range stored {
		people = append(people, Parsed(staff.ParseEmployeeCode, p, &bad))
	}
	return people, bad
}

// ResultsItem has the results of one chunk, one for each person.
type ResultsItem struct {
	Results []resultItem `dynamodbav:"results"`
	Expires int64        `dynamodbav:"expires"`
}

// resultItem is a jobs.Result as stored.
type resultItem struct {
	Row     int               `dynamodbav:"row,omitempty"`
	Staff   string            `dynamodbav:"staff,omitempty"`
	Name    string            `dynamodbav:"full_name,omitempty"`
	Outcome string            `dynamodbav:"outcome"`
	Created bool              `dynamodbav:"created,omitempty"`
	Code    string            `dynamodbav:"code,omitempty"`
	Errors  []flawItem        `dynamodbav:"errors,omitempty"`
	Warned  []flawItem        `dynamodbav:"warned,omitempty"`
	Changes []auditChangeItem `dynamodbav:"changes,omitempty"`
}

// flawItem is a fault.Field as stored.
type flawItem struct {
	Path   string `dynamodbav:"path"`
	Row    int    `dynamodbav:"row,omitempty"`
	Column string `dynamodbav:"column_title,omitempty"`
	Code   string `dynamodbav:"code"`
	Zh     string `dynamodbav:"zh"`
	En     string `dynamodbav:"en"`
}

func flawsTo(flaws []fault.Field) []flawItem {
	var items []flawItem
	for _, f := range flaws {
		items = append(items, flawItem{f.Path, f.Row, f.Column, f.Code, f.Zh, f.En})
	}
	return items
}

func flawsFrom(items []flawItem) []fault.Field {
	var flaws []fault.Field
	for _, f := range items {
		flaws = append(flaws, fault.Field{Path: f.Path, Row: f.Row, Column: f.Column, FieldCode: fault.FieldCode{Code: f.Code, Zh: f.Zh, En: f.En}})
	}
	return flaws
}

// ResultsToItem returns the item of the results of the chunk n of j.
func ResultsToItem(j jobs.Job, n int, results []jobs.Result) Item {
	it := ResultsItem{Expires: j.CreatedAt.Add(JobKept).Unix()}
	for _, r := range results {
		it.Results = append(it.Results, resultTo(r))
	}
	return NewItem(resultKey(j.ID, n), "job_results", it)
}

func resultTo(r jobs.Result) resultItem {
	return resultItem{
		Row: r.Row, Staff: r.Staff.String(), Name: r.Name, Outcome: string(r.Outcome), Created: r.Created, Code: r.Code,
		Errors: flawsTo(r.Errors), Warned: flawsTo(r.Warnings), Changes: auditChangesToItems(r.Changes),
	}
}

// markItem is a jobs.Mark as stored.
type markItem struct {
	Result  resultItem `dynamodbav:"result"`
	Sending bool       `dynamodbav:"sending,omitempty"` // that is its outcome
	Expires int64      `dynamodbav:"expires"`
}

// MarkToItem returns the item of a mark.
func MarkToItem(m jobs.Mark) Item {
	k := MarkKey(m.Job.ID, m.Staff)
	if m.Row > 0 {
		k = RowMarkKey(m.Job.ID, m.Row)
	}
	return NewItem(k, "job_mark", markItem{resultTo(m.Result), m.Outcome == jobs.OutcomeSending, m.CreatedAt.Add(JobKept).Unix()})
}

// MarkFromItem reads the result that a mark has.
func MarkFromItem(item Item) (jobs.Result, error) {
	var it markItem
	if err := Decode(item, &it); err != nil {
		return jobs.Result{}, err
	}
	return ResultFrom(it.Result)
}

// PeopleAPart is how many people one item has of those whom a job was made with. It is
// a multiple of jobs.ChunkSize, so that no chunk needs two items.
const PeopleAPart = 500

// peopleItem is a part of the people whom a job was made with.
type peopleItem struct {
	People  []string `dynamodbav:"people"`
	Expires int64    `dynamodbav:"expires"`
}

// PeopleToItems returns the items of the people whom a job is made with.
func PeopleToItems(j jobs.NewJob) []Item {
	var items []Item
	for part := range slices.Chunk(j.People, PeopleAPart) {
		it := peopleItem{peopleTo(part), j.CreatedAt.Add(JobKept).Unix()}
		items = append(items, NewItem(PeopleKey(j.ID, len(items)), "job_people", it))
	}
	return items
}

// PeopleFromItem reads a part of the people whom a job was made with. A nil item has
// nobody.
func PeopleFromItem(item Item) ([]staff.EmployeeCode, error) {
	if item == nil {
		return nil, nil
	}
	var it peopleItem
	if err := Decode(item, &it); err != nil {
		return nil, err
	}
	people, err := peopleFrom(it.People)
	if err != nil {
		err = fmt.Errorf("read the people of a job: %w", err)
	}
	return people, err
}

// ResultFrom converts one of the results of a ResultsItem.
func ResultFrom(it resultItem) (jobs.Result, error) {
	r := jobs.Result{Row: it.Row, Name: it.Name, Outcome: jobs.Outcome(it.Outcome), Created: it.Created, Code: it.Code, Errors: flawsFrom(it.Errors), Warnings: flawsFrom(it.Warned)}
	if it.Staff != "" {
		var err error
		if r.Staff, err = staff.ParseEmployeeCode(it.Staff); err != nil {
			return r, errors.Join(errors.New("read a result"), err)
		}
	}
	r.Changes = auditChangesFromItems(it.Changes)
	return r, nil
}

// ChunkOf returns the job and the number of the chunk that has the key pk, sk. It
// fails if the key is not that of a chunk.
func ChunkOf(pk, sk string) (job string, n int, err error) {
	job, isJob := strings.CutPrefix(pk, JobKey("").PK)
	number, isChunk := strings.CutPrefix(sk, ChunkPrefix)
	if n, err = strconv.Atoi(number); err != nil || !isJob || !isChunk {
		return "", 0, fmt.Errorf("%s %s is no chunk", pk, sk)
	}
	return job, n, nil
}
