package account

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Pace has the texts of all jobs leave one after the other, Settings.SMSPerSecond at
// most, however many workers send them. All workers share one row: the moment from
// which it is free. A worker takes a stretch of it for several texts at once, waits
// until the stretch begins, and sends one text each step.
type Pace struct {
	Store    PaceStore
	Settings Settings
	Now      func() time.Time
	// Wait returns after a time, or earlier with an error if ctx is over.
	Wait func(ctx context.Context, d time.Duration) error
}

// PaceStore keeps the row in which texts of jobs leave.
type PaceStore interface {
	// ReservePace takes the next free stretch of the row, which begins now at the
	// earliest, and returns where it begins. If that is after latest, it takes nothing,
	// and fails with ErrPaceTaken.
	ReservePace(ctx context.Context, stretch time.Duration, now, latest time.Time) (time.Time, error)
}

// ErrPaceTaken says that others have taken the row for longer than the caller can wait.
var ErrPaceTaken = errors.New("the row of texts is taken")

const (
	// paceAhead is how much of the row a worker takes at once: the others wait as long.
	paceAhead = 5 * time.Second
	// paceSlack is how late a text may be for its turn.
	paceSlack = 50 * time.Millisecond
)

// step is the time from one text to the next.
func (p Pace) step() time.Duration { return time.Second / time.Duration(p.Settings.SMSPerSecond) }

// Reserve takes a stretch for at most n texts, of which the last one leaves by until. It
// returns when each of them may leave, one at least. It fails with ErrPaceTaken if not
// even one can.
func (p Pace) Reserve(ctx context.Context, n int, until time.Time) ([]time.Time, error) {
	step, now := p.step(), p.Now()
	n = min(n, max(1, int(paceAhead/step)))
	for begins := now; ; {
		if begins.After(until) {
			return nil, ErrPaceTaken
		}
		n = min(n, 1+int(until.Sub(begins)/step))                                            // fewer, each time that it begins later
		stretch := (time.Duration(n)*step + time.Millisecond - 1).Truncate(time.Millisecond) // the row is kept in milliseconds
		var err error
		begins, err = p.Store.ReservePace(ctx, stretch, now, until.Add(-time.Duration(n-1)*step))
		if errors.Is(err, ErrPaceTaken) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("take a stretch of the row: %w", err)
		}
		times := make([]time.Time, n)
		for i := range times {
			times[i] = begins.Add(time.Duration(i) * step)
		}
		return times, nil
	}
}

// Await returns at a turn that Reserve gave, or at another one that it takes because this
// one is over: whoever is late does not push into the turns of others. It returns the turn
// that it is.
func (p Pace) Await(ctx context.Context, turn, until time.Time) (time.Time, error) {
	if p.Now().Sub(turn) > max(paceSlack, p.step()) {
		turns, err := p.Reserve(ctx, 1, until)
		if err != nil {
			return turn, err
		}
		turn = turns[0]
	}
	if wait := turn.Sub(p.Now()); wait > 0 {
		return turn, p.Wait(ctx, wait)
	}
	return turn, ctx.Err()
}
