package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/pinyin"

	"chaoxi/shared/account"
	"chaoxi/shared/argon2id"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/staff"
)

type m = map[string]any

const device = "0123456789abcdefghijkl"

type world struct {
	*functiontest.World
	functiontest.Function
	send account.SendCode
}

func start(t *testing.T) world {
	t.Parallel()
	w := functiontest.New(t)
	w.Settings.AddressFailures = 1000 // tries are what is looked at here
	uc := account.SetPassword{Store: w.Store, Hasher: argon2id.Hasher{Random: w.Random}, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Pinyin: pinyin.Read, Now: w.Now, Random: w.Random}
	send := account.SendCode{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	return world{w, w.Serve(routes(uc)), send}
}

// ticket begins an activation of 王芳 and returns its ticket and code.
func (w world) ticket(t *testing.T) (ticket, code string) {
	t.Helper()
	sent, err := w.send.Activate(context.Background(), audit.Call{Address: "192.0.2.1"}, "wangfang", "王芳", "")
	if err != nil {
		t.Fatal(err)
	}
	return sent.Ticket.Reveal(), w.Texts.Code()
}

func set(ticket, code, password string) functiontest.Call {
	return functiontest.Call{Path: "/v1/password", Body: m{"ticket": ticket, "code": code, "password": password, "confirmPassword": password, "device": m{"id": device, "name": "王芳的手机"}}}
}

const good = "Lanhua#8253"

func TestActivate(t *testing.T) {
	w := start(t)
	ticket, code := w.ticket(t)
	w.Do(set(ticket, code, good)).Want(200, "").Golden("activated")

	p := w.Person("wangfang")
	if p.Staff.State != staff.Active || p.Account.Epoch == 0 || !p.Staff.ActivatedAt.Equal(w.Now()) {
		t.Errorf("after activation: %+v %+v", p.Staff, p.Account)
	}
	if ok, err := (argon2id.Hasher{}).Verify(p.Account.Password, good); !ok || err != nil {
		t.Errorf("the password does not fit: %v", err)
	}
	h, err := w.Store.SignInState(context.Background(), p.Staff.Code)
	if err != nil || len(h.Devices) != 1 || h.Devices[0].Epoch != h.Account.DeviceEpoch {
		t.Errorf("devices %+v, epoch %d, %v", h.Devices, h.Account.DeviceEpoch, err)
	}
	w.Do(set(ticket, code, good)).Want(409, "already_active").Golden("again") // as to who has lost the answer
	if _, err := w.send.Again(context.Background(), audit.Call{Address: "192.0.2.1"}, ticket, ""); err == nil || !strings.HasPrefix(err.Error(), "already_active") {
		t.Errorf("another code for it: %v", err)
	}
	_, err = w.send.Activate(context.Background(), audit.Call{Address: "192.0.2.1"}, "wangfang", "王芳", "")
	if err == nil || !strings.HasPrefix(err.Error(), "already_active") {
		t.Errorf("activating again: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		golden string
		edit   func(body m)
		status int
		code   string
	}{
		{"mismatch", func(b m) { b["confirmPassword"] = good + "x" }, 422, "password_mismatch"},
		{"short", func(b m) { b["password"], b["confirmPassword"] = "Ab1#", "Ab1#" }, 422, "password_weak"},
		{"very-long", func(b m) { b["password"] = strings.Repeat("Ab1#", 40); b["confirmPassword"] = b["password"] }, 422, "password_weak"},
		{"blank", func(b m) { b["password"], b["confirmPassword"] = "        ", "        " }, 422, "password_weak"},
		{"common", func(b m) { b["password"], b["confirmPassword"] = "P@ssw0rd99", "P@ssw0rd99" }, 422, "password_weak"},
		{"figures", func(b m) { b["password"], b["confirmPassword"] = "Zm@123456", "Zm@123456" }, 422, "password_weak"},
		{"personal", func(b m) { b["password"], b["confirmPassword"] = "Wangfang#24", "Wangfang#24" }, 422, "password_weak"},
		{"personal-phone", func(b m) { b["password"], b["confirmPassword"] = "Zm@0003!", "Zm@0003!" }, 422, "password_weak"},
		{"personal-unit", func(b m) { b["password"], b["confirmPassword"] = "Ljqsjj@2024", "Ljqsjj@2024" }, 422, "password_weak"},
		{"code-form", func(b m) { b["code"] = "12345" }, 422, "field_invalid"},
		{"device-form", func(b m) { b["device"] = m{"id": "short"} }, 422, "field_invalid"},
		{"ticket-missing", func(b m) { delete(b, "ticket") }, 422, "field_invalid"},
		{"ticket-unknown", func(b m) { b["ticket"] = "unknown" }, 410, "ticket_invalid"},
		{"password-number", func(b m) { b["password"] = 12345678 }, 422, "field_invalid"},
	} {
		t.Run(tt.golden, func(t *testing.T) {
			w := start(t)
			ticket, code := w.ticket(t)
			c := set(ticket, code, good)
			tt.edit(c.Body.(m))
			w.Do(c).Want(tt.status, tt.code).Golden(tt.golden)
			if p := w.Person("wangfang"); p.Staff.State != staff.Pending || p.Account.Password != "" {
				t.Errorf("something changed: %+v", p)
			}
			w.Do(set(ticket, code, good)).Want(200, "") // and no try was used up, nor the code
		})
	}
}

func TestTries(t *testing.T) {
	w := start(t)
	ticket, code := w.ticket(t)
	for _, left := range []float64{4, 3, 2, 1} {
		r := w.Do(set(ticket, w.Texts.Wrong(), good)).Want(400, "code_wrong")
		if r.Body["remaining"] != left {
			t.Errorf("remaining %v, want %v", r.Body["remaining"], left)
		}
		if left == 4 {
			r.Golden("code-wrong")
		}
	}
	w.Do(set(ticket, w.Texts.Wrong(), good)).Want(429, "code_tries_spent").Golden("tries-spent")
	w.Do(set(ticket, code, good)).Want(429, "code_tries_spent")
	w.Pass(time.Minute)
	if _, err := w.send.Again(context.Background(), audit.Call{}, ticket, ""); err == nil {
		t.Error("a ticket without tries got another code")
	}
	ticket, code = w.ticket(t) // a new flow starts afresh
	w.Do(set(ticket, code, good)).Want(200, "")
}

// The tries go over all codes of a ticket, and a right code gives its back.
func TestTriesGoOverCodes(t *testing.T) {
	w := start(t)
	ticket, _ := w.ticket(t)
	for range 3 {
		w.Do(set(ticket, w.Texts.Wrong(), good)).Want(400, "code_wrong")
	}
	w.Pass(time.Minute)
	if _, err := w.send.Again(context.Background(), audit.Call{}, ticket, ""); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.Do(set(ticket, w.Texts.Code(), "Wangfang#24")).Want(422, "password_weak")
	}
	if r := w.Do(set(ticket, w.Texts.Wrong(), good)).Want(400, "code_wrong"); r.Body["remaining"] != 1.0 {
		t.Errorf("remaining %v, want 1", r.Body["remaining"])
	}
	w.Do(set(ticket, w.Texts.Code(), good)).Want(200, "")
}

func TestCodeExpires(t *testing.T) {
	w := start(t)
	ticket, code := w.ticket(t)
	w.Pass(5 * time.Minute)
	w.Do(set(ticket, code, good)).Want(410, "code_expired").Golden("code-expired")
	w.Pass(time.Minute)
	if _, err := w.send.Again(context.Background(), audit.Call{}, ticket, ""); err != nil {
		t.Fatal(err)
	}
	w.Pass(4 * time.Minute)
	w.Do(set(ticket, w.Texts.Code(), "Wangfang#24")).Want(422, "password_weak")
	w.Pass(4 * time.Minute) // the code is over, but it was right a moment ago
	w.Do(set(ticket, w.Texts.Code(), good)).Want(200, "")
}

// A hundred guesses at once: five are compared, no more, and then the right one
// is of no use.
func TestGuessesAtOnce(t *testing.T) {
	w := start(t)
	defer w.Check()
	ticket, code := w.ticket(t)
	var mu sync.Mutex
	answers := map[string]int{}
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			r := w.Do(set(ticket, w.Texts.Wrong(), good))
			mu.Lock()
			defer mu.Unlock()
			answers[r.Text("code")]++
		})
	}
	wg.Wait()
	if answers["code_wrong"] > 4 || answers["code_wrong"]+answers["code_tries_spent"]+answers["busy"] != 100 {
		t.Errorf("answers %v", answers)
	}
	for range 5 - answers["code_wrong"] - answers["code_tries_spent"] { // busy ones come again
		w.Do(set(ticket, w.Texts.Wrong(), good))
	}
	w.Do(set(ticket, code, good)).Want(429, "code_tries_spent")
}

