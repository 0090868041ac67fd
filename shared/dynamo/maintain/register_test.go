package maintain_test

import (
	"errors"
	"slices"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

func (w *indexWorld) entry(subject string) audit.Entry {
	w.Helper()
	id, err := staff.NewID(w)
	w.Must(err)
	return audit.Entry{ID: id, At: world.Start, Actor: w.person(50).Code, Subject: audit.Subject(subject), Action: "add_staff", Call: audit.Call{ID: "r"}}
}

func (w *indexWorld) newcomer(edit func(*account.Person)) account.Person {
	w.Helper()
	p := account.Person{Staff: w.person(7), Account: account.Account{Epoch: 1}}
	edit(&p)
	return p
}

func TestRegister(t *testing.T) {
	t.Parallel()
	w := newIndexWorld(t, 8, 0)
	name := func(s string) staff.Account { a, err := staff.ParseAccount(s); w.Must(err); return a }
	phone := func(s string) staff.Phone { p, err := staff.ParsePhone(s); w.Must(err); return p }
	grant := account.Grant{ID: "g1", Type: account.UnitGrant, Org: w.leaves[0], Added: []account.Permission{account.AuditRead}}
	for _, tt := range []struct {
		name string
		edit func(*account.Person)
		want error
	}{
		{"with a grant", func(p *account.Person) { p.Account.Grants = []account.Grant{grant} }, nil},
		{"account taken", func(p *account.Person) { p.Staff.Phone = phone("13800000008") }, fault.AccountTaken},
		{"both taken", func(*account.Person) {}, fault.AccountTaken},
		{"phone taken", func(p *account.Person) { p.Staff.Account = name("wang8") }, fault.PhoneTaken},
		{"phone of another area", func(p *account.Person) { p.Staff.Account, p.Staff.Phone = name("wang8"), phone("+85268000007") }, nil},
		{"account is the own phone", func(p *account.Person) { p.Staff.Account, p.Staff.Phone = name("13900000001"), phone("13900000001") }, nil},
		{"account is another's phone", func(p *account.Person) { p.Staff.Account, p.Staff.Phone = name("13800000007"), phone("13900000002") }, fault.AccountTaken},
		{"account is nobody's phone", func(p *account.Person) { p.Staff.Account, p.Staff.Phone = name("13600000000"), phone("13900000002") }, fault.AccountTaken},
		{"phone is another's account", func(p *account.Person) { p.Staff.Account, p.Staff.Phone = name("wang9"), phone("13900000001") }, fault.PhoneTaken},
		{"no phone", func(p *account.Person) { p.Staff.Account, p.Staff.Phone = name("wang10"), staff.Phone{} }, nil},
	} {
		p := w.newcomer(tt.edit)
		err := w.Store.Register(t.Context(), p, w.entry(p.Staff.Code.String()))
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		have, err := w.Store.Person(t.Context(), p.Staff.Code)
		w.Must(err)
		if there := !have.Staff.Code.IsZero(); there != (tt.want == nil) || there && have.Account.Epoch != 1 {
			t.Errorf("%s: on the register %t, %+v", tt.name, there, have.Account)
		}
		for _, n := range p.Staff.SignInNames() {
			if c, _, err := w.Store.FindName(t.Context(), n, "-"); err != nil || tt.want == nil && c != p.Staff.Code || tt.want != nil && c == p.Staff.Code {
				t.Errorf("%s: %s leads to %q, %v", tt.name, n.Normal(), c, err)
			}
		}
		entries, err := w.Items.Query(t.Context(), table.AuditOfKey(p.Staff.Code.String(), "", "").PK, "")
		w.Must(err)
		if want := map[bool]int{true: 1}[tt.want == nil]; len(entries) != want {
			t.Errorf("%s: %d audit entries, want %d", tt.name, len(entries), want)
		}
	}
	granted, err := w.Store.GrantsOn(t.Context(), w.leaves[:1])
	if err != nil || len(granted) != 1 || granted[0].Grant.ID != "g1" {
		t.Errorf("granted: %+v, %v", granted, err)
	}
}

func TestGrant(t *testing.T) {
	t.Parallel()
	w := newIndexWorld(t, 9, 0)
	p := w.newcomer(func(*account.Person) {})
	w.Must(w.Store.Register(t.Context(), p, w.entry(p.Staff.Code.String())))
	give := func(id string) error {
		return w.Store.Grant(t.Context(), p.Staff.Code, account.Grant{ID: id, Type: account.AuditGrant, Org: w.leaves[1]}, w.entry(p.Staff.Code.String()))
	}
	w.Must(give("a"))
	w.Must(give("b"))
	if err := give("b"); !errors.Is(err, table.ErrExists) {
		t.Errorf("the same id twice: %v", err)
	}
	have, err := w.Store.Person(t.Context(), p.Staff.Code)
	w.Must(err)
	granted, err := w.Store.GrantsOn(t.Context(), w.leaves[1:2])
	if err != nil || len(granted) != 2 || len(have.Account.Grants) != 2 {
		t.Errorf("two sides: %+v, %+v, %v", have.Account.Grants, granted, err)
	}
	if err := w.Store.Grant(t.Context(), w.person(1).Code, account.Grant{ID: "c", Org: w.leaves[1]}, w.entry("")); !errors.Is(err, fault.StaffMissing) {
		t.Errorf("to nobody: %v", err)
	}
	have.Account.Grants = slices.Repeat(have.Account.Grants, admin.MaxGrants/2)
	w.Must(w.Items.PutItem(t.Context(), table.AccountToItem(p.Staff.Code, have.Account), "", nil, nil))
	if err := give("d"); !errors.Is(err, maintain.ErrManyGrants) {
		t.Errorf("one too many: %v", err)
	}
}

func TestPutOrg(t *testing.T) {
	t.Parallel()
	w := newIndexWorld(t, 10, 0)
	roots, err := w.Store.Roots(t.Context())
	if err != nil || len(roots) != 1 || roots[0].Name != "浙江省" {
		t.Fatalf("roots: %+v, %v", roots, err)
	}
	root := roots[0]
	city := w.org("杭州 市", "330100", root)
	w.Must(w.Store.PutOrg(t.Context(), city, root.Division, w.entry(city.Code.String())))
	bureau := w.org("杭州市数据局", "330100", city)
	w.Must(w.Store.PutOrg(t.Context(), bureau, city.Division, w.entry(bureau.Code.String())))
	if err := w.Store.PutOrg(t.Context(), city, root.Division, w.entry(city.Code.String())); !errors.Is(err, admin.ErrOrgThere) {
		t.Errorf("the same twice: %v", err)
	}
	if named, err := w.Store.OrgsNamed(t.Context(), staff.NameKey("杭州市")); err != nil || !slices.Equal(named, []staff.OrgCode{city.Code}) {
		t.Errorf("named 杭州市: %v, %v", named, err)
	}
	for division, want := range map[string]staff.OrgCode{"330000": root.Code, "330100": city.Code} {
		heads, err := w.Store.DivisionTops(t.Context(), division)
		if err != nil || !slices.Contains(heads, want) || slices.Contains(heads, bureau.Code) {
			t.Errorf("heads of %s: %v, %v", division, heads, err)
		}
	}
	children, err := w.Items.Query(t.Context(), table.OrgPK(root.Code), table.ChildPrefix)
	if err != nil || len(children) != 4 {
		t.Errorf("%d children of the root, %v", len(children), err)
	}
}

func TestAddDictionaryEntry(t *testing.T) {
	t.Parallel()
	w := newIndexWorld(t, 11, 0)
	e := staff.DictionaryEntry{Dictionary: staff.DictRole, Code: "R", Label: "普通用户", Order: 1, Enabled: true}
	if added, err := w.Store.AddDictionaryEntry(t.Context(), e); !added || err != nil {
		t.Error(added, err)
	}
	e.Label = "改名"
	if added, err := w.Store.AddDictionaryEntry(t.Context(), e); added || err != nil {
		t.Error(added, err)
	}
	if all, err := w.Store.Dictionaries(t.Context()); err != nil || len(all) != 1 || all[0].Label != "普通用户" {
		t.Errorf("%+v, %v", all, err)
	}
}
