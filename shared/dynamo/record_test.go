package dynamo_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/fault"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

// office is 临江区 with 数据局 (in it 综合科, in it 一组) and 财政局, 张敏 with a post
// in both, who lacks everything that can be lacking, and 林伟, who administers
// 临江区.
type office struct {
	*testing.T
	db      *dynamodb.Client
	table   string
	store   *maintain.Store
	counter *dynamotest.Counter
	faults  *dynamotest.Faults
	keys    account.Keys
	now     time.Time
	call    audit.Call
	edits   admin.UpdatePosts

	orgs             map[string]staff.Org
	zhangmin, linwei staff.EmployeeCode
	linweiCalls      account.Caller
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{
		T: t, counter: &dynamotest.Counter{Hold: dynamotest.SideBySide}, faults: dynamotest.NewFaults(), orgs: map[string]staff.Org{},
		now:  time.Date(2040, 3, 2, 8, 0, 0, 0, time.UTC), // to come, or TTL takes the items away
		keys: account.Keys{Current: []byte("a key for the tests of records")}, call: audit.Call{Address: "192.0.2.7", ID: "req-1"},
	}
	o.db, o.table = dynamotest.NewWith(t, o.counter.Option, o.faults.Option)
	o.store = maintain.Over(o.db, o.table, dynamotest.AtOnce)
	clock := func() time.Time { return o.now }
	o.edits = admin.UpdatePosts{
		Notices: account.Notices{Store: o.store, Sender: unsent{}, Keys: o.keys, Settings: account.Defaults()},
		Store:   o.store, Dictionaries: &staff.DictionaryList{Store: o.store, Now: clock}, Keys: o.keys, Now: clock, Random: rand.Reader,
		Pinyin: func(name string) staff.Pinyin { return staff.Pinyin{Syllables: strings.Split(name, "")} },
	}

	district := o.org("临江区", staff.GroupOrg, staff.Org{})
	data := o.org("数据局", staff.UnitOrg, district)
	o.org("一组", staff.InstitutionOrg, o.org("综合科", staff.InstitutionOrg, data))
	o.org("财政局", staff.UnitOrg, district)
	err := o.store.LoadDictionaries(t.Context(), staff.Dictionaries{
		{Dictionary: staff.DictBudgetedPost, Code: "B", Enabled: true}, {Dictionary: staff.DictJobLevel, Code: "J", Enabled: true},
		{Dictionary: staff.DictJobLevel, Code: "J2", Enabled: true}, {Dictionary: staff.DictJobLevel, Code: "J_OLD"},
		{Dictionary: staff.DictRole, Code: "R", Enabled: true}, {Dictionary: staff.DictAreaCode, Code: "+86", Enabled: true},
		{Dictionary: staff.DictJobType, Code: "attached", Enabled: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.zhangmin = o.person("zhangmin", "张敏", "13700000004", nil, "综合科", "财政局")
	o.linwei = o.person("linwei", "林伟", "13700000002", []account.Grant{{ID: "g1", Type: account.UnitGrant, Org: district.Code}}, "数据局")
	o.linweiCalls = account.Caller{Staff: o.linwei, Grants: []account.Grant{{ID: "g1", Type: account.UnitGrant, Org: district.Code}}}
	o.counter.Reset()
	return o
}

// unsent is a text service that takes texts and sends none.
type unsent struct{}

func (unsent) Send(context.Context, staff.Phone, string) error { return nil }

func (o *office) org(name string, kind staff.OrgType, parent staff.Org) staff.Org {
	o.Helper()
	c, err := staff.NewOrgCode(rand.Reader)
	if err != nil {
		o.Fatal(err)
	}
	org := staff.Org{Code: c, Name: name, Type: kind, Division: "330199", Order: len(o.orgs) + 1, Version: 1}.Under(parent)
	if err := o.store.LoadOrgs(o.Context(), []staff.Org{org}, staff.Orgs{}); err != nil {
		o.Fatal(err)
	}
	o.orgs[name] = org
	return org
}

func (o *office) person(name, full, phone string, grants []account.Grant, orgs ...string) staff.EmployeeCode {
	o.Helper()
	s := staff.Staff{Revision: 1, Version: 1, Name: full, Gender: "2", Employment: staff.InService, State: staff.Active}
	var err error
	if s.Code, err = staff.NewEmployeeCode(rand.Reader); err != nil {
		o.Fatal(err)
	}
	if s.Account, err = staff.ParseAccount(name); err != nil {
		o.Fatal(err)
	}
	if s.Phone, err = staff.ParsePhone(phone); err != nil {
		o.Fatal(err)
	}
	for i, org := range orgs {
		id, err := staff.NewPostID(rand.Reader)
		if err != nil {
			o.Fatal(err)
		}
		p := staff.Post{ID: id, Unit: o.orgs["财政局"].Code, Org: o.orgs[org].Code, JobType: staff.ConcurrentJob, Order: i + 1, Active: true}
		if org != "财政局" {
			p.Unit = o.orgs["数据局"].Code
		}
		if i == 0 {
			p.JobType = staff.MainJob
		}
		s.Posts = append(s.Posts, p)
	}
	err = o.store.Register(o.Context(), account.Person{Staff: s, Account: account.Account{Grants: grants, Epoch: 1, DeviceEpoch: 1}},
		audit.Entry{ID: name, At: o.now, Actor: s.Code, Subject: "test", Action: "add"})
	if err != nil {
		o.Fatal(err)
	}
	return s.Code
}

// read is the person as 林伟 sees them.
func (o *office) read(c staff.EmployeeCode) admin.Target {
	o.Helper()
	t, err := o.opener().Run(o.Context(), o.linweiMay(account.StaffRead), c.String())
	if err != nil {
		o.Fatal(err)
	}
	return t
}

// linweiMay is 林伟 as one who holds p.
func (o *office) linweiMay(p account.Permission) account.Permitted {
	return first(o.linweiCalls.Permit(p))
}

func (o *office) opener() admin.LoadTarget {
	return admin.LoadTarget{Store: o.store, Keys: o.keys, Now: func() time.Time { return o.now }}
}

func (o *office) update(c staff.EmployeeCode, e admin.Edit) (admin.Updated, error) {
	t, err := o.edits.Load(context.Background(), o.linweiMay(account.StaffEdit), c.String(), e)
	if err != nil {
		return admin.Updated{}, err
	}
	return o.edits.Run(context.Background(), o.call, o.linweiMay(account.StaffEdit), t, e)
}

func set[T any](v T) optional.Value[T] { return optional.Value[T]{Set: true, Value: v} }

// completes is an edit that leaves nothing 待完善.
func (o *office) completes(s staff.Staff, level string) admin.Edit {
	e := admin.Edit{Version: s.Version, BudgetedPost: set("B"), JobLevel: set(level)}
	for _, p := range s.ActivePosts() {
		e.Posts = append(e.Posts, admin.PostEdit{ID: set(p.ID.String()), Role: set("R"), Title: set(level)})
	}
	return e
}

// partition is all items under a key.
func (o *office) partition(pk string) []map[string]types.AttributeValue {
	o.Helper()
	condition := "pk = :pk"
	out, err := o.db.Query(o.Context(), &dynamodb.QueryInput{
		TableName: &o.table, KeyConditionExpression: &condition,
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: pk}},
	})
	if err != nil {
		o.Fatal(err)
	}
	return out.Items
}

func code(err error) string {
	var f *fault.Error
	if err == nil {
		return "ok"
	}
	if !errors.As(err, &f) {
		return err.Error()
	}
	return f.Code
}

func TestUpdateInThreeTrips(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	before := o.read(o.zhangmin)
	const most = 3 // fewer, when the dictionaries are slow: the next trip does not wait for them
	for i := range 2 {
		o.counter.Reset()
		s := o.read(o.zhangmin).Staff
		o.counter.Reset()
		e := o.completes(s, []string{"J", "J2"}[i])
		e.Posts = append(e.Posts, admin.PostEdit{
			Unit: set(o.orgs["数据局"].Code.String()), Org: set(o.orgs["一组"].Code.String()), JobType: set("attached"), Role: set("R"), Order: set(3),
		})
		got, err := o.update(o.zhangmin, e)
		if err != nil || got != (admin.Updated{Posts: 3 + i, Complete: true, Version: s.Version + 1}) {
			t.Fatalf("%+v, %v", got, err)
		}
		if cost := o.counter.Cost(); cost.Trips > most {
			t.Errorf("%d trips, want %d: %v", cost.Trips, most, cost.Calls)
		}
	}

	now := o.read(o.zhangmin)
	if now.Staff.Revision != before.Staff.Revision+2 || len(now.Staff.Posts) != 4 || now.Staff.JobLevel != "J2" || now.Orgs.Name(now.Staff.Posts[2].Org) != "一组" {
		t.Errorf("%+v", now.Staff)
	}
	of, by := o.partition("AUDIT#OF#"+o.zhangmin.String()), o.partition("AUDIT#BY#"+o.linwei.String())
	if len(of) != 2 || len(by) != 3 { // and that 林伟 was registered
		t.Fatalf("%d and %d entries in the audit", len(of), len(by))
	}
	if entry := fmt.Sprint(of[0]); !strings.Contains(fmt.Sprint(of[0]["action"]), "update_staff") || entry == "" || len(of[0]["changes"].(*types.AttributeValueMemberL).Value) < 6 ||
		of[0]["source_ip"].(*types.AttributeValueMemberS).Value != o.call.Address {
		t.Errorf("audit: %v", of[0])
	}
}

func TestOfTwoAdministratorsOneWins(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := o.read(o.zhangmin).Staff
	edits := []admin.Edit{o.completes(s, "J"), o.completes(s, "J2")}
	for round := range 8 {
		for i := range edits {
			edits[i].Version = s.Version + int64(round)
		}
		var wait sync.WaitGroup
		got, errs := make([]admin.Updated, 2), make([]error, 2)
		for i := range 2 {
			wait.Go(func() { got[i], errs[i] = o.update(o.zhangmin, edits[i]) })
		}
		wait.Wait()
		winner := slices.Index(errs, nil)
		if winner < 0 || got[winner].Version != edits[0].Version+1 {
			t.Fatalf("round %d: %v %+v", round, errs, got)
		}
		var conflict *admin.Conflict
		if !errors.Is(errs[1-winner], fault.VersionConflict) || !errors.As(errs[1-winner], &conflict) {
			t.Fatalf("round %d: the other is told %v", round, errs[1-winner])
		}
		level := edits[winner].JobLevel.Value
		for _, at := range []staff.Staff{conflict.Current.Staff, o.read(o.zhangmin).Staff} {
			if at.Version != edits[0].Version+1 || at.JobLevel != level || at.Posts[0].Title != level || at.Posts[1].Title != level {
				t.Errorf("round %d: a mixture: %+v", round, at)
			}
		}
	}
	if n := len(o.partition("AUDIT#OF#" + o.zhangmin.String())); n != 8 {
		t.Errorf("%d entries in the audit of 8 edits", n)
	}
}

func TestUpdateMovesNames(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := o.read(o.zhangmin).Staff
	e := o.completes(s, "J")
	e.Phone, e.Account, e.Name = set("13700000099"), set("13700000099"), set("张闵")
	if _, err := o.update(o.zhangmin, e); err != nil {
		t.Fatal(err)
	}
	for pk, want := range map[string]int{
		"PHONE#+8613700000099": 1, "NAME#13700000099": 1, "PHONE#+8613700000004": 0, "NAME#zhangmin": 0,
	} {
		if got := len(o.partition(pk)); got != want {
			t.Errorf("%s: %d items", pk, got)
		}
	}
	p, err := o.store.Person(t.Context(), o.zhangmin)
	if err != nil || p.Account.Epoch != 2 || p.Account.DeviceEpoch != 2 || !slices.Equal(p.Staff.Pinyin.Syllables, []string{"张", "闵"}) {
		t.Errorf("%+v, %v", p, err)
	}

	// What is taken is refused, and nothing else of the edit happens.
	tests := []struct {
		name string
		edit func(*admin.Edit)
		want string
	}{
		{"another's phone", func(e *admin.Edit) { e.Phone, e.Account = set("13700000002"), set("free") }, "phone_taken"},
		{"another's account", func(e *admin.Edit) { e.Account = set("LinWei") }, "account_taken"},
		{"another's phone as account", func(e *admin.Edit) { e.Account = set("13700000002") }, "account_taken"},
		{"nobody's phone as account", func(e *admin.Edit) { e.Account = set("13700000055") }, "field_invalid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := o.read(o.zhangmin).Staff
			e := o.completes(before, "J2")
			tt.edit(&e)
			if _, err := o.update(o.zhangmin, e); code(err) != tt.want {
				t.Errorf("%v", err)
			}
			if after := o.read(o.zhangmin).Staff; fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("changed all the same: %+v", after)
			}
		})
	}

	free := o.completes(o.read(o.zhangmin).Staff, "J")
	free.Account = set("zhangmin") // its own again
	if _, err := o.update(o.zhangmin, free); err != nil {
		t.Error(err)
	}
	p, err = o.store.Person(t.Context(), o.zhangmin)
	if err != nil || p.Account.Epoch != 2 {
		t.Errorf("a new account ends sessions: %+v, %v", p.Account, err)
	}
}

