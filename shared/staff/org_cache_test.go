package staff

import (
	"testing"
	"time"
)

func TestOrgCache(t *testing.T) {
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	orgs := func(from, n int) Orgs {
		all := Orgs{}
		for i := range n {
			all[orgCode(from+i)] = Org{Code: orgCode(from + i), Name: "数据局", Type: UnitOrg}
		}
		return all
	}
	c := NewOrgCache()
	c.Keep(orgs(1, 2), at)
	if got := c.Fresh([]OrgCode{orgCode(1), orgCode(3)}, at.Add(OrgsStay-1)); len(got) != 1 || got[orgCode(1)].Name != "数据局" {
		t.Errorf("just read: %v", got)
	}
	if got := c.Fresh([]OrgCode{orgCode(1)}, at.Add(OrgsStay)); len(got) != 0 {
		t.Errorf("after half a minute: %v", got)
	}
	if got := c.Types([]OrgCode{orgCode(1), orgCode(3)}); len(got) != 1 || got[orgCode(1)] != UnitOrg {
		t.Errorf("types, which do not change: %v", got)
	}
	c.Keep(orgs(3, 1), at.Add(OrgsStay))
	c.Keep(orgs(4, mostOrgs-1), at.Add(OrgsStay))
	if got := c.Fresh([]OrgCode{orgCode(1), orgCode(3)}, at.Add(OrgsStay)); len(c.kept) != mostOrgs || len(got) != 1 {
		t.Errorf("%d are kept, the old ones first to go: %v", len(c.kept), got)
	}
	c.Keep(orgs(1, 1), at.Add(OrgsStay))
	if len(c.kept) != 1 {
		t.Errorf("%d are kept", len(c.kept))
	}
	c.Keep(orgs(1, 1), time.Now())
	if k := c.kept[orgCode(1)]; k.read != k.read.Round(0) {
		t.Error("the time is that of a clock which stands still while a function is frozen")
	}
	var none *OrgCache
	none.Keep(orgs(1, 1), at)
	if len(none.Fresh([]OrgCode{orgCode(1)}, at))+len(none.Types([]OrgCode{orgCode(1)})) != 0 {
		t.Error("no cache keeps something")
	}
}
