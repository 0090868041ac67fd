package main

import (
	"cmp"
	"math"
	"slices"
)

// ranked is what a Mann–Whitney test says of two samples. It looks at nothing but the
// order of the values, so neither outliers nor the form of a distribution matter.
type ranked struct {
	slower float64 // how likely a value of the second sample is larger than one of the first; 0.5 tells nothing
	p      float64 // how likely a difference as large comes by chance, two-sided
}

// mannWhitney compares two samples. Equal values count half; p is by the normal
// distribution with the correction for equal values, which wants ten values or more in
// each sample.
func mannWhitney[T cmp.Ordered](a, b []T) ranked {
	type value struct {
		v      T
		second bool
	}
	var all []value
	for _, v := range a {
		all = append(all, value{v, false})
	}
	for _, v := range b {
		all = append(all, value{v, true})
	}
	slices.SortFunc(all, func(x, y value) int { return cmp.Compare(x.v, y.v) })
	var ranks, ties float64 // the sum of b's ranks; of t³ − t for each t equal values
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].v == all[i].v {
			j++
		}
		for _, x := range all[i:j] {
			if x.second {
				ranks += float64(i+1+j) / 2
			}
		}
		t := float64(j - i)
		ties += t*t*t - t
		i = j
	}
	n, m := float64(len(a)), float64(len(b))
	u := ranks - m*(m+1)/2
	sigma := math.Sqrt(n * m / 12 * (n + m + 1 - ties/((n+m)*(n+m-1))))
	r := ranked{slower: u / (n * m), p: 1}
	if sigma > 0 {
		z := max(0, math.Abs(u-n*m/2)-0.5) / sigma // 0.5: U is a whole number, the normal distribution is not
		r.p = math.Erfc(z / math.Sqrt2)
	}
	return r
}
