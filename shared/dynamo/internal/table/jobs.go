package table

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"chaoxi/shared/admin"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// jobItem is an admin.Job as stored. Time to live deletes it and all other items of
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
func JobToItem(j admin.Job) Item {
	return NewItem(JobKey(j.ID), "job", jobItem{
		j.ID, j.Kind, j.Owner.String(), Millis(j.Created), Millis(j.Touched), string(j.State), j.Code, j.Total, j.Done, j.Failed, j.Chunks, j.Finished,
		j.Whole, j.Params, j.Created.Add(JobKept).Unix(),
	})
}

// JobFromItem reads a job. A nil item gives the zero Job.
func JobFromItem(item Item) (admin.Job, error) {
	if item == nil {
		return admin.Job{}, nil
	}
	var it jobItem
	if err := Decode(item, &it); err != nil {
		return admin.Job{}, err
	}
	owner, err := staff.ParseEmployeeCode(it.Owner)
	if err != nil {
		return admin.Job{}, fmt.Errorf("read a job: %w", err)
	}
	return admin.Job{
		ID: it.ID, Kind: it.JobKind, Owner: owner, Created: Instant(it.Created), Touched: Instant(it.Touched), State: admin.JobState(it.State), Code: it.Code,
		Total: it.Total, Done: it.Done, Failed: it.Failed, Chunks: it.Chunks, Finished: it.Finished, Whole: it.Whole, Params: it.Params,
	}, nil
}

// chunkItem is an admin.Chunk as stored. A write that leaves chunk_state "queued"
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
func ChunkToItem(j admin.Job, c admin.Chunk, now time.Time) Item {
	it := chunkItem{Job: j.ID, N: c.N, State: ChunkQueued, Since: Millis(now), Place: c.Place, Expires: j.Created.Add(JobKept).Unix()}
	for _, p := range c.People {
		it.People = append(it.People, p.String())
	}
	return NewItem(ChunkKey(j.ID, c.N), "chunk", it)
}

// ChunkFromItem reads a chunk. It returns the item's struct, too, since admin.Chunk
// has neither the state nor the attempts.
func ChunkFromItem(item Item) (chunkItem, admin.Chunk, error) {
	var it chunkItem
	if err := Decode(item, &it); err != nil {
		return it, admin.Chunk{}, err
	}
	c := admin.Chunk{N: it.N, Place: it.Place}
	var bad error
	for _, p := range it.People {
		c.People = append(c.People, Parsed(staff.ParseEmployeeCode, p, &bad))
	}
	if bad != nil {
		return it, c, fmt.Errorf("read a chunk: %w", bad)
	}
	return it, c, nil
}

// ResultsItem has the results of one chunk, one for each person.
type ResultsItem struct {
	Results []resultItem `dynamodbav:"results"`
	Expires int64        `dynamodbav:"expires"`
}

// resultItem is an admin.JobResult as stored.
type resultItem struct {
	Row     int           `dynamodbav:"row,omitempty"`
	Staff   string        `dynamodbav:"staff,omitempty"`
	Name    string        `dynamodbav:"full_name,omitempty"`
	Outcome string        `dynamodbav:"outcome"`
	Code    string        `dynamodbav:"code,omitempty"`
	Errors  []flawItem    `dynamodbav:"errors,omitempty"`
	Changes []AuditChange `dynamodbav:"changes,omitempty"`
}

// flawItem is a fault.Field as stored.
type flawItem struct {
	Path string `dynamodbav:"path"`
	Code string `dynamodbav:"code"`
	Zh   string `dynamodbav:"zh"`
	En   string `dynamodbav:"en"`
}

// ResultsToItem returns the item of the results of the chunk n of j.
func ResultsToItem(j admin.Job, n int, results []admin.JobResult) Item {
	it := ResultsItem{Expires: j.Created.Add(JobKept).Unix()}
	for _, r := range results {
		stored := resultItem{Row: r.Row, Staff: r.Staff.String(), Name: r.Name, Outcome: string(r.Outcome), Code: r.Code}
		for _, f := range r.Errors {
			stored.Errors = append(stored.Errors, flawItem{f.Path, f.Code, f.Zh, f.En})
		}
		for _, c := range r.Changes {
			stored.Changes = append(stored.Changes, AuditChange(c))
		}
		it.Results = append(it.Results, stored)
	}
	return NewItem(resultKey(j.ID, n), "job_results", it)
}

// ResultFrom converts one of the results of a ResultsItem.
func ResultFrom(it resultItem) (admin.JobResult, error) {
	r := admin.JobResult{Row: it.Row, Name: it.Name, Outcome: admin.Outcome(it.Outcome), Code: it.Code}
	if it.Staff != "" {
		var err error
		if r.Staff, err = staff.ParseEmployeeCode(it.Staff); err != nil {
			return r, errors.Join(errors.New("read a result"), err)
		}
	}
	for _, f := range it.Errors {
		r.Errors = append(r.Errors, fault.Field{Path: f.Path, FieldCode: fault.FieldCode{Code: f.Code, Zh: f.Zh, En: f.En}})
	}
	for _, c := range it.Changes {
		r.Changes = append(r.Changes, admin.AuditChange(c))
	}
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
