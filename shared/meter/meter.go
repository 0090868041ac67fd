// Package meter adds up what one request costs, so that the line that is logged
// for it can say so. It knows neither who spends nor who logs.
package meter

import (
	"context"
	"sync"
)

// Meter is the cost of one request so far.
type Meter struct {
	mu    sync.Mutex
	calls int
	units float64
}

type contextKey struct{}

// With returns a context whose costs m gathers.
func With(ctx context.Context) (context.Context, *Meter) {
	m := &Meter{}
	return context.WithValue(ctx, contextKey{}, m), m
}

// Add notes a call that took units of capacity. Without a meter in ctx it does
// nothing.
func Add(ctx context.Context, units float64) {
	m, ok := ctx.Value(contextKey{}).(*Meter)
	if !ok {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	m.units += units
}

// Total is how many calls there were, and their capacity units.
func (m *Meter) Total() (calls int, units float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls, m.units
}
