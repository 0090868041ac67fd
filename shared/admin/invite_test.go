package admin_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/account/accounttest"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

// post is where invitations of a desk are sent from: a clock that waiting moves, the
// counts of texts, and the carrier.
type post struct {
	*desk
	counts   *accounttest.Store
	settings account.Settings
	people   []account.Person // who are pending, as they were put

	real    bool // the clock is that of the bubble
	mu      sync.Mutex
	at      time.Time
	texts   map[string][]time.Time // when, by phone
	answers map[string]error       // of the carrier, by phone
}

func newPost(t *testing.T, pending int) *post {
	p := &post{desk: newDesk(t), counts: accounttest.New(), settings: account.Defaults(), at: admintest.Noon, texts: map[string][]time.Time{}, answers: map[string]error{}}
	for n := range pending {
		someone := admintest.NewPerson(1000+n, fmt.Sprintf("员工%02d", n), fmt.Sprintf("yuangong%02d", n), p.Section, p.Section)
		someone.Staff.State = staff.Pending
		p.people = append(p.people, someone)
	}
	p.put(p.people...)
	return p
}

func (p *post) clock() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.time()
}

func (p *post) time() time.Time {
	if p.real {
		return time.Now()
	}
	return p.at
}

func (p *post) wait(_ context.Context, d time.Duration) error {
	if p.real {
		time.Sleep(d)
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = p.at.Add(d)
	return nil
}

// Send implements account.Sender. What is refused is not sent; any other error is that of
// an answer that was lost.
func (p *post) Send(_ context.Context, to staff.Phone, _ string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.answers[to.E164()]
	if !errors.Is(err, account.ErrSMSRefused) {
		p.texts[to.E164()] = append(p.texts[to.E164()], p.time())
	}
	return err
}

// sent is how many texts somebody got.
func (p *post) sent(to account.Person) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.texts[to.Staff.Phone.E164()])
}

// invites is the worker of the post, which dies with m.
func (p *post) invites(m *mortal) jobs.RunJobs {
	store, counts := mortalStore{p.store, m}, mortalCounts{p.counts, m}
	invite := admin.Invite{
		Store: store, Notices: account.Notices{Store: counts, Sender: mortalSender{p, m}, Keys: p.keys, Settings: p.settings},
		Pace: account.Pace{Store: counts, Settings: p.settings, Now: p.clock, Wait: p.wait}, Keys: p.keys, Now: p.clock, Random: rand.Reader,
	}
	return jobs.RunJobs{Store: store, Kinds: map[string]jobs.Kind{admin.JobInvite: invite}, Now: p.clock, Random: rand.Reader}
}

// asked makes a job about people.
func (p *post) asked(people ...account.Person) string {
	p.Helper()
	id, err := p.batch(p.LinWei, admin.BatchInput{Action: admin.JobInvite, Reason: "上线", People: codesOf(people...)}, fmt.Sprint(p.clock(), codesOf(people...)))
	p.wants("making", err, "ok")
	return id
}

// finish does what is left of a job, as the stream and the time do, by workers that live.
// It returns the results by name.
func (p *post) finish(ctx context.Context, id string) map[string]string {
	p.Helper()
	for tries := 0; ; tries++ {
		j, err := p.store.Job(p.Context(), id)
		p.wants("reading the job", err, "ok")
		if !j.Unfinished() {
			break
		}
		if tries > 200 {
			p.Fatalf("no end: %+v", j)
		}
		if err := p.invites(nil).Run(ctx, id, j.Finished+1); err != nil {
			p.Fatal(err)
		}
		if now, _ := p.store.Job(p.Context(), id); now.Finished == j.Finished {
			p.wait(p.Context(), jobs.ChunkLease) // somebody dead has the chunk
		}
	}
	all, _, err := p.store.JobResults(p.Context(), id, "", 1000)
	p.wants("reading the results", err, "ok")
	results := map[string]string{}
	for _, r := range all {
		if _, twice := results[r.Staff.String()]; twice {
			p.Errorf("%s has two results", r.Name)
		}
		results[r.Staff.String()] = strings.TrimSpace(fmt.Sprint(r.Name, " ", r.Outcome, " ", r.Code))
	}
	return results
}

