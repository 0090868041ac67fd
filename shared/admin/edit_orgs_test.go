package admin_test

import (
	"errors"
	"fmt"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/fault"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

func (d *desk) orgs() admin.EditOrgs {
	return admin.EditOrgs{Store: d.store, Now: d.clock, Random: d.random}
}

// begins has a move begin: 数据中心 goes below 区.
func (d *desk) begins() {
	d.Helper()
	_, _, err := d.updatesOrg(d.WangFang, d.Centre, admin.OrgEdit{Version: 1, Parent: to(d.District.Code.String())})
	d.wants("a move begins", err, "ok")
}

func (d *desk) addsOrg(by account.Person, change ...func(*admin.OrgInput)) (admin.OrgRecord, bool, error) {
	d.Helper()
	in := admin.OrgInput{Name: "二组", Type: "institution", Parent: d.Section.Code.String(), Division: to("330199"), Order: to(5)}
	for _, c := range change {
		c(&in)
	}
	return d.orgs().Add(d.Context(), d.call, d.may(by, account.OrgEdit), in)
}

func TestAddOrg(t *testing.T) {
	d := newDesk(t)
	added, isNew, err := d.addsOrg(d.LinWei)
	d.wants("error", []any{isNew, err}, []any{true, nil})
	o := d.org(added.Org.Code)
	d.wants("the organisation", o, staff.Org{Code: added.Org.Code, Name: "二组", Type: staff.InstitutionOrg, Division: "330199", Order: 5, Path: append(d.Section.Path, added.Org.Code), Version: 1})
	d.wants("audit", d.actions()+" "+d.last(), "add_org name:  > 二组; type:  > institution; parent:  > "+d.Section.Code.String()+"; division:  > 330199; order:  > 5")
	_, _, err = d.addsOrg(d.LinWei)
	d.wants("again, without a key", err, "org_name_taken")
}

// TestTwins: below one parent no two open organisations have one name, however it is
// written.
func TestTwins(t *testing.T) {
	named := func(name string) func(*admin.OrgInput) { return func(in *admin.OrgInput) { in.Name = name } }
	for _, tt := range []struct{ first, second, want string }{
		{"重复科（一）", "重复科(一)", "org_name_taken"},
		{"重复科(一)", "重复科（一）", "org_name_taken"},
		{"ＩＴ科", "it科", "org_name_taken"},
		{"重复 科", "重复科", "org_name_taken"},
		{"重复科（一）", "重复科（二）", "ok"},
	} {
		d := newDesk(t)
		_, _, err := d.addsOrg(d.LinWei, named(tt.first))
		d.wants(tt.first, err, "ok")
		_, _, err = d.addsOrg(d.LinWei, named(tt.second))
		d.wants(tt.first+", then "+tt.second, err, tt.want)
		_, _, err = d.updatesOrg(d.LinWei, d.Team, admin.OrgEdit{Version: 1, Name: to(tt.second)})
		d.wants("renamed to "+tt.second, err, map[string]string{"ok": "org_name_taken", "org_name_taken": "org_name_taken"}[tt.want])
	}

	d := newDesk(t)
	elsewhere := func(in *admin.OrgInput) { in.Name, in.Parent = "一组", d.Data.Code.String() }
	twin, _, err := d.addsOrg(d.LinWei, elsewhere)
	d.wants("of one name, elsewhere", err, "ok")
	move := admin.OrgEdit{Version: 1, Parent: to(d.Data.Code.String())}
	_, _, err = d.updatesOrg(d.LinWei, d.Team, move)
	d.wants("moved to its twin", err, "org_name_taken")
	d.wants("its own name, written otherwise", second(d.updatesOrg(d.LinWei, d.Team, admin.OrgEdit{Version: 1, Name: to("一 组")})), "ok")
	d.wants("closing the twin", d.orgs().Close(d.Context(), d.call, d.may(d.LinWei, account.OrgEdit), twin.Org, 0), "ok")
	move.Version = 2
	_, _, err = d.updatesOrg(d.LinWei, d.Team, move)
	d.wants("moved to where the twin was", err, "ok")

	d = newDesk(t)
	d.races(1, func() { _, _, err = d.addsOrg(d.WangFang) })
	_, _, late := d.addsOrg(d.LinWei)
	d.wants("two at once", []any{admintest.Verdict(err), admintest.Verdict(late)}, []any{"ok", "org_name_taken"})
}

// second is the error of three results.
func second[A, B any](_ A, _ B, err error) any {
	if err == nil {
		return nil
	}
	return err
}

// TestAddOrgWithoutADivision: it gets that of the parent.
func TestAddOrgWithoutADivision(t *testing.T) {
	d := newDesk(t)
	added, _, err := d.addsOrg(d.LinWei, func(in *admin.OrgInput) { in.Division = optional.Value[string]{} })
	d.wants("absent", []any{added.Org.Division, err}, []any{d.Section.Division, nil})
	for _, clear := range []optional.Value[string]{cleared[string](), to("")} {
		_, _, err = d.addsOrg(d.LinWei, func(in *admin.OrgInput) { in.Name, in.Division = "三组", clear })
		d.wants("cleared", err, "field_invalid division:required")
	}
}

func TestAddOrgWithAKey(t *testing.T) {
	d := newDesk(t)
	key := func(in *admin.OrgInput) { in.Request = admin.RequestKey{Key: "the first", Digest: in.Name} }
	first, _, err := d.addsOrg(d.LinWei, key)
	d.wants("first", err, "ok")
	again, isNew, err := d.addsOrg(d.LinWei, key)
	d.wants("again", []any{isNew, again.Org.Code, again.Org.Name, again.Org.Order, again.Org.Parent(), err}, []any{false, first.Org.Code, "二组", 5, d.Section.Code, nil})
	another := func(in *admin.OrgInput) { in.Name = "三组" }
	_, _, err = d.addsOrg(d.LinWei, another, key)
	d.wants("with another name", err, "idempotency_conflict")
	other, isNew, err := d.addsOrg(d.WangFang, another, key)
	d.wants("somebody else's key", []any{isNew, other.Org.Code != first.Org.Code, err}, []any{true, true, nil})

	d.wants("somebody edits it", second(d.updatesOrg(d.LinWei, first.Org, admin.OrgEdit{Version: 1, Name: to("四组"), Order: to(9)})), "ok")
	again, isNew, err = d.addsOrg(d.LinWei, key)
	d.wants("after an edit", []any{isNew, again.Org.Code, again.Org.Name, again.Org.Order, again.Org.Parent(), again.Org.Version, err}, []any{false, first.Org.Code, "二组", 5, d.Section.Code, 1, nil})
	d.wants("closed", d.orgs().Close(d.Context(), d.call, d.may(d.LinWei, account.OrgEdit), first.Org, 0), "ok")
	again, isNew, err = d.addsOrg(d.LinWei, key)
	d.wants("after it was closed", []any{isNew, again.Org.Code, err}, []any{false, first.Org.Code, nil})
	d.wants("audit", d.actions(), "add_org, add_org, update_org, close_org")

	d.now = d.now.Add(admin.OnceKept)
	late, isNew, err := d.addsOrg(d.LinWei, key)
	d.wants("a month later", []any{isNew, late.Org.Code != first.Org.Code, err}, []any{true, true, nil})

	fresh := func(in *admin.OrgInput) {
		in.Name, in.Request = "五组", admin.RequestKey{Key: "at once", Digest: "5"}
	}
	var rival admin.OrgRecord
	d.races(1, func() { rival, _, err = d.addsOrg(d.LinWei, fresh) })
	mine, isNew, late2 := d.addsOrg(d.LinWei, fresh)
	d.wants("the same request twice at once", []any{isNew, mine.Org.Code == rival.Org.Code, err, late2}, []any{false, true, nil, nil})
}

func TestAddOrgRefuses(t *testing.T) {
	d := newDesk(t)
	looks := d.admin(70, grant(account.UnitGrant, d.Team), grant(account.AuditGrant, d.Data))
	deep := d.Team
	for n := range 12 - len(d.Team.Path) {
		deep = staff.Org{Code: must(staff.ParseOrgCode(fmt.Sprintf("GO_%032x", 0x200+n))), Name: "组", Type: staff.InstitutionOrg, Division: "330199", Version: 1}.Under(deep)
		d.putOrg(deep)
	}
	in := func(o staff.Org) func(*admin.OrgInput) {
		return func(in *admin.OrgInput) { in.Parent = o.Code.String() }
	}
	wrong := func(in *admin.OrgInput) {
		in.Name, in.Type, in.Division, in.Order = " ", "shop", to("33"), cleared[int]()
	}
	for _, tt := range []struct {
		name   string
		by     account.Person
		change []func(*admin.OrgInput)
		want   string
	}{
		{"no parent", d.LinWei, []func(*admin.OrgInput){func(in *admin.OrgInput) { in.Parent = "" }}, "field_invalid parent:required"},
		{"a parent that is no code, and wrong", d.LinWei, []func(*admin.OrgInput){wrong, func(in *admin.OrgInput) { in.Parent = "综合科" }}, "org_missing parent:missing"},
		{"a parent out of sight, and wrong", d.LinWei, []func(*admin.OrgInput){wrong, in(d.Province)}, "org_missing parent:missing"},
		{"a parent that may be looked at, and wrong", looks, []func(*admin.OrgInput){wrong, in(d.Data)}, "permission_denied"},
		{"wrong, and closed", d.LinWei, []func(*admin.OrgInput){wrong, in(d.Closed)}, "field_invalid name:required order:required division:invalid type:not_a_choice"},
		{"closed", d.LinWei, []func(*admin.OrgInput){in(d.Closed)}, "org_closed parent:invalid"},
		{"a type that cannot lie there", d.LinWei, []func(*admin.OrgInput){func(in *admin.OrgInput) { in.Type = "unit" }}, "field_invalid type:disagrees"},
		{"no type", d.LinWei, []func(*admin.OrgInput){func(in *admin.OrgInput) { in.Type = "" }}, "field_invalid type:required"},
		{"a division elsewhere", d.LinWei, []func(*admin.OrgInput){func(in *admin.OrgInput) { in.Division = to("330299") }}, "field_invalid division:disagrees"},
		{"an order that is too high", d.LinWei, []func(*admin.OrgInput){func(in *admin.OrgInput) { in.Order = to(staff.MaxOrder + 1) }}, "field_invalid order:out_of_range"},
		{"too deep", d.LinWei, []func(*admin.OrgInput){in(deep)}, "field_invalid parent:out_of_range"},
	} {
		_, _, err := d.addsOrg(tt.by, tt.change...)
		d.wants(tt.name, err, tt.want)
	}
	d.wants("audit", d.actions(), "")
}

func TestAddOrgLosesARace(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rival func(d *desk)
		want  string
	}{
		{"the parent is closed", func(d *desk) { d.Section.Closed = true; d.putOrg(d.Section) }, "org_closed"},
		{"a move begins elsewhere", (*desk).begins, "ok"},
		{"the parent is moved", func(d *desk) {
			_, _, err := d.updatesOrg(d.WangFang, d.Data, admin.OrgEdit{Version: 1, Parent: to(d.Province.Code.String())})
			d.wants("moving", err, "ok")
		}, "org_missing parent:missing"},
	} {
		d := newDesk(t)
		d.races(1, func() { tt.rival(d) })
		_, _, err := d.addsOrg(d.LinWei)
		d.wants(tt.name, err, tt.want)
	}
}

