// Package retry repeats a write that lost to somebody else's.
//
// It knows one reason to try again, which the caller names, and does not wait
// between tries. A store that is slow or down is no reason: its adapter repeats
// those calls itself.
package retry

import (
	"errors"

	"chaoxi/shared/fault"
)

// Times calls do until it returns anything but lost, and returns that. The
// argument of do counts the tries from 0. After n tries it answers Unavailable.
func Times(n int, lost error, do func(try int) error) error {
	var err error
	for try := range n {
		if err = do(try); !errors.Is(err, lost) {
			return err
		}
	}
	// Without wrapping: the caller of the caller may try again on the same error.
	return fault.Unavailable.Becausef("%d tries lost: %v", n, err)
}
