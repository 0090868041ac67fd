package dynamo_test

import (
	"context"
	"crypto/rand"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/fault"
)

func TestRaiseRecovery(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	ticket := w.begin("zhangmin").Ticket

	first, err := w.raise(ticket)
	if err != nil || !first.New || first.State != account.RecoveryPending {
		t.Fatalf("%+v, %v", first, err)
	}
	who := w.code("zhangmin")
	want := account.RecoveryRequest{ID: first.ID, Staff: who, State: account.RecoveryPending, Reason: "换了手机号", Created: w.Clock, Expires: w.Clock.Add(7 * 24 * time.Hour)}
	if got := w.request(first.ID); !reflect.DeepEqual(got, want) {
		t.Errorf("request %+v, want %+v", got, want)
	}
	follower, err := w.Store.Ticket(t.Context(), first.Ticket)
	if err != nil || !reflect.DeepEqual(follower, account.Ticket{ID: first.Ticket, Purpose: account.ForRequest, Staff: who, Request: first.ID, Expires: w.Clock.Add(8 * 24 * time.Hour)}) {
		t.Errorf("recovery ticket %+v, %v", follower, err)
	}
	if got := w.keysOfKind("audit_of"); len(got) != 1 || !strings.Contains(got[0], who.String()) {
		t.Errorf("audit: %v", got)
	}
	if got := w.keysOfKind("audit_by"); len(got) != 0 {
		t.Errorf("the audit says that somebody did it for certain: %v", got)
	}

	w.Clock = w.Clock.Add(time.Minute)
	back := w.begin("zhangmin")
	if back.Request.ID != first.ID || back.State != account.RecoveryPending {
		t.Errorf("on coming back: %+v", back.Request)
	}
	second, err := w.raise(back.Ticket)
	if err != nil || second.New || second.ID != first.ID || second.State != account.RecoveryPending || second.Ticket == first.Ticket {
		t.Errorf("second: %+v, %v", second, err)
	}
	w.decide(first.ID, approve(w))
	if third, err := w.raise(back.Ticket); err != nil || third.ID != first.ID || third.State != account.RecoveryApproved {
		t.Errorf("once approved: %+v, %v", third, err)
	}
	for _, r := range []account.Raised{first, second} {
		if _, state, err := w.raising().Follow(t.Context(), w.Call, r.ID, r.Ticket.Reveal()); err != nil || state != account.RecoveryApproved {
			t.Errorf("follow: %s, %v", state, err)
		}
	}
	sender := account.SendCode{Store: w.Store, Keys: w.Keys, Settings: account.Defaults(), Now: w.Now, Random: rand.Reader}
	w.decide(first.ID, func(r *account.RecoveryRequest) { *r = want })
	if _, err := sender.Again(t.Context(), w.Call, first.Ticket.Reveal(), ""); !errors.Is(err, fault.TicketInvalid) {
		t.Errorf("a code before the approval: %v", err)
	}
}

func TestRaiseRecoveryDaily(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	morning, seen := w.Clock, map[string]bool{}
	for range 3 {
		r := w.raised("zhangmin")
		if !r.New || seen[r.ID] {
			t.Fatalf("%+v", r)
		}
		seen[r.ID] = true
		w.decide(r.ID, reject(w))
		if back := w.begin("zhangmin"); back.Request.ID != r.ID || back.State != account.RecoveryRejected {
			t.Errorf("rejected: %+v", back.Request)
		}
		w.Clock = w.Clock.Add(time.Hour)
	}
	var e *fault.Error
	if _, err := w.raise(w.begin("zhangmin").Ticket); !errors.As(err, &e) || e.Code != "rate_limited" || e.RetryAfter != 21*time.Hour {
		t.Errorf("the fourth: %v", err)
	}
	w.Clock = morning.Add(24 * time.Hour)
	if r := w.raised("zhangmin"); !r.New || seen[r.ID] {
		t.Errorf("the next day: %+v", r)
	}
	w.Clock = w.Clock.Add(7 * 24 * time.Hour)
	if back := w.begin("zhangmin"); back.Request.ID != "" {
		t.Errorf("expired, and still shown: %+v", back.Request)
	}
	if r := w.raised("zhangmin"); !r.New {
		t.Errorf("after one that nobody decided: %+v", r)
	}
}

