package main

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/pinyin"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/argon2id"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/staff"
)

type m = map[string]any

const (
	device   = "0123456789abcdefghijkl"
	password = "Chaoxi#4927"
)

type world struct {
	*functiontest.World
	functiontest.Function
	login account.Login
	send  account.SendCode
}

func start(t *testing.T) world {
	t.Parallel()
	w := functiontest.New(t)
	uc := account.VerifyLogin{Store: w.Store, Kept: staff.NewOrgCache(), Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	return world{
		w, w.Serve(routes(uc)),
		account.Login{Store: w.Store, Kept: staff.NewOrgCache(), Hasher: argon2id.Hasher{}, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random},
		account.SendCode{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random},
	}
}

// begin passes the first step and has the code texted.
func (w world) begin(t *testing.T, name string, client account.Client) (ticket, code string) {
	t.Helper()
	done, err := w.login.Run(context.Background(), audit.Call{Address: "192.0.2.1"}, account.LoginInput{Account: name, Password: password, Device: device, DeviceName: "手机", Client: client})
	if done.SecondStep == nil {
		t.Fatal(err)
	}
	ticket = done.SecondStep.Ticket.Reveal()
	if _, err := w.send.Again(context.Background(), audit.Call{}, ticket, ""); err != nil {
		t.Fatal(err)
	}
	return ticket, w.Texts.Code()
}

func proving(ticket, code string, trust bool) functiontest.Call {
	return functiontest.Call{Path: "/v1/sessions/verify", Body: m{"ticket": ticket, "code": code, "trustDevice": trust}}
}

func TestApp(t *testing.T) {
	w := start(t)
	ticket, code := w.begin(t, "zhouqiang", account.App)
	w.Counter.Reset()
	w.Do(proving(ticket, code, true)).Want(201, "").Golden("app")
	w.WantTrips("verify-login")
	w.Do(proving(ticket, code, true)).Want(410, "ticket_invalid").Golden("spent")
	done, err := w.login.Run(context.Background(), audit.Call{}, account.LoginInput{Account: "zhouqiang", Password: password, Device: device, Client: account.App})
	if err != nil || done.SecondStep != nil {
		t.Errorf("the device is not known: %v", err)
	}
}

func TestDeviceIsNotTrustedUnasked(t *testing.T) {
	w := start(t)
	ticket, code := w.begin(t, "zhouqiang", account.App)
	w.Do(proving(ticket, code, false)).Want(201, "")
	if done, _ := w.login.Run(context.Background(), audit.Call{}, account.LoginInput{Account: "zhouqiang", Password: password, Device: device, Client: account.App}); done.SecondStep == nil {
		t.Error("the device became known")
	}
}

func TestConsole(t *testing.T) {
	w := start(t)
	ticket, code := w.begin(t, "chenjing", account.Console)
	c := proving(ticket, code, false)
	for range 6 { // none of them is a try: nothing is compared
		w.Do(c).Want(403, "cross_site").Golden("cross-site")
	}
	c.Header = map[string]string{"Sec-Fetch-Site": "same-origin"}
	r := w.Do(c).Want(201, "").Golden("console")
	if r.Body["token"] != nil || len(r.Cookies) != 1 {
		t.Errorf("token %v, cookies %v", r.Body["token"], r.Cookies)
	}
}

// TestStepUp: a session is proved anew, in the app by a token and in the console by a
// cookie.
func TestStepUp(t *testing.T) {
	w := start(t)
	for _, tt := range []struct {
		name   string
		client account.Client
		from   map[string]string
	}{{"zhouqiang", account.App, nil}, {"chenjing", account.Console, map[string]string{"Sec-Fetch-Site": "same-origin"}}} {
		ticket, code := w.begin(t, tt.name, tt.client)
		c := proving(ticket, code, false)
		c.Header = tt.from
		signedIn := func(r functiontest.Reply) map[string]string {
			if !tt.client.Page() {
				return map[string]string{"Authorization": "Bearer " + r.Text("token")}
			}
			cookie, _, _ := strings.Cut(r.Cookies[0], ";")
			return map[string]string{"X-Client": string(tt.client), "Cookie": cookie}
		}
		old := signedIn(w.Do(c).Want(201, ""))
		w.Pass(2 * time.Minute)
		caller, err := w.CallerOf(old)
		if err != nil {
			t.Fatal(err)
		}
		next, err := account.StepUp{Store: w.Store, Settings: w.Settings, Now: w.Now, Random: w.Random}.Run(t.Context(), caller)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.send.Again(t.Context(), audit.Call{}, next.Ticket.Reveal(), ""); err != nil {
			t.Fatal(err)
		}
		c = proving(next.Ticket.Reveal(), w.Texts.Wrong(), false)
		c.Header = tt.from
		w.Do(c).Want(400, "code_wrong")
		c = functiontest.Call{Path: c.Path, Header: tt.from, Body: m{"ticket": next.Ticket.Reveal(), "code": w.Texts.Code()}}
		w.Counter.Reset()
		r := w.Do(c).Want(200, "").Golden("step-up-" + string(tt.client))
		w.WantTrips("verify-login: step up")
		if w.SignedIn(old) {
			t.Error("the old one is good")
		}
		now, err := w.CallerOf(signedIn(r))
		if err != nil || now.Session.ID != caller.Session.ID || !now.Session.CreatedAt.Equal(caller.Session.CreatedAt) || !now.Session.ProvedAt.Equal(w.Now()) || len(now.Slots) != 1 {
			t.Errorf("%+v of %d, %v, was %+v", now.Session, len(now.Slots), err, caller.Session)
		}
		w.Do(c).Want(410, "ticket_invalid")
	}
}

func TestAppTicketFromAPage(t *testing.T) {
	w := start(t)
	ticket, code := w.begin(t, "zhouqiang", account.App)
	c := proving(ticket, code, false)
	c.Header = map[string]string{"Sec-Fetch-Site": "same-origin"}
	w.Do(c).Want(403, "cross_site")
	w.Do(proving(ticket, code, false)).Want(201, "")
}

func TestWrongCodes(t *testing.T) {
	w := start(t)
	ticket, code := w.begin(t, "zhouqiang", account.App)
	for range 4 {
		w.Do(proving(ticket, w.Texts.Wrong(), false)).Want(400, "code_wrong")
	}
	w.Do(proving(ticket, w.Texts.Wrong(), false)).Want(429, "code_tries_spent").Golden("tries-spent")
	w.Do(proving(ticket, code, false)).Want(429, "code_tries_spent")
}

func TestBeforeAnyCode(t *testing.T) {
	w := start(t)
	done, _ := w.login.Run(context.Background(), audit.Call{}, account.LoginInput{Account: "zhouqiang", Password: password, Device: device, Client: account.App})
	w.Do(proving(done.SecondStep.Ticket.Reveal(), "123456", false)).Want(410, "code_expired").Golden("no-code-yet")
}

// An activation's ticket opens no session, however right its code.
func TestOtherPurpose(t *testing.T) {
	w := start(t)
	sent, err := w.send.Activate(context.Background(), audit.Call{Address: "192.0.2.1"}, "wangfang", "王芳", "")
	if err != nil {
		t.Fatal(err)
	}
	ticket, code := sent.Ticket.Reveal(), w.Texts.Code()
	for range 6 {
		w.Do(proving(ticket, code, false)).Want(410, "ticket_invalid")
	}
	w.Pass(5 * time.Minute) // its code is over, but it is no code of this route
	w.Do(proving(ticket, code, false)).Want(410, "ticket_invalid")
	w.Pass(time.Minute)
	if _, err := w.send.Again(context.Background(), audit.Call{}, ticket, ""); err != nil {
		t.Errorf("its tries are used up: %v", err)
	}
}

// Who has lost the grant since is refused as at the first step, and a right code
// gives its try back each time.
func TestGrantIsGone(t *testing.T) {
	w := start(t)
	ticket, code := w.begin(t, "linwei", account.Console)
	_, err := w.DB.UpdateItem(context.Background(), &dynamodb.UpdateItemInput{
		TableName: &w.Table, UpdateExpression: aws.String("REMOVE grants"), Key: map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: "STAFF#" + w.Person("linwei").Staff.Code.String()}, "sk": &types.AttributeValueMemberS{Value: "ACCOUNT"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := proving(ticket, code, false)
	c.Header = map[string]string{"Sec-Fetch-Site": "same-origin"}
	for range 6 {
		w.Do(c).Want(403, "permission_denied")
	}
}

// An address that has failed too often is refused before anything is compared,
// and costs nobody's code a try.
func TestAddressIsRefused(t *testing.T) {
	w := start(t)
	ticket, code := w.begin(t, "zhouqiang", account.App)
	for range w.Settings.AddressFailures {
		w.Do(proving("unknown", "123456", false)).Want(410, "ticket_invalid")
	}
	for range 6 {
		w.Do(proving(ticket, code, false)).Want(429, "rate_limited")
	}
	elsewhere := proving(ticket, code, false)
	elsewhere.SourceIP = "192.0.2.99"
	w.Do(elsewhere).Want(201, "")
}

// A second step finished inside a lock signs in, and leaves the lock to those who
// come with a password.
func TestLockedMeanwhile(t *testing.T) {
	w := start(t)
	ticket, code := w.begin(t, "zhouqiang", account.App)
	in := account.LoginInput{Account: "zhouqiang", Password: "Wrong#4927", Device: "another-0123456789abcdef", Client: account.App}
	for range 5 {
		w.login.Run(context.Background(), audit.Call{}, in)
	}
	w.Do(proving(ticket, code, false)).Want(201, "")
	in.Password = password
	if _, err := w.login.Run(context.Background(), audit.Call{}, in); err == nil || !strings.HasPrefix(err.Error(), "locked") {
		t.Errorf("the lock is gone: %v", err)
	}
}

// A password set in between ends the ticket.
func TestEpochIsOver(t *testing.T) {
	w := start(t)
	ticket, code := w.begin(t, "zhouqiang", account.App)
	options := account.RecoveryOptions{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	r, err := options.Run(context.Background(), audit.Call{Address: "192.0.2.1"}, "zhouqiang", "周强", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.send.Again(context.Background(), audit.Call{}, r.Ticket.Reveal(), ""); err != nil {
		t.Fatal(err)
	}
	set := account.SetPassword{Store: w.Store, Hasher: argon2id.Hasher{}, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Pinyin: pinyin.Read, Now: w.Now, Random: w.Random}
	if _, err := set.Run(context.Background(), audit.Call{}, account.SetPasswordInput{Ticket: r.Ticket.Reveal(), Code: w.Texts.Code(), Password: "Lanhua#8253", ConfirmPassword: "Lanhua#8253"}); err != nil {
		t.Fatal(err)
	}
	w.Do(proving(ticket, code, false)).Want(410, "ticket_invalid")
}

// Of two that come with the same code at once, one signs in.
func TestSpentOnce(t *testing.T) {
	w := start(t)
	defer w.Check()
	ticket, code := w.begin(t, "zhouqiang", account.App)
	var mu sync.Mutex
	done := 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if w.Do(proving(ticket, code, false)).Status == 201 {
				mu.Lock()
				done++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if done != 1 {
		t.Errorf("%d of them signed in", done)
	}
}

func TestTicketExpires(t *testing.T) {
	w := start(t)
	ticket, code := w.begin(t, "zhouqiang", account.App)
	w.Pass(30 * time.Minute)
	w.Do(proving(ticket, code, false)).Want(410, "ticket_invalid")
}
