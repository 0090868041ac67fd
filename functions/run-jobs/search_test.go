package main

import (
	"context"
	"strings"
	"testing"

	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

// Whoever is below what moves, or gets another place among its siblings, is found
// there all the while, once: before the job has come to them, and when their new
// rows are there beside the old.
func TestFoundWhileTheyMove(t *testing.T) {
	w := start(t, true)
	ctx := context.Background()
	district := w.data.Path[2]
	others := w.found(district)
	for _, to := range []staff.OrgCode{w.data.Code, district} {
		if got := w.found(to); !strings.Contains(got, "wangfang") {
			t.Fatalf("before: %s", got)
		}
	}
	order := w.org(w.gov.Code)
	_, _, err := w.edit.Update(ctx, audit.Call{ID: "r"}, w.by, order, admin.OrgEdit{Version: order.Version, Order: optional.Value[int]{Set: true, Value: order.Order + 50}})
	w.must(err)
	for _, c := range []staff.OrgCode{w.gov.Code, w.data.Code} {
		if got := w.found(c); !strings.Contains(got, "wangfang") {
			t.Errorf("after another order, in %s are %s", c, got)
		}
	}
	w.moveTo(w.data.Code, w.to)
	check := func(when string) {
		t.Helper()
		if got := w.found(w.data.Code); got != inData {
			t.Errorf("%s, in it are %s", when, got)
		}
		if got := w.found(district); got != others {
			t.Errorf("%s, above both places are\n%s, were\n%s", when, got, others)
		}
	}
	check("before the job")
	for _, name := range strings.Fields(inData) {
		p := w.Person(name).Staff
		_, orgs, _, err := w.Store.ReadIndexRecord(ctx, p.Code)
		w.must(err)
		entry := staff.IndexEntryOf(p, orgs)
		w.must(w.Store.PutRows(ctx, entry.Rows(p.Code), entry, staff.RowAttributesOf(p)))
	}
	check("between the rows")
}
