package dynamo

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/jobs"
	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// jobWrites is J1: the writes of a job, its first chunks, the people it is made with,
// and its lines in the list of its owner and in the list of all jobs.
func (s *Store) jobWrites(j jobs.NewJob) []table.TxWrite {
	line := struct {
		ID      string `dynamodbav:"id"`
		Expires int64  `dynamodbav:"expires"`
	}{j.ID, j.CreatedAt.Add(table.JobKept).Unix()}
	sk := table.SortTime(j.CreatedAt) + "#" + j.ID
	writes := []table.TxWrite{
		s.table.TxPut(table.JobToItem(j.Job), table.Absent, nil, table.RefuseWith(table.ErrExists)),
		s.table.TxPut(table.NewItem(table.Key{PK: table.JobsPK(j.Owner), SK: sk}, "job_line", line), table.Absent, nil, table.RefuseWith(table.ErrExists)),
		s.table.TxPut(table.NewItem(table.Key{PK: table.JobsPK(staff.EmployeeCode{}), SK: sk}, "job_line", line), table.Absent, nil, table.RefuseWith(table.ErrExists)),
	}
	for _, c := range j.First {
		writes = append(writes, s.table.TxPut(table.ChunkToItem(j.Job, c, j.CreatedAt), table.Absent, nil, table.RefuseWith(table.ErrExists)))
	}
	for _, part := range table.PeopleToItems(j) {
		writes = append(writes, s.table.TxPut(part, table.Absent, nil, table.RefuseWith(table.ErrExists)))
	}
	return writes
}

// MakeJob is J11: a job that nothing else is written with. It fails with ErrRevised if
// callerCheck of by fails, or if the request was carried out meanwhile.
func (s *Store) MakeJob(ctx context.Context, by account.Caller, j jobs.NewJob, once *admin.Once) error {
	return s.table.Transact(ctx, slices.Concat(s.onceWrites(once), s.callerCheck(by), s.jobWrites(j))...)
}

// JobPeople is J12: at most n of the people whom a job was made with, from a place in
// their order on; nobody at the end.
func (s *Store) JobPeople(ctx context.Context, id string, from, n int) ([]staff.EmployeeCode, error) {
	item, err := s.table.GetItem(ctx, table.PeopleKey(id, from/table.PeopleAPart))
	if err != nil {
		return nil, err
	}
	part, err := table.PeopleFromItem(item)
	if err != nil {
		return nil, err
	}
	part = part[min(from%table.PeopleAPart, len(part)):]
	return part[:min(n, len(part))], nil
}

