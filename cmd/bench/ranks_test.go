package main

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestMannWhitney(t *testing.T) {
	for _, tt := range []struct {
		name      string
		a, b      []int
		slower, p float64
	}{
		{"all larger", []int{1, 2, 3}, []int{4, 5, 6}, 1, 0.0809},
		{"all smaller", []int{4, 5, 6}, []int{1, 2, 3}, 0, 0.0809},
		{"in turn", []int{1, 4, 5, 8}, []int{2, 3, 6, 7}, 0.5, 1},
		{"all equal", []int{7, 7}, []int{7, 7, 7}, 0.5, 1},
		// The example of scipy.stats.mannwhitneyu, whose U of a is 17, and p 0.1113 (asymptotic).
		{"in some order", []int{19, 22, 16, 29, 24}, []int{20, 11, 17, 12}, 3.0 / 20, 0.1113},
	} {
		got := mannWhitney(tt.a, tt.b)
		if math.Abs(got.slower-tt.slower) > 1e-9 || math.Abs(got.p-tt.p) > 5e-4 {
			t.Errorf("%s: %+v, want %.4f, p %.4f", tt.name, got, tt.slower, tt.p)
		}
	}
}

// TestMannWhitneyCounts: the figure is what counting all pairs says, and of samples of one
// kind as many are told apart at p < 0.05 as chance has it.
func TestMannWhitneyCounts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	apart := 0
	for range 1000 {
		a, b := make([]int, 10+r.IntN(30)), make([]int, 10+r.IntN(30))
		for i := range a {
			a[i] = r.IntN(40)
		}
		for i := range b {
			b[i] = r.IntN(40)
		}
		want := 0.0
		for _, x := range a {
			for _, y := range b {
				switch {
				case y > x:
					want++
				case y == x:
					want += 0.5
				}
			}
		}
		got := mannWhitney(a, b)
		if math.Abs(got.slower-want/float64(len(a)*len(b))) > 1e-9 {
			t.Fatalf("%v against %v: %+v, want %v", a, b, got, want/float64(len(a)*len(b)))
		}
		if got.p < 0.05 {
			apart++
		}
	}
	if apart < 25 || apart > 75 {
		t.Errorf("%d of 1000 are told apart", apart)
	}
}
