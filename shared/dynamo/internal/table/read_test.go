package table_test

import (
	"slices"
	"testing"

	"chaoxi/shared/dynamo/internal/table"
)

func TestRangeBehind(t *testing.T) {
	some := table.Range{First: "b", Last: "d"}
	all := []string{"a#GE_1", "b#GE_1", "b#GE_2", "c#GE_1", "d#GE_1"}
	for _, tt := range []struct {
		name  string
		keys  table.Range
		after string
		want  []string // of all
	}{
		{"all from the start", table.Range{}, "", all},
		{"all behind the first", table.Range{}, "a#GE_1", all[1:]},
		{"all behind the last", table.Range{}, "d#GE_1", nil},
		{"some from the start", some, "", all[1:4]},
		{"some behind one before them", some, "a#GE_1", all[1:4]},
		{"some behind one of them", some, "b#GE_1", all[2:4]},
		{"some behind one that is gone", some, "b#GE_11", all[2:4]},
		{"some behind their last", some, "c#GE_1", nil},
		{"some behind one after them", some, "d#GE_1", nil},
		{"some behind their end", some, "d", nil},
		{"those of a prefix", table.WithPrefix("b#"), "b#GE_1", all[2:3]},
		{"those of no prefix", table.WithPrefix(""), "c#GE_1", all[4:]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keys := tt.keys.Behind(tt.after)
			var got []string
			for _, k := range all {
				if keys == (table.Range{}) || keys.First <= k && k <= keys.Last {
					got = append(got, k)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%q has %q, not %q", keys, got, tt.want)
			}
			if keys.Empty() && len(got) > 0 {
				t.Errorf("%q is empty and has %q", keys, got)
			}
		})
	}
	if condition, v := (table.Range{}).Of("p"); condition != "pk = :pk" || len(v) != 1 {
		t.Errorf("all: %q %v", condition, v)
	}
	if !some.Behind("d").Empty() {
		t.Error("DynamoDB would be asked for a range that ends before it begins")
	}
}