// JobMarks is J13: what a job has done already to some people, at most a chunk of them.
func (s *Store) JobMarks(ctx context.Context, id string, people []staff.EmployeeCode) (map[staff.EmployeeCode]jobs.Result, error) {
	keys := make([]table.Key, len(people))
	for i, p := range people {
		keys[i] = table.MarkKey(id, p)
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	done := map[staff.EmployeeCode]jobs.Result{}
	for _, item := range items {
		r, err := table.MarkFromItem(item)
		if err != nil {
			return nil, err
		}
		done[r.Staff] = r
	}
	return done, nil
}

// PutJobRows is J16: what the chunks of a job are about, before the job is made. rows[0] is
// that of chunk 1.
func (s *Store) PutJobRows(ctx context.Context, id string, rows [][]roster.Person, until time.Time) error {
	items := make([]table.Item, len(rows))
	for i, people := range rows {
		items[i] = table.JobRowsToItem(id, i+1, people, until)
	}
	return s.table.WriteBatch(ctx, table.FewAtOnce, items, nil)
}

// JobRows is J17: what the chunk n of a job is about; nobody if that is gone.
func (s *Store) JobRows(ctx context.Context, id string, n int) ([]roster.Person, error) {
	item, err := s.table.GetItem(ctx, table.JobRowsKey(id, n))
	if err != nil {
		return nil, err
	}
	return table.JobRowsFromItem(item)
}

// RowMarks is J18: what a job has done already for some rows of its file, at most a chunk
// of them.
func (s *Store) RowMarks(ctx context.Context, id string, rows []int) (map[int]jobs.Result, error) {
	keys := make([]table.Key, len(rows))
	for i, row := range rows {
		keys[i] = table.RowMarkKey(id, row)
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	done := map[int]jobs.Result{}
	for _, item := range items {
		r, err := table.MarkFromItem(item)
		if err != nil {
			return nil, err
		}
		done[r.Row] = r
	}
	return done, nil
}

// markWrites is the mark of a job, as a step of the transaction of what it has done. It
// fails with ErrMarked if the job has done it already. So it comes first.
func (s *Store) markWrites(m *jobs.Mark) []table.TxWrite {
	if m == nil {
		return nil
	}
	return []table.TxWrite{s.table.TxPut(table.MarkToItem(*m), table.Absent, nil, table.RefuseWith(jobs.ErrMarked))}
}

// BeginText is J14: the mark of a text that is about to be sent. It requires that the
// person is as read, and what callerCheck says. It fails with ErrMarked or ErrRevised.
func (s *Store) BeginText(ctx context.Context, by account.Caller, to staff.Staff, m jobs.Mark) error {
	writes := append(s.markWrites(&m), s.callerCheck(by)...)
	return s.table.Transact(ctx, append(writes, s.table.TxCheck(table.StaffKey(to.Code), "revision = :was", table.Values{":was": to.Revision}, table.RefuseWith(admin.ErrRevised)))...)
}

// EndText is J15: the outcome of a text in the place of the mark that it is being sent,
// and the audit entry. It fails with ErrMarked if there is an outcome already.
func (s *Store) EndText(ctx context.Context, m jobs.Mark, e audit.Entry) error {
	mark := s.table.TxPut(table.MarkToItem(m), "sending = :yes", table.Values{":yes": true}, table.RefuseWith(jobs.ErrMarked))
	return s.table.Transact(ctx, append([]table.TxWrite{mark}, s.table.TxAudit(e)...)...)
}

// ClaimChunk is J2: a chunk belongs to a worker until a moment, and its job is
// running. It returns the job, the chunk, and how often the chunk has been claimed,
// this time included. It fails with ErrNotClaimed if the chunk is done or another
// worker's, or if the job has ended.
func (s *Store) ClaimChunk(ctx context.Context, job string, n int, worker string, now, until time.Time) (jobs.Job, jobs.Chunk, int, error) {
	claimable := "chunk_state = :queued OR (chunk_state = :running AND until_ms <= :now)"
	err := s.table.Transact(ctx,
		s.table.TxUpdate(table.ChunkKey(job, n), "SET chunk_state = :running, worker = :worker, since_ms = :now, until_ms = :until ADD attempts :one", claimable,
			table.Values{":queued": table.ChunkQueued, ":running": table.ChunkRunning, ":worker": worker, ":now": table.Millis(now), ":until": table.Millis(until), ":one": 1}, table.RefuseWith(jobs.ErrNotClaimed)),
		s.table.TxUpdate(table.JobKey(job), "SET job_state = :running, touched_ms = :now", "job_state IN (:queued, :running)",
			table.Values{":queued": string(jobs.Queued), ":running": string(jobs.Running), ":now": table.Millis(now)}, table.RefuseWith(jobs.ErrNotClaimed)),
	)
	if err != nil {
		return jobs.Job{}, jobs.Chunk{}, 0, err
	}
	items, err := s.table.GetItems(ctx, table.JobKey(job), table.ChunkKey(job, n))
	if err != nil {
		return jobs.Job{}, jobs.Chunk{}, 0, err
	}
	j, err := table.JobFromItem(items[table.JobKey(job)])
	if err != nil {
		return jobs.Job{}, jobs.Chunk{}, 0, err
	}
	it, c, err := table.ChunkFromItem(items[table.ChunkKey(job, n)])
	return j, c, it.Attempts, err
}

// FinishChunk is J3: a chunk is done. The job's numbers rise, the results are
// stored, the rows that it was about go if they are spent, and the chunks that follow are
// put, all in one transaction. It fails with
// ErrNotClaimed if the chunk is not the worker's any more.
//
// The chunks that follow get the numbers after c.N. These are free: in the kinds of
// jobs that have such chunks, only one chunk at a time is worked on.
func (s *Store) FinishChunk(ctx context.Context, j jobs.Job, c jobs.Chunk, worker string, w jobs.Worked, now time.Time) error {
	sums := "SET touched_ms = :now"
	v := table.Values{":now": table.Millis(now), ":done": w.Done, ":failed": w.Failed, ":more": len(w.Next), ":one": 1}
	if w.Over != "" {
		sums += ", job_state = :stopped, code = :code"
		v[":stopped"], v[":code"] = string(jobs.Stopped), w.Over
	}
	writes := []table.TxWrite{
		s.table.TxUpdate(table.ChunkKey(j.ID, c.N), "SET chunk_state = :done, since_ms = :now REMOVE worker, until_ms", "chunk_state = :running AND worker = :worker",
			table.Values{":done": table.ChunkDone, ":running": table.ChunkRunning, ":worker": worker, ":now": table.Millis(now)}, table.RefuseWith(jobs.ErrNotClaimed)),
		s.table.TxUpdate(table.JobKey(j.ID), sums+" ADD people_done :done, people_failed :failed, chunks :more, chunks_finished :one", "", v, nil),
	}
	if len(w.Results) > 0 {
		writes = append(writes, s.table.TxPut(table.ResultsToItem(j, c.N, w.Results), "", nil, nil))
	}
	if w.Spent {
		writes = append(writes, s.table.TxDelete(table.JobRowsKey(j.ID, c.N), "", nil, nil))
	}
	for i, next := range w.Next {
		next.N = c.N + i + 1
		writes = append(writes, s.table.TxPut(table.ChunkToItem(j, next, now), table.Absent, nil, table.RefuseWith(table.ErrExists)))
	}
	return s.table.Transact(ctx, writes...)
}

// ReleaseChunk is J4: the worker gives a chunk back, so that another one can claim
// it at once.
func (s *Store) ReleaseChunk(ctx context.Context, job string, n int, worker string) error {
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.ChunkKey(job, n), Expression: "SET until_ms = :over", Condition: "chunk_state = :running AND worker = :worker",
		Values:            table.Values{":over": 0, ":running": table.ChunkRunning, ":worker": worker},
		OnConditionFailed: func(table.Item) error { return nil }, // another worker has it
	})
	return err
}

