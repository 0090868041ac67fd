package retry

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"chaoxi/shared/fault"
)

func TestTimes(t *testing.T) {
	lost, broken := errors.New("lost"), errors.New("broken")
	wrapped := fmt.Errorf("write: %w", lost)
	for _, tt := range []struct {
		name    string
		answers []error // of each try
		want    error
	}{
		{"at once", []error{nil}, nil},
		{"the second time", []error{lost, nil}, nil},
		{"the last time", []error{lost, wrapped, nil}, nil},
		{"never", []error{lost, lost, wrapped}, fault.Unavailable},
		{"another error", []error{broken}, broken},
		{"another error after it", []error{lost, broken}, broken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var tries []int
			err := Times(3, lost, func(try int) error {
				tries = append(tries, try)
				return tt.answers[try]
			})
			if !errors.Is(err, tt.want) || errors.Is(err, lost) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			if want := []int{0, 1, 2}[:len(tt.answers)]; !slices.Equal(tries, want) {
				t.Errorf("tries %v, want %v", tries, want)
			}
		})
	}
}
