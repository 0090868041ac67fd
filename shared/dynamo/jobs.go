package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

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

const jobKept = 180 * 24 * time.Hour

func jobToItem(j admin.Job) map[string]types.AttributeValue {
	return itemOf(jobKey(j.ID), "job", jobItem{
		j.ID, j.Kind, j.Owner.String(), millis(j.Created), millis(j.Touched), string(j.State), j.Code, j.Total, j.Done, j.Failed, j.Chunks, j.Finished,
		j.Whole, j.Params, j.Created.Add(jobKept).Unix(),
	})
}

func jobFromItem(item map[string]types.AttributeValue) (admin.Job, error) {
	if item == nil {
		return admin.Job{}, nil
	}
	var it jobItem
	if err := into(item, &it); err != nil {
		return admin.Job{}, err
	}
	owner, err := staff.ParseEmployeeCode(it.Owner)
	if err != nil {
		return admin.Job{}, fmt.Errorf("read a job: %w", err)
	}
	return admin.Job{
		ID: it.ID, Kind: it.JobKind, Owner: owner, Created: instant(it.Created), Touched: instant(it.Touched), State: admin.JobState(it.State), Code: it.Code,
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
	chunkQueued  = "queued"
	chunkRunning = "running"
	chunkDone    = "done"
)

func chunkToItem(j admin.Job, c admin.Chunk, now time.Time) map[string]types.AttributeValue {
	it := chunkItem{Job: j.ID, N: c.N, State: chunkQueued, Since: millis(now), Place: c.Place, Expires: j.Created.Add(jobKept).Unix()}
	for _, p := range c.People {
		it.People = append(it.People, p.String())
	}
	return itemOf(chunkKey(j.ID, c.N), "chunk", it)
}

func chunkFromItem(item map[string]types.AttributeValue) (chunkItem, admin.Chunk, error) {
	var it chunkItem
	if err := into(item, &it); err != nil {
		return it, admin.Chunk{}, err
	}
	c := admin.Chunk{N: it.N, Place: it.Place}
	var bad error
	for _, p := range it.People {
		c.People = append(c.People, parsed(staff.ParseEmployeeCode, p, &bad))
	}
	if bad != nil {
		return it, c, fmt.Errorf("read a chunk: %w", bad)
	}
	return it, c, nil
}

// ChunkOf is which chunk of which job has the keys.
func ChunkOf(pk, sk string) (job string, n int, err error) {
	job, isJob := strings.CutPrefix(pk, jobKey("").pk)
	number, isChunk := strings.CutPrefix(sk, chunkPrefix)
	if n, err = strconv.Atoi(number); err != nil || !isJob || !isChunk {
		return "", 0, fmt.Errorf("%s %s is no chunk", pk, sk)
	}
	return job, n, nil
}

// newJob makes the steps of J1: a job with its first chunks and its lines in the
// lists.
func (s *Store) newJob(j admin.NewJob) []step {
	line := struct {
		ID      string `dynamodbav:"id"`
		Expires int64  `dynamodbav:"expires"`
	}{j.ID, j.Created.Add(jobKept).Unix()}
	sk := sortTime(j.Created) + "#" + j.ID
	steps := []step{
		s.table.put(jobToItem(j.Job), absent, nil, means(errThere)),
		s.table.put(itemOf(key{jobsPK(j.Owner), sk}, "job_line", line), absent, nil, means(errThere)),
		s.table.put(itemOf(key{jobsPK(staff.EmployeeCode{}), sk}, "job_line", line), absent, nil, means(errThere)),
	}
	for _, c := range j.First {
		steps = append(steps, s.table.put(chunkToItem(j.Job, c, j.Created), absent, nil, means(errThere)))
	}
	return steps
}

// ClaimChunk is J2.
func (s *Store) ClaimChunk(ctx context.Context, job string, n int, worker string, now, until time.Time) (admin.Job, admin.Chunk, int, error) {
	free := "chunk_state = :queued OR (chunk_state = :running AND until_ms <= :now)"
	err := s.table.transact(ctx,
		s.table.update(chunkKey(job, n), "SET chunk_state = :running, worker = :worker, since_ms = :now, until_ms = :until ADD attempts :one", free,
			values{":queued": chunkQueued, ":running": chunkRunning, ":worker": worker, ":now": millis(now), ":until": millis(until), ":one": 1}, means(admin.ErrNotClaimed)),
		s.table.update(jobKey(job), "SET job_state = :running, touched_ms = :now", "job_state IN (:queued, :running)",
			values{":queued": string(admin.JobQueued), ":running": string(admin.JobRunning), ":now": millis(now)}, means(admin.ErrNotClaimed)),
	)
	if err != nil {
		return admin.Job{}, admin.Chunk{}, 0, err
	}
	items, err := s.table.getAll(ctx, jobKey(job), chunkKey(job, n))
	if err != nil {
		return admin.Job{}, admin.Chunk{}, 0, err
	}
	j, err := jobFromItem(items[jobKey(job)])
	if err != nil {
		return admin.Job{}, admin.Chunk{}, 0, err
	}
	it, c, err := chunkFromItem(items[chunkKey(job, n)])
	return j, c, it.Attempts, err
}

// FinishChunk is J3. Chunks that follow are numbered by the one they follow from,
// of which there is only one in kinds that have any.
func (s *Store) FinishChunk(ctx context.Context, j admin.Job, c admin.Chunk, worker string, w admin.Worked, now time.Time) error {
	steps := []step{
		s.table.update(chunkKey(j.ID, c.N), "SET chunk_state = :done, since_ms = :now REMOVE worker, until_ms", "chunk_state = :running AND worker = :worker",
			values{":done": chunkDone, ":running": chunkRunning, ":worker": worker, ":now": millis(now)}, means(admin.ErrNotClaimed)),
		s.table.update(jobKey(j.ID), "SET touched_ms = :now ADD people_done :done, people_failed :failed, chunks :more, chunks_finished :one", "",
			values{":now": millis(now), ":done": w.Done, ":failed": w.Failed, ":more": len(w.Next), ":one": 1}, nil),
	}
	if len(w.Results) > 0 {
		steps = append(steps, s.table.put(resultsToItem(j, c.N, w.Results), "", nil, nil))
	}
	for i, next := range w.Next {
		next.N = c.N + i + 1
		steps = append(steps, s.table.put(chunkToItem(j, next, now), absent, nil, means(errThere)))
	}
	return s.table.transact(ctx, steps...)
}

// ReleaseChunk is J4.
func (s *Store) ReleaseChunk(ctx context.Context, job string, n int, worker string) error {
	_, err := s.table.do(ctx, change{
		key: chunkKey(job, n), expression: "SET until_ms = :over", condition: "chunk_state = :running AND worker = :worker",
		values: values{":over": 0, ":running": chunkRunning, ":worker": worker},
		refuse: func(map[string]types.AttributeValue) error { return nil }, // somebody has it
	})
	return err
}

// FailJob is J5. A job that was stopped meanwhile stays stopped.
func (s *Store) FailJob(ctx context.Context, job, code string, now time.Time) error {
	_, err := s.table.do(ctx, change{
		key: jobKey(job), expression: "SET job_state = :failed, code = :code, touched_ms = :now", condition: "job_state = :running",
		values: values{":failed": string(admin.JobFailed), ":running": string(admin.JobRunning), ":code": code, ":now": millis(now)},
		refuse: func(map[string]types.AttributeValue) error { return nil },
	})
	return err
}

// Job is J6.
func (s *Store) Job(ctx context.Context, id string) (admin.Job, error) {
	item, err := s.table.get(ctx, jobKey(id))
	if err != nil {
		return admin.Job{}, err
	}
	return jobFromItem(item)
}

// JobsPage is J7.
func (s *Store) JobsPage(ctx context.Context, owner staff.EmployeeCode, after string, limit int) ([]admin.PlacedJob, string, error) {
	pk := jobsPK(owner)
	in := &dynamodb.QueryInput{
		TableName: &s.table.name, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(limit)),
		KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: values{":pk": pk}.av(),
	}
	if after != "" {
		in.ExclusiveStartKey = key{pk, after}.av()
	}
	out, err := s.table.db.Query(ctx, in)
	if err != nil {
		return nil, "", outage(fmt.Errorf("query the jobs: %w", err))
	}
	keys := make([]key, len(out.Items))
	for i, item := range out.Items {
		keys[i] = jobKey(text(item["id"]))
	}
	items, err := s.table.getAll(ctx, keys...)
	if err != nil {
		return nil, "", err
	}
	var page []admin.PlacedJob
	for i, k := range keys {
		if items[k] == nil {
			continue // the table's time took it first
		}
		j, err := jobFromItem(items[k])
		if err != nil {
			return nil, "", err
		}
		page = append(page, admin.PlacedJob{Job: j, Place: text(out.Items[i]["sk"])})
	}
	return page, text(out.LastEvaluatedKey["sk"]), nil
}