// FailJob is J5: a running job has failed; code says why. A job that was stopped
// meanwhile stays stopped.
func (s *Store) FailJob(ctx context.Context, job, code string, now time.Time) error {
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.JobKey(job), Expression: "SET job_state = :failed, code = :code, touched_ms = :now", Condition: "job_state = :running",
		Values:            table.Values{":failed": string(jobs.Failed), ":running": string(jobs.Running), ":code": code, ":now": table.Millis(now)},
		OnConditionFailed: func(table.Item) error { return nil },
	})
	return err
}

// Job is J6: a job; the zero Job if there is none.
func (s *Store) Job(ctx context.Context, id string) (jobs.Job, error) {
	item, err := s.table.GetItem(ctx, table.JobKey(id))
	if err != nil {
		return jobs.Job{}, err
	}
	return table.JobFromItem(item)
}

// JobsPage is J7: at most limit jobs of an owner, or of everybody for the zero code,
// newest first. It begins behind the place after ("" for the newest), and returns
// the last place that it read ("" at the end).
func (s *Store) JobsPage(ctx context.Context, owner staff.EmployeeCode, after string, limit int) ([]admin.JobRow, string, error) {
	pk := table.JobsPK(owner)
	in := &dynamodb.QueryInput{
		TableName: &s.table.Name, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(limit)),
		KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: table.Values{":pk": pk}.AV(),
	}
	if after != "" {
		in.ExclusiveStartKey = table.Key{PK: pk, SK: after}.AV()
	}
	out, err := s.table.DB.Query(ctx, in)
	if err != nil {
		return nil, "", table.Outage(fmt.Errorf("query the jobs: %w", err))
	}
	keys := make([]table.Key, len(out.Items))
	for i, item := range out.Items {
		keys[i] = table.JobKey(table.Str(item["id"]))
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, "", err
	}
	var page []admin.JobRow
	for i, k := range keys {
		if items[k] == nil {
			continue // time to live has deleted the job, but not its line yet
		}
		j, err := table.JobFromItem(items[k])
		if err != nil {
			return nil, "", err
		}
		page = append(page, admin.JobRow{Job: j, Key: table.Str(out.Items[i]["sk"])})
	}
	return page, table.Str(out.LastEvaluatedKey["sk"]), nil
}