func TestLoadOrg(t *testing.T) {
	d := newDesk(t)
	looks := d.admin(70, grant(account.UnitGrant, d.Team), grant(account.AuditGrant, d.Data))
	for _, tt := range []struct {
		name string
		by   account.Person
		code string
		want string
	}{
		{"in scope", d.LinWei, d.Team.Code.String(), "ok"},
		{"no code", d.LinWei, "一组", "org_missing"},
		{"that there is not", d.LinWei, "GO_00000000000000000000000000000099", "org_missing"},
		{"out of sight", d.LinWei, d.Province.Code.String(), "org_missing"},
		{"closed", d.LinWei, d.Closed.Code.String(), "org_missing"},
		{"to be looked at alone", looks, d.Section.Code.String(), "permission_denied"},
		{"closed, to be looked at alone", looks, d.Closed.Code.String(), "permission_denied"},
	} {
		_, err := d.orgs().Load(t.Context(), d.may(tt.by, account.OrgEdit), tt.code)
		d.wants(tt.name, err, tt.want)
	}
}

func (d *desk) closes(by account.Person, o staff.Org, version int64) error {
	d.Helper()
	permitted := d.may(by, account.OrgEdit)
	loaded, err := d.orgs().Load(d.Context(), permitted, o.Code.String())
	if err != nil {
		return err
	}
	return d.orgs().Close(d.Context(), d.call, permitted, loaded, version)
}

