package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/pinyin"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/argon2id"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/fault"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/seed"
	"chaoxi/shared/staff"
)

type (
	m      = map[string]any
	header = map[string]string
)

const (
	password = "Chaoxi#4927"
	better   = "Lanhua#8253"
	fresh    = "13700000017" // nobody's number
)

type world struct {
	*functiontest.World
	functiontest.Function
	hasher *counting
	send   account.SendCode
}

// counting counts how many passwords were compared.
type counting struct {
	argon2id.Hasher
	mu       sync.Mutex
	verified int
}

func (c *counting) Verify(encoded, password string) (bool, error) {
	c.mu.Lock()
	c.verified++
	c.mu.Unlock()
	return c.Hasher.Verify(encoded, password)
}

func start(t *testing.T, edit ...func(*account.Settings)) world {
	t.Parallel()
	fw := functiontest.New(t)
	for _, e := range edit {
		e(&fw.Settings)
	}
	dictionaries, err := seed.Dictionaries()
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range dictionaries {
		dictionaries[i].Enabled = e.Enabled && e.Code != "+886" // nobody may choose Taiwan any more
	}
	if err := fw.Store.LoadDictionaries(context.Background(), dictionaries); err != nil {
		t.Fatal(err)
	}
	w := world{World: fw, hasher: &counting{Hasher: argon2id.Hasher{Random: fw.Random}}}
	w.send = account.SendCode{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	w.Function = w.Serve(w.routes())
	return w
}

// longProof lets a code that was proved in a session count for a day.
func longProof(s *account.Settings) { s.StepUpLife = 24 * time.Hour }

func (w world) routes() httpapi.Routes {
	return routes(httpapi.Auth{Authorize: w.Auth()}, useCases{
		account.Me{Store: w.Store, Keys: w.Keys, Now: w.Now},
		account.ChangePassword{Store: w.Store, Hasher: w.hasher, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Pinyin: pinyin.Read, Now: w.Now, Random: w.Random},
		account.ChangePhone{Store: w.Store, Dictionaries: &staff.DictionaryList{Store: w.Store, Now: w.Now}, Hasher: w.hasher, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random},
	})
}

func (w world) get(h header, path string) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Method: "GET", Path: path, Header: h})
}

func (w world) change(h header, current, next string) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Path: "/v1/me/password", Header: h, Body: m{"currentPassword": current, "password": next, "confirmPassword": next}})
}

func (w world) begin(h header, current, phone string) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Path: "/v1/me/phone", Header: h, Body: m{"currentPassword": current, "areaCode": "+86", "phone": phone}})
}

func (w world) finish(h header, ticket, code string) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Path: "/v1/me/phone", Header: h, Body: m{"ticket": ticket, "code": code}})
}

