package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/jobs"
)

// told is what the audit says of texts to somebody.
func (w *world) told(name string) string {
	w.T.Helper()
	log, err := w.Store.AuditEntries(context.Background(), admin.AuditRange{Of: w.Person(name).Staff.Code, To: w.Now().Add(time.Hour), Limit: 100})
	w.must(err)
	var states []string
	for _, e := range log.Entries {
		if e.Action == audit.Invite {
			states = append(states, e.Changes[0].New)
		}
	}
	return strings.Join(states, " ")
}

func TestInvite(t *testing.T) {
	w := start(t, false)
	for _, tt := range []struct {
		name    string
		refuse  error
		after   time.Duration
		want    string
		entries string
	}{
		{"the text is taken", nil, 0, "王芳 done", "sent"},
		{"within a minute", nil, 30 * time.Second, "王芳 refused code_too_soon", "not_sent sent"},
		{"it is refused", account.ErrSMSRefused, time.Minute, "王芳 failed sms_unavailable", "not_sent not_sent sent"},
		{"no answer", context.DeadlineExceeded, 0, "王芳 unknown", "unknown not_sent not_sent sent"},
	} {
		w.Pass(tt.after)
		w.Texts.Refuse(tt.refuse)
		j := w.finish(w.batch(admin.JobInvite, tt.name, "wangfang", "zhouqiang", "zhaolei", "sunli"))
		results := strings.ReplaceAll(strings.ReplaceAll(w.results(j.ID), "  []", ""), " []", "")
		if want := tt.want + "\n周强 refused already_active\n赵磊 refused state_conflict\n孙丽 refused state_conflict\n"; results != want || j.CurrentState() != jobs.Done {
			t.Errorf("%s: %+v\n%swant\n%s", tt.name, j, results, want)
		}
		if got := w.told("wangfang"); got != tt.entries {
			t.Errorf("%s: the audit says %s, want %s", tt.name, got, tt.entries)
		}
	}
	if n := w.Texts.Count(); n != 1 {
		t.Errorf("%d texts", n)
	}
}

// Whatever call of a chunk fails, however it fails, for once or until the worker gives up:
// delivered again until it is taken, the chunk has texted nobody twice, and what it says
// is so.
func TestInviteFaults(t *testing.T) {
	w := start(t, false)
	seen := map[string]int{}
	for _, fault := range []dynamotest.Fault{
		{Kind: dynamotest.AnswerLost}, {Kind: dynamotest.Conflict, Attempts: dynamotest.Always}, {Kind: dynamotest.NotSent, Attempts: dynamotest.Always},
		{Kind: dynamotest.AnswerLost, Attempts: dynamotest.Always},
	} {
		for call := 1; ; call++ {
			w.Pass(24 * time.Hour) // so that no count of texts is in the way
			id := w.batch(admin.JobInvite, fmt.Sprint(fault, call), "zhouqiang", "wangfang")
			texts, entries := w.Texts.Count(), w.told("wangfang")
			fault.Call = call
			hits := w.deliverBroken(id, fault)
			texts, entries = w.Texts.Count()-texts, strings.TrimSpace(strings.TrimSuffix(w.told("wangfang"), entries))
			var result string
			for _, line := range strings.Split(w.results(id), "\n") {
				if rest, ok := strings.CutPrefix(line, "王芳 "); ok {
					result = strings.TrimSpace(strings.TrimSuffix(rest, "[]"))
				}
			}
			seen[result]++
			want, ok := map[string]string{"done": "1 sent", "unknown": "0 unknown 1 unknown", "failed unavailable": "0 not_sent"}[result]
			if got := fmt.Sprint(texts, " ", entries); !ok || !strings.Contains(want, got) {
				t.Errorf("%s in call %d: %q, but %s", fault.Kind, call, result, got)
			}
			if hits == 0 {
				break
			}
		}
	}
	if seen["done"] == 0 || seen["unknown"] == 0 || seen["failed unavailable"] == 0 {
		t.Errorf("%v", seen)
	}
}