func TestCloseOrg(t *testing.T) {
	d := newDesk(t)
	err := d.closes(d.LinWei, d.Team, 2)
	var conflict *admin.OrgConflict
	if !errors.As(err, &conflict) || conflict.Current.Org.Code != d.Team.Code || conflict.Current.Org.Version != 1 {
		t.Errorf("another version: %v, %+v", err, conflict)
	}
	d.wants("this version", d.closes(d.LinWei, d.Team, 1), "ok")
	d.wants("closed", []any{d.org(d.Team.Code).Closed, d.org(d.Team.Code).Version}, []any{true, 2})
	d.wants("again", d.closes(d.LinWei, d.Team, 0), "org_missing")
	d.wants("any version", d.closes(d.LinWei, d.Centre, 0), "ok")
	d.wants("audit", d.actions()+" "+d.last(), "close_org, close_org closed: false > true")
	d.wants("the top of the tree", d.closes(d.WangFang, d.Province, 0), "state_conflict")
	for _, tt := range []struct {
		org  staff.Org
		left admin.NotEmpty
	}{{d.Section, admin.NotEmpty{Posts: 1}}, {d.District, admin.NotEmpty{Children: 2}}, {d.Data, admin.NotEmpty{Posts: 1, Children: 1}}} {
		err := d.closes(d.LinWei, tt.org, 0)
		var left *admin.NotEmpty
		if !errors.Is(err, fault.StateConflict) || !errors.As(err, &left) || *left != tt.left {
			t.Errorf("%s: %v", tt.org.Name, err)
		}
	}
}

