// Package meter adds up what one request costs and brings about, so that the
// line that is logged for it can say so and metrics can be drawn from it. It
// knows neither who counts nor who logs. What is counted has a name and a
// number, and nothing of a person.
package meter

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// Meter is what one request came to so far.
type Meter struct {
	mu     sync.Mutex
	calls  int
	units  float64
	counts map[string]float64
}

type contextKey struct{}

// With returns a context whose costs m gathers.
func With(ctx context.Context) (context.Context, *Meter) {
	m := &Meter{}
	return context.WithValue(ctx, contextKey{}, m), m
}

// of is the meter of ctx, nil if there is none.
func of(ctx context.Context) *Meter {
	m, _ := ctx.Value(contextKey{}).(*Meter)
	return m
}

// Add notes a call that took units of capacity. Without a meter in ctx it does
// nothing.
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

// Total is how many calls there were, and their capacity units.
func (m *Meter) Total() (calls int, units float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls, m.units
}

// Counts are the metrics by name.
func (m *Meter) Counts() map[string]float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.counts)
}

// The names of what is counted. A test of template.yaml holds them against what
// alarms and the dashboard look at.
const (
	Units        = "Units"    // of DynamoDB's capacity, read and written; by function
	Refusals     = "Refusals" // answers that are no success; by code
	Faults       = "Faults"   // those of them that are nobody's doing but ours, and are not about texts
	SignIns      = "SignIns"
	TextsSent    = "TextsSent"    // handed over, or handed over without an answer
	TextsRefused = "TextsRefused" // certainly not sent
	StreamLag    = "StreamLag"    // milliseconds from a change of the table to what follows from it
	JobsFailed   = "JobsFailed"   // jobs that were given up after the last try of a chunk
	AuditTouched = "AuditTouched" // entries of the audit that were changed or removed
)

// Namespace is where the metrics are, in CloudWatch.
const Namespace = "Chaoxi"

// Metrics are names by the dimension that they are shown by; "" is none.
type Metrics map[string][]string

// Embedded is the member _aws of a line, from which CloudWatch draws metrics: the
// line's own members of those names, each by its dimension, which is a member,
// too (Amazon CloudWatch Logs, "Embedded metric format specification").
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
