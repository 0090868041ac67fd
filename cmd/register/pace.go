package main

import (
	"sync"
	"time"
)

// pace says when each of many may begin, so that no more than some begin in a second.
// While the table is too busy there are half as many, and half as many again, one a second
// at the least; then slowly more.
type pace struct {
	most float64 // a second

	mu   sync.Mutex
	rate float64   // now
	free time.Time // when the next one may begin
	slow time.Time // when the rate was halved last
}

func newPace(most float64) *pace { return &pace{most: most, rate: most} }

// reserve takes the next turn, and returns how long it is until then.
func (p *pace) reserve(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free.Before(now) {
		p.free = now
	}
	turn := p.free
	p.free = turn.Add(time.Duration(float64(time.Second) / p.rate))
	return turn.Sub(now)
}

// slower halves the rate, once a second at the most: many find out at once that the table
// is too busy.
func (p *pace) slower(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.slow) >= time.Second {
		p.slow, p.rate = now, max(min(1, p.most), p.rate/2)
	}
}

// faster raises the rate by a hundredth, up to the most.
func (p *pace) faster() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rate = min(p.most, p.rate*1.01)
}
