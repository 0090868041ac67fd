package account

import (
	"errors"
	"testing"
)

func TestParallel(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	gate := make(chan struct{})
	err := parallel(
		func() error { <-gate; return first },
		func() error { close(gate); return second },
		func() error { return nil },
	)
	if err != first {
		t.Errorf("%v: of two errors the first in the list counts, whenever it came", err)
	}
	if err := parallel(); err != nil {
		t.Error(err)
	}
}