// RearmChunks is J8: the chunks of a job that are not done, and whose state has not
// changed after since, wait for a worker again. Writing them starts run-jobs.
func (s *Store) RearmChunks(ctx context.Context, id string, since, now time.Time) error {
	items, err := s.table.Query(ctx, table.JobKey(id).PK, table.ChunkPrefix)
	if err != nil {
		return err
	}
	for _, item := range items {
		it, c, err := table.ChunkFromItem(item)
		if err != nil {
			return err
		}
		if it.State == table.ChunkDone || it.Since > table.Millis(since) {
			continue
		}
		_, err = s.table.UpdateItem(ctx, table.Update{
			Key: table.ChunkKey(id, c.N), Expression: "SET chunk_state = :queued, since_ms = :now REMOVE worker, until_ms",
			Condition:         "chunk_state = :state AND since_ms = :since",
			Values:            table.Values{":queued": table.ChunkQueued, ":now": table.Millis(now), ":state": it.State, ":since": it.Since},
			OnConditionFailed: func(table.Item) error { return nil }, // it has gone on meanwhile
		})
		if err != nil {
			return err
		}
	}
	_, err = s.table.UpdateItem(ctx, table.Update{
		Key: table.JobKey(id), Expression: "SET touched_ms = :now", Condition: "touched_ms < :now", Values: table.Values{":now": table.Millis(now)},
		OnConditionFailed: func(table.Item) error { return nil },
	})
	return err
}

// StopJob is J9: a job that waits, or runs and has chunks left, is stopped.
// Otherwise StopJob fails with ErrJobOver, or with ErrRevised if callerCheck of by
// fails. The client repeats a call whose answer was lost, and then the job is stopped
// already. So a job that was stopped at exactly this time counts as stopped by this
// call.
func (s *Store) StopJob(ctx context.Context, by account.Caller, id string, now time.Time) error {
	return s.table.Transact(ctx, append(s.callerCheck(by), s.table.TxUpdate(table.JobKey(id),
		"SET job_state = :stopped, touched_ms = :now", "job_state = :queued OR (job_state = :running AND chunks_finished < chunks)",
		table.Values{":stopped": string(jobs.Stopped), ":queued": string(jobs.Queued), ":running": string(jobs.Running), ":now": table.Millis(now)},
		func(item table.Item) error {
			if j, err := table.JobFromItem(item); err != nil || j.State == jobs.Stopped && table.Millis(j.UpdatedAt) == table.Millis(now) {
				return err
			}
			return admin.ErrJobOver
		}))...)
}

// JobResults is J10: at most limit results of a job, chunk by chunk. It begins at
// the place after ("" for the first result), and returns the place at which to go on
// ("" at the end). A place is the number of a chunk, "+", and how many of its
// results have been read.
func (s *Store) JobResults(ctx context.Context, id, after string, limit int) ([]jobs.Result, string, error) {
	skip, startChunk := 0, ""
	if after != "" {
		chunk, n, _ := strings.Cut(after, "+")
		var err error
		if skip, err = strconv.Atoi(n); err != nil {
			return nil, "", fmt.Errorf("read a place among results: %w", err)
		}
		startChunk = chunk
	}
	in := &dynamodb.QueryInput{
		TableName: &s.table.Name, ConsistentRead: aws.Bool(true), Limit: aws.Int32(int32(limit + 1)), // an item has a result at least
		KeyConditionExpression:    aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ExpressionAttributeValues: table.Values{":pk": table.JobKey(id).PK, ":from": table.ResultPrefix + startChunk, ":to": table.ResultPrefix + "~"}.AV(),
	}
	out, err := s.table.DB.Query(ctx, in)
	if err != nil {
		return nil, "", table.Outage(fmt.Errorf("query a job's results: %w", err))
	}
	var all []jobs.Result
	for _, item := range out.Items {
		var it table.ResultsItem
		if err := table.Decode(item, &it); err != nil {
			return nil, "", err
		}
		n := strings.TrimPrefix(table.Str(item["sk"]), table.ResultPrefix)
		if n != startChunk {
			skip = 0
		}
		for i := min(skip, len(it.Results)); i < len(it.Results); i++ {
			if len(all) == limit {
				return all, fmt.Sprintf("%s+%d", n, i), nil
			}
			r, err := table.ResultFrom(it.Results[i])
			if err != nil {
				return nil, "", err
			}
			all = append(all, r)
		}
	}
	return all, "", nil
}
