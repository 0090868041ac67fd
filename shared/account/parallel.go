package account

import (
	"cmp"

	"golang.org/x/sync/errgroup"
)

// parallel runs all fns at once. It returns the error that comes first in their
// order, not in time.
func parallel(fns ...func() error) error {
	errs := make([]error, len(fns))
	var g errgroup.Group
	for i, fn := range fns {
		g.Go(func() error { errs[i] = fn(); return nil })
	}
	g.Wait()
	return cmp.Or(errs...)
}
