// Package meter counts for one request (or one batch of the stream): calls of the
// table, capacity units, and events such as texts sent. The line that is logged for
// the request has the numbers, and CloudWatch makes metrics of them.
//
// Adapters and functions count, and httpapi and streamapi log; the meter travels between them
// in the context. A metric has a name and a number and tells nothing of a person.
//
// Look first at With and Count, then at the names of the metrics.
package meter

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// Meter has the numbers of one request. It is safe for concurrent use.
type Meter struct {
	mu     sync.Mutex
	calls  int
	units  float64
	counts map[string]float64
}

type contextKey struct{}

// With returns a context with a new meter, and the meter.
func With(ctx context.Context) (context.Context, *Meter) {
	m := &Meter{}
	return context.WithValue(ctx, contextKey{}, m), m
}

// of returns the meter of ctx, nil if there is none.
func of(ctx context.Context) *Meter {
	m, _ := ctx.Value(contextKey{}).(*Meter)
	return m
}

// Add counts one call of the table and its capacity units. Without a meter in ctx it
// does nothing.
func Add(ctx context.Context, units float64) {
	if m := of(ctx); m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.calls++
		m.units += units
	}
}

// Count adds n to the metric name. Without a meter in ctx it does nothing.
func Count(ctx context.Context, name string, n float64) {
	if m := of(ctx); m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.counts == nil {
			m.counts = map[string]float64{}
		}
		m.counts[name] += n
	}
}

// Most sets the metric name to n, if it is below. Without a meter in ctx it does
// nothing.
func Most(ctx context.Context, name string, n float64) {
	if m := of(ctx); m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.counts == nil {
			m.counts = map[string]float64{}
		}
		m.counts[name] = max(m.counts[name], n)
	}
}

// Total returns the number of calls of the table, and their capacity units.
func (m *Meter) Total() (calls int, units float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls, m.units
}

// Counts returns what Count has added up, by name. It is a copy.
func (m *Meter) Counts() map[string]float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.counts)
}

// The names of the metrics. A test compares them with the alarms and the dashboard of
// template.yaml.
const (
	Units          = "Units"          // capacity units of DynamoDB, read and written; by function
	Refusals       = "Refusals"       // answers that are not a success; by code
	Faults         = "Faults"         // answers internal or unavailable, items of the stream that failed
	SignIns        = "SignIns"        // sessions begun
	TextsSent      = "TextsSent"      // texts handed over; also those of which no answer came
	TextBudget     = "TextBudget"     // percent of the day's budget that are used up, in China's day
	TextsRefused   = "TextsRefused"   // texts that were certainly not sent
	NoticesUnsent  = "NoticesUnsent"  // notices for which there was no place: over a limit of the person, or of the budget
	StreamLag      = "StreamLag"      // milliseconds from a change of the table to the work that follows
	JobsFailed     = "JobsFailed"     // jobs given up after the last try of a chunk
	SuperRecovered = "SuperRecovered" // supers that the operator has sent back before activation
	Reveals        = "Reveals"        // entries of the audit that somebody has looked at whole numbers
	Grants         = "Grants"         // entries of the audit that somebody was given a grant
	AuditTouched   = "AuditTouched"   // entries of the audit that were changed or removed
)

// Namespace is the namespace of the metrics in CloudWatch.
const Namespace = "Chaoxi"

// Metrics are names of metrics by dimension. A dimension is a member of the log line,
// such as function; "" means no dimension.
type Metrics map[string][]string

// Embedded returns the member _aws of a log line. It tells CloudWatch which members
// of the line are metrics, and by which other member each is counted (Amazon
// CloudWatch Logs, "Embedded metric format specification"). unixMillis is the time of
// the line.
func Embedded(unixMillis int64, m Metrics) map[string]any {
	type metric struct{ Name string }
	var directives []any
	for _, dimension := range slices.Sorted(maps.Keys(m)) {
		names := []metric{}
		for _, name := range m[dimension] {
			names = append(names, metric{name})
		}
		by := [][]string{{}}
		if dimension != "" {
			by = [][]string{{dimension}}
		}
		directives = append(directives, map[string]any{"Namespace": Namespace, "Dimensions": by, "Metrics": names})
	}
	return map[string]any{"Timestamp": unixMillis, "CloudWatchMetrics": directives}
}
