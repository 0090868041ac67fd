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

// jobItem is an admin.Job as stored. Everything of a job goes with it, in the
// table's own time, half a year after it was made.
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

const JobKept = 180 * 24 * time.Hour

func JobToItem(j admin.Job) Item {
	return NewItem(JobKey(j.ID), "job", jobItem{
		j.ID, j.Kind, j.Owner.String(), Millis(j.Created), Millis(j.Touched), string(j.State), j.Code, j.Total, j.Done, j.Failed, j.Chunks, j.Finished,
		j.Whole, j.Params, j.Created.Add(JobKept).Unix(),
	})
}

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

// chunkItem is an admin.Chunk as stored. It starts run-jobs when it is put and
// when it is armed again: then, and only then, is chunk_state "queued".
type chunkItem struct {
	Job      string   `dynamodbav:"job"`
	N        int      `dynamodbav:"n"`
	State    string   `dynamodbav:"chunk_state"`
	Since    int64    `dynamodbav:"since_ms"` // it waits, or is the worker's
	Until    int64    `dynamodbav:"until_ms,omitempty"`
	Worker   string   `dynamodbav:"worker,omitempty"`
	Attempts int      `dynamodbav:"attempts,omitempty"`
	People   []string `dynamodbav:"people,omitempty"`
	Place    string   `dynamodbav:"place,omitempty"`
	Expires  int64    `dynamodbav:"expires"`
}

const (
	ChunkQueued  = "queued"
	ChunkRunning = "running"
	ChunkDone    = "done"
)

func ChunkToItem(j admin.Job, c admin.Chunk, now time.Time) Item {
	it := chunkItem{Job: j.ID, N: c.N, State: ChunkQueued, Since: Millis(now), Place: c.Place, Expires: j.Created.Add(JobKept).Unix()}
	for _, p := range c.People {
		it.People = append(it.People, p.String())
	}
	return NewItem(ChunkKey(j.ID, c.N), "chunk", it)
}

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

// ResultsItem is what became of the people of one chunk.
type ResultsItem struct {
	Results []resultItem `dynamodbav:"results"`
	Expires int64        `dynamodbav:"expires"`
}

type resultItem struct {
	Row     int               `dynamodbav:"row,omitempty"`
	Staff   string            `dynamodbav:"staff,omitempty"`
	Name    string            `dynamodbav:"full_name,omitempty"`
	Outcome string            `dynamodbav:"outcome"`
	Code    string            `dynamodbav:"code,omitempty"`
	Errors  []flawItem        `dynamodbav:"errors,omitempty"`
	Changes []auditChangeItem `dynamodbav:"changes,omitempty"`
}

type flawItem struct {
	Path string `dynamodbav:"path"`
	Code string `dynamodbav:"code"`
	Zh   string `dynamodbav:"zh"`
	En   string `dynamodbav:"en"`
}

func ResultsToItem(j admin.Job, n int, results []admin.JobResult) Item {
	it := ResultsItem{Expires: j.Created.Add(JobKept).Unix()}
	for _, r := range results {
		one := resultItem{Row: r.Row, Staff: r.Staff.String(), Name: r.Name, Outcome: string(r.Outcome), Code: r.Code}
		for _, f := range r.Errors {
			one.Errors = append(one.Errors, flawItem{f.Path, f.Code, f.Zh, f.En})
		}
		one.Changes = auditChangesToItems(r.Changes)
		it.Results = append(it.Results, one)
	}
	return NewItem(resultKey(j.ID, n), "job_results", it)
}

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
	r.Changes = auditChangesFromItems(it.Changes)
	return r, nil
}

// ChunkOf is which chunk of which job has the keys.
func ChunkOf(pk, sk string) (job string, n int, err error) {
	job, isJob := strings.CutPrefix(pk, JobKey("").PK)
	number, isChunk := strings.CutPrefix(sk, ChunkPrefix)
	if n, err = strconv.Atoi(number); err != nil || !isJob || !isChunk {
		return "", 0, fmt.Errorf("%s %s is no chunk", pk, sk)
	}
	return job, n, nil
}
