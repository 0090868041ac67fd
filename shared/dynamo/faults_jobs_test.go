package dynamo_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/jobs"
	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

func jobRows() []faultRow {
	return []faultRow{
		{
			// A worker does the chunks one after the other, each again when it is not taken.
			// What becomes of the index of people, TestIndexFaults of maintain tells.
			name: "the chunks of a move", audit: noEntry,
			setup: func(c *faultCase) {
				c.passed = time.Duration(c.n) * 10 * time.Minute // by then the moves before are off the list
				c.withOrg()
				c.withChildOrg("内组")
			},
			prepare: func(c *faultCase) {
				uc := admin.EditOrgs{Store: c.Store, Now: c.Now, Random: rand.Reader}
				var err error
				_, c.id, err = uc.Update(c.Context(), c.Call, c.superWith(account.OrgEdit), c.orgs[0], admin.OrgEdit{Version: 1, Parent: set(c.section.Code.String())})
				c.Must(err)
				c.subject = c.id
			},
			send: func(c *faultCase, s *maintain.Store) error {
				return c.work(s, admin.JobMoveOrg, c.mover(s, c.Now))
			},
			verify: func(c *faultCase) error {
				j := c.job()
				_, moves, err := c.Store.OrgsAndMoves(c.Context(), nil)
				c.Must(err)
				open := slices.ContainsFunc(moves.List, func(m staff.Move) bool { return m.Done.IsZero() })
				c.Must(c.finishMoves()) // for the next case
				return want(j.CurrentState() == jobs.Done && j.Failed == 0 && !open, "%+v; the moves are %+v", j, moves)
			},
		},
		{
			name: "make a batch", route: "POST /v1/admin/staff/batch", setup: (*faultCase).withPerson, audit: noEntry,
			send: func(c *faultCase, s *maintain.Store) (err error) {
				uc := admin.MakeBatch{Store: s, Now: c.Now, Random: rand.Reader}
				in := admin.BatchInput{Action: "freeze", Reason: "整改", People: []string{c.person.Staff.Code.String()}}
				c.id, err = uc.Run(c.Context(), c.Call, c.superWith(account.StaffBatch), in, admin.RequestKey{Key: fmt.Sprint("batch ", c.n), Digest: "of the batch"})
				return err
			},
			verify: func(c *faultCase) error {
				people, err := c.Store.JobPeople(c.Context(), c.id, 0, 9)
				c.Must(err)
				j := c.job() // that it is the only one, the tests of admin-batch tell
				return want(j.Kind == "freeze" && j.CurrentState() == jobs.Queued && slices.Equal(people, []staff.EmployeeCode{c.person.Staff.Code}), "%v in %+v", people, j)
			},
		},
		{
			// A worker is killed at any call, and the chunk is done again.
			name: "a chunk of a batch", setup: (*faultCase).withPerson,
			prepare: func(c *faultCase) {
				uc := admin.MakeBatch{Store: c.Store, Now: c.Now, Random: rand.Reader}
				in := admin.BatchInput{Action: "freeze", Reason: "整改", People: []string{c.person.Staff.Code.String()}}
				var err error
				c.id, err = uc.Run(c.Context(), c.Call, c.superWith(account.StaffBatch), in, admin.RequestKey{Key: fmt.Sprint("chunk ", c.n), Digest: "of the batch"})
				c.Must(err)
			},
			send: func(c *faultCase, s *maintain.Store) error {
				states := admin.ChangeState{Store: s, Keys: c.Keys, Settings: account.Defaults(), Now: c.Now, Random: rand.Reader}
				return c.work(s, "freeze", admin.Batch{Store: s, ChangeState: states})
			},
			verify: func(c *faultCase) error {
				p, j := c.personNow(), c.job()
				results, _, err := c.Store.JobResults(c.Context(), c.id, "", 9)
				c.Must(err)
				return want(p.Staff.State == staff.Frozen && p.Staff.Version == 2 && p.Account.Epoch == 2 && j.CurrentState() == jobs.Done && j.Done == 1 && j.Failed == 0 &&
					len(results) == 1 && results[0].Outcome == jobs.OutcomeDone, "%+v %+v %+v", p, j, results)
			},
		},
		{
			// The same with a text, which cannot be sent twice: what the result says is so.
			name: "a chunk of texts", audit: noEntry, // but one about the text
			setup: func(c *faultCase) {
				c.passed = time.Duration(c.n) * time.Hour // by then the row of texts is free again
				c.withPerson()
				c.person.Staff.State, c.person.Staff.ActivatedAt = staff.Pending, time.Time{}
				c.person.Account = account.Account{Epoch: 1}
			},
			prepare: func(c *faultCase) {
				uc := admin.MakeBatch{Store: c.Store, Now: c.Now, Random: rand.Reader}
				in := admin.BatchInput{Action: admin.JobInvite, Reason: "上线", People: []string{c.person.Staff.Code.String()}}
				var err error
				c.id, err = uc.Run(c.Context(), c.Call, c.superWith(account.StaffBatch), in, admin.RequestKey{Key: fmt.Sprint("texts ", c.n), Digest: "of the batch"})
				c.Must(err)
			},
			send: func(c *faultCase, s *maintain.Store) error {
				settings := account.Defaults()
				wait := func(_ context.Context, d time.Duration) error { c.passed += d; return nil }
				return c.work(s, admin.JobInvite, admin.Invite{
					Store: s, Notices: account.Notices{Store: s, Sender: c, Keys: c.Keys, Settings: settings},
					Pace: account.Pace{Store: s, Settings: settings, Now: c.Now, Wait: wait}, Keys: c.Keys, Now: c.Now, Random: rand.Reader,
				})
			},
			verify: func(c *faultCase) error {
				j, texts := c.job(), len(c.sent(c.person.Staff.Phone))
				results, _, err := c.Store.JobResults(c.Context(), c.id, "", 9)
				c.Must(err)
				entries := c.Partition("AUDIT#OF#" + c.subject)
				if j.CurrentState() != jobs.Done || j.Done != 1 || len(results) != 1 || len(entries) != 1 {
					return fmt.Errorf("%+v %+v, %d entries", j, results, len(entries))
				}
				switch r := results[0]; r.Outcome {
				case jobs.OutcomeDone:
					return want(texts == 1 && j.Failed == 0, "%d texts, %+v", texts, j)
				case jobs.OutcomeUnknown:
					return want(texts <= 1 && j.Failed == 1, "%d texts, %+v", texts, j)
				default:
					return want(texts == 0 && j.Failed == 1 && r.Outcome == jobs.OutcomeFailed && r.Code == "unavailable", "%d texts, %+v", texts, r)
				}
			},
		},
		{
			name: "make an import", route: "POST /v1/admin/imports", setup: (*faultCase).withPerson, audit: noEntry,
			send: func(c *faultCase, s *maintain.Store) (err error) {
				c.id, err = c.imports(s, fmt.Sprint("import ", c.n))
				return err
			},
			verify: func(c *faultCase) error {
				people, err := c.Store.JobRows(c.Context(), c.id, 1)
				c.Must(err)
				j := c.job()
				return want(j.Kind == admin.JobImport && j.CurrentState() == jobs.Queued && len(people) == 1, "%v in %+v", people, j)
			},
		},
		{
			// A worker is killed at any call, and the chunk is done again.
			name: "a chunk of an import", setup: (*faultCase).withPerson,
			prepare: func(c *faultCase) {
				var err error
				c.id, err = c.imports(c.Store, fmt.Sprint("chunk of an import ", c.n))
				c.Must(err)
			},
			send: func(c *faultCase, s *maintain.Store) error {
				edit := admin.UpdatePosts{Store: s, Dictionaries: &staff.DictionaryList{Store: s, Now: c.Now}, Keys: c.Keys, Now: c.Now, Random: rand.Reader}
				return c.work(s, admin.JobImport, admin.Import{Store: s, UpdatePosts: edit})
			},
			verify: func(c *faultCase) error {
				p, j := c.personNow(), c.job()
				results, _, err := c.Store.JobResults(c.Context(), c.id, "", 9)
				c.Must(err)
				left, err := c.Store.JobRows(c.Context(), c.id, 1)
				c.Must(err)
				return want(p.Staff.ShortNumber == "61234" && p.Staff.Version == 2 && j.CurrentState() == jobs.Done && j.Done == 1 && j.Failed == 0 &&
					len(results) == 1 && results[0].Outcome == jobs.OutcomeDone && len(left) == 0, "%+v %+v %+v", p, j, results)
			},
		},
		{
			name: "stop a job", route: "DELETE /v1/admin/jobs/{id}", setup: (*faultCase).withOrg, retryAnswer: "state_conflict", audit: noEntry, anyGrant: true,
			prepare: func(c *faultCase) {
				var err error
				c.id, err = staff.NewID(rand.Reader)
				c.Must(err)
				job := jobs.Job{ID: c.id, Kind: "batch", Owner: c.super.Staff, CreatedAt: c.Now(), UpdatedAt: c.Now(), State: jobs.Queued, Chunks: 1}
				_, moves, err := c.Store.OrgsAndMoves(c.Context(), nil)
				c.Must(err)
				was, now := c.orgs[0], c.orgs[0]
				now.Version++ // jobs are made with what asks for them
				entry := audit.Entry{ID: c.id, At: c.Now(), Actor: c.super.Staff, Subject: audit.Subject(c.subject), Action: audit.UpdateOrg, Call: c.Call}
				c.Must(c.Store.WriteOrg(c.Context(), admin.OrgChange{
					Was: was, Now: now, WasAbove: c.data.Division, Above: c.data.Division, Moves: moves, NowMoves: moves, Audit: entry, Job: &jobs.NewJob{Job: job, First: []jobs.Chunk{{N: 1}}},
				}))
				c.subject = c.id
			},
			send: func(c *faultCase, s *maintain.Store) error {
				uc := admin.Jobs{Store: s, Keys: c.Keys, Now: c.Now}
				j, err := uc.Load(c.Context(), c.super, c.id)
				if err != nil {
					return err
				}
				return uc.Stop(c.Context(), c.super, j.Job)
			},
			verify: func(c *faultCase) error {
				j := c.job()
				return want(j.CurrentState() == jobs.Stopped, "%+v", j)
			},
		},
	}
}