// set writes attributes of an item as something else would.
func (w world) set(pk, sk string, to m) {
	w.T.Helper()
	values, sets := m{}, []string{}
	for name, v := range to {
		sets = append(sets, name+" = :"+name)
		values[":"+name] = v
	}
	_, err := w.DB.UpdateItem(context.Background(), &dynamodb.UpdateItemInput{
		TableName: &w.Table, Key: w.item(m{"pk": pk, "sk": sk}), ConditionExpression: aws.String("attribute_exists(pk)"),
		UpdateExpression: aws.String("SET " + strings.Join(sets, ", ")), ExpressionAttributeValues: w.item(values),
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

func (w world) item(v m) map[string]types.AttributeValue {
	w.T.Helper()
	item, err := attributevalue.MarshalMap(v)
	if err != nil {
		w.T.Fatal(err)
	}
	return item
}

// audited are the actions in the audit of somebody, each with its changes.
func (w world) audited(c staff.EmployeeCode) []string {
	w.T.Helper()
	out, err := w.DB.Query(context.Background(), &dynamodb.QueryInput{
		TableName: &w.Table, KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: w.item(m{":pk": "AUDIT#OF#" + c.String()}),
	})
	if err != nil {
		w.T.Fatal(err)
	}
	var all []string
	for _, raw := range out.Items {
		var it struct {
			Action  string                             `dynamodbav:"action"`
			Actor   string                             `dynamodbav:"actor"`
			Changes []struct{ Field, Old, New string } `dynamodbav:"changes"`
		}
		if err := attributevalue.UnmarshalMap(raw, &it); err != nil {
			w.T.Fatal(err)
		}
		if it.Actor != c.String() {
			w.T.Errorf("%s was done by %s", it.Action, it.Actor)
		}
		s := it.Action
		for _, c := range it.Changes {
			s += " " + c.Field + " " + c.Old + " → " + c.New
		}
		all = append(all, s)
	}
	return all
}

// owner is whose number or account it is.
func (w world) owner(name string) staff.EmployeeCode {
	w.T.Helper()
	code, _, err := w.Store.FindName(context.Background(), staff.ParseSignInName(name), "none")
	if err != nil {
		w.T.Fatal(err)
	}
	return code
}

// recovery begins a forgotten password of 周强.
func (w world) recovery() string {
	w.T.Helper()
	uc := account.RecoveryOptions{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	r, err := uc.Run(context.Background(), audit.Call{Address: "192.0.2.1"}, "zhouqiang", "周强", "")
	if err != nil {
		w.T.Fatal(err)
	}
	return r.Ticket.Reveal()
}

// again asks for one more code of a ticket, as POST /v1/codes does.
func (w world) again(ticket string) error {
	_, err := w.send.Again(context.Background(), audit.Call{Address: "192.0.2.1"}, ticket, "")
	return err
}

// codeOf is the code of the fault in err.
func codeOf(err error) string {
	var e *fault.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}

func TestRecord(t *testing.T) {
	w := start(t)
	h := w.SignIn("zhouqiang", account.App)
	w.Counter.Reset()
	r := w.get(h, "/v1/me").Want(200, "").Golden("record")
	w.WantTrips("me: record")
	if strings.Contains(r.Raw, "13700000007") {
		t.Error("the phone is not masked")
	}
	w.get(w.SignIn("zhangmin", account.App), "/v1/me").Want(200, "").Golden("record-incomplete")
	w.get(nil, "/v1/me").Want(401, "session_missing").Golden("no-session")

	p := w.Person("zhouqiang")
	locked := account.Failures{Count: 5, First: w.Now(), LockedUntil: w.Now().Add(time.Minute), Revision: 1}
	if _, err := w.Store.SwapFailures(context.Background(), account.SignInLockKeys(w.Keys, p.Staff)[1], account.Failures{}, locked); err != nil {
		t.Fatal(err)
	}
	if r := w.get(h, "/v1/me").Want(200, ""); r.Body["locked"] != true {
		t.Error("the lock of the phone's name is not shown")
	}
	w.Pass(time.Minute)
	if r := w.get(h, "/v1/me").Want(200, ""); r.Body["locked"] != false {
		t.Error("the lock is over")
	}

	w.PhoneAsAccount("zhouqiang")
	if r := w.get(h, "/v1/me").Want(200, ""); r.Body["account"] != "+86 137*****007" || strings.Contains(r.Raw, "13700000007") {
		t.Errorf("an account that is the phone is shown as %s", r.Body["account"])
	}
}

func TestPassword(t *testing.T) {
	w := start(t)
	before := w.Person("zhouqiang").Account
	h, other, theirs := w.SignIn("zhouqiang", account.App), w.SignIn("zhouqiang", account.MobileWeb), w.SignIn("linwei", account.App)
	ticket := w.recovery()
	w.Counter.Reset()
	w.change(h, password, better).Want(200, "").Golden("password-changed")
	w.WantTrips("me: password")

	w.get(h, "/v1/me").Want(401, "session_expired").Golden("session-expired")
	w.get(other, "/v1/me").Want(401, "session_expired")
	w.get(theirs, "/v1/me").Want(200, "")
	if err := w.again(ticket); codeOf(err) != "ticket_invalid" {
		t.Errorf("a ticket from before: %v", err)
	}
	p := w.Person("zhouqiang")
	if ok, err := w.hasher.Verify(p.Account.Password, better); !ok || err != nil {
		t.Errorf("the new password does not fit, %v", err)
	}
	if a := p.Account; a.Epoch != before.Epoch+1 || a.DeviceEpoch != before.DeviceEpoch || len(a.Past) != 1 || a.Past[0] != before.Password || !a.ClearedAt.Equal(w.Now()) {
		t.Errorf("after it: %+v", a)
	}
	if got := w.audited(p.Staff.Code); len(got) != 1 || got[0] != "change_password" {
		t.Errorf("audit %v", got)
	}
}

func TestPasswordRefusals(t *testing.T) {
	w := start(t)
	h := w.SignIn("zhouqiang", account.App)
	before := w.Person("zhouqiang").Account
	for _, tt := range []struct {
		golden  string
		edit    func(body m)
		status  int
		code    string
		compare int // passwords compared
	}{
		{"password-missing", func(b m) { delete(b, "currentPassword"); delete(b, "password") }, 422, "field_invalid", 0},
		{"password-number", func(b m) { b["password"] = 12345678 }, 422, "field_invalid", 0},
		{"password-unknown-field", func(b m) { b["passwort"] = "x" }, 400, "body_invalid", 0},
		{"password-mismatch", func(b m) { b["confirmPassword"] = better + "x" }, 422, "password_mismatch", 0},
		{"password-short", func(b m) { b["password"], b["confirmPassword"] = "Ab1#", "Ab1#" }, 422, "password_weak", 0},
		{"password-common", func(b m) { b["password"], b["confirmPassword"] = "P@ssw0rd99", "P@ssw0rd99" }, 422, "password_weak", 0},
		{"current-password-wrong", func(b m) { b["currentPassword"] = "Chaoxi#4928" }, 401, "credentials_wrong", 1},
		{"password-personal", func(b m) { b["password"], b["confirmPassword"] = "Zhouqiang#24", "Zhouqiang#24" }, 422, "password_weak", 1},
		{"password-reused", func(b m) { b["password"], b["confirmPassword"] = password, password }, 422, "password_weak", 2},
	} {
		body := m{"currentPassword": password, "password": better, "confirmPassword": better}
		tt.edit(body)
		w.hasher.verified = 0
		w.Do(functiontest.Call{Path: "/v1/me/password", Header: h, Body: body}).Want(tt.status, tt.code).Golden(tt.golden)
		if w.hasher.verified != tt.compare {
			t.Errorf("%s: %d passwords were compared, want %d", tt.golden, w.hasher.verified, tt.compare)
		}
	}
	if a := w.Person("zhouqiang").Account; a.Password != before.Password || a.Epoch != before.Epoch {
		t.Errorf("something changed: %+v", a)
	}
	w.change(nil, password, better).Want(401, "session_missing")
	w.change(h, password, better).Want(200, "")
}

// Whoever holds a session may guess five times, whatever the session and the
// route, and then nothing is compared for half an hour.
func TestCurrentPasswordLocks(t *testing.T) {
	w := start(t, longProof)
	h, other := w.SignIn("zhouqiang", account.App), w.SignIn("zhouqiang", account.MobileWeb)
	for i, left := range []float64{4, 3, 2, 1} {
		guess := func() functiontest.Reply { return w.change(h, "wrong", better) }
		if i%2 == 1 {
			guess = func() functiontest.Reply { return w.begin(other, "wrong", fresh) }
		}
		if r := guess().Want(401, "credentials_wrong"); r.Body["remaining"] != left {
			t.Errorf("remaining %v, want %v", r.Body["remaining"], left)
		}
	}
	if r := w.change(other, "wrong", better).Want(429, "locked").Golden("locked"); r.Body["retryAfter"] != 1800.0 {
		t.Errorf("retryAfter %v", r.Body["retryAfter"])
	}
	w.Pass(29 * time.Minute)
	w.hasher.verified = 0
	w.change(h, password, better).Want(429, "locked")
	w.begin(h, password, fresh).Want(429, "locked").Golden("phone-locked")
	if w.hasher.verified != 0 || w.Texts.Count() != 0 {
		t.Error("a password was compared inside the lock, or a text sent")
	}
	if r := w.get(h, "/v1/me").Want(200, ""); r.Body["locked"] != false {
		t.Error("it locks the person's sign-in, too")
	}
	w.Pass(time.Minute)
	w.change(h, password, better).Want(200, "")
}

// A code to the phone ends the lock, as it ends that of sign-ins.
func TestSetPasswordEndsTheLock(t *testing.T) {
	w := start(t)
	h := w.SignIn("zhouqiang", account.App)
	for range 5 {
		w.change(h, "wrong", better)
	}
	w.change(h, password, better).Want(429, "locked")
	ticket := w.recovery()
	if err := w.again(ticket); err != nil {
		t.Fatal(err)
	}
	w.Pass(time.Second)
	set := account.SetPassword{Store: w.Store, Hasher: w.hasher, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Pinyin: pinyin.Read, Now: w.Now, Random: w.Random}
	if _, err := set.Run(context.Background(), audit.Call{}, account.SetPasswordInput{Ticket: ticket, Code: w.Texts.Code(), Password: better, ConfirmPassword: better}); err != nil {
		t.Fatal(err)
	}
	w.change(w.SignIn("zhouqiang", account.App), better, "Mudan#73526").Want(200, "")
}

// A right password gives its own count back, whatever becomes of the new one,
// and a change clears the others.
func TestRightPasswordForgives(t *testing.T) {
	w := start(t)
	h := w.SignIn("zhouqiang", account.App)
	for range 3 {
		w.change(h, "wrong", better).Want(401, "credentials_wrong")
	}
	for range 4 {
		w.change(h, password, password).Want(422, "password_weak")
		w.begin(h, password, "13700000007").Want(422, "field_invalid")
	}
	if r := w.change(h, "wrong", better).Want(401, "credentials_wrong"); r.Body["remaining"] != 1.0 {
		t.Errorf("remaining %v, want 1", r.Body["remaining"])
	}
	w.change(h, password, better).Want(200, "")
	w.Pass(time.Second)
	if r := w.change(w.SignIn("zhouqiang", account.App), "wrong", password); r.Body["remaining"] != 4.0 {
		t.Errorf("after the change: remaining %v, want 4", r.Body["remaining"])
	}
}

func TestGuessesAtOnce(t *testing.T) {
	w := start(t, func(s *account.Settings) { s.AddressFailures = 1000 })
	h := w.SignIn("zhouqiang", account.App)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			r := w.change(h, fmt.Sprint("wrong", i), better)
			if r.Status != 401 && r.Status != 429 {
				t.Errorf("%d %s", r.Status, r.Raw)
			}
		})
	}
	wg.Wait()
	if w.hasher.verified > 5 {
		t.Errorf("%d passwords were compared", w.hasher.verified)
	}
}

// An open session has a strict count of its own, so the failures of its address do not
// count. What succeeds does: each of these requests compares passwords.
func TestAddress(t *testing.T) {
	w := start(t, func(s *account.Settings) { s.AddressFailures, s.AddressCalls = 1, 3 })
	h := w.SignIn("zhouqiang", account.App)
	for range 2 {
		w.change(h, "wrong", better).Want(401, "credentials_wrong")
	}
	for range 3 {
		w.change(h, password, password).Want(422, "password_weak")
	}
	w.change(h, password, better).Want(429, "rate_limited").Golden("rate-limited")
	w.Pass(time.Hour)
	w.change(h, password, better).Want(200, "")
}

// Of several changes at once one wins, and the others find their session over.
func TestPasswordOnce(t *testing.T) {
	w := start(t)
	defer w.Check()
	h := w.SignIn("zhouqiang", account.App)
	replies := make([]functiontest.Reply, 4)
	var wg sync.WaitGroup
	for i := range replies {
		wg.Go(func() { replies[i] = w.change(h, password, fmt.Sprintf("Lanhua#825%d", i)) })
	}
	wg.Wait()
	done := 0
	for _, r := range replies {
		if r.Status == 200 {
			done++
		} else if r.Text("code") != "session_expired" && r.Text("code") != "credentials_wrong" {
			t.Errorf("%d %s", r.Status, r.Raw)
		}
	}
	if got := w.audited(w.Person("zhouqiang").Staff.Code); done != 1 || len(got) != 1 {
		t.Errorf("%d changed the password, audit %v", done, got)
	}
}

// A page has to be the one that asks, and loses the cookie of its session.
func TestPage(t *testing.T) {
	w := start(t)
	c := functiontest.Call{
		Path: "/v1/me/password", Header: w.SignIn("zhouqiang", account.MobileWeb), Body: m{"currentPassword": password, "password": better, "confirmPassword": better},
	}
	delete(c.Header, "Sec-Fetch-Site")
	w.Do(c).Want(403, "cross_site").Golden("cross-site")
	c.Header["Sec-Fetch-Site"] = "same-origin"
	if r := w.Do(c).Want(200, "").Golden("password-changed-page"); len(r.Cookies) != 1 {
		t.Errorf("cookies %v", r.Cookies)
	}
}

// TestPhoneTakesAProof: a code must have been proved in the session a short while ago.
// Nothing else is looked at before that.
func TestPhoneTakesAProof(t *testing.T) {
	w := start(t)
	h := w.SignIn("zhouqiang", account.App)
	w.Pass(10 * time.Minute)
	ticket := w.begin(h, password, fresh).Want(202, "").Text("ticket")
	code, sent := w.Texts.Code(), w.Texts.Count()
	w.Pass(time.Millisecond)
	w.hasher.verified = 0
	w.begin(h, password, fresh).Want(403, "step_up_required").Golden("step-up-required")
	w.begin(h, "wrong", "no number").Want(403, "step_up_required")
	w.finish(h, ticket, code).Want(403, "step_up_required")
	w.Do(functiontest.Call{Path: "/v1/me/phone", Header: h, Body: "no JSON"}).Want(403, "step_up_required")
	if w.hasher.verified != 0 || w.Texts.Count() != sent {
		t.Errorf("%d passwords compared, %d texts", w.hasher.verified, w.Texts.Count()-sent)
	}
	w.begin(w.SignIn("zhouqiang", account.App), password, fresh).Want(429, "code_too_soon") // a session of its own proof
	if p := w.Person("zhouqiang").Staff; p.Phone.E164() != "+8613700000007" {
		t.Errorf("the phone is %s", p.Phone.E164())
	}
}

func TestPhone(t *testing.T) {
	w := start(t)
	h, other := w.SignIn("zhouqiang", account.App), w.SignIn("zhouqiang", account.MobileWeb)
	before := w.Person("zhouqiang")
	open := w.recovery()
	w.Counter.Reset()
	ticket := w.begin(h, password, " 137-0000-0017 ").Want(202, "").Golden("code-sent").Text("ticket")
	w.WantTrips("me: phone, begin")
	if to := w.Texts.Last().To.E164(); to != "+8613700000017" || !strings.Contains(w.Texts.Last().Text, "更换绑定手机号") {
		t.Errorf("%s got %q", to, w.Texts.Last().Text)
	}
	if w.Person("zhouqiang").Staff.Phone != before.Staff.Phone || !w.owner(fresh).IsZero() {
		t.Error("something changed before the code")
	}

	code := w.Texts.Code()
	w.Counter.Reset()
	w.finish(h, ticket, code).Want(200, "").Golden("phone-changed")
	w.WantTrips("me: phone, finish")
	p := w.Person("zhouqiang")
	if p.Staff.Phone.E164() != "+8613700000017" || p.Staff.Version != before.Staff.Version+1 || p.Staff.Revision != before.Staff.Revision+1 {
		t.Errorf("the record is %+v", p.Staff)
	}
	if p.Account.Epoch != before.Account.Epoch+1 || p.Account.DeviceEpoch != before.Account.DeviceEpoch+1 || p.Account.Password != before.Account.Password {
		t.Errorf("the account is %+v", p.Account)
	}
	if !w.owner("13700000007").IsZero() || w.owner(fresh) != p.Staff.Code {
		t.Error("the unique name did not move")
	}
	w.get(h, "/v1/me").Want(401, "session_expired")
	w.get(other, "/v1/me").Want(401, "session_expired")
	if err := w.again(open); codeOf(err) != "ticket_invalid" {
		t.Errorf("a ticket from before: %v", err)
	}
	told := w.Texts.Last()
	if told.To != before.Staff.Phone || w.Texts.Count() != 2 || len([]rune(told.Text)) > 70 || strings.Contains(told.Text, "137") {
		t.Errorf("%s was told %q", told.To.E164(), told.Text)
	}
	if got := slices.Sorted(slices.Values(w.audited(p.Staff.Code))); len(got) != 2 || got[0] != "ask_phone phone  → +86 137*****017" || got[1] != "change_phone phone +86 137*****007 → +86 137*****017" {
		t.Errorf("audit %v", got)
	}
	w.finish(w.SignIn("zhouqiang", account.App), ticket, code).Want(410, "ticket_invalid").Golden("ticket-spent")
}

func TestPhoneRefusals(t *testing.T) {
	w := start(t)
	h := w.SignIn("zhouqiang", account.App)
	for _, tt := range []struct {
		golden string
		edit   func(body m)
		status int
		code   string
	}{
		{"phone-missing", func(b m) { clear(b) }, 422, "field_invalid"},
		{"phone-both-steps", func(b m) { b["ticket"] = "x" }, 422, "field_invalid"},
		{"phone-form", func(b m) { b["phone"] = "0571-88000000" }, 422, "field_invalid"},
		{"phone-masked", func(b m) { b["phone"] = "137*****017" }, 422, "field_invalid"},
		{"phone-area", func(b m) { b["areaCode"] = "+1" }, 422, "field_invalid"},
		{"phone-area-off", func(b m) { b["areaCode"], b["phone"] = "+886", "912345671" }, 422, "field_invalid"},
		{"phone-other-area", func(b m) { b["areaCode"], b["phone"] = "+852", "+86"+fresh }, 422, "field_invalid"},
		{"phone-unknown-field", func(b m) { b["name"] = "周强" }, 400, "body_invalid"},
		{"phone-same", func(b m) { b["phone"] = "+8613700000007" }, 422, "field_invalid"},
		{"phone-taken", func(b m) { b["phone"] = "13700000001" }, 409, "phone_taken"},
	} {
		body := m{"currentPassword": password, "areaCode": "+86", "phone": fresh}
		tt.edit(body)
		w.Do(functiontest.Call{Path: "/v1/me/phone", Header: h, Body: body}).Want(tt.status, tt.code).Golden(tt.golden)
	}
	w.begin(nil, password, fresh).Want(401, "session_missing")
	// Without the password nothing is said about a number.
	for _, phone := range []string{fresh, "13700000001", "13700000007"} {
		w.begin(h, "Chaoxi#4928", phone).Want(401, "credentials_wrong")
	}
	if w.Texts.Count() != 0 {
		t.Errorf("%d texts", w.Texts.Count())
	}
	w.begin(h, password, fresh).Want(202, "")
}

// An account that is the old number cannot stay behind, and cannot be changed
// along.
func TestAccountIsPhone(t *testing.T) {
	w := start(t)
	h := w.SignIn("zhouqiang", account.App)
	pk := "STAFF#" + w.Person("zhouqiang").Staff.Code.String()
	w.set(pk, "STAFF", m{"account": "13700000007"})
	w.begin(h, password, fresh).Want(422, "field_invalid").Golden("account-is-phone")
	w.set(pk, "STAFF", m{"account": "zhouqiang"})
	ticket := w.begin(h, password, fresh).Want(202, "").Text("ticket")
	w.set(pk, "STAFF", m{"account": "13700000007"})
	w.finish(h, ticket, w.Texts.Code()).Want(422, "field_invalid")
}

// A person may name only so many numbers a day, whosever they are. What was not
// texted does not count.
func TestNumbersADay(t *testing.T) {
	w := start(t, longProof, func(s *account.Settings) { s.TextsADay = 4 })
	h := w.SignIn("zhouqiang", account.App)
	w.Texts.Refuse(account.ErrSMSRefused)
	for range 5 {
		w.begin(h, password, fresh).Want(503, "sms_unavailable")
	}
	w.Texts.Refuse(nil)
	for i := range 2 {
		w.begin(h, password, fmt.Sprintf("1370000002%d", i)).Want(202, "")
		w.begin(h, password, "13700000001").Want(409, "phone_taken")
		w.begin(h, password, fmt.Sprintf("1370000002%d", i)).Want(429, "code_too_soon")
	}
	w.begin(h, password, fresh).Want(429, "code_daily_limit").Golden("daily-limit")
	w.begin(h, password, "13700000001").Want(429, "code_daily_limit")       // or it would tell for ever who is here
	w.begin(w.SignIn("linwei", account.App), password, fresh).Want(202, "") // whose turn the refused one did not take
	w.Pass(12 * time.Hour)
	w.begin(h, password, "13700000029").Want(202, "")
}

func TestResend(t *testing.T) {
	w := start(t)
	h := w.SignIn("zhouqiang", account.App)
	ticket := w.begin(h, password, fresh).Want(202, "").Text("ticket")
	first := w.Texts.Code()
	if err := w.again(ticket); codeOf(err) != "code_too_soon" {
		t.Errorf("at once: %v", err)
	}
	w.begin(h, password, fresh).Want(429, "code_too_soon").Golden("too-soon")
	w.Pass(time.Minute)
	if err := w.again(ticket); err != nil {
		t.Fatal(err)
	}
	if w.Texts.Last().To.National() != fresh || w.Texts.Code() == first {
		t.Errorf("%s got %q again", w.Texts.Last().To.E164(), w.Texts.Last().Text)
	}
	if r := w.finish(h, ticket, first).Want(400, "code_wrong").Golden("code-wrong"); r.Body["remaining"] != 4.0 {
		t.Errorf("remaining %v", r.Body["remaining"])
	}
	w.finish(h, ticket, w.Texts.Code()).Want(200, "")
}

// A change of the password ends the ticket, for one more code too.
func TestPasswordEndsTheTicket(t *testing.T) {
	w := start(t)
	h := w.SignIn("zhouqiang", account.App)
	ticket := w.begin(h, password, fresh).Want(202, "").Text("ticket")
	code := w.Texts.Code()
	w.change(h, password, better).Want(200, "")
	w.Pass(time.Minute)
	if err := w.again(ticket); codeOf(err) != "ticket_invalid" {
		t.Errorf("one more code: %v", err)
	}
	w.finish(w.SignIn("zhouqiang", account.App), ticket, code).Want(410, "ticket_invalid")
}

func TestCodes(t *testing.T) {
	w := start(t, longProof)
	h := w.SignIn("zhouqiang", account.App)
	ticket := w.begin(h, password, fresh).Want(202, "").Text("ticket")
	code := w.Texts.Code()
	w.finish(h, "", code).Want(422, "field_invalid").Golden("ticket-missing")
	w.finish(h, ticket, "12345").Want(422, "field_invalid").Golden("code-form")
	w.finish(h, "unknown", code).Want(410, "ticket_invalid")
	for _, left := range []float64{4, 3, 2, 1} {
		if r := w.finish(h, ticket, w.Texts.Wrong()).Want(400, "code_wrong"); r.Body["remaining"] != left {
			t.Errorf("remaining %v, want %v", r.Body["remaining"], left)
		}
	}
	w.finish(h, ticket, w.Texts.Wrong()).Want(429, "code_tries_spent").Golden("tries-spent")
	w.finish(h, ticket, code).Want(429, "code_tries_spent")

	w.Pass(time.Minute)
	ticket = w.begin(h, password, fresh).Want(202, "").Text("ticket")
	w.Pass(5 * time.Minute)
	w.finish(h, ticket, w.Texts.Code()).Want(410, "code_expired").Golden("code-expired")
	w.Pass(25 * time.Minute)
	w.finish(h, ticket, w.Texts.Code()).Want(410, "ticket_invalid")
}

// A ticket is good for its person and its purpose alone.
func TestTicketsStayApart(t *testing.T) {
	w := start(t)
	h, theirs := w.SignIn("zhouqiang", account.App), w.SignIn("linwei", account.App)
	ticket := w.begin(h, password, fresh).Want(202, "").Text("ticket")
	code := w.Texts.Code()
	w.finish(theirs, ticket, code).Want(410, "ticket_invalid")
	set := account.SetPassword{Store: w.Store, Hasher: w.hasher, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Pinyin: pinyin.Read, Now: w.Now, Random: w.Random}
	_, err := set.Run(context.Background(), audit.Call{}, account.SetPasswordInput{Ticket: ticket, Code: code, Password: better, ConfirmPassword: better})
	if codeOf(err) != "ticket_invalid" {
		t.Errorf("it sets a password: %v", err)
	}
	verify := account.VerifyLogin{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	_, err = verify.Run(context.Background(), audit.Call{}, account.VerifyLoginInput{Ticket: ticket, Code: code})
	if codeOf(err) != "ticket_invalid" {
		t.Errorf("it signs in: %v", err)
	}
	raise := account.RaiseRecovery{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	if _, err = raise.Run(context.Background(), audit.Call{}, account.RaiseRecoveryInput{Ticket: ticket, Reason: "换号"}); codeOf(err) != "ticket_invalid" {
		t.Errorf("it raises a request: %v", err)
	}

	recovery := w.recovery()
	if err := w.again(recovery); err != nil {
		t.Fatal(err)
	}
	w.finish(h, recovery, w.Texts.Code()).Want(410, "ticket_invalid")
	w.finish(h, ticket, code).Want(200, "")
}

// Two who want one number: the first gets it.
func TestClaimedMeanwhile(t *testing.T) {
	w := start(t)
	defer w.Check()
	h, theirs := w.SignIn("zhouqiang", account.App), w.SignIn("linwei", account.App)
	ticket := w.begin(h, password, fresh).Want(202, "").Text("ticket")
	code := w.Texts.Code()
	w.Pass(time.Minute)
	second := w.begin(theirs, password, fresh).Want(202, "").Text("ticket")
	w.finish(theirs, second, w.Texts.Code()).Want(200, "")
	texts := w.Texts.Count()
	w.finish(h, ticket, code).Want(409, "phone_taken").Golden("phone-taken-meanwhile")
	p := w.Person("zhouqiang")
	if p.Staff.Phone.National() != "13700000007" || w.owner("13700000007") != p.Staff.Code || w.Texts.Count() != texts {
		t.Errorf("half done: %+v", p.Staff)
	}
	w.get(h, "/v1/me").Want(200, "")
}

// What else is edited meanwhile stays, and does not matter; being frozen does.
func TestEditedMeanwhile(t *testing.T) {
	w := start(t)
	h := w.SignIn("zhouqiang", account.App)
	p := w.Person("zhouqiang")
	pk := "STAFF#" + p.Staff.Code.String()
	ticket := w.begin(h, password, fresh).Want(202, "").Text("ticket")
	w.set(pk, "STAFF", m{"account_state": "frozen"})
	w.finish(h, ticket, w.Texts.Code()).Want(410, "ticket_invalid")
	w.set(pk, "STAFF", m{"account_state": "active", "home_address": "临江区", "revision": p.Staff.Revision + 7, "version": p.Staff.Version + 3})
	w.finish(h, ticket, w.Texts.Code()).Want(200, "")
	now := w.Person("zhouqiang").Staff
	if now.HomeAddress != "临江区" || now.Revision != p.Staff.Revision+8 || now.Version != p.Staff.Version+4 || now.Phone.National() != fresh {
		t.Errorf("the record is %+v", now)
	}
}

// Of several with the right code at once one changes the phone, once.
func TestPhoneOnce(t *testing.T) {
	w := start(t)
	defer w.Check()
	h := w.SignIn("zhouqiang", account.App)
	before := w.Person("zhouqiang").Staff
	ticket := w.begin(h, password, fresh).Want(202, "").Text("ticket")
	code := w.Texts.Code()
	replies := make([]functiontest.Reply, 5)
	var wg sync.WaitGroup
	for i := range replies {
		wg.Go(func() { replies[i] = w.finish(h, ticket, code) })
	}
	wg.Wait()
	done := 0
	for _, r := range replies {
		if r.Status == 200 {
			done++
		} else if r.Status < 400 || r.Status > 499 {
			t.Errorf("%d %s", r.Status, r.Raw)
		}
	}
	if now := w.Person("zhouqiang").Staff; done != 1 || now.Version != before.Version+1 || w.Texts.Count() != 2 {
		t.Errorf("%d changed the phone, version %d, %d texts", done, now.Version, w.Texts.Count())
	}
}

// That the old number cannot be told does not undo what is done.
func TestNoticeFails(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		w := start(t)
		h := w.SignIn("zhouqiang", account.App)
		ticket := w.begin(h, password, fresh).Want(202, "").Text("ticket")
		w.Texts.Refuse(account.ErrSMSRefused)
		w.finish(h, ticket, w.Texts.Code()).Want(200, "")
	})
	t.Run("no budget", func(t *testing.T) {
		w := start(t, func(s *account.Settings) { s.SMSDailyBudget, s.BudgetActivation = 1, 1 })
		h := w.SignIn("zhouqiang", account.App)
		ticket := w.begin(h, password, fresh).Want(202, "").Text("ticket")
		w.finish(h, ticket, w.Texts.Code()).Want(200, "")
		if w.Texts.Count() != 1 {
			t.Errorf("%d texts beyond the budget", w.Texts.Count()-1)
		}
	})
}

func TestNoBudget(t *testing.T) {
	w := start(t, func(s *account.Settings) { s.SMSDailyBudget = 2 }) // of which 80 % is one
	h := w.SignIn("zhouqiang", account.App)
	w.begin(h, password, "13700000018").Want(202, "")
	w.begin(h, password, fresh).Want(503, "sms_unavailable").Golden("sms-unavailable")
}

// signIn begins a session of 周强 as the sign-in does.
func (w world) signIn(client account.Client, device, address string, second bool) {
	w.T.Helper()
	secret, err := account.NewSecret(w.Random)
	if err != nil {
		w.T.Fatal(err)
	}
	id, err := staff.NewID(w.Random)
	if err != nil {
		w.T.Fatal(err)
	}
	p, err := w.Store.SignInState(context.Background(), w.Person("zhouqiang").Staff.Code)
	if err != nil {
		w.T.Fatal(err)
	}
	s := account.Session{
		Hash: secret.Hash(), ID: id, Staff: p.Staff.Code, Client: client, DeviceName: device, Epoch: p.Account.Epoch, CreatedAt: w.Now(), LastUsed: w.Now(), Dies: w.Now().Add(time.Hour),
	}
	if second {
		s.ProvedAt = w.Now()
	}
	line := account.SignIn{ID: id, At: w.Now(), Outcome: account.WasSignedIn, Client: client, DeviceName: device, Address: address}
	if err := w.Store.StartSession(context.Background(), s, []account.SignIn{line}, p.TakeSlot(s, w.Settings)); err != nil {
		w.T.Fatal(err)
	}
}

func TestSignIns(t *testing.T) {
	w := start(t)
	for i := range 24 {
		w.signIn(account.MobileWeb, "", fmt.Sprintf("192.0.2.%d", i), false)
		w.Pass(time.Hour)
	}
	w.signIn(account.App, "周强的手机", "2001:db8::7", true)
	h, _ := w.session("linwei")
	if r := w.get(h, "/v1/me/sign-ins?limit=1"); r.Body["next"] != nil {
		t.Errorf("another's are shown: %s", r.Raw)
	}

	w.Pass(time.Minute)
	token, code := w.session("zhouqiang")
	w.Counter.Reset()
	w.get(token, "/v1/me/sign-ins?limit=2").Want(200, "").Golden("sign-ins")
	w.WantTrips("me: sign-ins")
	seen, cursor, pages := []string{}, "", 0
	for {
		path := "/v1/me/sign-ins"
		if cursor != "" {
			path += "?cursor=" + cursor
		}
		r := w.get(token, path).Want(200, "")
		pages++
		for _, item := range r.Body["items"].([]any) {
			seen = append(seen, item.(m)["at"].(string))
		}
		if cursor = r.Text("next"); cursor == "" {
			break
		}
		w.get(h, "/v1/me/sign-ins?cursor="+cursor).Want(422, "field_invalid").Golden("cursor-of-another")
	}
	if len(seen) != 25 || pages != 2 {
		t.Errorf("%d lines in %d pages", len(seen), pages)
	}
	for i := range len(seen) - 1 {
		if seen[i] <= seen[i+1] {
			t.Errorf("%s comes before %s", seen[i], seen[i+1])
		}
	}
	for _, tt := range []struct{ golden, query string }{
		{"limit-zero", "limit=0"}, {"limit-large", "limit=101"}, {"limit-text", "limit=x"}, {"cursor-bad", "cursor=eyJrIjoiMSJ9"}, {"query-unknown", "page=2"},
	} {
		w.get(token, "/v1/me/sign-ins?"+tt.query).Want(422, "field_invalid").Golden(tt.golden)
	}

	// What is kept no longer is shown no longer, even by a cursor that was kept.
	cursor = w.get(token, "/v1/me/sign-ins?limit=24").Want(200, "").Text("next")
	w.Pass(account.SignInHistoryLife - 90*time.Minute)
	token = w.resume(code)
	if items := w.get(token, "/v1/me/sign-ins").Want(200, "").Body["items"].([]any); len(items) != 2 {
		t.Errorf("%d lines are left, want 2", len(items))
	}
	if items := w.get(token, "/v1/me/sign-ins?cursor="+cursor).Want(200, "").Body["items"].([]any); len(items) != 0 {
		t.Errorf("%d lines after a cursor that is over", len(items))
	}
}

// session is a session that leaves no line in the history; resume is the same at
// another time.
func (w world) session(name string) (header, staff.EmployeeCode) {
	c := w.Person(name).Staff.Code
	return w.resume(c), c
}

func (w world) resume(c staff.EmployeeCode) header {
	w.T.Helper()
	p, err := w.Store.Person(context.Background(), c)
	if err != nil {
		w.T.Fatal(err)
	}
	secret, err := account.NewSecret(w.Random)
	if err != nil {
		w.T.Fatal(err)
	}
	// Without a line in the history, which would be seen.
	_, err = w.DB.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &w.Table, Item: w.item(m{
		"pk": "STAFF#" + c.String(), "sk": "SESSION#" + secret.Hash(), "kind": "session", "hash": secret.Hash(), "id": "hT5mZc0QvR2yXk8LsB4nJw", "staff": c.String(),
		"client": "app", "epoch": p.Account.Epoch, "created_ms": w.Now().UnixMilli(), "last_used_ms": w.Now().UnixMilli(), "expires": w.Now().Add(time.Hour).Unix(),
	})})
	if err != nil {
		w.T.Fatal(err)
	}
	_, err = w.DB.UpdateItem(context.Background(), &dynamodb.UpdateItemInput{
		TableName: &w.Table, Key: w.item(m{"pk": "STAFF#" + c.String(), "sk": "ACCOUNT"}), UpdateExpression: aws.String("SET seats = :seats"),
		ExpressionAttributeValues: w.item(m{":seats": []m{{"hash": secret.Hash(), "at_ms": w.Now().UnixMilli()}}}),
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return header{"Authorization": "Bearer " + account.Token{Staff: c, Secret: secret}.Reveal()}
}

// The events that developers invoke the function with are ones that it serves.
func TestEvents(t *testing.T) {
	w := start(t)
	serve := httpapi.Serve(slog.New(slog.DiscardHandler), "me", w.routes())
	files, err := filepath.Glob("../../events/me*.json")
	if err != nil || len(files) != 5 {
		t.Fatalf("%d events, %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var e httpapi.Event
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		reply, err := serve(context.Background(), e)
		if err != nil || reply.StatusCode != 401 || !strings.Contains(reply.Body, "session_expired") { // its token is made up
			t.Errorf("%s: %d %s, %v", file, reply.StatusCode, reply.Body, err)
		}
	}
}
