package admintest

import "testing"

func TestStore(t *testing.T) {
	Suite(t, func(_ *testing.T, seed Seed) Stores { return New(seed) })
}
