package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/jobs"
	"chaoxi/shared/meter"
)

type handler struct {
	Log  *slog.Logger
	Jobs jobs.RunJobs
}

// kinds are all kinds of jobs, with what does their work.
func kinds(move admin.MoveOrg, batch admin.Batch) map[string]jobs.Kind {
	all := map[string]jobs.Kind{admin.JobMoveOrg: move}
	for _, action := range admin.BatchActions {
		all[string(action)] = batch
	}
	return all
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