// entries are what the audit says of texts to somebody.
func (p *post) entries(of account.Person) (states []string) {
	for _, e := range p.store.Entries() {
		if e.Action == audit.Invite && e.Subject == audit.OfStaff(of.Staff.Code) {
			if e.Actor != p.LinWei.Staff.Code || e.Reason != "上线" || e.Call != p.call {
				p.Errorf("%+v", e)
			}
			states = append(states, e.Changes[0].New)
		}
	}
	return states
}

// Everybody has a result, and whoever gets no text a reason.
func TestInviteOutcomes(t *testing.T) {
	p := newPost(t, 9)
	nobody := admintest.NewPerson(77, "无此人", "nobody", p.Finance, p.Finance)
	change := func(n int, change func(*account.Person)) account.Person {
		change(&p.people[n])
		p.put(p.people[n])
		return p.people[n]
	}
	phone := func(n int) string { return p.people[n].Staff.Phone.E164() }
	elsewhere := change(0, func(a *account.Person) {
		a.Staff.Posts[0].Unit, a.Staff.Posts[0].Org = p.Province.Code, p.Province.Code
	})
	partly := change(1, func(a *account.Person) {
		second := a.Staff.Posts[0]
		a.Staff.Posts[0].Unit, a.Staff.Posts[0].Org = p.Province.Code, p.Province.Code
		second.ID, second.JobType = admintest.PostID(1101), staff.ConcurrentJob
		a.Staff.Posts = append(a.Staff.Posts, second)
	})
	frozen := change(2, func(a *account.Person) { a.Staff.State, a.Staff.FrozenFrom = staff.Frozen, staff.Pending })
	p.answers[phone(3)] = fmt.Errorf("no such number: %w", account.ErrSMSRefused)
	p.answers[phone(4)] = context.DeadlineExceeded
	if _, err := (account.Notices{Store: p.counts, Sender: p, Keys: p.keys, Settings: p.settings}).After(t.Context(), func() error { return nil }, account.Invitation, staff.EmployeeCode{}, p.people[5].Staff.Phone, p.clock()); err != nil {
		t.Fatal(err)
	}
	id := p.asked(append([]account.Person{p.ZhangMin, p.HeJing, p.LinWei, p.SunLi, nobody}, p.people...)...)
	got := p.finish(t.Context(), id)
	for _, tt := range []struct {
		who    account.Person
		result string
		texts  int
		audit  string
	}{
		{p.ZhangMin, "张敏 refused already_active", 0, "[]"},
		{p.HeJing, "何静 refused state_conflict", 0, "[]"},
		{p.LinWei, "林伟 refused already_active", 0, "[]"},
		{p.SunLi, "孙丽 done", 1, "[sent]"},
		{nobody, "refused staff_missing", 0, "[]"},
		{elsewhere, "refused staff_missing", 0, "[]"},
		{partly, "员工01 refused permission_denied", 0, "[]"},
		{frozen, "员工02 refused state_conflict", 0, "[]"},
		{p.people[3], "员工03 failed sms_unavailable", 0, "[not_sent]"},
		{p.people[4], "员工04 unknown", 1, "[unknown]"},
		{p.people[5], "员工05 refused code_too_soon", 1, "[not_sent]"},
		{p.people[6], "员工06 done", 1, "[sent]"},
	} {
		p.wants(tt.result, got[tt.who.Staff.Code.String()], tt.result)
		p.wants(tt.result+": texts", p.sent(tt.who), tt.texts)
		p.wants(tt.result+": audit", p.entries(tt.who), tt.audit)
	}
	j, _ := p.store.Job(t.Context(), id)
	p.wants("the job", []any{j.CurrentState(), j.Total, j.Done, j.Failed}, []any{jobs.Done, 14, 14, 10})

	// A text that was refused costs the person nothing, so another job sends one at once.
	delete(p.answers, phone(3))
	p.wants("again", p.finish(t.Context(), p.asked(p.people[3])), map[string]string{p.people[3].Staff.Code.String(): "员工03 done"})
}

