package admin_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

// desk is where the use cases of a test work: a Town in a Store of maps, at Noon.
type desk struct {
	*testing.T
	admintest.Town
	store  *admintest.Store
	keys   account.Keys
	now    time.Time
	random *rand.ChaCha8
	call   audit.Call
	texts  *texts
}

func newDesk(t *testing.T) *desk {
	town := admintest.NewTown()
	return &desk{
		T: t, Town: town, store: admintest.New(town.Seed), keys: account.Keys{Current: []byte("a key for the tests of use cases")}, now: admintest.Noon,
		random: rand.NewChaCha8([32]byte{}), call: audit.Call{Address: "192.0.2.7", ID: "req-1"}, texts: &texts{},
	}
}

func (d *desk) clock() time.Time { return d.now }

func (d *desk) notices() account.Notices {
	return account.Notices{Store: d.texts, Sender: d.texts, Keys: d.keys, Settings: account.Defaults()}
}

func (d *desk) dictionaries() *staff.DictionaryList {
	return &staff.DictionaryList{Store: d.store, Now: d.clock}
}

func spell(name string) staff.Pinyin { return staff.Pinyin{Syllables: strings.Split(name, "")} }

func (d *desk) loads() admin.LoadTarget {
	return admin.LoadTarget{Store: d.store, Keys: d.keys, Now: d.clock}
}

// put writes people as others do who write at the same time.
func (d *desk) put(people ...account.Person) { d.store.Put(admintest.Seed{People: people}) }

func (d *desk) putOrg(o staff.Org) { d.store.Put(admintest.Seed{Orgs: []staff.Org{o}}) }

// admin puts an administrator with grants on the register, as person n.
func (d *desk) admin(n int, grants ...account.Grant) account.Person {
	p := admintest.NewPerson(n, "管理员", fmt.Sprintf("admin%d", n), d.Finance, d.Finance)
	p.Account.Grants = grants
	d.put(p)
	return p
}

func grant(kind account.GrantType, o staff.Org, added ...account.Permission) account.Grant {
	return account.Grant{ID: string(kind) + " on " + o.Name, Type: kind, Org: o.Code, Added: added}
}

// may is p, who holds the permission.
func (d *desk) may(p account.Person, permission account.Permission) account.Permitted {
	d.Helper()
	by, err := admintest.CallerOf(p).Permit(permission)
	if err != nil {
		d.Fatal(err)
	}
	return by
}

func (d *desk) person(c staff.EmployeeCode) account.Person {
	d.Helper()
	p, err := d.store.Person(d.Context(), c)
	if err != nil {
		d.Fatal(err)
	}
	return p
}

func (d *desk) org(c staff.OrgCode) staff.Org {
	d.Helper()
	orgs, err := d.store.Orgs(d.Context(), []staff.OrgCode{c})
	if err != nil {
		d.Fatal(err)
	}
	return orgs[c]
}

// wants compares what fmt shows.
func (d *desk) wants(what string, got, want any) {
	d.Helper()
	if err, ok := got.(error); ok {
		got = admintest.Verdict(err)
	} else if got == nil {
		got = "ok"
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		d.Errorf("%s\n got %+v\nwant %+v", what, got, want)
	}
}

// actions are the audit: each entry's action, and the version that it gave.
func (d *desk) actions() string {
	var all []string
	for _, e := range d.store.Entries() {
		text := string(e.Action)
		if e.Version > 0 {
			text += fmt.Sprintf(" %d", e.Version)
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// last is the newest entry of the audit: its fields.
func (d *desk) last() string {
	d.Helper()
	all := d.store.Entries()
	if len(all) == 0 {
		d.Fatal("the audit is empty")
	}
	var fields []string
	for _, c := range all[len(all)-1].Changes {
		fields = append(fields, c.Field+": "+c.Old+" > "+c.New)
	}
	return strings.Join(fields, "; ")
}

// races has a rival write before each of the next n writes.
func (d *desk) races(n int, rival func()) {
	if n > 0 {
		d.store.Race(func() { rival(); d.races(n-1, rival) })
	}
}

func to[T any](v T) optional.Value[T] { return optional.Value[T]{Set: true, Value: v} }

func cleared[T any]() optional.Value[T] { return optional.Value[T]{Set: true, Null: true} }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// texts counts texts, and sends them nowhere.
type texts struct {
	full, refused bool
	sent          []string // whole numbers
}

func (x *texts) ReserveForPhone(_ context.Context, r account.Reservation, _ account.SMSLimits) (account.Reservation, error) {
	if x.full {
		return r, fault.CodeDailyLimit
	}
	return r, nil
}
func (*texts) ReserveBudget(_ context.Context, r account.Reservation, _ account.SMSLimits) (account.Reservation, error) {
	return r, nil
}
func (*texts) ReserveForAddress(context.Context, account.Reservation, account.SMSLimits) error {
	return nil
}
func (*texts) ReleaseForPhone(context.Context, account.Reservation) error   { return nil }
func (*texts) ReleaseBudget(context.Context, account.Reservation) error     { return nil }
func (*texts) ReleaseForAddress(context.Context, account.Reservation) error { return nil }

func (x *texts) Send(_ context.Context, phone staff.Phone, _ string) error {
	if x.refused {
		return account.ErrSMSRefused
	}
	x.sent = append(x.sent, phone.E164())
	return nil
}
