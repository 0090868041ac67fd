package samtest

import (
	"testing"

	"chaoxi/shared/dev/check/repo"
)

// TestBuildFlags holds what make sam builds with against what make build does.
func TestBuildFlags(t *testing.T) {
	if want := repo.BuildFlags(t); buildFlags != want {
		t.Errorf("make sam builds functions with %q, make build with %q", buildFlags, want)
	}
}