// When the budget is spent, each of those left is told so; nothing waits.
func TestInviteWithoutBudget(t *testing.T) {
	p := newPost(t, 30)
	p.settings.SMSDailyBudget = 100 // an hour has a tenth of it
	var counts [2]int
	for _, result := range p.finish(t.Context(), p.asked(p.people...)) {
		if strings.HasSuffix(result, " done") {
			counts[0]++
		}
		if strings.HasSuffix(result, " refused sms_unavailable") {
			counts[1]++
		}
	}
	p.wants("sent, and not", counts, [2]int{10, 20})
}

// Whoever made the job must be allowed when a text is sent, and the person as they were
// judged.
func TestInviteJudgesAnew(t *testing.T) {
	owner := func(change func(*account.Person)) func(*post) {
		return func(p *post) {
			now := p.person(p.LinWei.Staff.Code)
			change(&now)
			p.put(now)
		}
	}
	person := func(change func(*staff.Staff)) func(*post) {
		return func(p *post) {
			now := p.person(p.people[0].Staff.Code)
			now.Staff.Revision++
			change(&now.Staff)
			p.put(now)
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*post)
		early  bool // also before the chunk begins
		want   string
		to     staff.Phone // who gets the text
	}{
		{"no grant any more", owner(func(a *account.Person) { a.Account.Grants = nil }), true, "refused permission_denied", staff.Phone{}},
		{"frozen", owner(func(a *account.Person) { a.Staff.State = staff.Frozen; a.Account.Epoch++ }), true, "refused permission_denied", staff.Phone{}},
		{"a new password", owner(func(a *account.Person) { a.Account.Epoch++ }), true, "done", admintest.Phone(1000)},
		{"activated", person(func(s *staff.Staff) { s.State = staff.Active }), true, "refused already_active", staff.Phone{}},
		{"left", person(func(s *staff.Staff) { s.Employment, s.Posts[0].Active = staff.Left, false }), true, "refused state_conflict", staff.Phone{}},
		{"another phone", person(func(s *staff.Staff) { s.Phone = admintest.Phone(4000) }), true, "done", admintest.Phone(4000)},
	} {
		for _, early := range []bool{true, false} {
			p := newPost(t, 1)
			id := p.asked(p.people[0])
			if early {
				tt.change(p)
			} else {
				p.store.Race(func() { tt.change(p) }) // the first write with conditions is the mark
			}
			got := p.finish(t.Context(), id)[p.people[0].Staff.Code.String()]
			p.wants(fmt.Sprintf("%s (early: %t)", tt.name, early), strings.TrimSpace(strings.TrimPrefix(got, "员工00")), tt.want)
			want := map[string]int{}
			if !tt.to.IsZero() {
				want[tt.to.E164()] = 1
			}
			texts := map[string]int{}
			for to, all := range p.texts {
				texts[to] = len(all)
			}
			p.wants(tt.name+": texts", texts, want)
		}
	}
}

// Workers that have no time for all of their people leave the rest to the next chunk, and
// the pace holds over all of them, although they work side by side.
func TestInviteLeavesTheRest(t *testing.T) {
	for _, tt := range []struct{ perSecond, least, most int }{ // chunks of both jobs
		{1, 24, 60}, {4, 8, 20}, {20, 4, 4},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPost(t, 80)
			p.settings.SMSPerSecond = tt.perSecond
			p.real = true
			var g errgroup.Group
			var chunks atomic.Int32
			for half := range slices.Chunk(p.people, 40) {
				id := p.asked(half...)
				g.Go(func() error {
					for {
						j, err := p.store.Job(t.Context(), id)
						if err != nil || !j.Unfinished() {
							return err
						}
						ctx, cancel := context.WithTimeout(t.Context(), 13*time.Second)
						defer cancel()
						if err := p.invites(nil).Run(ctx, id, j.Finished+1); err != nil {
							return err
						}
						if chunks.Add(1) > 1000 {
							return errors.New("no end")
						}
						time.Sleep(200 * time.Millisecond) // until the stream brings the next one
					}
				})
			}
			if err := g.Wait(); err != nil {
				t.Fatal(err)
			}
			var all []time.Time
			for _, who := range p.people {
				p.wants(who.Staff.Name, p.sent(who), 1)
				all = append(all, p.texts[who.Staff.Phone.E164()]...)
			}
			slices.SortFunc(all, time.Time.Compare)
			for i := tt.perSecond; i < len(all); i++ {
				if within := all[i].Sub(all[i-tt.perSecond]); within < time.Second {
					t.Errorf("%d a second: %d within %s", tt.perSecond, tt.perSecond+1, within)
				}
			}
			if n := int(chunks.Load()); n < tt.least || n > tt.most {
				t.Errorf("%d a second: %d chunks", tt.perSecond, n)
			}
		})
	}
}