// imports makes an import that gives the case's person a short number.
func (c *faultCase) imports(s *maintain.Store, key string) (string, error) {
	cells := func(n int, texts ...string) roster.Row {
		row := roster.Row{Number: n}
		for _, text := range texts {
			row.Cells = append(row.Cells, roster.Cell{Kind: roster.Text, Text: text})
		}
		return row
	}
	sheet := roster.Sheet{Rows: func(yield func(roster.Row, error) bool) {
		_ = yield(cells(1, "人员编码", "短号"), nil) && yield(cells(2, c.person.Staff.Code.String(), "61234"), nil)
	}}
	uc := admin.MakeImport{
		Store: s, Dictionaries: &staff.DictionaryList{Store: s, Now: c.Now}, Now: c.Now, Random: rand.Reader,
		Open: func([]byte, roster.Format) ([]roster.Sheet, error) { return []roster.Sheet{sheet}, nil },
	}
	made, err := uc.Run(c.Context(), c.Call, c.superWith(account.StaffImport), admin.ImportInput{DryRun: "false", Format: "csv"}, admin.RequestKey{Key: key, Digest: "of the import"})
	return made.ID, err
}

// work does the chunks of the case's job one after the other.
func (c *faultCase) work(s *maintain.Store, name string, kind jobs.Kind) error {
	worker := jobs.RunJobs{Store: s, Kinds: map[string]jobs.Kind{name: kind}, Now: c.Now, Random: rand.Reader}
	for j := c.job(); j.Finished < j.Chunks; {
		if err := worker.Run(c.Context(), c.id, j.Finished+1); err != nil {
			return err
		}
		was := j.Finished
		if j = c.job(); j.Finished == was { // a worker that was not told has it
			c.passed += jobs.ChunkLease
		}
	}
	return nil
}

// job is the case's job as stored now.
func (c *faultCase) job() jobs.Job {
	c.Helper()
	j, err := c.Store.Job(c.Context(), c.id)
	c.Must(err)
	return j
}