func TestRaiseRecoveryAtOnce(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	const clients = 8
	tickets := make([]account.Secret, clients)
	for i := range tickets {
		tickets[i] = w.begin("zhangmin").Ticket
	}
	all := make([]account.Raised, clients)
	w.Overlap(func() {
		var wg sync.WaitGroup
		for i := range clients {
			wg.Go(func() {
				var err error
				if all[i], err = w.raise(tickets[i]); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
	made := 0
	for _, r := range all {
		if r.New {
			made++
		}
		if r.ID != all[0].ID {
			t.Errorf("requests %s and %s", r.ID, all[0].ID)
		}
		if _, _, err := w.raising().Follow(t.Context(), w.Call, r.ID, r.Ticket.Reveal()); err != nil {
			t.Errorf("follow: %v", err)
		}
	}
	if requests := w.keysOfKind("recovery"); made != 1 || len(requests) != 1 || len(w.keysOfKind("audit_of")) != 1 {
		t.Errorf("%d made, in the table %v", made, requests)
	}
	p, err := w.Store.Person(t.Context(), w.code("zhangmin"))
	if err != nil || p.Account.Recovery.Count != 1 || p.Account.Recovery.ID != all[0].ID {
		t.Errorf("mark %+v, %v", p.Account.Recovery, err)
	}
}

func TestRaiseRecoveryFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault dynamotest.Fault
		want  error
		made  int
	}{
		{"another transaction is faster", dynamotest.Fault{Kind: dynamotest.Conflict, Attempts: 2}, nil, 1},
		{"not sent at first", dynamotest.Fault{Kind: dynamotest.NotSent}, nil, 1},
		{"done, the answer lost", dynamotest.Fault{Kind: dynamotest.AnswerLost}, nil, 1},
		{"conflicts without end", dynamotest.Fault{Kind: dynamotest.Conflict, Attempts: dynamotest.Always}, fault.Unavailable, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newRecoveryWorld(t)
			ticket := w.begin("zhangmin").Ticket
			tt.fault.Op = "TransactWriteItems"
			w.Faults.Set(tt.fault)
			r, err := w.raise(ticket)
			if !errors.Is(err, tt.want) || err == nil && !r.New {
				t.Fatalf("%+v, %v, want %v", r, err, tt.want)
			}
			if w.Faults.Hits() == 0 {
				t.Error("the fault never struck")
			}
			w.Faults.Set()
			if got := w.keysOfKind("recovery"); len(got) != tt.made {
				t.Errorf("requests %v", got)
			}
			if again, err := w.raise(ticket); err != nil || again.New != (tt.made == 0) {
				t.Errorf("afterwards: %+v, %v", again, err)
			}
		})
	}
}

// TestRaiseRecoveryLate lets a password change come between reading and writing.
func TestRaiseRecoveryLate(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	ticket := w.begin("zhangmin").Ticket
	uc := w.raising()
	uc.Store = lateStore{w.Store.Store, func() { w.edit("zhangmin", func(p *account.Person) { p.Account.Epoch++ }) }}
	_, err := uc.Run(t.Context(), w.Call, account.RaiseRecoveryInput{Ticket: ticket.Reveal(), Reason: "换了手机号"})
	if !errors.Is(err, fault.TicketInvalid) || len(w.keysOfKind("recovery")) != 0 {
		t.Errorf("%v, %v", err, w.keysOfKind("recovery"))
	}
}

// lateStore does something just before a request is written.
type lateStore struct {
	*dynamo.Store
	before func()
}

func (s lateStore) RaiseRequest(ctx context.Context, was account.Account, r account.RaisedRequest) error {
	s.before()
	return s.Store.RaiseRequest(ctx, was, r)
}

func TestFollowRecovery(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	begun := w.Clock
	mine, others, entry := w.raised("zhangmin"), w.raised("zhouqiang"), w.begin("linwei").Ticket
	follow := func(id, ticket string) (account.RecoveryRequest, account.RecoveryState, error) {
		return w.raising().Follow(t.Context(), w.Call, id, ticket)
	}
	for name, tt := range map[string]struct {
		id, ticket string
		want       error
	}{
		"no ticket":                {mine.ID, "", fault.TicketInvalid},
		"an unknown ticket":        {mine.ID, "Jc4rV9pSx2GmQ7bKd0LhNwfjORS_6ilI8ihN5KXSc7T", fault.TicketInvalid},
		"another request's ticket": {mine.ID, others.Ticket.Reveal(), fault.TicketInvalid},
		"the ticket it began with": {mine.ID, entry.Reveal(), fault.TicketInvalid},
		"an unknown id":            {"hT5mZc0QvR2yXk8LsB4nJw", mine.Ticket.Reveal(), fault.NotFound},
		"an id not in the form":    {"1", mine.Ticket.Reveal(), fault.NotFound},
	} {
		if _, _, err := follow(tt.id, tt.ticket); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}

	if _, state, err := follow(mine.ID, mine.Ticket.Reveal()); err != nil || state != account.RecoveryPending {
		t.Errorf("%s, %v", state, err)
	}
	w.decide(mine.ID, reject(w))
	if r, state, err := follow(mine.ID, mine.Ticket.Reveal()); err != nil || state != account.RecoveryRejected || r.Rejection == "" || !r.Decided.Equal(w.Clock) {
		t.Errorf("%+v, %s, %v", r, state, err)
	}
	w.Clock = begun.Add(24 * time.Hour)
	if _, _, err := follow(mine.ID, mine.Ticket.Reveal()); !errors.Is(err, fault.TicketInvalid) {
		t.Errorf("a day after the decision: %v", err)
	}
	w.Clock = begun.Add(7 * 24 * time.Hour)
	if _, state, err := follow(others.ID, others.Ticket.Reveal()); err != nil || state != account.RecoveryExpired {
		t.Errorf("undecided: %s, %v", state, err)
	}
	w.Clock = begun.Add(8 * 24 * time.Hour)
	if _, _, err := follow(others.ID, others.Ticket.Reveal()); !errors.Is(err, fault.TicketInvalid) {
		t.Errorf("a day after that: %v", err)
	}
}
