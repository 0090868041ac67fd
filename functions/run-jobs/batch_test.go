package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

// batch makes a job about some people, as 陈静.
func (w *world) batch(action admin.StateAction, key string, names ...string) string {
	w.T.Helper()
	in := admin.BatchInput{Action: string(action), Reason: "整改"}
	for _, name := range names {
		in.People = append(in.People, w.Person(name).Staff.Code.String())
	}
	uc := admin.MakeBatch{Store: w.Store, Now: w.Now, Random: w.Random}
	id, err := uc.Run(context.Background(), audit.Call{Address: "192.0.2.7", ID: "req-1"}, w.Permit(w.caller, account.StaffBatch), in, admin.RequestKey{Key: key})
	w.must(err)
	return id
}

// results are what became of everybody.
func (w *world) results(id string) string {
	w.T.Helper()
	all, _, err := w.Store.JobResults(context.Background(), id, "", 100)
	w.must(err)
	text := ""
	for _, r := range all {
		text += fmt.Sprintln(r.Name, r.Outcome, r.Code, r.Changes)
	}
	return text
}

// Each action, done to the same people one after the other.
func TestBatch(t *testing.T) {
	w := start(t, false)
	for _, tt := range []struct {
		action admin.StateAction
		want   string
	}{
		{admin.Unlock, "王芳 refused state_conflict []\n周强 unchanged  []\n"},
		{admin.Freeze, "王芳 done  [{accountState pending frozen false}]\n周强 done  [{accountState active frozen false}]\n"},
		{admin.Freeze, "王芳 unchanged  []\n周强 unchanged  []\n"},
		{admin.Unfreeze, "王芳 done  [{accountState frozen pending false}]\n周强 done  [{accountState frozen active false}]\n"},
	} {
		id := w.batch(tt.action, string(tt.action)+fmt.Sprint(w.sequence), "wangfang", "zhouqiang")
		j := w.finish(id)
		if j.CurrentState() != jobs.Done || j.Done != 2 {
			t.Errorf("%s: %+v", tt.action, j)
		}
		if got := w.results(id); got != tt.want {
			t.Errorf("%s:\n%swant\n%s", tt.action, got, tt.want)
		}
	}
}

// Everybody leaves and comes back, sessions, grants, phone and ID card included; but for
// who has lost the phone to somebody else meanwhile.
func TestBatchOfLives(t *testing.T) {
	w := start(t, false)
	everybody := []string{"linwei", "wangfang", "zhangmin", "sunli", "zhouqiang"}
	w.Edit("zhouqiang", func(s *staff.Staff) { s.IDCard = "330199199003070018" })
	session := w.SignIn("zhouqiang", account.App)
	phone := w.Person("zhouqiang").Staff.Phone
	taken := w.Person("wangfang").Staff
	if j := w.finish(w.batch(admin.Leave, "leave", everybody...)); j.Done != 5 || j.Failed != 0 {
		t.Fatalf("%+v\n%s", j, w.results(j.ID))
	}
	if w.SignedIn(session) || len(w.Person("linwei").Account.Grants) > 0 {
		t.Error("a session or a grant outlived the account")
	}
	w.Edit("chenjing", func(s *staff.Staff) { s.Phone = taken.Phone })
	j := w.finish(w.batch(admin.Reinstate, "reinstate", everybody...))
	if j.Done != 5 || j.Failed != 1 || !strings.Contains(w.results(j.ID), "王芳 refused phone_taken") {
		t.Errorf("%+v\n%s", j, w.results(j.ID))
	}
	if s := w.Person("zhouqiang").Staff; s.Employment != staff.InService || s.Phone != phone || s.State != staff.Pending {
		t.Errorf("%+v", s)
	}
}

// Whatever call of a chunk fails, however it fails: delivered again until it is taken, the
// chunk has changed each person once, and each has a result.
func TestBatchFaults(t *testing.T) {
	w := start(t, false)
	for _, kind := range []dynamotest.Kind{dynamotest.AnswerLost, dynamotest.Conflict} {
		for call := 1; ; call++ {
			action, state := admin.Freeze, staff.Frozen
			if w.Person("zhouqiang").Staff.State == staff.Frozen {
				action, state = admin.Unfreeze, staff.Active
			}
			id := w.batch(action, fmt.Sprint(kind, call), "zhouqiang", "wangfang")
			was := w.Person("zhouqiang").Staff
			hits := w.deliverBroken(id, dynamotest.Fault{Kind: kind, Call: call})
			now, j := w.Person("zhouqiang").Staff, w.job(id)
			if now.State != state || now.Version != was.Version+1 || j.CurrentState() != jobs.Done || j.Done != 2 || j.Failed != 0 {
				t.Fatalf("%s in call %d: %+v %+v\n%s", kind, call, now, j, w.results(id))
			}
			if hits == 0 {
				break
			}
		}
	}
}
