package main

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/meter"
	"chaoxi/shared/staff"
)

// follow does what follows from changes of one item, named by what stands after
// the first # of its partition key. It may be called again for the same changes
// and in any order: what it writes comes from the item as read, not from them.
type follow func(ctx context.Context, id string, changes []change) error

// change is one record of the stream: the item before and after, nil where there
// was none.
type change struct {
	before, after map[string]types.AttributeValue
}

type handler struct {
	Function string
	Log      *slog.Logger
	Kinds    map[string]follow // by the items' kind; others are passed over
}

// itemsAtOnce is how many items of a batch are followed side by side. All changes
// of one item are followed together.
const itemsAtOnce = 8

// subject is an item that a batch has changes of.
type subject struct {
	kind, id string
	first    string // sequence number
	changes  []change
	err      error
}

// serve follows one batch. Of each item that could not be followed it reports the
// first record; Lambda then delivers the batch again from there. An entry of the
// audit that somebody touched it can only tell of.
func (h handler) serve(ctx context.Context, e events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
	began := time.Now()
	ctx, cancel := leaveTimeToReport(ctx)
	defer cancel()
	ctx, cost := meter.With(ctx)

	subjects := h.subjects(e.Records)
	var g errgroup.Group
	g.SetLimit(itemsAtOnce)
	for _, s := range subjects {
		g.Go(func() error {
			s.err = h.follow(ctx, s)
			return nil
		})
	}
	g.Wait()

	reply := events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}
	for _, s := range subjects {
		if s.err != nil {
			reply.BatchItemFailures = append(reply.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: s.first})
			h.Log.ErrorContext(ctx, "record", "kind", s.kind, "id", s.id, "sequence", s.first, "err", s.err.Error())
		}
	}
	calls, units := cost.Total()
	level, failed := slog.LevelInfo, len(reply.BatchItemFailures)
	attrs := []slog.Attr{
		slog.String("function", h.Function), slog.String("requestId", requestID(ctx)),
		slog.Int("records", len(e.Records)), slog.Int("items", len(subjects)), slog.Int("failed", failed),
		slog.Float64("ms", float64(time.Since(began).Microseconds())/1000), slog.Int("calls", calls), slog.Float64(meter.Units, units),
		slog.Int64(meter.StreamLag, lag(began, e.Records).Milliseconds()),
	}
	metrics := meter.Metrics{"function": {meter.Units, meter.StreamLag}}
	for name, n := range map[string]int{meter.Faults: failed, meter.AuditTouched: h.tellTouched(ctx, e.Records)} {
		if n > 0 {
			level = slog.LevelError
			attrs = append(attrs, slog.Int(name, n))
			metrics[""] = append(metrics[""], name)
		}
	}
	h.Log.LogAttrs(ctx, level, "batch", append(attrs, slog.Any("_aws", meter.Embedded(began.UnixMilli(), metrics)))...)
	return reply, nil
}

// lag is how long ago the oldest change of a batch was made; the stream tells the
// time by the second.
func lag(now time.Time, records []events.DynamoDBEventRecord) time.Duration {
	var oldest time.Duration
	for _, r := range records {
		oldest = max(oldest, now.Sub(r.Change.ApproximateCreationDateTime.Time))
	}
	return oldest
}

// tellTouched counts the entries of the audit that were changed or removed, and
// names each, and who did it where the stream knows, for whoever the alarm wakes.
func (h handler) tellTouched(ctx context.Context, records []events.DynamoDBEventRecord) int {
	n := 0
	for _, r := range records {
		pk := textOf(r.Change.Keys["pk"])
		if !dynamo.IsAudit(pk) || r.EventName == string(events.DynamoDBOperationTypeInsert) {
			continue
		}
		n++
		by := ""
		if r.UserIdentity != nil {
			by = r.UserIdentity.PrincipalID
		}
		h.Log.ErrorContext(ctx, "audit touched", "event", r.EventName, "pk", pk, "sk", textOf(r.Change.Keys["sk"]), "sequence", r.Change.SequenceNumber, "by", by)
	}
	return n
}

// follow turns a panic into the failure of one item: left alone it would fail the
// whole batch, again and again.
func (h handler) follow(ctx context.Context, s *subject) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if s.err != nil {
		return s.err
	}
	return h.Kinds[s.kind](ctx, s.id, s.changes)
}

// subjects gathers records by item, in the order of their first records.
func (h handler) subjects(records []events.DynamoDBEventRecord) []*subject {
	var all []*subject
	byKey := map[string]*subject{}
	for _, r := range records {
		pk, sk := textOf(r.Change.Keys["pk"]), textOf(r.Change.Keys["sk"])
		kind := textOf(r.Change.NewImage["kind"])
		if kind == "" {
			kind = textOf(r.Change.OldImage["kind"])
		}
		if h.Kinds[kind] == nil {
			continue
		}
		s := byKey[pk+"\x00"+sk]
		if s == nil {
			_, id, _ := strings.Cut(pk, "#")
			s = &subject{kind: kind, id: id, first: r.Change.SequenceNumber}
			byKey[pk+"\x00"+sk] = s
			all = append(all, s)
		}
		before, err := itemOf(r.Change.OldImage)
		if err == nil {
			var after map[string]types.AttributeValue
			after, err = itemOf(r.Change.NewImage)
			s.changes = append(s.changes, change{before, after})
		}
		if err != nil {
			s.err = err
		}
	}
	return all
}

// followStaff brings the index of a person up to date and, if others are now the
// person's administrators, the queues that the person's recovery request is in.
func followStaff(ix staff.Indexer, queue account.IndexQueue) follow {
	return func(ctx context.Context, id string, changes []change) error {
		c, err := staff.ParseEmployeeCode(id)
		if err != nil {
			return err
		}
		if _, err := ix.Run(ctx, c); err != nil {
			return err
		}
		for _, ch := range changes {
			elsewhere, err := ch.elsewhere()
			if err != nil {
				return err
			}
			if elsewhere {
				return queue.OfPerson(ctx, c)
			}
		}
		return nil
	}
}

// elsewhere reports whether a person is seen through other organisations than
// before. Somebody new has no request yet.
func (ch change) elsewhere() (bool, error) {
	before, err := dynamo.StaffFromItem(ch.before)
	if err != nil {
		return false, err
	}
	after, err := dynamo.StaffFromItem(ch.after)
	if err != nil {
		return false, err
	}
	return ch.before != nil && !slices.Equal(seenThrough(before), seenThrough(after)), nil
}

func seenThrough(s staff.Staff) []staff.OrgCode {
	var orgs []staff.OrgCode
	for _, p := range s.SeenThrough() {
		orgs = append(orgs, p.Org)
	}
	return orgs
}

// followRecovery puts a request into the queues of those who may decide it.
func followRecovery(queue account.IndexQueue) follow {
	return func(ctx context.Context, id string, _ []change) error { return queue.Run(ctx, id) }
}

// leaveTimeToReport ends the work a little before Lambda ends the function, so
// that what is done need not be done again.
func leaveTimeToReport(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-500*time.Millisecond))
}

func requestID(ctx context.Context) string {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		return lc.AwsRequestID
	}
	return ""
}
