package admin

import (
	"fmt"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// The tree of these tests: 省 → 区 → 数据局 (with 综合科, in it 一组; and 数据中心, a
// unit of its own) and 财政局.
var (
	province = org("省", staff.GroupOrg)
	district = org("区", staff.GroupOrg, province)
	data     = org("数据局", staff.UnitOrg, province, district)
	section  = org("综合科", staff.InstitutionOrg, province, district, data)
	team     = org("一组", staff.InstitutionOrg, province, district, data, section)
	centre   = org("数据中心", staff.UnitOrg, province, district, data)
	finance  = org("财政局", staff.UnitOrg, province, district)
	closed   = func() staff.Org {
		o := org("撤销科", staff.InstitutionOrg, province, district, data)
		o.Closed = true
		return o
	}()
	tree = func() staff.Orgs {
		orgs := staff.Orgs{}
		for _, o := range []staff.Org{province, district, data, section, team, centre, finance, closed} {
			orgs[o.Code] = o
		}
		return orgs
	}()
)

var orgsMade int

func org(name string, kind staff.OrgType, above ...staff.Org) staff.Org {
	orgsMade++
	c, err := staff.ParseOrgCode(fmt.Sprintf("GO_%032x", orgsMade))
	if err != nil {
		panic(err)
	}
	o := staff.Org{Code: c, Name: name, Type: kind}
	for _, a := range above {
		o.Path = append(o.Path, a.Code)
	}
	o.Path = append(o.Path, c)
	return o
}

func employee(n int) staff.EmployeeCode {
	c, err := staff.ParseEmployeeCode(fmt.Sprintf("GE_%032x", n))
	if err != nil {
		panic(err)
	}
	return c
}

func grant(kind account.GrantType, o staff.Org, added ...account.Permission) account.Grant {
	return account.Grant{ID: o.Name, Type: kind, Org: o.Code, Added: added}
}

func caller(grants ...account.Grant) account.Caller {
	return account.Caller{Staff: employee(100), Grants: grants}
}

func post(o staff.Org, job staff.JobType, active bool) staff.Post {
	return staff.Post{Org: o.Code, JobType: job, Active: active}
}

func TestScopeSees(t *testing.T) {
	tests := []struct {
		name       string
		scope      []staff.Org
		person     staff.Staff
		sees, main bool
	}{
		{"main post below", []staff.Org{district}, staff.Staff{Posts: []staff.Post{post(team, staff.MainJob, true)}}, true, true},
		{"main post in it", []staff.Org{team}, staff.Staff{Posts: []staff.Post{post(team, staff.MainJob, true)}}, true, true},
		{"main post above", []staff.Org{team}, staff.Staff{Posts: []staff.Post{post(section, staff.MainJob, true)}}, false, false},
		{"main post beside", []staff.Org{finance}, staff.Staff{Posts: []staff.Post{post(team, staff.MainJob, true)}}, false, false},
		{"concurrent post", []staff.Org{finance}, staff.Staff{Posts: []staff.Post{post(team, staff.MainJob, true), post(finance, staff.ConcurrentJob, true)}}, true, false},
		{"ended post", []staff.Org{finance}, staff.Staff{Posts: []staff.Post{post(team, staff.MainJob, true), post(finance, staff.ConcurrentJob, false)}}, false, false},
		{"left, last main post", []staff.Org{data}, staff.Staff{Employment: staff.Left, Posts: []staff.Post{post(data, staff.MainJob, false)}}, true, true},
		{"left, earlier main post", []staff.Org{finance}, staff.Staff{Employment: staff.Left, Posts: []staff.Post{post(data, staff.MainJob, false), post(finance, staff.MainJob, false)}}, false, false},
		{"left, other post", []staff.Org{finance}, staff.Staff{Employment: staff.Left, Posts: []staff.Post{post(finance, staff.ConcurrentJob, false), post(data, staff.MainJob, false)}}, false, false},
		{"second of two grants", []staff.Org{finance, section}, staff.Staff{Posts: []staff.Post{post(team, staff.MainJob, true)}}, true, true},
		{"an organisation that is not there", []staff.Org{province}, staff.Staff{Posts: []staff.Post{{JobType: staff.MainJob, Active: true}}}, false, false},
		{"no grant", nil, staff.Staff{Posts: []staff.Post{post(team, staff.MainJob, true)}}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.person.Employment == "" {
				tt.person.Employment = staff.InService
			}
			var grants []account.Grant
			for _, o := range tt.scope {
				grants = append(grants, grant(account.UnitGrant, o))
			}
			s := ScopeOf(caller(grants...), account.StaffRead)
			if sees, main := s.Sees(tt.person, tree), s.HasMain(tt.person, tree); sees != tt.sees || main != tt.main {
				t.Errorf("sees %t, main %t", sees, main)
			}
		})
	}
}