// RearmChunks is J8.
func (s *Store) RearmChunks(ctx context.Context, id string, since, now time.Time) error {
	items, err := s.table.query(ctx, jobKey(id).pk, chunkPrefix)
	if err != nil {
		return err
	}
	for _, item := range items {
		it, c, err := chunkFromItem(item)
		if err != nil {
			return err
		}
		if it.State == chunkDone || it.Since > millis(since) {
			continue
		}
		_, err = s.table.do(ctx, change{
			key: chunkKey(id, c.N), expression: "SET chunk_state = :queued, since_ms = :now REMOVE worker, until_ms",
			condition: "chunk_state = :state AND since_ms = :since",
			values:    values{":queued": chunkQueued, ":now": millis(now), ":state": it.State, ":since": it.Since},
			refuse:    func(map[string]types.AttributeValue) error { return nil }, // it goes on by itself
		})
		if err != nil {
			return err
		}
	}
	_, err = s.table.do(ctx, change{
		key: jobKey(id), expression: "SET touched_ms = :now", condition: "touched_ms < :now", values: values{":now": millis(now)},
		refuse: func(map[string]types.AttributeValue) error { return nil },
	})
	return err
}

// StopJob is J9. A client that asks again, as the answer was lost, is refused by
// its own stop.
func (s *Store) StopJob(ctx context.Context, id string, now time.Time) error {
	_, err := s.table.do(ctx, change{
		key: jobKey(id), expression: "SET job_state = :stopped, touched_ms = :now", condition: "job_state = :queued OR (job_state = :running AND chunks_finished < chunks)",
		values: values{":stopped": string(admin.JobStopped), ":queued": string(admin.JobQueued), ":running": string(admin.JobRunning), ":now": millis(now)},
		refuse: func(item map[string]types.AttributeValue) error {
			if j, err := jobFromItem(item); err != nil || j.State == admin.JobStopped && millis(j.Touched) == millis(now) {
				return err
			}
			return admin.ErrRevised
		},
	})
	return err
}

