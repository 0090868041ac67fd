package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/meter"
)

type handler struct {
	Function string
	Log      *slog.Logger
	Jobs     admin.RunJobs
}

// serve does the chunks of one batch side by side. Those that could not be done
// it reports, and Lambda delivers the batch again from the first of them; what of
// it is done by then is passed over.
func (h handler) serve(ctx context.Context, e events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
	began := h.Jobs.Now()
	ctx, cancel := leaveTimeToReport(ctx)
	defer cancel()
	ctx, cost := meter.With(ctx)

	errs := make([]error, len(e.Records))
	var g errgroup.Group
	for i, r := range e.Records {
		g.Go(func() error {
			errs[i] = h.chunk(ctx, r)
			return nil
		})
	}
	g.Wait()

	reply := events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}
	over := 0
	for i, err := range errs {
		if err == nil {
			continue
		}
		sequence := e.Records[i].Change.SequenceNumber
		if errors.Is(err, admin.ErrJobFailed) {
			over++
		} else {
			reply.BatchItemFailures = append(reply.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: sequence})
		}
		h.Log.ErrorContext(ctx, "chunk", "sequence", sequence, "err", err.Error())
	}
	calls, units := cost.Total()
	level, failed := slog.LevelInfo, len(reply.BatchItemFailures)
	attrs := []slog.Attr{
		slog.String("function", h.Function), slog.String("requestId", requestID(ctx)), slog.Int("records", len(e.Records)), slog.Int("failed", failed),
		slog.Float64("ms", float64(h.Jobs.Now().Sub(began).Microseconds())/1000), slog.Int("calls", calls), slog.Float64(meter.Units, units),
	}
	metrics := meter.Metrics{"function": {meter.Units}}
	for name, n := range map[string]int{meter.Faults: failed, meter.JobsFailed: over} {
		if n > 0 {
			level = slog.LevelError
			attrs = append(attrs, slog.Int(name, n))
			metrics[""] = append(metrics[""], name)
		}
	}
	h.Log.LogAttrs(ctx, level, "batch", append(attrs, slog.Any("_aws", meter.Embedded(began.UnixMilli(), metrics)))...)
	return reply, nil
}

func (h handler) chunk(ctx context.Context, r events.DynamoDBEventRecord) error {
	text := func(name string) string {
		if v := r.Change.Keys[name]; v.DataType() == events.DataTypeString {
			return v.String()
		}
		return ""
	}
	job, n, err := dynamo.ChunkOf(text("pk"), text("sk"))
	if err != nil {
		return err
	}
	return h.Jobs.Run(ctx, job, n)
}

// leaveTimeToReport ends the work a little before Lambda ends the function, so
// that chunks can be given back.
func leaveTimeToReport(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-time.Second))
}

func requestID(ctx context.Context) string {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		return lc.AwsRequestID
	}
	return ""
}