func TestCloseOrgLosesARace(t *testing.T) {
	for _, tt := range []struct {
		name    string
		version int64
		rival   func(d *desk)
		want    string
	}{
		{"somebody renames it, and any version will do", 0, func(d *desk) { d.Team.Name, d.Team.Version = "二组", 2; d.putOrg(d.Team) }, "ok"},
		{"somebody renames it", 1, func(d *desk) { d.Team.Name, d.Team.Version = "二组", 2; d.putOrg(d.Team) }, "version_conflict"},
		{"somebody closes it", 1, func(d *desk) { d.Team.Closed, d.Team.Version = true, 2; d.putOrg(d.Team) }, "org_missing"},
		{"somebody gets a post there", 1, func(d *desk) { d.put(admintest.NewPerson(60, "李娜", "lina", d.Data, d.Team)) }, "state_conflict"},
		{"a move begins elsewhere", 1, (*desk).begins, "ok"},
		{"somebody moves it", 0, func(d *desk) {
			_, _, err := d.updatesOrg(d.WangFang, d.Team, admin.OrgEdit{Version: 1, Parent: to(d.Data.Code.String())})
			d.wants("moving", err, "ok")
		}, "ok"},
	} {
		d := newDesk(t)
		d.races(1, func() { tt.rival(d) })
		d.wants(tt.name, d.closes(d.LinWei, d.Team, tt.version), tt.want)
	}
}
