package local

import (
	"sync"
	"time"

	"chaoxi/shared/dev/sam"
)

// bucket is a route's token bucket: Burst requests at once, Rate a second.
type bucket struct {
	limits sam.Throttle

	mu     sync.Mutex
	tokens float64
	at     time.Time
}

func (b *bucket) take(now time.Time) bool {
	if b.limits == (sam.Throttle{}) {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(float64(b.limits.Burst), b.tokens+now.Sub(b.at).Seconds()*b.limits.Rate)
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
