// Package retry repeats work whose write was refused because somebody else wrote
// first. Its one function is Times.
//
// It does not wait between tries, and it tries again for one error only, which the
// caller names. It does not repeat calls of a table that is slow or down: package
// dynamo does that.
package retry

import (
	"errors"

	"chaoxi/shared/fault"
)

// Times calls do again as long as it fails with the error lost, at most n times. Any
// other result, nil too, is returned at once. The argument of do counts the tries from
// 0. After n tries Times answers fault.Unavailable.
func Times(n int, lost error, do func(try int) error) error {
	var err error
	for try := range n {
		if err = do(try); !errors.Is(err, lost) {
			return err
		}
	}
	// err is only told of, not wrapped. Otherwise an outer Times with the same lost
	// would begin again, too.
	return fault.Unavailable.Becausef("%d tries lost: %v", n, err)
}