// resultsItem is what became of the people of one chunk.
type resultsItem struct {
	Results []resultItem `dynamodbav:"results"`
	Expires int64        `dynamodbav:"expires"`
}

type resultItem struct {
	Row     int           `dynamodbav:"row,omitempty"`
	Staff   string        `dynamodbav:"staff,omitempty"`
	Name    string        `dynamodbav:"full_name,omitempty"`
	Outcome string        `dynamodbav:"outcome"`
	Code    string        `dynamodbav:"code,omitempty"`
	Errors  []flawItem    `dynamodbav:"errors,omitempty"`
	Changes []auditChange `dynamodbav:"changes,omitempty"`
}

type flawItem struct {
	Path string `dynamodbav:"path"`
	Code string `dynamodbav:"code"`
	Zh   string `dynamodbav:"zh"`
	En   string `dynamodbav:"en"`
}

func resultsToItem(j admin.Job, n int, results []admin.JobResult) map[string]types.AttributeValue {
	it := resultsItem{Expires: j.Created.Add(jobKept).Unix()}
	for _, r := range results {
		one := resultItem{Row: r.Row, Staff: r.Staff.String(), Name: r.Name, Outcome: string(r.Outcome), Code: r.Code}
		for _, f := range r.Errors {
			one.Errors = append(one.Errors, flawItem{f.Path, f.Code, f.Zh, f.En})
		}
		for _, c := range r.Changes {
			one.Changes = append(one.Changes, auditChange(c))
		}
		it.Results = append(it.Results, one)
	}
	return itemOf(resultKey(j.ID, n), "job_results", it)
}

// JobResults is J10. A place is a chunk's number and how many of its results are
// behind it.
func (s *Store) JobResults(ctx context.Context, id, after string, limit int) ([]admin.JobResult, string, error) {
	skip, start := 0, ""
	if after != "" {
		chunk, n, _ := strings.Cut(after, "+")
		var err error
		if skip, err = strconv.Atoi(n); err != nil {
			return nil, "", fmt.Errorf("read a place among results: %w", err)
		}
		start = chunk
	}
	in := &dynamodb.QueryInput{
		TableName: &s.table.name, ConsistentRead: aws.Bool(true), Limit: aws.Int32(int32(limit + 1)), // each has one at least
		KeyConditionExpression:    aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ExpressionAttributeValues: values{":pk": jobKey(id).pk, ":from": resultPrefix + start, ":to": resultPrefix + "~"}.av(),
	}
	out, err := s.table.db.Query(ctx, in)
	if err != nil {
		return nil, "", outage(fmt.Errorf("query a job's results: %w", err))
	}
	var all []admin.JobResult
	for _, item := range out.Items {
		var it resultsItem
		if err := into(item, &it); err != nil {
			return nil, "", err
		}
		n := strings.TrimPrefix(text(item["sk"]), resultPrefix)
		if n != start {
			skip = 0
		}
		for i := min(skip, len(it.Results)); i < len(it.Results); i++ {
			if len(all) == limit {
				return all, fmt.Sprintf("%s+%d", n, i), nil
			}
			r, err := resultFrom(it.Results[i])
			if err != nil {
				return nil, "", err
			}
			all = append(all, r)
		}
	}
	return all, "", nil
}

func resultFrom(it resultItem) (admin.JobResult, error) {
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
