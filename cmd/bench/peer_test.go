package main

import (
	"slices"
	"testing"

	"chaoxi/shared/staff"
)

// TestTexts: both systems must find the same people by a text. Keycloak keeps surname and
// given name apart, so a text across the two would be found here alone.
func TestTexts(t *testing.T) {
	var people []staff.Staff
	for _, name := range []string{"王建国", "李建国", "张建伟", "国伟", "赵国伟", "陈明", "王文明"} {
		people = append(people, staff.Staff{Name: name})
	}
	if got, want := commonTexts(people), []string{"伟", "国", "建", "明"}; !slices.Equal(got, want) {
		t.Errorf("common: %q, want %q", got, want)
	}
	// Two have 建国; 国伟 is a whole name as well.
	if got, want := rareTexts(people), []string{"建伟", "文明"}; !slices.Equal(got, want) {
		t.Errorf("rare: %q, want %q", got, want)
	}
}

func TestKeycloakUser(t *testing.T) {
	got := keycloakUser("wangjianguo01", "王建国", "+8613700000001")
	if got["lastName"] != "王" || got["firstName"] != "建国" {
		t.Errorf("got %v", got)
	}
}
