package dynamo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// recoveryWorld is a small register: 临江区数据局 with a section, whose unit
// administrator is 林伟, and 临江区财政局 without one; 陈静 is super on the root.
type recoveryWorld struct {
	*testing.T
	store   *Store
	counter *dynamotest.Counter
	faults  *dynamotest.Faults
	now     time.Time
	call    audit.Call
	keys    account.Keys

	root, district, data, section, finance, province staff.OrgCode
	people                                           map[string]account.Person // by account
	grants                                           int
}

func newRecoveryWorld(t *testing.T) *recoveryWorld {
	t.Helper()
	w := &recoveryWorld{
		T: t, counter: &dynamotest.Counter{Hold: dynamotest.SideBySide}, faults: dynamotest.NewFaults(), people: map[string]account.Person{},
		now:  time.Date(2040, 3, 2, 8, 0, 0, 0, time.UTC), // to come, or TTL takes the items away
		call: audit.Call{Address: "192.0.2.7", ID: "req-1"}, keys: account.Keys{Current: []byte("recovery test key")},
	}
	db, table := dynamotest.NewWith(t, w.counter.Option, w.faults.Option)
	w.store = Over(db, table, dynamotest.AtOnce)

	w.root = w.org("浙江省")
	w.province = w.org("省数据局", w.root)
	w.district = w.org("临江区", w.root)
	w.data = w.org("临江区数据局", w.root, w.district)
	w.section = w.org("综合科", w.root, w.district, w.data)
	w.finance = w.org("临江区财政局", w.root, w.district)

	w.person("chenjing", "陈静", staff.Active, w.post(staff.MainJob, w.province, w.province, "0571-80000001"))
	w.person("linwei", "林伟", staff.Active, w.post(staff.ConcurrentJob, w.finance, w.finance, "0571-80000009"), w.post(staff.MainJob, w.data, w.data, "0571-80000002"))
	w.person("wangfang", "王芳", staff.Pending, w.post(staff.MainJob, w.data, w.section, ""))
	w.person("zhangmin", "张敏", staff.Active, w.post(staff.ConcurrentJob, w.finance, w.finance, ""), w.post(staff.MainJob, w.data, w.section, ""))
	w.person("zhaolei", "赵磊", staff.Frozen, w.post(staff.MainJob, w.finance, w.finance, "0571-80000005"))
	w.person("sunli", "孙丽", staff.Active, w.post(staff.MainJob, w.data, w.data, "0571-80000006"))
	w.person("zhouqiang", "周强", staff.Active, w.post(staff.MainJob, w.finance, w.finance, ""))
	w.edit("sunli", func(p *account.Person) { p.Staff.Employment = staff.Left })
	w.grant("chenjing", account.SuperGrant, w.root)
	w.grant("linwei", account.UnitGrant, w.data)
	w.grant("zhaolei", account.UnitGrant, w.finance)
	w.grant("sunli", account.UnitGrant, w.data)
	w.grant("zhouqiang", account.AuditGrant, w.finance)
	w.counter.Reset()
	return w
}

func (w *recoveryWorld) put(item table.Item) {
	w.Helper()
	if err := w.store.table.PutItem(w.Context(), item, "", nil, nil); err != nil {
		w.Fatal(err)
	}
}

