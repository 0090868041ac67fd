package dynamo_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

func TestUpdateInThreeTrips(t *testing.T) {
	t.Parallel()
	w := newRecordWorld(t)
	before := w.read(w.zhangmin)
	const most = 3 // fewer, when the dictionaries are slow: the next trip does not wait for them
	for i := range 2 {
		w.Counter.Reset()
		s := w.read(w.zhangmin).Staff
		w.Counter.Reset()
		e := w.completes(s, []string{"J", "J2"}[i])
		e.Posts = append(e.Posts, admin.PostEdit{
			Unit: set(w.orgs["数据局"].Code.String()), Org: set(w.orgs["一组"].Code.String()), JobType: set("attached"), Role: set("R"), Order: set(3),
		})
		got, err := w.update(w.zhangmin, e)
		if len(got.Changes) == 0 {
			t.Error("nothing has changed")
		}
		got.Changes = nil
		if err != nil || !reflect.DeepEqual(got, admin.Updated{Posts: 3 + i, Complete: true, Version: s.Version + 1}) {
			t.Fatalf("%+v, %v", got, err)
		}
		if cost := w.Counter.Cost(); cost.Trips > most {
			t.Errorf("%d trips, want %d: %v", cost.Trips, most, cost.Calls)
		}
	}

	now := w.read(w.zhangmin)
	if now.Staff.Revision != before.Staff.Revision+2 || len(now.Staff.Posts) != 4 || now.Staff.JobLevel != "J2" || now.Orgs.Name(now.Staff.Posts[2].Org) != "一组" {
		t.Errorf("%+v", now.Staff)
	}
	of, by := w.Partition("AUDIT#OF#"+w.zhangmin.String()), w.Partition("AUDIT#BY#"+w.linwei.String())
	if len(of) != 2 || len(by) != 3 { // and that 林伟 was registered
		t.Fatalf("%d and %d entries in the audit", len(of), len(by))
	}
	if entry := fmt.Sprint(of[0]); !strings.Contains(fmt.Sprint(of[0]["action"]), "update_staff") || entry == "" || len(of[0]["changes"].(*types.AttributeValueMemberL).Value) < 6 ||
		of[0]["source_ip"].(*types.AttributeValueMemberS).Value != w.Call.Address {
		t.Errorf("audit: %v", of[0])
	}
}

func TestOfTwoAdministratorsOneWins(t *testing.T) {
	t.Parallel()
	w := newRecordWorld(t)
	s := w.read(w.zhangmin).Staff
	edits := []admin.Edit{w.completes(s, "J"), w.completes(s, "J2")}
	for round := range 8 {
		for i := range edits {
			edits[i].Version = s.Version + int64(round)
			edits[i].HomeAddress = set(fmt.Sprintf("%d号%d室", round, i)) // so that each of them changes something
		}
		got, errs := make([]admin.Updated, 2), make([]error, 2)
		w.Overlap(func() {
			var wait sync.WaitGroup
			for i := range 2 {
				wait.Go(func() { got[i], errs[i] = w.update(w.zhangmin, edits[i]) })
			}
			wait.Wait()
		})
		winner := slices.Index(errs, nil)
		if winner < 0 || got[winner].Version != edits[0].Version+1 {
			t.Fatalf("round %d: %v %+v", round, errs, got)
		}
		var conflict *admin.Conflict
		if !errors.Is(errs[1-winner], fault.VersionConflict) || !errors.As(errs[1-winner], &conflict) {
			t.Fatalf("round %d: the other is told %v", round, errs[1-winner])
		}
		level := edits[winner].JobLevel.Value
		for _, at := range []staff.Staff{conflict.Current.Staff, w.read(w.zhangmin).Staff} {
			if at.Version != edits[0].Version+1 || at.JobLevel != level || at.Posts[0].Title != level || at.Posts[1].Title != level {
				t.Errorf("round %d: a mixture: %+v", round, at)
			}
		}
	}
	if n := len(w.Partition("AUDIT#OF#" + w.zhangmin.String())); n != 8 {
		t.Errorf("%d entries in the audit of 8 edits", n)
	}
}

