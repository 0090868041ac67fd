package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/jobs"
	"chaoxi/shared/meter"
	"chaoxi/shared/staff"
)

type handler struct {
	Log  *slog.Logger
	Jobs jobs.RunJobs
}

// tools are what the work of jobs is done with.
type tools struct {
	Store    *dynamo.Store
	Sender   account.Sender
	Keys     account.Keys
	Settings account.Settings
	Now      func() time.Time
	Wait     func(context.Context, time.Duration) error
	Random   io.Reader
	Pinyin   func(name string) staff.Pinyin
}

// kinds are all kinds of jobs, with what does their work.
func (t tools) kinds() map[string]jobs.Kind {
	dictionaries := &staff.DictionaryList{Store: t.Store, Now: t.Now}
	all := map[string]jobs.Kind{
		admin.JobMoveOrg: t.move(),
		admin.JobImport:  t.imports(dictionaries),
		admin.JobInvite: admin.Invite{
			Store: t.Store, Notices: account.Notices{Store: t.Store, Sender: t.Sender, Keys: t.Keys, Settings: t.Settings},
			Pace: account.Pace{Store: t.Store, Settings: t.Settings, Now: t.Now, Wait: t.Wait}, Keys: t.Keys, Now: t.Now, Random: t.Random,
		},
	}
	batch := admin.Batch{Store: t.Store, ChangeState: admin.ChangeState{
		Store: t.Store, Dictionaries: dictionaries, Keys: t.Keys, Settings: t.Settings, Now: t.Now, Random: t.Random,
	}}
	for _, action := range admin.BatchActions {
		all[string(action)] = batch
	}
	return all
}

func (t tools) move() admin.MoveOrg {
	return admin.MoveOrg{Store: t.Store, Indexer: staff.Indexer{Store: t.Store, Now: t.Now, Random: t.Random}, Queue: account.IndexQueue{Store: t.Store}, Now: t.Now}
}

func (t tools) imports(dictionaries *staff.DictionaryList) admin.Import {
	notices := account.Notices{Store: t.Store, Sender: t.Sender, Keys: t.Keys, Settings: t.Settings}
	return admin.Import{
		Store:    t.Store,
		AddStaff: admin.AddStaff{Store: t.Store, Dictionaries: dictionaries, Notices: notices, Now: t.Now, Random: t.Random, Pinyin: t.Pinyin},
		UpdatePosts: admin.UpdatePosts{
			Store: t.Store, Dictionaries: dictionaries, Notices: notices, Keys: t.Keys, Now: t.Now, Random: t.Random, Pinyin: t.Pinyin,
		},
	}
}

// work does one chunk. If its last try fails, the job has failed: work logs that,
// counts it for JobsFailedAlarm, and returns no error, so that Lambda does not
// deliver the chunk again.
func (h handler) work(ctx context.Context, changes []dynamo.Change) error {
	c, ok := changes[0].(dynamo.ChunkQueued)
	if !ok {
		return fmt.Errorf("%T: no chunk", changes[0])
	}
	err := h.Jobs.Run(ctx, c.Job, c.N)
	if errors.Is(err, jobs.ErrJobFailed) {
		h.Log.ErrorContext(ctx, "chunk", "job", c.Job, "n", c.N, "err", err.Error())
		meter.Count(ctx, meter.JobsFailed, 1)
		return nil
	}
	return err
}

// wait returns after d, or earlier with an error if ctx is over.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