func TestScopeOfAPermission(t *testing.T) {
	c := caller(grant(account.AuditGrant, district, account.PIIReveal), grant(account.UnitGrant, data))
	tests := []struct {
		permission account.Permission
		o          staff.Org
		want       bool
	}{
		{account.StaffRead, finance, true}, {account.StaffEdit, finance, false}, {account.StaffEdit, section, true},
		{account.PIIReveal, finance, true}, {account.AdminGrant, data, false}, {account.StaffRead, province, false},
	}
	for _, tt := range tests {
		if got := ScopeOf(c, tt.permission).Covers(tt.o); got != tt.want {
			t.Errorf("%s covers %s: %t", tt.permission, tt.o.Name, got)
		}
	}
}

func TestCoversAncestor(t *testing.T) {
	s := ScopeOf(caller(grant(account.UnitGrant, data)), account.StaffRead)
	for _, tt := range []struct {
		o, ancestor staff.Org
		want        bool
	}{{team, section, true}, {team, data, true}, {team, team, true}, {team, district, false}, {section, team, false}, {finance, finance, false}} {
		if got := s.coversAncestor(tt.o, tt.ancestor.Code); got != tt.want {
			t.Errorf("%s above %s: %t", tt.ancestor.Name, tt.o.Name, got)
		}
	}
}

func TestOutranks(t *testing.T) {
	unitAt := func(o staff.Org) account.Grant { return grant(account.UnitGrant, o) }
	tests := []struct {
		name   string
		caller []account.Grant
		held   []account.Grant
		want   bool
	}{
		{"no grants", nil, nil, true},
		{"the same", []account.Grant{unitAt(data)}, []account.Grant{unitAt(data)}, true},
		{"above", []account.Grant{unitAt(district)}, []account.Grant{unitAt(data), unitAt(finance)}, true},
		{"below", []account.Grant{unitAt(section)}, []account.Grant{unitAt(data)}, false},
		{"beside", []account.Grant{unitAt(data)}, []account.Grant{unitAt(data), unitAt(finance)}, false},
		{"a permission more", []account.Grant{unitAt(data)}, []account.Grant{grant(account.UnitGrant, data, account.PIIReveal)}, false},
		{"another kind", []account.Grant{unitAt(data)}, []account.Grant{grant(account.AuditGrant, data)}, false},
		{"covered by two grants", []account.Grant{unitAt(data), grant(account.AuditGrant, district)}, []account.Grant{grant(account.AuditGrant, section)}, true},
		{"super", []account.Grant{grant(account.SuperGrant, province)}, []account.Grant{grant(account.SuperGrant, province), unitAt(data)}, true},
		{"super below", []account.Grant{grant(account.SuperGrant, district)}, []account.Grant{grant(account.SuperGrant, province)}, false},
		{"a grant on nothing", []account.Grant{grant(account.SuperGrant, province)}, []account.Grant{unitAt(staff.Org{})}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Outranks(caller(tt.caller...), tt.held, tree); got != tt.want {
				t.Errorf("%t", got)
			}
		})
	}
}