func (w *recoveryWorld) org(name string, above ...staff.OrgCode) staff.OrgCode {
	w.Helper()
	c, err := staff.NewOrgCode(rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	w.put(table.OrgToItem(staff.Org{Code: c, Name: name, Type: staff.UnitOrg, Path: append(slices.Clone(above), c)}))
	return c
}

func (w *recoveryWorld) post(j staff.JobType, unit, org staff.OrgCode, phone string) staff.Post {
	w.Helper()
	id, err := staff.NewPostID(rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	return staff.Post{ID: id, Unit: unit, Org: org, JobType: j, OfficePhone: phone, Active: true}
}

func (w *recoveryWorld) person(name, full string, state staff.AccountState, posts ...staff.Post) staff.EmployeeCode {
	w.Helper()
	c, err := staff.NewEmployeeCode(rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	login, err := staff.ParseAccount(name)
	if err != nil {
		w.Fatal(err)
	}
	phone, err := staff.ParsePhone(fmt.Sprintf("1370000%04d", len(w.people)+1))
	if err != nil {
		w.Fatal(err)
	}
	p := account.Person{
		Staff:   staff.Staff{Code: c, Name: full, Account: login, Phone: phone, Employment: staff.InService, State: state, Posts: posts},
		Account: account.Account{Password: "hash", Epoch: 4},
	}
	w.people[name] = p
	w.put(table.NameItem(table.AccountNameKey(login), c))
	w.put(table.NameItem(table.PhoneNameKey(phone), c))
	w.edit(name, func(*account.Person) {})
	return c
}

// edit changes a person as they are stored now.
func (w *recoveryWorld) edit(name string, change func(*account.Person)) {
	w.Helper()
	p, err := w.store.Person(w.Context(), w.code(name))
	if err != nil {
		w.Fatal(err)
	}
	if p.Staff.Code.IsZero() {
		p = w.people[name]
	}
	change(&p)
	w.put(table.StaffToItem(p.Staff))
	w.put(table.AccountToItem(p.Staff.Code, p.Account))
}

func (w *recoveryWorld) code(name string) staff.EmployeeCode { return w.people[name].Staff.Code }

func (w *recoveryWorld) grant(name string, t account.GrantType, org staff.OrgCode, added ...account.Permission) {
	w.Helper()
	w.grants++
	g := account.Grant{ID: fmt.Sprintf("grant%017d", w.grants), Type: t, Org: org, Added: added}
	w.put(table.AdminToItem(w.code(name), g))
	w.edit(name, func(p *account.Person) { p.Account.Grants = append(p.Account.Grants, g) })
}

func (w *recoveryWorld) clock() time.Time { return w.now }

func (w *recoveryWorld) options() account.RecoveryOptions {
	return account.RecoveryOptions{Store: w.store, Keys: w.keys, Settings: account.Defaults(), Now: w.clock, Random: rand.Reader}
}

func (w *recoveryWorld) raising() account.RaiseRecovery {
	return account.RaiseRecovery{Store: w.store, Keys: w.keys, Settings: account.Defaults(), Now: w.clock, Random: rand.Reader}
}

// begin is the first step of a recovery, for its ticket.
func (w *recoveryWorld) begin(name string) account.Recovery {
	w.Helper()
	r, err := w.options().Run(w.Context(), w.call, name, w.people[name].Staff.Name)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func (w *recoveryWorld) raise(t account.Secret) (account.Raised, error) {
	return w.raising().Run(w.Context(), w.call, account.RaiseRecoveryInput{Ticket: t.Reveal(), Reason: " 换了手机号 "})
}

func (w *recoveryWorld) raised(name string) account.Raised {
	w.Helper()
	r, err := w.raise(w.begin(name).Ticket)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

// decide changes a request as the administrators' side does.
func (w *recoveryWorld) decide(id string, change func(*account.RecoveryRequest)) {
	w.Helper()
	r := w.request(id)
	change(&r)
	w.put(table.RecoveryToItem(r))
}

func (w *recoveryWorld) request(id string) account.RecoveryRequest {
	w.Helper()
	r, err := w.store.RecoveryRequest(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func approve(w *recoveryWorld) func(*account.RecoveryRequest) {
	return func(r *account.RecoveryRequest) {
		r.State, r.Decided, r.Expires = account.RecoveryApproved, w.now, w.now.Add(24*time.Hour)
		r.Phone, r.Epoch = w.people["zhangmin"].Staff.Phone, 4
	}
}

func reject(w *recoveryWorld) func(*account.RecoveryRequest) {
	return func(r *account.RecoveryRequest) {
		r.State, r.Decided, r.Rejection = account.RecoveryRejected, w.now, "电话核实未能确认本人"
	}
}

// fewest is the least number of trips that do takes of a few times: on a busy
// machine, calls that are made at once may miss each other.
func (w *recoveryWorld) fewest(do func()) int {
	n := 100
	for range 10 {
		w.counter.Reset()
		do()
		n = min(n, w.counter.Cost().Trips)
	}
	return n
}

// items are the keys of all items of a kind, sorted.
func (w *recoveryWorld) items(kind string) []string {
	w.Helper()
	var keys []string
	pages := dynamodb.NewScanPaginator(w.store.table.DB, &dynamodb.ScanInput{
		TableName: &w.store.table.Name, FilterExpression: aws.String("kind = :kind"), ConsistentRead: aws.Bool(true),
		ExpressionAttributeValues: table.Values{":kind": kind}.AV(),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		for _, item := range page.Items {
			k := table.KeyOf(item)
			keys = append(keys, k.PK+" "+k.SK)
		}
	}
	slices.Sort(keys)
	return keys
}

func TestRecoveryOptions(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	lin := account.Contact{Name: "林伟", Unit: "临江区数据局", OfficePhone: "0571-80000002"}
	chen := account.Contact{Name: "陈静", Unit: "省数据局", OfficePhone: "0571-80000001"}
	tests := []struct {
		name, account, full string
		administrators      []account.Contact
	}{
		{"the unit's own, then the nearest above the other unit", "zhangmin", "张敏", []account.Contact{lin, chen}},
		{"by phone", "13700000004", "张 敏", []account.Contact{lin, chen}},
		{"frozen and auditing ones do not count", "zhouqiang", "周强", []account.Contact{chen}},
		{"neither does the person", "linwei", "林伟", []account.Contact{chen}},
		{"the only super has nobody", "chenjing", "陈静", []account.Contact{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := w.options().Run(t.Context(), w.call, tt.account, tt.full)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(r.Administrators, tt.administrators) {
				t.Errorf("administrators %+v, want %+v", r.Administrators, tt.administrators)
			}
			ticket, err := w.store.Ticket(t.Context(), r.Ticket)
			if err != nil || ticket.Purpose != account.ForRecovery || ticket.Epoch != 4 || ticket.Phone != r.Phone || ticket.Code != "" || !ticket.Expires.Equal(w.now.Add(30*time.Minute)) {
				t.Errorf("ticket %+v, %v", ticket, err)
			}
			if r.Request.ID != "" || r.State != "" {
				t.Errorf("request %+v of somebody who made none", r.Request)
			}
		})
	}
}

func TestRecoveryOptionsMostListed(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	for i := range 12 {
		name := fmt.Sprintf("clerk%d", i)
		w.person(name, name, staff.Active, w.post(staff.MainJob, w.data, w.section, ""))
		if i%2 == 0 { // what counts is the permission, not the kind of grant
			w.grant(name, account.AuditGrant, w.data, account.StaffEdit)
		} else {
			w.grant(name, account.UnitGrant, w.data)
			w.grant(name, account.UnitGrant, w.data, account.PIIReveal) // twice over, listed once
		}
	}
	r := w.begin("zhangmin")
	names := map[string]bool{}
	for _, a := range r.Administrators {
		names[a.Name] = true
	}
	if len(r.Administrators) != 10 || len(names) != 10 || names["陈静"] {
		t.Errorf("%+v", r.Administrators)
	}
	if n := w.fewest(func() { w.begin("zhangmin") }); n > 5 {
		t.Errorf("%d trips, though every unit is known", n)
	}
}

func TestRecoveryRefused(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	var usual map[string]int
	tests := []struct {
		name, account, full string
		want                error
	}{
		{"unknown account", "nobody", "张敏", fault.NameOrAccountWrong},
		{"no account at all", "张敏", "张敏", fault.NameOrAccountWrong},
		{"unknown phone", "13799999999", "张敏", fault.NameOrAccountWrong},
		{"another name", "zhangmin", "张明", fault.NameOrAccountWrong},
		{"left", "sunli", "孙丽", fault.NameOrAccountWrong},
		{"frozen", "zhaolei", "赵磊", fault.NameOrAccountWrong},
		{"pending, another name", "wangfang", "王方", fault.NameOrAccountWrong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.counter.Reset()
			_, err := w.options().Run(t.Context(), w.call, tt.account, tt.full)
			if !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			calls := w.counter.Cost().Calls
			if usual == nil {
				usual = calls
			}
			if !maps.Equal(calls, usual) {
				t.Errorf("calls %v, elsewhere %v: the work tells what was wrong", calls, usual)
			}
		})
	}
	if got := w.items("ticket"); len(got) != 0 {
		t.Errorf("tickets for nobody: %v", got)
	}
}

func TestRecoveryMisses(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	run := func(full string) error {
		_, err := w.options().Run(t.Context(), w.call, "wangfang", full)
		return err
	}
	for range 8 { // the right name is no miss
		if err := run("王芳"); !errors.Is(err, fault.NotActivated) {
			t.Fatalf("pending: %v", err)
		}
	}
	for i := range 5 {
		if err := run("王方"); !errors.Is(err, fault.NameOrAccountWrong) {
			t.Fatalf("miss %d: %v", i+1, err)
		}
	}
	var e *fault.Error
	if err := run("王芳"); !errors.As(err, &e) || e.Code != "rate_limited" || e.RetryAfter != 30*time.Minute {
		t.Errorf("after five misses: %v", err)
	}
	sender := account.SendCode{Store: w.store, Keys: w.keys, Settings: account.Defaults(), Now: w.clock, Random: rand.Reader}
	if _, err := sender.Activate(t.Context(), w.call, "wangfang", "王芳"); !errors.Is(err, fault.RateLimited) {
		t.Errorf("activation counts apart: %v", err)
	}
	w.call.Address = "192.0.2.8"
	if err := run("王芳"); !errors.Is(err, fault.NotActivated) {
		t.Errorf("from another address: %v", err)
	}
}

func TestRaiseRecovery(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	ticket := w.begin("zhangmin").Ticket

	first, err := w.raise(ticket)
	if err != nil || !first.New || first.State != account.RecoveryPending {
		t.Fatalf("%+v, %v", first, err)
	}
	who := w.code("zhangmin")
	want := account.RecoveryRequest{ID: first.ID, Staff: who, State: account.RecoveryPending, Reason: "换了手机号", Created: w.now, Expires: w.now.Add(7 * 24 * time.Hour)}
	if got := w.request(first.ID); got != want {
		t.Errorf("request %+v, want %+v", got, want)
	}
	follower, err := w.store.Ticket(t.Context(), first.Ticket)
	if err != nil || follower != (account.Ticket{ID: first.Ticket, Purpose: account.ForRequest, Staff: who, Request: first.ID, Expires: w.now.Add(8 * 24 * time.Hour)}) {
		t.Errorf("recovery ticket %+v, %v", follower, err)
	}
	for _, kind := range []string{"audit_of", "audit_by"} {
		if got := w.items(kind); len(got) != 1 || !strings.Contains(got[0], who.String()) {
			t.Errorf("%s: %v", kind, got)
		}
	}

	w.now = w.now.Add(time.Minute)
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
		if _, state, err := w.raising().Follow(t.Context(), w.call, r.ID, r.Ticket.Reveal()); err != nil || state != account.RecoveryApproved {
			t.Errorf("follow: %s, %v", state, err)
		}
	}
	sender := account.SendCode{Store: w.store, Keys: w.keys, Settings: account.Defaults(), Now: w.clock, Random: rand.Reader}
	w.decide(first.ID, func(r *account.RecoveryRequest) { *r = want })
	if _, err := sender.Again(t.Context(), w.call, first.Ticket.Reveal()); !errors.Is(err, fault.TicketInvalid) {
		t.Errorf("a code before the approval: %v", err)
	}
}

func TestRaiseRecoveryRefused(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	secret := func() account.Secret {
		s, err := account.NewSecret(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	other := account.Ticket{ID: secret(), Purpose: account.ForSignIn, Staff: w.code("zhangmin"), Phone: w.people["zhangmin"].Staff.Phone, Epoch: 4, Expires: w.now.Add(time.Hour)}
	if err := w.store.PutTicket(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	now := w.now
	good := w.begin("zhangmin").Ticket
	tests := []struct {
		name   string
		ticket account.Secret
		edit   func(*account.Person)
		after  time.Duration
	}{
		{"unknown", secret(), nil, 0},
		{"of a sign-in", other.ID, nil, 0},
		{"over", good, nil, 30 * time.Minute},
		{"from before a password", good, func(p *account.Person) { p.Account.Epoch++ }, 0},
		{"from before another phone", good, func(p *account.Person) { p.Staff.Phone = w.people["linwei"].Staff.Phone }, 0},
		{"frozen since", good, func(p *account.Person) { p.Staff.State = staff.Frozen }, 0},
		{"left since", good, func(p *account.Person) { p.Staff.Employment = staff.Left }, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.now = now.Add(tt.after)
			if tt.edit != nil {
				w.edit("zhangmin", tt.edit)
				defer w.edit("zhangmin", func(p *account.Person) { *p = w.people["zhangmin"] })
			}
			if _, err := w.raise(tt.ticket); !errors.Is(err, fault.TicketInvalid) {
				t.Errorf("%v", err)
			}
		})
	}
	w.now = now
	for name, in := range map[string]account.RaiseRecoveryInput{
		"no ticket":   {Reason: "换了手机号"},
		"no reason":   {Ticket: good.Reveal(), Reason: " \n"},
		"long reason": {Ticket: good.Reveal(), Reason: strings.Repeat("长", 201)},
	} {
		if _, err := w.raising().Run(t.Context(), w.call, in); !errors.Is(err, fault.FieldInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := w.items("recovery"); len(got) != 0 {
		t.Errorf("requests: %v", got)
	}
	if _, err := w.raising().Run(t.Context(), w.call, account.RaiseRecoveryInput{Ticket: good.Reveal(), Reason: strings.Repeat("长", 200)}); err != nil {
		t.Errorf("200 characters: %v", err)
	}
}

func TestRaiseRecoveryDaily(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	morning, seen := w.now, map[string]bool{}
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
		w.now = w.now.Add(time.Hour)
	}
	var e *fault.Error
	if _, err := w.raise(w.begin("zhangmin").Ticket); !errors.As(err, &e) || e.Code != "rate_limited" || e.RetryAfter != 21*time.Hour {
		t.Errorf("the fourth: %v", err)
	}
	w.now = morning.Add(24 * time.Hour)
	if r := w.raised("zhangmin"); !r.New || seen[r.ID] {
		t.Errorf("the next day: %+v", r)
	}
	w.now = w.now.Add(7 * 24 * time.Hour)
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
	made := 0
	for _, r := range all {
		if r.New {
			made++
		}
		if r.ID != all[0].ID {
			t.Errorf("requests %s and %s", r.ID, all[0].ID)
		}
		if _, _, err := w.raising().Follow(t.Context(), w.call, r.ID, r.Ticket.Reveal()); err != nil {
			t.Errorf("follow: %v", err)
		}
	}
	if requests := w.items("recovery"); made != 1 || len(requests) != 1 || len(w.items("audit_of")) != 1 {
		t.Errorf("%d made, in the table %v", made, requests)
	}
	p, err := w.store.Person(t.Context(), w.code("zhangmin"))
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
			w.faults.Set(tt.fault)
			r, err := w.raise(ticket)
			if !errors.Is(err, tt.want) || err == nil && !r.New {
				t.Fatalf("%+v, %v, want %v", r, err, tt.want)
			}
			if w.faults.Hits() == 0 {
				t.Error("the fault never struck")
			}
			w.faults.Set()
			if got := w.items("recovery"); len(got) != tt.made {
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
	uc.Store = lateStore{w.store, func() { w.edit("zhangmin", func(p *account.Person) { p.Account.Epoch++ }) }}
	_, err := uc.Run(t.Context(), w.call, account.RaiseRecoveryInput{Ticket: ticket.Reveal(), Reason: "换了手机号"})
	if !errors.Is(err, fault.TicketInvalid) || len(w.items("recovery")) != 0 {
		t.Errorf("%v, %v", err, w.items("recovery"))
	}
}

// lateStore does something just before a request is written.
type lateStore struct {
	*Store
	before func()
}

func (s lateStore) RaiseRequest(ctx context.Context, was account.Account, r account.RaisedRequest) error {
	s.before()
	return s.Store.RaiseRequest(ctx, was, r)
}

func TestFollowRecovery(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	begun := w.now
	mine, others, entry := w.raised("zhangmin"), w.raised("zhouqiang"), w.begin("linwei").Ticket
	follow := func(id, ticket string) (account.RecoveryRequest, account.RecoveryState, error) {
		return w.raising().Follow(t.Context(), w.call, id, ticket)
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
	if r, state, err := follow(mine.ID, mine.Ticket.Reveal()); err != nil || state != account.RecoveryRejected || r.Rejection == "" || !r.Decided.Equal(w.now) {
		t.Errorf("%+v, %s, %v", r, state, err)
	}
	w.now = begun.Add(24 * time.Hour)
	if _, _, err := follow(mine.ID, mine.Ticket.Reveal()); !errors.Is(err, fault.TicketInvalid) {
		t.Errorf("a day after the decision: %v", err)
	}
	w.now = begun.Add(7 * 24 * time.Hour)
	if _, state, err := follow(others.ID, others.Ticket.Reveal()); err != nil || state != account.RecoveryExpired {
		t.Errorf("undecided: %s, %v", state, err)
	}
	w.now = begun.Add(8 * 24 * time.Hour)
	if _, _, err := follow(others.ID, others.Ticket.Reveal()); !errors.Is(err, fault.TicketInvalid) {
		t.Errorf("a day after that: %v", err)
	}
}

// queue is what should stand in the queues: one row a scope.
func queue(r account.RecoveryRequest, state account.RecoveryState, scopes ...staff.OrgCode) []string {
	var rows []string
	for _, c := range scopes {
		k := table.QueueKey(account.QueueRow{Scope: c, State: state}, r)
		rows = append(rows, k.PK+" "+k.SK)
	}
	slices.Sort(rows)
	return rows
}

func TestIndexQueue(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	id := w.raised("zhangmin").ID
	r, ix := w.request(id), account.IndexQueue{Store: w.store}
	check := func(when string, state account.RecoveryState, scopes ...staff.OrgCode) {
		t.Helper()
		for range 2 { // a replay changes nothing
			if err := ix.Run(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if got, want := w.items("queue"), queue(r, state, scopes...); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", when, got, want)
			}
		}
	}
	check("raised", account.RecoveryPending, w.root, w.district, w.data, w.section, w.finance)
	if got := w.items("queue"); !strings.Contains(got[0], " pending#2040-03-02T08:00:00.000Z#"+id) {
		t.Errorf("the sort key tells no time: %s", got[0])
	}

	w.edit("zhangmin", func(p *account.Person) {
		p.Staff.Posts = []staff.Post{w.post(staff.MainJob, w.province, w.province, "")}
	})
	if err := ix.OfPerson(t.Context(), w.code("zhangmin")); err != nil {
		t.Fatal(err)
	}
	check("moved", account.RecoveryPending, w.root, w.province)

	w.decide(id, approve(w))
	check("approved", account.RecoveryApproved, w.root, w.province)
	w.decide(id, func(r *account.RecoveryRequest) { r.State = account.RecoveryUsed })
	check("used", account.RecoveryUsed, w.root, w.province)

	w.edit("zhangmin", func(p *account.Person) { p.Staff.Posts = nil })
	check("without posts", account.RecoveryUsed)

	if err := ix.Run(t.Context(), "hT5mZc0QvR2yXk8LsB4nJw"); err != nil {
		t.Errorf("a request that is gone: %v", err)
	}
	if err := ix.OfPerson(t.Context(), w.code("linwei")); err != nil {
		t.Errorf("somebody without a request: %v", err)
	}
}

// TestIndexQueueOvertaken lets a decision be indexed between the reading and the
// writing of an older change.
func TestIndexQueueOvertaken(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	id := w.raised("zhouqiang").ID
	once := sync.OnceFunc(func() {
		w.decide(id, reject(w))
		if err := (account.IndexQueue{Store: w.store}).Run(t.Context(), id); err != nil {
			t.Error(err)
		}
	})
	if err := (account.IndexQueue{Store: overtakenStore{w.store, once}}).Run(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got, want := w.items("queue"), queue(w.request(id), account.RecoveryRejected, w.root, w.district, w.finance); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// overtakenStore does something just before rows are written.
type overtakenStore struct {
	*Store
	before func()
}

func (s overtakenStore) WriteQueues(ctx context.Context, r account.RecoveryRequest, put, remove []account.QueueRow) error {
	s.before()
	return s.Store.WriteQueues(ctx, r, put, remove)
}
