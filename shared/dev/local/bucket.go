package local

import (
	"sync"
	"time"

	"chaoxi/shared/dev/sam"
)

// bucket is the token bucket of a route: limits.Burst requests at once, and
// limits.Rate each second.
type bucket struct {
	limits sam.Throttle // the zero value: no limits

	mu     sync.Mutex
	tokens float64
	at     time.Time // of the last request
}

// take reports whether a request may pass, and takes a token for it.
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
