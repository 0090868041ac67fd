package admin_test

import (
	"errors"
	"fmt"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

func (d *desk) updatesOrg(by account.Person, o staff.Org, e admin.OrgEdit) (admin.OrgRecord, string, error) {
	d.Helper()
	permitted := d.may(by, account.OrgEdit)
	loaded, err := d.orgs().Load(d.Context(), permitted, o.Code.String())
	if err != nil {
		return admin.OrgRecord{}, "", err
	}
	return d.orgs().Update(d.Context(), d.call, permitted, loaded, e)
}

func (d *desk) job(id string) jobs.Job {
	d.Helper()
	j, err := d.store.Job(d.Context(), id)
	if err != nil {
		d.Fatal(err)
	}
	return j
}

func TestUpdateOrg(t *testing.T) {
	d := newDesk(t)
	done, job, err := d.updatesOrg(d.LinWei, d.Section, admin.OrgEdit{Version: 1, Name: to(" 综合二科 ")})
	d.wants("a name", []any{done.Org.Name, done.Org.Version, done.Posts, job, err}, []any{"综合二科", 2, 1, "", nil})
	done, job, err = d.updatesOrg(d.LinWei, d.Section, admin.OrgEdit{Version: 2, Name: to("综合二科"), Parent: to(d.Data.Code.String())})
	d.wants("nothing new", []any{done.Org.Version, job, err}, []any{2, "", nil})
	_, job, err = d.updatesOrg(d.LinWei, d.Section, admin.OrgEdit{Version: 2, Order: to(7)})
	d.wants("an order", err, "ok")
	j := d.job(job)
	d.wants("its job", []any{j.Kind, j.Owner, j.State, j.Total, j.Unstoppable, j.Params}, []any{admin.JobMoveOrg, d.LinWei.Staff.Code, jobs.Queued, 1, true, map[string]string{"org": d.Section.Code.String(), "version": "3"}})
	_, job, err = d.updatesOrg(d.LinWei, d.Section, admin.OrgEdit{Version: 3, Division: to("330199"), Parent: to(d.Team.Code.String())})
	d.wants("below what lies below it", []any{job, err != nil}, []any{"", true})
	d.wants("audit", d.actions()+" "+d.last(), "update_org, update_org order: 40 > 7")
}

func TestMoveOrgAtOnce(t *testing.T) {
	d := newDesk(t)
	done, job, err := d.updatesOrg(d.LinWei, d.Team, admin.OrgEdit{Version: 1, Parent: to(d.Data.Code.String())})
	d.wants("error", err, "ok")
	d.wants("the place", []any{done.Org.Path, d.org(d.Team.Code).Path}, []any{append(d.Data.Path, d.Team.Code), append(d.Data.Path, d.Team.Code)})
	d.wants("its job", d.job(job).Params, map[string]string{"org": d.Team.Code.String(), "seq": "1", "version": "2"})
	d.wants("audit", d.actions()+" "+d.last(), "move_org parent: "+d.Section.Code.String()+" > "+d.Data.Code.String())
	_, job, err = d.updatesOrg(d.WangFang, d.Province, admin.OrgEdit{Version: 1, Division: to("340000")})
	d.wants("another division is a move, too", []any{d.job(job).Params["seq"], err}, []any{"2", nil})
}

func TestUpdateOrgRefuses(t *testing.T) {
	d := newDesk(t)
	inside := d.admin(70, grant(account.UnitGrant, d.Section), grant(account.UnitGrant, d.Finance))
	reveals := d.admin(72, grant(account.UnitGrant, d.District), grant(account.AuditGrant, d.Finance, account.PIIReveal))
	audits := d.admin(73, grant(account.UnitGrant, d.Data), grant(account.UnitGrant, d.Finance, account.AuditRead))
	looks := d.admin(71, grant(account.UnitGrant, d.Data), grant(account.AuditGrant, d.Finance))
	parent := func(o staff.Org) admin.OrgEdit { return admin.OrgEdit{Version: 1, Parent: to(o.Code.String())} }
	old := func(e admin.OrgEdit) admin.OrgEdit { e.Version = 2; return e }
	for _, tt := range []struct {
		name string
		by   account.Person
		org  staff.Org
		edit admin.OrgEdit
		want string
	}{
		{"a parent that is no code, and wrong", d.LinWei, d.Team, admin.OrgEdit{Parent: to("局"), Name: cleared[string]()}, "org_missing parent:missing"},
		{"a parent out of sight, and wrong", inside, d.Team, admin.OrgEdit{Parent: to(d.District.Code.String()), Name: cleared[string]()}, "org_missing parent:missing"},
		{"a parent to be looked at alone", looks, d.Centre, parent(d.Finance), "permission_denied"},
		{"taken from what the caller has no say in", inside, d.Section, parent(d.Finance), "permission_denied"},
		{"taken from what the caller has no say in, to what is no code", inside, d.Section, admin.OrgEdit{Parent: to("局"), Name: cleared[string]()}, "permission_denied"},
		{"taken from what the caller has no say in, out of sight", inside, d.Section, parent(d.District), "permission_denied"},
		{"to where the caller may see whole numbers", reveals, d.Centre, parent(d.Finance), "permission_denied"},
		{"to where the caller may see whole numbers, and wrong", reveals, d.Centre, admin.OrgEdit{Parent: to(d.Finance.Code.String()), Name: cleared[string]()}, "permission_denied"},
		{"to where the caller reads the audit", audits, d.Centre, parent(d.Finance), "permission_denied"},
		{"no version, and wrong", d.LinWei, d.Team, admin.OrgEdit{Name: cleared[string](), Order: cleared[int](), Division: to("340000")}, "field_invalid version:required name:required order:required division:disagrees"},
		{"a version that cannot be", d.LinWei, d.Team, admin.OrgEdit{Version: -1}, "field_invalid version:out_of_range"},
		{"no parent", d.LinWei, d.Team, admin.OrgEdit{Version: 1, Parent: cleared[string]()}, "field_invalid parent:required"},
		{"below itself", d.LinWei, d.Data, parent(d.Data), "field_invalid parent:invalid"},
		{"below what lies below it", d.LinWei, d.Data, parent(d.Centre), "field_invalid parent:invalid"},
		{"a unit below an institution", d.LinWei, d.Centre, parent(d.Section), "field_invalid parent:invalid"},
		{"an institution to another unit", d.LinWei, d.Team, parent(d.Finance), "field_invalid parent:disagrees"},
		{"an institution to a unit in its unit", d.LinWei, d.Team, parent(d.Centre), "field_invalid parent:disagrees"},
		{"an old version, below itself", d.LinWei, d.Data, old(parent(d.Data)), "field_invalid parent:invalid"},
		{"an old version, below what is closed", d.LinWei, d.Team, old(parent(d.Closed)), "version_conflict"},
		{"below what is closed", d.LinWei, d.Team, parent(d.Closed), "org_closed parent:invalid"},
		{"the top of the tree", d.WangFang, d.Province, parent(d.Finance), "state_conflict"},
	} {
		_, job, err := d.updatesOrg(tt.by, tt.org, tt.edit)
		d.wants(tt.name, err, tt.want)
		d.wants(tt.name+": job", job, "")
	}
	d.wants("audit", d.actions(), "")
}

// Who holds in both places what they hold in the new one may move an organisation.
func TestMoveOrgWithWhatIsHeldInBoth(t *testing.T) {
	d := newDesk(t)
	to := to(d.Finance.Code.String())
	for n, grants := range [][]account.Grant{
		{grant(account.UnitGrant, d.District, account.PIIReveal)},
		{grant(account.UnitGrant, d.District), grant(account.AuditGrant, d.Data, account.PIIReveal), grant(account.AuditGrant, d.Finance, account.PIIReveal)},
		{grant(account.UnitGrant, d.District, account.PIIReveal), grant(account.AuditGrant, d.Data)}, // less over the new place
	} {
		d := newDesk(t)
		_, _, err := d.updatesOrg(d.admin(70, grants...), d.Centre, admin.OrgEdit{Version: 1, Parent: to})
		d.wants(fmt.Sprint(n), err, "ok")
	}
}

func TestUpdateOrgTooDeep(t *testing.T) {
	d := newDesk(t)
	deep := d.Centre
	for n := range 11 - len(d.Centre.Path) {
		deep = staff.Org{Code: must(staff.ParseOrgCode(fmt.Sprintf("GO_%032x", 0x200+n))), Name: "局", Type: staff.UnitOrg, Division: "330199", Version: 1}.Under(deep)
		d.putOrg(deep)
	}
	_, _, err := d.updatesOrg(d.LinWei, d.Finance, admin.OrgEdit{Version: 1, Parent: to(deep.Code.String())})
	d.wants("on the twelfth level", err, "ok")
	shallow := d.org(deep.Path[3])
	_, _, err = d.updatesOrg(d.WangFang, d.org(deep.Path[4]), admin.OrgEdit{Version: 1, Parent: to(d.District.Code.String())})
	d.wants("further up", err, "ok")
	_, _, err = d.updatesOrg(d.WangFang, d.org(deep.Path[4]), admin.OrgEdit{Version: 2, Parent: to(shallow.Code.String())})
	d.wants("back again", err, "ok")
	below := staff.Org{Code: must(staff.ParseOrgCode(fmt.Sprintf("GO_%032x", 0x300))), Name: "科", Type: staff.InstitutionOrg, Division: "330199", Version: 1}.Under(d.Finance)
	moved := staff.Org{Code: must(staff.ParseOrgCode(fmt.Sprintf("GO_%032x", 0x301))), Name: "局", Type: staff.UnitOrg, Division: "330199", Version: 1}.Under(d.District)
	below = below.Under(moved)
	d.putOrg(moved)
	d.putOrg(below)
	_, _, err = d.updatesOrg(d.LinWei, moved, admin.OrgEdit{Version: 1, Parent: to(deep.Code.String())})
	d.wants("what lies below it on the thirteenth level", err, "field_invalid parent:out_of_range")
}

func TestUpdateOrgLosesARace(t *testing.T) {
	name, parent := admin.OrgEdit{Version: 1, Name: to("二组")}, func(d *desk) admin.OrgEdit {
		return admin.OrgEdit{Version: 1, Parent: to(d.Data.Code.String())}
	}
	for _, tt := range []struct {
		name  string
		edit  func(d *desk) admin.OrgEdit
		rival func(d *desk)
		want  string
	}{
		{"somebody renames it", func(*desk) admin.OrgEdit { return name }, func(d *desk) { d.Team.Name, d.Team.Version = "三组", 2; d.putOrg(d.Team) }, "version_conflict"},
		{"somebody closes it", func(*desk) admin.OrgEdit { return name }, func(d *desk) { d.Team.Closed, d.Team.Version = true, 2; d.putOrg(d.Team) }, "org_missing"},
		{"a move begins elsewhere", parent, (*desk).begins, "ok"},
		{"the new parent is closed", parent, func(d *desk) { d.Data.Closed = true; d.putOrg(d.Data) }, "org_closed"},
		{"somebody moves it there", parent, func(d *desk) { _, _, _ = d.updatesOrg(d.WangFang, d.Team, parent(d)) }, "version_conflict"},
	} {
		d := newDesk(t)
		d.races(1, func() { tt.rival(d) })
		_, _, err := d.updatesOrg(d.LinWei, d.Team, tt.edit(d))
		d.wants(tt.name, err, tt.want)
		var conflict *admin.OrgConflict
		if errors.As(err, &conflict) && conflict.Current.Org.Version != 2 {
			t.Errorf("%s: %+v is not the current record", tt.name, conflict.Current)
		}
	}
}

func TestTooManyMoves(t *testing.T) {
	d := newDesk(t)
	between := []staff.Org{d.Section, d.Data}
	for n := range staff.MaxMovesBy {
		o := staff.Org{Code: must(staff.ParseOrgCode(fmt.Sprintf("GO_%032x", 0x200+n))), Name: fmt.Sprintf("%d组", n), Type: staff.InstitutionOrg, Division: "330199", Version: 1}.Under(between[0])
		d.putOrg(o)
		_, _, err := d.updatesOrg(d.LinWei, o, admin.OrgEdit{Version: 1, Parent: to(between[1].Code.String())})
		d.wants("a move", err, "ok")
	}
	edit := admin.OrgEdit{Version: 1, Parent: to(d.Data.Code.String())}
	_, _, err := d.updatesOrg(d.LinWei, d.Team, edit)
	d.wants("one more", err, "rate_limited")
	_, _, err = d.updatesOrg(d.WangFang, d.Team, edit)
	d.wants("by somebody else", err, "ok")
}