// mortal is a worker's life: it ends at one of the calls that it makes, right before or
// right after it. Afterwards no call succeeds. Nil lives for ever.
type mortal struct {
	mu     sync.Mutex
	calls  int
	at     int
	after  bool
	once   bool // only this call fails, and the worker lives on
	reason error
	dead   bool
}

var errDead = errors.New("the worker is dead")

// call makes a call of the worker's.
func (m *mortal) call(do func() error) error {
	if m == nil {
		return do()
	}
	m.mu.Lock()
	m.calls++
	now := m.calls == m.at && m.at > 0
	if now && !m.after {
		m.dead = !m.once
	}
	dead := m.dead
	m.mu.Unlock()
	if dead || now && !m.after {
		return m.reason
	}
	err := do()
	if now {
		m.mu.Lock()
		m.dead = !m.once
		m.mu.Unlock()
		return m.reason
	}
	return err
}

// called makes a call that returns something.
func called[T any](m *mortal, do func() (T, error)) (v T, err error) {
	err = m.call(func() (err error) { v, err = do(); return err })
	return v, err
}

type mortalStore struct {
	*admintest.Store
	m *mortal
}

func (s mortalStore) Person(ctx context.Context, c staff.EmployeeCode) (account.Person, error) {
	return called(s.m, func() (account.Person, error) { return s.Store.Person(ctx, c) })
}

func (s mortalStore) Around(ctx context.Context, orgs []staff.OrgCode, keys []string) (staff.Orgs, []account.Failures, error) {
	var failures []account.Failures
	found, err := called(s.m, func() (found staff.Orgs, err error) {
		found, failures, err = s.Store.Around(ctx, orgs, keys)
		return found, err
	})
	return found, failures, err
}

func (s mortalStore) JobPeople(ctx context.Context, job string, from, n int) ([]staff.EmployeeCode, error) {
	return called(s.m, func() ([]staff.EmployeeCode, error) { return s.Store.JobPeople(ctx, job, from, n) })
}

func (s mortalStore) JobMarks(ctx context.Context, job string, people []staff.EmployeeCode) (map[staff.EmployeeCode]jobs.Result, error) {
	return called(s.m, func() (map[staff.EmployeeCode]jobs.Result, error) { return s.Store.JobMarks(ctx, job, people) })
}

func (s mortalStore) BeginText(ctx context.Context, by account.Caller, to staff.Staff, m jobs.Mark) error {
	return s.m.call(func() error { return s.Store.BeginText(ctx, by, to, m) })
}

func (s mortalStore) EndText(ctx context.Context, m jobs.Mark, e audit.Entry) error {
	return s.m.call(func() error { return s.Store.EndText(ctx, m, e) })
}

func (s mortalStore) ClaimChunk(ctx context.Context, job string, n int, worker string, now, until time.Time) (j jobs.Job, c jobs.Chunk, try int, err error) {
	err = s.m.call(func() (err error) { j, c, try, err = s.Store.ClaimChunk(ctx, job, n, worker, now, until); return err })
	return j, c, try, err
}

func (s mortalStore) FinishChunk(ctx context.Context, j jobs.Job, c jobs.Chunk, worker string, w jobs.Worked, now time.Time) error {
	return s.m.call(func() error { return s.Store.FinishChunk(ctx, j, c, worker, w, now) })
}

func (s mortalStore) ReleaseChunk(ctx context.Context, job string, n int, worker string) error {
	return s.m.call(func() error { return s.Store.ReleaseChunk(ctx, job, n, worker) })
}