// Two right answers at once: one sets its password.
func TestSpentOnce(t *testing.T) {
	w := start(t)
	defer w.Check()
	ticket, code := w.ticket(t)
	statuses := make([]int, 8)
	var wg sync.WaitGroup
	for i := range statuses {
		wg.Go(func() { statuses[i] = w.Do(set(ticket, code, good)).Status })
	}
	wg.Wait()
	done := 0
	for _, s := range statuses {
		if s == 200 {
			done++
		} else if s < 400 || s > 499 {
			t.Errorf("status %d", s)
		}
	}
	if done != 1 {
		t.Errorf("%d of them set a password: %v", done, statuses)
	}
}

// Two activations under way: the second finds the account active.
func TestOtherTicketDies(t *testing.T) {
	w := start(t)
	first, code := w.ticket(t)
	w.Pass(time.Minute)
	second, other := w.ticket(t)
	w.Do(set(first, code, good)).Want(200, "") // a stranger's request kills nobody's
	w.Do(set(second, other, good)).Want(409, "already_active").Golden("already-active")
}

func TestHistory(t *testing.T) {
	w := start(t)
	ticket, code := w.ticket(t)
	w.Do(set(ticket, code, good)).Want(200, "")
	recovery := func() (string, string) {
		t.Helper()
		w.Pass(time.Minute)
		opt := account.RecoveryOptions{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
		r, err := opt.Run(context.Background(), audit.Call{Address: "192.0.2.1"}, "wangfang", "王芳", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.send.Again(context.Background(), audit.Call{}, r.Ticket.Reveal(), ""); err != nil {
			t.Fatal(err)
		}
		return r.Ticket.Reveal(), w.Texts.Code()
	}
	passwords := []string{good, "Lanhua#8254", "Lanhua#8255", "Lanhua#8256", "Lanhua#8257"}
	for i, p := range passwords[1:] {
		ticket, code := recovery()
		for _, old := range passwords[:i+1] {
			w.Do(set(ticket, code, old)).Want(422, "password_weak")
		}
		r := w.Do(set(ticket, code, p)).Want(200, "")
		if i == 0 {
			r.Golden("recovered")
		}
	}
	ticket, code = recovery()
	w.Do(set(ticket, code, good)).Want(422, "password_weak").Golden("reused")
	w.Do(set(ticket, code, "Lanhua#8258")).Want(200, "")
	ticket, code = recovery()
	w.Do(set(ticket, code, good)).Want(200, "") // the sixth last may come again
}

func TestPage(t *testing.T) {
	w := start(t)
	ticket, code := w.ticket(t)
	c := set(ticket, code, good)
	delete(c.Body.(m), "device")
	c.Header = map[string]string{"X-Client": "mobile_web"}
	w.Do(c).Want(403, "cross_site")
	c.Header["Sec-Fetch-Site"] = "same-origin"
	r := w.Do(c).Want(200, "").Golden("page")
	if len(r.Cookies) != 1 || !strings.HasPrefix(r.Cookies[0], "__Host-device=") {
		t.Errorf("cookies %v", r.Cookies)
	}
}

func TestTrips(t *testing.T) {
	w := start(t)
	ticket, code := w.ticket(t)
	w.Counter.Reset()
	w.Do(set(ticket, code, good)).Want(200, "")
	w.WantTrips("set-password")
}

// Whatever call fails, the change is whole or has not happened; a client that
// tries again gets there, or is told that it is there.
func TestFaults(t *testing.T) {
	for _, kind := range []dynamotest.Kind{dynamotest.NotSent, dynamotest.AnswerLost, dynamotest.TimedOut, dynamotest.Throttled, dynamotest.Conflict} {
		for call := 1; call <= 5; call++ {
			t.Run(fmt.Sprint(kind, call), func(t *testing.T) {
				w := start(t)
				defer w.Check()
				ticket, code := w.ticket(t)
				w.Faults.Set(dynamotest.Fault{Kind: kind, Call: call, Attempts: dynamotest.Always})
				r := w.Do(set(ticket, code, good))
				hit := w.Faults.Hits() > 0
				w.Faults.Set()
				if hit && r.Status != 200 {
					r.Want(503, "unavailable")
				}
				p := w.Person("wangfang")
				if active := p.Staff.State == staff.Active; active != (p.Account.Password != "") {
					t.Fatalf("half done: %+v", p)
				}
				if p.Staff.State == staff.Pending {
					w.Do(set(ticket, code, good)).Want(200, "")
				}
			})
		}
	}
}

// A transaction that meets another one is tried again, and nobody notices.
func TestConflictIsRetried(t *testing.T) {
	w := start(t)
	defer w.Check()
	ticket, code := w.ticket(t)
	w.Faults.Set(dynamotest.Fault{Kind: dynamotest.Conflict, Op: "TransactWriteItems", Call: 1, Attempts: 2})
	w.Do(set(ticket, code, good)).Want(200, "")
	if w.Faults.Hits() != 2 {
		t.Errorf("%d conflicts were met", w.Faults.Hits())
	}
}

// An approved request lets the recovery ticket set a password, once.
func TestApprovedRequest(t *testing.T) {
	w := start(t)
	defer w.Check()
	r := w.Approved("zhouqiang", "周强")
	if _, err := w.send.Again(context.Background(), audit.Call{Address: "192.0.2.1"}, r.Ticket.Reveal(), ""); err != nil {
		t.Fatal(err)
	}
	w.Do(set(r.Ticket.Reveal(), w.Texts.Code(), good)).Want(200, "")
	if ok, err := (argon2id.Hasher{}).Verify(w.Person("zhouqiang").Account.Password, good); !ok || err != nil {
		t.Errorf("the password does not fit: %v", err)
	}
	if used, err := w.Store.RecoveryRequest(context.Background(), r.ID); err != nil || used.State != account.RecoveryUsed {
		t.Errorf("%+v, %v", used, err)
	}
}