func TestUpdateMovesNames(t *testing.T) {
	t.Parallel()
	w := newRecordWorld(t)
	s := w.read(w.zhangmin).Staff
	e := w.completes(s, "J")
	e.Phone, e.Account, e.Name = set("13700000099"), set("13700000099"), set("张闵")
	if _, err := w.update(w.zhangmin, e); err != nil {
		t.Fatal(err)
	}
	for pk, want := range map[string]int{
		"PHONE#+8613700000099": 1, "NAME#13700000099": 1, "PHONE#+8613700000004": 0, "NAME#zhangmin": 0,
	} {
		if got := len(w.Partition(pk)); got != want {
			t.Errorf("%s: %d items", pk, got)
		}
	}
	p, err := w.Store.Person(t.Context(), w.zhangmin)
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
			before := w.read(w.zhangmin).Staff
			e := w.completes(before, "J2")
			tt.edit(&e)
			if _, err := w.update(w.zhangmin, e); errorCode(err) != tt.want {
				t.Errorf("%v", err)
			}
			if after := w.read(w.zhangmin).Staff; fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("changed all the same: %+v", after)
			}
		})
	}

	free := w.completes(w.read(w.zhangmin).Staff, "J")
	free.Account = set("zhangmin") // its own again
	if _, err := w.update(w.zhangmin, free); err != nil {
		t.Error(err)
	}
	p, err = w.Store.Person(t.Context(), w.zhangmin)
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
	put := func(w *recordWorld, org staff.Org) {
		if err := w.Store.LoadOrgs(w.Context(), []staff.Org{org}, staff.Orgs{}); err != nil {
			w.Error(err)
		}
	}
	tests := []struct {
		name    string
		edit    func(*recordWorld, *admin.Edit)
		happens func(*recordWorld)
		want    string
	}{
		{"nothing", nil, nil, "ok"},
		{"an activation", nil, func(w *recordWorld) {
			s := w.read(w.zhangmin).Staff
			now := s
			now.Revision++
			now.ActivatedAt = w.Now()
			if err := w.Store.Change(w.Context(), admin.Change{Was: s, Now: now, Grants: -1, Audit: audit.Entry{ID: "x", Actor: s.Code, Subject: "x"}}); err != nil {
				w.Error(err)
			}
		}, "ok"},
		{"another edit", nil, func(w *recordWorld) {
			if _, err := w.update(w.zhangmin, w.completes(w.read(w.zhangmin).Staff, "J")); err != nil {
				w.Error(err)
			}
		}, "version_conflict"},
		{"a grant that covers more", func(w *recordWorld, e *admin.Edit) { e.Phone = set("13700000099") }, func(w *recordWorld) {
			_, err := w.Items.UpdateItem(w.Context(), table.Update{Key: table.AccountKey(w.zhangmin), Expression: "SET grants = :g", Values: table.Values{
				":g": []any{map[string]any{"id": "g9", "type": "super", "org": w.orgs["临江区"].Code.String()}},
			}})
			if err != nil {
				w.Error(err)
			}
		}, "permission_denied"},
		{"the organisation of a new post closes", func(w *recordWorld, e *admin.Edit) {
			e.Posts = append(e.Posts, admin.PostEdit{Unit: set(w.orgs["数据局"].Code.String()), Org: set(w.orgs["一组"].Code.String()), JobType: set("attached"), Role: set("R"), Order: set(3)})
		}, func(w *recordWorld) {
			org := w.orgs["一组"]
			org.Closed = true
			put(w, org)
		}, "org_closed"},
		{"an organisation that no new post is in closes", nil, func(w *recordWorld) {
			org := w.orgs["综合科"]
			org.Closed = true
			put(w, org)
		}, "ok"},
		{"what lies between a new post and its unit is a unit", func(w *recordWorld, e *admin.Edit) {
			e.Posts = append(e.Posts, admin.PostEdit{Unit: set(w.orgs["数据局"].Code.String()), Org: set(w.orgs["一组"].Code.String()), JobType: set("attached"), Role: set("R"), Order: set(3)})
		}, func(w *recordWorld) {
			org := w.orgs["综合科"]
			org.Type = staff.UnitOrg
			put(w, org)
		}, "field_invalid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newRecordWorld(t)
			e := w.completes(w.read(w.zhangmin).Staff, "J2")
			if tt.edit != nil {
				tt.edit(w, &e)
			}
			b := &between{Store: w.Store.Store}
			if tt.happens != nil {
				b.happens = func() { tt.happens(w) }
			}
			edits := w.edits
			edits.Store = b
			target, err := edits.Load(t.Context(), w.linweiMay(account.StaffEdit), w.zhangmin.String(), e)
			if err != nil {
				t.Fatal(err)
			}
			_, err = edits.Run(t.Context(), w.Call, w.linweiMay(account.StaffEdit), target, e)
			if errorCode(err) != tt.want {
				t.Errorf("%v", err)
			}
			if s := w.read(w.zhangmin).Staff; (s.JobLevel == "J2") != (tt.want == "ok") {
				t.Errorf("%s, but the record is %+v", tt.want, s)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	w := newRecordWorld(t)
	at := func(org string, kind account.GrantType, added ...account.Permission) account.Caller {
		return account.Caller{Staff: w.linwei, Grants: []account.Grant{{ID: "g", Type: kind, Org: w.orgs[org].Code, Added: added}}}
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
		{"in scope", at("数据局", account.UnitGrant), w.zhangmin.String(), account.StaffEdit, "ok"},
		{"through a concurrent post", at("财政局", account.UnitGrant), w.zhangmin.String(), account.StaffEdit, "ok"},
		{"out of sight", at("一组", account.UnitGrant), w.zhangmin.String(), account.StaffRead, "staff_missing"},
		{"nobody", at("临江区", account.SuperGrant), "GE_" + strings.Repeat("0", 32), account.StaffRead, "staff_missing"},
		{"no code at all", at("临江区", account.SuperGrant), "zhangmin", account.StaffRead, "staff_missing"},
		{"a permission held nowhere", at("临江区", account.AuditGrant), w.zhangmin.String(), account.StaffEdit, "permission_denied"},
		{"a permission held nowhere, for nobody", at("临江区", account.UnitGrant), "?", account.PIIReveal, "permission_denied"},
		{"in sight, but out of reach", both, w.zhangmin.String(), account.StaffEdit, "permission_denied"},
		{"a permission added", at("临江区", account.UnitGrant, account.PIIReveal), w.zhangmin.String(), account.PIIReveal, "ok"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.Counter.Reset()
			var got admin.Target
			by, err := tt.caller.Permit(tt.permission)
			if err == nil {
				got, err = w.loadTarget().Run(t.Context(), by, tt.code)
			}
			if errorCode(err) != tt.want {
				t.Errorf("%v", err)
			}
			if cost := w.Counter.Cost(); cost.Trips > 2 || cost.Write > 0 {
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
	w := newRecordWorld(t)
	s := w.read(w.zhangmin)
	if s.Locked {
		t.Error("locked before anything happened")
	}
	guards := account.SignInLockKeys(w.Keys, s.Staff)
	if len(guards) != 2 {
		t.Fatalf("%d names", len(guards))
	}
	for _, g := range guards {
		locked := account.Failures{Count: 5, First: w.Now().Add(-time.Minute), LockedUntil: w.Now().Add(time.Minute), Revision: 1}
		if _, err := w.Store.SwapFailures(t.Context(), g, account.Failures{}, locked); err != nil {
			t.Fatal(err)
		}
		if !w.read(w.zhangmin).Locked {
			t.Error("a locked name does not lock")
		}
		w.Clock = w.Clock.Add(time.Minute)
		if w.read(w.zhangmin).Locked {
			t.Error("locked for ever")
		}
	}
}

func TestReveal(t *testing.T) {
	t.Parallel()
	w := newRecordWorld(t)
	uc := admin.Reveal{Store: w.Store, Keys: w.Keys, Now: w.Now, Random: rand.Reader}
	target := w.read(w.zhangmin)
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
			got, err := uc.Run(t.Context(), w.Call, w.linweiMay(account.StaffRead), target, tt.in)
			if errorCode(err) != tt.want || (err == nil) != (got["phone"] == "+8613700000004") {
				t.Errorf("%v, %v", got, err)
			}
			if n := len(w.Partition("AUDIT#OF#" + w.zhangmin.String())); n != tt.entries {
				t.Errorf("%d entries in the audit", n)
			}
		})
	}
	entry := fmt.Sprint(w.Partition("AUDIT#OF#" + w.zhangmin.String()))
	if strings.Contains(entry, "13700000004") {
		t.Errorf("the audit holds what it guards: %s", entry)
	}

	// What cannot be audited is not shown.
	w.Faults.Set(dynamotest.Fault{Kind: dynamotest.NotSent, Op: "TransactWriteItems", Attempts: dynamotest.Always})
	if got, err := uc.Run(t.Context(), w.Call, w.linweiMay(account.StaffRead), target, admin.RevealInput{Fields: both, Reason: "核实"}); err == nil || got != nil {
		t.Errorf("%v, %v", got, err)
	}
}

func TestDictionaries(t *testing.T) {
	t.Parallel()
	w := newRecordWorld(t)
	all, err := w.Store.Dictionaries(t.Context())
	if err != nil || len(all) != 7 {
		t.Fatalf("%d entries, %v", len(all), err)
	}
	if all.Allows(staff.DictJobLevel, "J_OLD") || !all.Allows(staff.DictJobLevel, "J2") {
		t.Errorf("%+v", all)
	}
}
