// Package streamapi turns a handler into a Lambda function on the table's stream.
// Serve does what such functions share:
//
//   - It hands all records of one item to the handler together, and works on several
//     items side by side.
//   - It ends the work before Lambda ends the function.
//   - A panic, or a record that cannot be read, fails one item and not the batch.
//   - It reports the items that failed, so that Lambda delivers them again.
//   - It logs one line for a batch.
//
// It does not know what an item means: main.go brings the Decoder that reads a
// record. It does not decide what follows from a change: the Handler does. It tries
// nothing again: Lambda does, as often as template.yaml says.
//
// Look first at Serve.
package streamapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/meter"
)

// A Decoder translates a record into a change of the type C.
type Decoder[C any] func(Record) (C, error)

// A Handler does what follows from the changes of one item. They come in the order
// of the stream. If it returns an error, Lambda delivers them again.
//
// It may get the same changes again, for instance because another item of the
// batch has failed, and old changes after new ones. So what it writes must follow
// from the table as it is now, not from the changes.
//
// A handler may count (meter.Count) only what somebody has to look at: whatever it
// counts makes the line of the batch an ERROR.
type Handler[C any] func(ctx context.Context, changes []C) error

// Start serves the stream until Lambda ends the process.
func Start[C any](log *slog.Logger, decode Decoder[C], handle Handler[C]) {
	lambda.Start(Serve(log, lambdacontext.FunctionName, decode, handle))
}

// Serve returns the function that Lambda calls with one batch. That function never
// returns an error, which would fail the whole batch. Instead it reports the first record of
// each item that failed. Lambda then delivers the batch again from the earliest of
// these records on, so whatever comes after that is handled twice.
func Serve[C any](log *slog.Logger, function string, decode Decoder[C], handle Handler[C]) func(context.Context, Event) (Reply, error) {
	return func(ctx context.Context, e Event) (Reply, error) {
		began := time.Now()
		ctx, cancel := leaveTimeToReport(ctx)
		defer cancel()
		ctx, cost := meter.With(ctx)

		items := itemsOf(e.Records)
		var g errgroup.Group
		g.SetLimit(itemsAtOnce)
		for _, it := range items {
			g.Go(func() error {
				it.err = serveItem(ctx, it.records, decode, handle)
				return nil
			})
		}
		g.Wait()

		reply := Reply{BatchItemFailures: []Failure{}}
		for _, it := range items {
			if it.err != nil {
				first := it.records[0]
				reply.BatchItemFailures = append(reply.BatchItemFailures, Failure{first.Sequence})
				log.ErrorContext(ctx, "record", "pk", first.PK, "sk", first.SK, "sequence", first.Sequence, "err", it.err.Error())
			}
		}
		logBatch(ctx, log, batch{function, began, e.Records, len(items), len(reply.BatchItemFailures), cost})
		return reply, nil
	}
}

// itemsAtOnce is how many items of a batch are handled side by side.
const itemsAtOnce = 8

// item is one item of the table, with all records that the batch has of it.
type item struct {
	records []record
	err     error
}

// itemsOf gathers records by item, in the order of their first records.
func itemsOf(records []record) []*item {
	var items []*item
	byKey := map[[2]string]*item{}
	for _, r := range records {
		key := [2]string{r.PK, r.SK}
		if byKey[key] == nil {
			byKey[key] = &item{}
			items = append(items, byKey[key])
		}
		byKey[key].records = append(byKey[key].records, r)
	}
	return items
}

// serveItem decodes and handles the records of one item. If one of them cannot be
// read, the others are handled all the same, and the item fails. It turns a panic
// into an error: otherwise the panic would end the process, and fail the whole batch.
func serveItem[C any](ctx context.Context, records []record, decode Decoder[C], handle Handler[C]) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	var changes []C
	var unread error
	for _, r := range records {
		c, err := decode(r.Record)
		if err != nil {
			unread = errors.Join(unread, fmt.Errorf("read record %s: %w", r.Sequence, err))
			continue
		}
		changes = append(changes, c)
	}
	if len(changes) == 0 {
		return unread
	}
	return errors.Join(unread, handle(ctx, changes))
}

// leaveTimeToReport ends the work a second before Lambda ends the function. In that
// second a handler can give back what it has taken, such as the lease of a chunk, and
// Serve can report what failed. A batch without a report is delivered again as a
// whole.
func leaveTimeToReport(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-time.Second))
}

// batch has what the line about a batch tells.
type batch struct {
	function string
	began    time.Time
	records  []record
	items    int
	failed   int // number of items that failed
	cost     *meter.Meter
}

// logBatch logs the line about a batch: INFO, or ERROR if an item has failed or a
// handler has counted something.
func logBatch(ctx context.Context, log *slog.Logger, b batch) {
	calls, units := b.cost.Total()
	level, attrs := slog.LevelInfo, []slog.Attr{
		slog.String("function", b.function), slog.String("requestId", requestID(ctx)),
		slog.Int("records", len(b.records)), slog.Int("items", b.items), slog.Int("failed", b.failed),
		slog.Float64("ms", float64(time.Since(b.began).Microseconds())/1000), slog.Int("calls", calls), slog.Float64(meter.Units, units),
		slog.Int64(meter.StreamLag, lag(b.began, b.records).Milliseconds()),
	}
	metrics := meter.Metrics{"function": {meter.Units, meter.StreamLag}}
	count := func(name string, n float64) {
		level = slog.LevelError
		attrs = append(attrs, slog.Float64(name, n))
		metrics[""] = append(metrics[""], name)
	}
	if b.failed > 0 {
		count(meter.Faults, float64(b.failed))
	}
	for name, n := range b.cost.Counts() {
		count(name, n)
	}
	log.LogAttrs(ctx, level, "batch", append(attrs, slog.Any("_aws", meter.Embedded(b.began.UnixMilli(), metrics)))...)
}

// lag returns how long before now the oldest change was made. The stream gives times
// in whole seconds.
func lag(now time.Time, records []record) time.Duration {
	var oldest time.Duration
	for _, r := range records {
		if !r.at.IsZero() {
			oldest = max(oldest, now.Sub(r.at))
		}
	}
	return oldest
}

// requestID is Lambda's id of the invocation, "" outside Lambda.
func requestID(ctx context.Context) string {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		return lc.AwsRequestID
	}
	return ""
}
