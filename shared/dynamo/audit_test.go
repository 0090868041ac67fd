package dynamo

import (
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/admin"
)

// TestMergeStretches: keys are letters, of which the last in the alphabet is the
// newest. A stretch that ends with "…" is not the last of its partition.
func TestMergeStretches(t *testing.T) {
	for _, tt := range []struct {
		name  string
		parts []string
		limit int
		want  string
		last  string
	}{
		{"nothing", []string{"", ""}, 3, "", ""},
		{"one partition, whole", []string{"cba"}, 3, "cba", ""},
		{"one partition, a part", []string{"cba…"}, 3, "cba", "a"},
		{"all of two", []string{"ca", "b"}, 3, "cba", ""},
		{"more than the limit", []string{"ea", "dcb"}, 3, "edc", "c"},
		{"exactly the limit", []string{"c", "ba"}, 3, "cba", ""},
		{"what is behind an end waits", []string{"fa", "ed…"}, 3, "fed", "d"},
		{"nothing is left out before an end", []string{"a", "fed…"}, 3, "fed", "d"},
		{"the newest end counts", []string{"fc…", "eb…", "a"}, 9, "fec", "c"},
	} {
		var stretches []admin.AuditStretch
		for _, part := range tt.parts {
			var s admin.AuditStretch
			keys, more := strings.CutSuffix(part, "…")
			for _, k := range keys {
				s.Entries = append(s.Entries, admin.AuditRow{Key: string(k)})
			}
			if more {
				s.Last = keys[len(keys)-1:]
			}
			stretches = append(stretches, s)
		}
		got := mergeStretches(stretches, tt.limit)
		var keys []string
		for _, e := range got.Entries {
			keys = append(keys, e.Key)
		}
		if strings.Join(keys, "") != tt.want || got.Last != tt.last || !slices.IsSortedFunc(keys, func(a, b string) int { return strings.Compare(b, a) }) {
			t.Errorf("%s: %v up to %q, want %s up to %q", tt.name, keys, got.Last, tt.want, tt.last)
		}
	}
}