// between lets something happen after the person was read.
type between struct {
	*dynamo.Store
	happens func()
}

func (b *between) Change(ctx context.Context, c admin.Change) error {
	if b.happens != nil {
		happens := b.happens
		b.happens = nil
		happens()
	}
	return b.Store.Change(ctx, c)
}

func TestUpdateWhenTheWorldMovesOn(t *testing.T) {
	t.Parallel()
	put := func(o *office, org staff.Org) {
		if err := o.store.LoadOrgs(o.Context(), []staff.Org{org}, staff.Orgs{}); err != nil {
			o.Error(err)
		}
	}
	tests := []struct {
		name    string
		edit    func(*office, *admin.Edit)
		happens func(*office)
		want    string
	}{
		{"nothing", nil, nil, "ok"},
		{"an activation", nil, func(o *office) {
			s := o.read(o.zhangmin).Staff
			now := s
			now.Revision++
			now.ActivatedAt = o.now
			if err := o.store.Change(o.Context(), admin.Change{Was: s, Now: now, Grants: -1, Audit: audit.Entry{ID: "x", Actor: s.Code, Subject: "x"}}); err != nil {
				o.Error(err)
			}
		}, "ok"},
		{"another edit", nil, func(o *office) {
			if _, err := o.update(o.zhangmin, o.completes(o.read(o.zhangmin).Staff, "J")); err != nil {
				o.Error(err)
			}
		}, "version_conflict"},
		{"a grant that covers more", func(o *office, e *admin.Edit) { e.Phone = set("13700000099") }, func(o *office) {
			s := "SET grants = :g"
			_, err := o.db.UpdateItem(o.Context(), &dynamodb.UpdateItemInput{
				TableName: &o.table, UpdateExpression: &s,
				Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "STAFF#" + o.zhangmin.String()}, "sk": &types.AttributeValueMemberS{Value: "ACCOUNT"}},
				ExpressionAttributeValues: map[string]types.AttributeValue{":g": &types.AttributeValueMemberL{Value: []types.AttributeValue{&types.AttributeValueMemberM{Value: map[string]types.AttributeValue{
					"id": &types.AttributeValueMemberS{Value: "g9"}, "type": &types.AttributeValueMemberS{Value: "super"}, "org": &types.AttributeValueMemberS{Value: o.orgs["临江区"].Code.String()},
				}}}}},
			})
			if err != nil {
				o.Error(err)
			}
		}, "permission_denied"},
		{"the organisation of a new post closes", func(o *office, e *admin.Edit) {
			e.Posts = append(e.Posts, admin.PostEdit{Unit: set(o.orgs["数据局"].Code.String()), Org: set(o.orgs["一组"].Code.String()), JobType: set("attached"), Role: set("R"), Order: set(3)})
		}, func(o *office) {
			org := o.orgs["一组"]
			org.Closed = true
			put(o, org)
		}, "org_closed"},
		{"an organisation that no new post is in closes", nil, func(o *office) {
			org := o.orgs["综合科"]
			org.Closed = true
			put(o, org)
		}, "ok"},
		{"what lies between a new post and its unit is a unit", func(o *office, e *admin.Edit) {
			e.Posts = append(e.Posts, admin.PostEdit{Unit: set(o.orgs["数据局"].Code.String()), Org: set(o.orgs["一组"].Code.String()), JobType: set("attached"), Role: set("R"), Order: set(3)})
		}, func(o *office) {
			org := o.orgs["综合科"]
			org.Type = staff.UnitOrg
			put(o, org)
		}, "field_invalid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			e := o.completes(o.read(o.zhangmin).Staff, "J2")
			if tt.edit != nil {
				tt.edit(o, &e)
			}
			b := &between{Store: o.store.Store}
			if tt.happens != nil {
				b.happens = func() { tt.happens(o) }
			}
			edits := o.edits
			edits.Store = b
			target, err := edits.Load(t.Context(), o.linweiMay(account.StaffEdit), o.zhangmin.String(), e)
			if err != nil {
				t.Fatal(err)
			}
			_, err = edits.Run(t.Context(), o.call, o.linweiMay(account.StaffEdit), target, e)
			if code(err) != tt.want {
				t.Errorf("%v", err)
			}
			if s := o.read(o.zhangmin).Staff; (s.JobLevel == "J2") != (tt.want == "ok") {
				t.Errorf("%s, but the record is %+v", tt.want, s)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	at := func(org string, kind account.GrantType, added ...account.Permission) account.Caller {
		return account.Caller{Staff: o.linwei, Grants: []account.Grant{{ID: "g", Type: kind, Org: o.orgs[org].Code, Added: added}}}
	}
	both := at("一组", account.UnitGrant)
	both.Grants = append(both.Grants, at("财政局", account.AuditGrant).Grants...)
	tests := []struct {
		name       string
		caller     account.Caller
		code       string
		permission account.Permission
		want       string
	}{
		{"in scope", at("数据局", account.UnitGrant), o.zhangmin.String(), account.StaffEdit, "ok"},
		{"through a concurrent post", at("财政局", account.UnitGrant), o.zhangmin.String(), account.StaffEdit, "ok"},
		{"out of sight", at("一组", account.UnitGrant), o.zhangmin.String(), account.StaffRead, "staff_missing"},
		{"nobody", at("临江区", account.SuperGrant), "GE_" + strings.Repeat("0", 32), account.StaffRead, "staff_missing"},
		{"no code at all", at("临江区", account.SuperGrant), "zhangmin", account.StaffRead, "staff_missing"},
		{"a permission held nowhere", at("临江区", account.AuditGrant), o.zhangmin.String(), account.StaffEdit, "permission_denied"},
		{"a permission held nowhere, for nobody", at("临江区", account.UnitGrant), "?", account.PIIReveal, "permission_denied"},
		{"in sight, but out of reach", both, o.zhangmin.String(), account.StaffEdit, "permission_denied"},
		{"a permission added", at("临江区", account.UnitGrant, account.PIIReveal), o.zhangmin.String(), account.PIIReveal, "ok"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o.counter.Reset()
			var got admin.Target
			by, err := tt.caller.Permit(tt.permission)
			if err == nil {
				got, err = o.opener().Run(t.Context(), by, tt.code)
			}
			if code(err) != tt.want {
				t.Errorf("%v", err)
			}
			if cost := o.counter.Cost(); cost.Trips > 2 || cost.Write > 0 {
				t.Errorf("%+v", cost)
			}
			if err == nil && (got.Staff.Name != "张敏" || got.Orgs.Name(got.Staff.Posts[0].Org) != "综合科") {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestOpenSaysWhoIsLocked(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := o.read(o.zhangmin)
	if s.Locked {
		t.Error("locked before anything happened")
	}
	guards := account.SignInLockKeys(o.keys, s.Staff)
	if len(guards) != 2 {
		t.Fatalf("%d names", len(guards))
	}
	for _, g := range guards {
		locked := account.Failures{Count: 5, First: o.now.Add(-time.Minute), LockedUntil: o.now.Add(time.Minute), Revision: 1}
		if _, err := o.store.SwapFailures(t.Context(), g, account.Failures{}, locked); err != nil {
			t.Fatal(err)
		}
		if !o.read(o.zhangmin).Locked {
			t.Error("a locked name does not lock")
		}
		o.now = o.now.Add(time.Minute)
		if o.read(o.zhangmin).Locked {
			t.Error("locked for ever")
		}
	}
}

func TestReveal(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	uc := admin.Reveal{Store: o.store, Now: func() time.Time { return o.now }, Random: rand.Reader}
	target := o.read(o.zhangmin)
	both := []string{"phone", "idCard"}
	tests := []struct {
		name    string
		in      admin.RevealInput
		want    string
		entries int
	}{
		{"no reason", admin.RevealInput{Fields: both, Reason: " "}, "field_invalid", 0},
		{"a reason too long", admin.RevealInput{Fields: both, Reason: strings.Repeat("因", 201)}, "field_invalid", 0},
		{"no fields", admin.RevealInput{Reason: "核实"}, "field_invalid", 0},
		{"a field that is not masked", admin.RevealInput{Fields: []string{"name"}, Reason: "核实"}, "field_invalid", 0},
		{"a field twice", admin.RevealInput{Fields: []string{"phone", "phone"}, Reason: "核实"}, "field_invalid", 0},
		{"both", admin.RevealInput{Fields: both, Reason: strings.Repeat("因", 200)}, "ok", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := uc.Run(t.Context(), o.call, o.linweiMay(account.StaffRead), target, tt.in)
			if code(err) != tt.want || (err == nil) != (got["phone"] == "+8613700000004") {
				t.Errorf("%v, %v", got, err)
			}
			if n := len(o.partition("AUDIT#OF#" + o.zhangmin.String())); n != tt.entries {
				t.Errorf("%d entries in the audit", n)
			}
		})
	}
	entry := fmt.Sprint(o.partition("AUDIT#OF#" + o.zhangmin.String()))
	if strings.Contains(entry, "13700000004") {
		t.Errorf("the audit holds what it guards: %s", entry)
	}

	// What cannot be audited is not shown.
	o.faults.Set(dynamotest.Fault{Kind: dynamotest.NotSent, Op: "TransactWriteItems", Attempts: dynamotest.Always})
	if got, err := uc.Run(t.Context(), o.call, o.linweiMay(account.StaffRead), target, admin.RevealInput{Fields: both, Reason: "核实"}); err == nil || got != nil {
		t.Errorf("%v, %v", got, err)
	}
}

func TestDictionaries(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	all, err := o.store.Dictionaries(t.Context())
	if err != nil || len(all) != 7 {
		t.Fatalf("%d entries, %v", len(all), err)
	}
	if all.Allows(staff.DictJobLevel, "J_OLD") || !all.Allows(staff.DictJobLevel, "J2") {
		t.Errorf("%+v", all)
	}
}