type mortalCounts struct {
	*accounttest.Store
	m *mortal
}

func (s mortalCounts) ReserveForPhone(ctx context.Context, r account.Reservation, l account.SMSLimits) (account.Reservation, error) {
	return called(s.m, func() (account.Reservation, error) { return s.Store.ReserveForPhone(ctx, r, l) })
}

func (s mortalCounts) ReserveBudget(ctx context.Context, r account.Reservation, l account.SMSLimits) (account.Reservation, error) {
	return called(s.m, func() (account.Reservation, error) { return s.Store.ReserveBudget(ctx, r, l) })
}

func (s mortalCounts) ReleaseForPhone(ctx context.Context, r account.Reservation) error {
	return s.m.call(func() error { return s.Store.ReleaseForPhone(ctx, r) })
}

func (s mortalCounts) ReleaseBudget(ctx context.Context, r account.Reservation) error {
	return s.m.call(func() error { return s.Store.ReleaseBudget(ctx, r) })
}

func (s mortalCounts) ReservePace(ctx context.Context, stretch time.Duration, now, latest time.Time) (time.Time, error) {
	return called(s.m, func() (time.Time, error) { return s.Store.ReservePace(ctx, stretch, now, latest) })
}

type mortalSender struct {
	*post
	m *mortal
}

func (s mortalSender) Send(ctx context.Context, to staff.Phone, text string) error {
	return s.m.call(func() error { return s.post.Send(ctx, to, text) })
}

// A worker that dies at any call of the table or of the carrier, right before it or right
// after it, or to whom one call fails, texts nobody twice, and everybody has a result and,
// if they may have been texted, one entry. What the result says is so.
func TestInviteGoesOn(t *testing.T) {
	const people = 4
	seen := map[string]int{}
	for _, life := range []struct{ after, once bool }{{}, {after: true}, {once: true}, {once: true, after: true}} {
		reason := errDead
		if life.once {
			reason = fault.Unavailable.Because(errDead)
		}
		for at := 1; ; at++ {
			p := newPost(t, people)
			p.answers[p.people[1].Staff.Phone.E164()] = account.ErrSMSRefused
			id := p.asked(append([]account.Person{p.ZhangMin}, p.people...)...)
			m := &mortal{at: at, after: life.after, once: life.once, reason: reason}
			err := p.invites(m).Run(t.Context(), id, 1)
			if m.calls < at && err == nil {
				break // there is no such call
			}
			got := p.finish(t.Context(), id)
			what := fmt.Sprintf("call %d (after: %t, once: %t)", at, life.after, life.once)
			p.wants(what+": results", len(got), people+1)
			unknown := 0
			for _, who := range p.people {
				result := strings.TrimPrefix(got[who.Staff.Code.String()], who.Staff.Name+" ")
				seen[result]++
				texts, entries := p.sent(who), p.entries(who)
				possible := map[string]struct{ texts, entry string }{
					"done":                   {"1", "[sent]"},
					"unknown":                {"0 1", "[unknown]"},
					"failed sms_unavailable": {"0", "[not_sent]"},
					"failed unavailable":     {"0", "[not_sent]"},
					"failed internal":        {"0", "[not_sent]"},
					"refused code_too_soon":  {"0", "[not_sent]"},
				}
				is, ok := possible[result]
				if !ok || !strings.Contains(is.texts, fmt.Sprint(texts)) || fmt.Sprint(entries) != is.entry {
					t.Errorf("%s: %s is %q, got %d texts, %v", what, who.Staff.Name, result, texts, entries)
				}
				if result == "unknown" {
					unknown++
				}
			}
			if life.once && unknown > 1 {
				t.Errorf("%s: one fault makes %d unknown", what, unknown)
			}
			p.wants(what+": somebody active", got[p.ZhangMin.Staff.Code.String()], "张敏 refused already_active")
		}
	}
	for _, result := range []string{"done", "unknown", "failed sms_unavailable"} {
		if seen[result] == 0 {
			t.Errorf("nobody is ever %s", result)
		}
	}
}
