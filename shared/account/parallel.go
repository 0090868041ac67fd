package account

import (
	"cmp"

	"golang.org/x/sync/errgroup"
)

// parallel does all of fns at once and returns the first error in their order.
func parallel(fns ...func() error) error {
	errs := make([]error, len(fns))
	var g errgroup.Group
	for i, fn := range fns {
		g.Go(func() error { errs[i] = fn(); return nil })
	}
	g.Wait()
	return cmp.Or(errs...)
}
