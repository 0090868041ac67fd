package dynamo_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// held is what an organisation of the register holds.
func (w *recordWorld) held(name string) string {
	w.Helper()
	for _, item := range w.Partition("ORG#" + w.orgs[name].Code.String()) {
		if item["sk"].(*types.AttributeValueMemberS).Value == "HOLDS" {
			n := func(name string) string { return item[name].(*types.AttributeValueMemberN).Value }
			_, closed := item["closed"]
			return fmt.Sprintf("%s %s %t", n("posts"), n("children"), closed)
		}
	}
	return "nothing is kept"
}

func (w *recordWorld) wantHeld(what string, want map[string]string) {
	w.Helper()
	for name, holds := range want {
		if got := w.held(name); got != holds {
			w.Errorf("%s: %s holds %s, want %s", what, name, got, holds)
		}
	}
}

// What organisations hold follows every change of posts, whatever becomes of
// the call.
func TestHolds(t *testing.T) {
	t.Parallel()
	for _, f := range []dynamotest.Fault{{}, {Kind: dynamotest.AnswerLost, Op: "TransactWriteItems"}, {Kind: dynamotest.Conflict, Op: "TransactWriteItems"}} {
		t.Run(fmt.Sprint(f.Kind), func(t *testing.T) {
			t.Parallel()
			w := newRecordWorld(t)
			w.wantHeld("before", map[string]string{"临江区": "0 2 false", "数据局": "1 1 false", "综合科": "1 1 false", "一组": "0 0 false", "财政局": "1 0 false"})
			s := w.read(w.zhangmin).Staff
			e := w.completes(s, "J")
			e.Posts[0].Org = set(w.orgs["一组"].Code.String()) // moved
			e.Posts = append(e.Posts[:1], admin.PostEdit{    // added
				Unit: set(w.orgs["数据局"].Code.String()), Org: set(w.orgs["数据局"].Code.String()), JobType: set("attached"), Role: set("R"), Order: set(3),
			})
			e.Removed = []string{s.Posts[1].ID.String()}
			w.Faults.Set(f)
			if _, err := w.update(w.zhangmin, e); err != nil {
				t.Fatal(err)
			}
			w.Faults.Set()
			w.wantHeld("an edit", map[string]string{"数据局": "2 1 false", "综合科": "0 1 false", "一组": "1 0 false", "财政局": "0 0 false"})

			states := admin.ChangeState{Store: w.Store, Dictionaries: w.edits.Dictionaries, Keys: w.Keys, Now: w.edits.Now, Random: w.edits.Random}
			for _, step := range []struct {
				action admin.StateAction
				want   map[string]string
			}{
				{admin.Leave, map[string]string{"数据局": "1 1 false", "一组": "0 0 false"}},
				{admin.Reinstate, map[string]string{"数据局": "1 1 false", "一组": "1 0 false"}},
				{admin.Freeze, map[string]string{"数据局": "1 1 false", "一组": "1 0 false"}},
			} {
				w.Faults.Set(f)
				if _, err := states.Run(t.Context(), w.Call, w.linweiMay(account.StaffEdit), w.read(w.zhangmin), admin.StateInput{Action: step.action, Reason: "调整"}); err != nil {
					t.Fatal(err)
				}
				w.Faults.Set()
				w.wantHeld(string(step.action), step.want)
			}
		})
	}
}

// Into a closed organisation nothing comes, through whichever door; out of it
// nothing has to.
func TestHoldsNothingOnceClosed(t *testing.T) {
	t.Parallel()
	w := newRecordWorld(t)
	shut := w.orgs["一组"]
	shut.Closed = true
	if err := w.Store.LoadOrgs(t.Context(), []staff.Org{shut}, nil); err != nil {
		t.Fatal(err)
	}
	p, err := w.Store.Person(t.Context(), w.zhangmin)
	if err != nil {
		t.Fatal(err)
	}
	now := p.Staff.Clone()
	now.Posts[0].Org = shut.Code
	now.Revision++
	entry := func(id string) audit.Entry { return audit.Entry{ID: id, Actor: w.linwei, Subject: "x"} }
	if err := w.Store.Change(t.Context(), admin.Change{Was: p.Staff, Now: now, Grants: -1, Audit: entry("a")}); !errors.Is(err, fault.OrgClosed) {
		t.Errorf("a post is moved there: %v", err)
	}
	if err := w.Store.ChangeState(t.Context(), admin.StateChange{Was: p.Staff, Now: now, Audit: entry("b")}); !errors.Is(err, fault.OrgClosed) {
		t.Errorf("a post is reopened there: %v", err)
	}
	fresh := p
	fresh.Staff = now.Clone()
	fresh.Staff.Code, _ = staff.NewEmployeeCode(w.edits.Random)
	fresh.Staff.Account, _ = staff.ParseAccount("fresh")
	fresh.Staff.Phone, _ = staff.ParsePhone("13700000088")
	if err := w.Store.Register(t.Context(), fresh, entry("c")); !errors.Is(err, fault.OrgClosed) {
		t.Errorf("somebody new comes there: %v", err)
	}
	w.wantHeld("then", map[string]string{"综合科": "1 1 false", "一组": "0 0 true"})
}

// Many come and go at once, and none is lost count of.
func TestHoldsManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newRecordWorld(t)
	errs := make([]error, 8)
	w.Overlap(func() {
		var wait sync.WaitGroup
		for i := range errs {
			wait.Go(func() {
				p, err := w.Store.Person(t.Context(), w.zhangmin)
				if err != nil {
					errs[i] = err
					return
				}
				p.Account.Grants = nil
				p.Staff.Code, _ = staff.NewEmployeeCode(w.edits.Random)
				p.Staff.Account, _ = staff.ParseAccount(fmt.Sprintf("many%d", i))
				p.Staff.Phone, _ = staff.ParsePhone(fmt.Sprintf("1380000000%d", i))
				errs[i] = w.Store.Register(t.Context(), p, audit.Entry{ID: fmt.Sprint("many", i), Actor: w.linwei, Subject: "x"})
			})
		}
		wait.Wait()
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	w.wantHeld("nine", map[string]string{"综合科": "9 1 false", "财政局": "9 0 false"})
}
