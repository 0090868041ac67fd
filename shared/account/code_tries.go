package account

import (
	"context"
	"time"

	"chaoxi/shared/fault"
)

// CodeTries counts tries of codes: those of one ticket, or those of a person for one
// purpose in a day of China. A try is counted before the code is compared, and taken
// off again if the code was right.
//
// A ticket is made anew by whoever knows account and name. So the tries of a ticket
// alone would bound nothing: the day's do.
type CodeTries struct {
	Counted int       // with those that are being compared
	Wrong   int       // those of Counted that were wrong
	Last    time.Time // when the last one began
}

// refusal says why there may be no more than most tries: CodeTriesSpent, or Busy
// while some of them are being compared. A try that is being compared for longer than
// any function runs was given up, and counts as wrong.
func (c CodeTries) refusal(now time.Time, most int) error {
	switch {
	case c.Counted < most:
		return nil
	case c.Wrong < most && now.Sub(c.Last) < tryLife:
		return busy
	}
	return fault.CodeTriesSpent
}

// Begin returns c after one more try at now, or why there may be none. Storage counts
// on the same conditions.
func (c CodeTries) Begin(now time.Time, most int) (CodeTries, error) {
	if err := c.refusal(now, most); err != nil {
		return c, err
	}
	c.Counted++
	c.Last = now
	return c, nil
}

// CodeCounter keeps the CodeTries of a key and the day of now.
type CodeCounter interface {
	// BeginCode counts a try, or fails as CodeTries.Begin does.
	BeginCode(ctx context.Context, key string, now time.Time, most int) error
	// WrongCode writes that a try was wrong, and returns how many were.
	WrongCode(ctx context.Context, key string, now time.Time) (int, error)
	// RightCode takes a try off that was right, or compared nothing.
	RightCode(ctx context.Context, key string, now time.Time) error
	CodeTriesReader
}

// CodeTriesReader reads CodeTries.
type CodeTriesReader interface {
	CodeTries(ctx context.Context, key string, now time.Time) (CodeTries, error)
}
