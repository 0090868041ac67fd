package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/seed"
	"chaoxi/shared/staff"
)

type m = map[string]any

type world struct {
	*functiontest.World
	functiontest.Function
	chenjing, linwei map[string]string
	home, away       staff.Post // 张敏's posts: in 林伟's scope, and beyond it
}

func start(t *testing.T, change ...func(*account.Settings)) world {
	t.Parallel()
	w := functiontest.New(t)
	for _, c := range change {
		c(&w.Settings)
	}
	dictionaries, err := seed.Dictionaries()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Store.LoadDictionaries(context.Background(), dictionaries); err != nil {
		t.Fatal(err)
	}
	f := w.Serve(routes(httpapi.Auth{Authorize: w.Auth()}, admin.AddStaff{
		Store: w.Store, Dictionaries: &staff.DictionaryList{Store: w.Store, Now: w.Now},
		Notices: account.Notices{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings},
		Now:     w.Now, Random: w.Random, Pinyin: pinyin.Read, Index: staff.Indexer{Store: w.Store, Now: w.Now, Random: rand.Reader}.Run, // it draws as often as it tries
	}))
	posts := w.Person("zhangmin").Staff.Posts
	return world{w, f, w.SignIn("chenjing", account.Console), w.SignIn("linwei", account.Console), posts[0], posts[1]}
}

func (w world) post(header map[string]string, body any) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Path: "/v1/admin/staff", Header: header, Body: body})
}

// body is what an administrator of 数据局 submits for 曾芳, the n-th of that name.
func (w world) body(n int) m {
	return m{
		"name": "曾 芳", "account": fmt.Sprintf("ZengFang%d", n), "areaCode": "+86", "phone": fmt.Sprintf("137 0000 %04d", 100+n), "gender": "2",
		"idCard": idCard(2 * n), "birthDate": "1949-12-31", "budgetedPost": "BIAN_ZHI_GONG_WU_YUAN_BIAN_ZHI", "jobLevel": "ZHI_JI_QI_TA",
		"posts": []m{w.main(), {
			"unit": w.home.Unit.String(), "org": w.home.Org.String(), "jobType": "concurrent", "role": "REN_YUAN_JU_SE_GAO_JI_YONG_HU", "order": 7,
		}},
		"sendActivationSms": true,
	}
}

func (w world) main() m {
	return m{
		"unit": w.home.Unit.String(), "org": w.home.Unit.String(), "jobType": "main", "title": "科员", "role": "REN_YUAN_JU_SE_PU_TONG_YONG_HU", "order": 12,
		"email": "zf@example.gov.cn", "officePhone": "0571-88000000", "officeAddress": nil,
	}
}

func with(body m, member string, value any) m {
	if body[member] = value; value == nil {
		delete(body, member)
	}
	return body
}

// audited are the entries about a person, without those about texts.
func (w world) audited(c staff.EmployeeCode) []admin.AuditRow {
	return slices.DeleteFunc(w.entries(c), func(e admin.AuditRow) bool { return e.Action == audit.Invite })
}

// invitations are the entries about texts to a person.
func (w world) invitations(c staff.EmployeeCode) []admin.AuditRow {
	return slices.DeleteFunc(w.entries(c), func(e admin.AuditRow) bool { return e.Action != audit.Invite })
}

func (w world) entries(c staff.EmployeeCode) []admin.AuditRow {
	w.T.Helper()
	log, err := w.Store.AuditEntries(context.Background(), admin.AuditRange{Of: c, To: w.Now().Add(time.Hour), Limit: 50})
	if err != nil {
		w.T.Fatal(err)
	}
	return log.Entries
}

// idCard is the number of an ID card with a serial number.
func idCard(serial int) string {
	number, sum := fmt.Sprintf("11010519491231%03d", serial), 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(number[i]-'0') * weight
	}
	return number + "10x98765432"[sum%11:sum%11+1]
}

// One ID card belongs to one person in service.
func TestAddWithAnIDCardThatIsTaken(t *testing.T) {
	w := start(t)
	w.post(w.linwei, w.body(1)).Want(201, "")
	w.post(w.linwei, with(w.body(2), "idCard", idCard(2))).Want(409, "id_card_taken").Golden("id-card-taken")
	if p := w.Person("zengfang2"); !p.Staff.Code.IsZero() {
		t.Errorf("%+v", p.Staff)
	}
	by := w.Permit(account.Caller{Staff: w.Person("chenjing").Staff.Code, Epoch: w.Person("chenjing").Account.Epoch, Grants: w.Person("chenjing").Account.Grants}, account.StaffEdit)
	left, err := admin.LoadTarget{Store: w.Store, Keys: w.Keys, Now: w.Now}.Run(t.Context(), by, w.Person("zengfang1").Staff.Code.String())
	if err != nil {
		t.Fatal(err)
	}
	states := admin.ChangeState{Store: w.Store, Keys: w.Keys, Now: w.Now, Random: w.Random}
	if _, err := states.Run(t.Context(), audit.Call{}, by, left, admin.StateInput{Action: admin.Leave, Reason: "调离"}); err != nil {
		t.Fatal(err)
	}
	w.post(w.linwei, with(w.body(2), "idCard", idCard(2))).Want(201, "")
}

func TestAdd(t *testing.T) {
	w := start(t)
	w.Counter.Reset()
	r := w.post(w.linwei, w.body(1)).Want(201, "").Golden("added")
	w.WantTrips("admin-add-staff")
	p := w.Person("zengfang1")
	s := p.Staff
	if s.Code.String() != r.Text("employeeCode") || s.Version != 1 || s.Revision != 1 || s.Employment != staff.InService || s.State != staff.Pending ||
		!s.RegisteredAt.Equal(w.Now()) || !s.ActivatedAt.IsZero() || !s.Complete() {
		t.Errorf("%+v", s)
	}
	if s.Name != "曾 芳" || s.Phone.E164() != "+8613700000101" || s.IDCard != "11010519491231002X" || len(s.Posts) != 2 || s.Posts[0].Title != "科员" || s.Posts[1].Order != 7 {
		t.Errorf("%+v", s)
	}
	if got := s.Pinyin; !slices.Equal(got.Syllables, []string{"zeng", "fang"}) || len(got.SurnameOther) != 1 || !slices.Equal(got.SurnameOther[0], []string{"ceng"}) {
		t.Errorf("read as %+v", got)
	}
	if w.Person("13700000101").Staff.Code != s.Code || p.Account.Password != "" || len(p.Account.Grants) != 0 {
		t.Errorf("the phone leads to %v; %+v", w.Person("13700000101").Staff.Code, p.Account)
	}
	invited := w.Texts.Last()
	if invited.To != s.Phone || !strings.Contains(invited.Text, "新账号激活") || strings.Contains(invited.Text, "曾") {
		t.Errorf("%s was told %q", invited.To.E164(), invited.Text)
	}

	log := w.audited(s.Code)
	if got := w.invitations(s.Code); len(got) != 1 || fmt.Sprint(got[0].Changes) != "[{activationSms  sent false}]" || got[0].Actor != log[0].Actor {
		t.Errorf("invitations in the audit: %+v", got)
	}
	if len(log) != 1 || log[0].Action != "add_staff" || log[0].Actor != w.Person("linwei").Staff.Code || log[0].Call.ID != "req-1" {
		t.Fatalf("audit %+v", log)
	}
	said := map[string]string{}
	for _, c := range log[0].Changes {
		if c.Old != "" {
			t.Errorf("%+v was something before", c)
		}
		said[c.Field] = c.New
	}
	main := "posts[" + s.Posts[0].ID.String() + "]."
	for field, want := range map[string]string{
		"name": "曾 芳", "account": "zengfang1", "phone": "+86 137*****101", "gender": "2", "idCard": "110*************2X", "birthDate": "1949",
		"budgetedPost": s.BudgetedPost, "jobLevel": s.JobLevel, "employment": "in_service", "accountState": "pending",
		main + "unit": w.home.Unit.String(), main + "org": w.home.Unit.String(), main + "jobType": "main", main + "title": "科员", main + "role": s.Posts[0].Role,
		main + "order": "12", main + "email": "zf@example.gov.cn", main + "officePhone": "0571-88000000",
	} {
		if said[field] != want {
			t.Errorf("the audit has %q for %s, want %q", said[field], field, want)
		}
	}

	// The invitation has taken nothing from the activation that follows it.
	activate := account.SendCode{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	if _, err := activate.Activate(t.Context(), audit.Call{Address: "192.0.2.9"}, "zengfang1", "曾芳", ""); err != nil {
		t.Errorf("the person cannot activate: %v", err)
	}

	w.post(w.linwei, with(w.body(2), "sendActivationSms", nil)).Want(201, "").Golden("added-silently")
	if w.Texts.Count() != 2 {
		t.Errorf("%d texts", w.Texts.Count())
	}
}

// A client that never saw the answer asks again with the same key, and gets the person
// who was added, whatever became of them since.
func TestAgain(t *testing.T) {
	w := start(t)
	keyed := func(header map[string]string) map[string]string { return beside(header, "Idempotency-Key", "6f0c2c6e") }
	first := w.post(keyed(w.linwei), w.body(1)).Want(201, "")
	again := w.post(keyed(w.linwei), w.body(1)).Want(200, "").Golden("again")
	if again.Text("employeeCode") != first.Text("employeeCode") || w.Texts.Count() != 1 {
		t.Errorf("%s, %d texts", again.Raw, w.Texts.Count())
	}
	w.Pass(w.Settings.TextInterval)
	if again = w.post(keyed(w.linwei), w.body(1)).Want(200, ""); again.Text("activationSms") != "sent" || w.Texts.Count() != 2 {
		t.Errorf("%s, %d texts", again.Raw, w.Texts.Count())
	}
	s := w.Person("zengfang1").Staff
	if log := w.audited(s.Code); len(log) != 1 || s.Version != 1 {
		t.Errorf("version %d, %d entries", s.Version, len(log))
	}

	w.post(keyed(w.linwei), with(w.body(1), "jobLevel", "ZHI_JI_YI_JI_KE_YUAN")).Want(409, "idempotency_conflict").Golden("key-used")
	w.post(w.linwei, w.body(1)).Want(409, "account_taken").Golden("account-taken")
	w.post(w.linwei, with(w.body(1), "account", "zengfang9")).Want(409, "phone_taken").Golden("phone-taken")
	w.post(keyed(w.chenjing), w.body(1)).Want(409, "account_taken")
	states := admin.ChangeState{Store: w.Store, Keys: w.Keys, Now: w.Now, Random: w.Random}
	by := w.Permit(account.Caller{Staff: w.Person("chenjing").Staff.Code, Epoch: w.Person("chenjing").Account.Epoch, Grants: w.Person("chenjing").Account.Grants}, account.StaffEdit)
	target, err := admin.LoadTarget{Store: w.Store, Keys: w.Keys, Now: w.Now}.Run(t.Context(), by, s.Code.String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := states.Run(t.Context(), audit.Call{}, by, target, admin.StateInput{Action: admin.Freeze, Reason: "测试"}); err != nil {
		t.Fatal(err)
	}
	again = w.post(keyed(w.linwei), w.body(1)).Want(200, "")
	if again.Text("employeeCode") != first.Text("employeeCode") || w.Texts.Count() != 2 {
		t.Errorf("%s, %d texts", again.Raw, w.Texts.Count())
	}
	w.post(beside(w.linwei, "Idempotency-Key", "a b"), w.body(2)).Want(422, "field_invalid")
}

func TestAnswersInOrder(t *testing.T) {
	w := start(t)
	w.post(nil, "not json").Want(401, "session_missing")
	w.post(w.SignIn("zhouqiang", account.App), "not json").Want(403, "permission_denied").Golden("permission-denied")
	w.Do(functiontest.Call{Path: "/v1/admin/staff", Body: "x", Header: beside(w.linwei, "Content-Type", "text/plain")}).Want(415, "media_type")
	w.post(w.linwei, "not json").Want(400, "body_invalid").Golden("malformed")
	w.post(w.linwei, with(w.body(1), "version", 1)).Want(400, "body_invalid")
	w.post(w.linwei, with(w.body(1), "removedPosts", []string{})).Want(400, "body_invalid")
	w.post(w.linwei, with(w.body(1), "posts", []m{with(w.main(), "id", w.home.ID.String())})).Want(400, "body_invalid")
	w.post(w.linwei, m{"name": 5, "posts": []m{{"order": "1"}}, "sendActivationSms": "yes"}).Want(422, "field_invalid").Golden("types")
	w.post(w.linwei, m{"posts": []m{{}}}).Want(422, "field_invalid").Golden("empty")
	w.post(w.linwei, m{}).Want(422, "field_invalid")
	w.post(w.linwei, with(with(w.body(1), "phone", "+86 137*****004"), "account", "+86 137*****004")).Want(422, "field_invalid").Golden("masked")

	// Whose scope, before what is wrong; what is wrong, before whose name.
	elsewhere := with(w.main(), "org", w.away.Org.String())
	elsewhere["unit"] = w.away.Unit.String()
	w.post(w.linwei, with(with(w.body(1), "posts", []m{elsewhere}), "jobLevel", "?")).Want(404, "org_missing").Golden("org-missing")
	w.post(w.linwei, with(with(w.body(1), "account", "zhangmin"), "jobLevel", "?")).Want(422, "field_invalid").Golden("not-a-choice")
	w.post(w.linwei, with(w.body(1), "account", "zhangmin")).Want(409, "account_taken")
	w.post(w.linwei, with(w.body(1), "account", "13700000007")).Want(409, "account_taken") // 周强's phone
	w.post(w.linwei, with(w.body(1), "account", "13799999999")).Want(422, "field_invalid") // nobody's
	w.post(w.linwei, with(w.body(1), "phone", "13700000007")).Want(409, "phone_taken")
	shut := w.org(w.home.Org)
	shut.Closed = true
	if err := w.Store.LoadOrgs(t.Context(), []staff.Org{shut}, staff.Orgs{}); err != nil {
		t.Fatal(err)
	}
	w.post(w.linwei, w.body(1)).Want(409, "org_closed").Golden("org-closed")

	if owners, err := w.Store.NameOwners(t.Context(), nil, []staff.Account{must(staff.ParseAccount("zengfang1"))}); err != nil || !owners[0].IsZero() || w.Texts.Count() != 0 {
		t.Errorf("somebody was added: %v, %v, %d texts", owners, err, w.Texts.Count())
	}
	w.post(w.chenjing, with(w.body(1), "posts", []m{elsewhere})).Want(201, "")
	own := with(with(w.body(2), "posts", []m{w.main()}), "account", "13700000102") // the person's own number may be the account
	w.post(w.linwei, own).Want(201, "")
}

func (w world) org(c staff.OrgCode) staff.Org {
	w.T.Helper()
	orgs, err := w.Store.Orgs(context.Background(), []staff.OrgCode{c})
	if err != nil {
		w.T.Fatal(err)
	}
	return orgs[c]
}

func beside(header map[string]string, name, value string) map[string]string {
	more := map[string]string{name: value}
	for k, v := range header {
		more[k] = v
	}
	return more
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// That nobody can be texted keeps nobody off the register, and costs nothing.
func TestTextFails(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		w := start(t)
		w.Texts.Refuse(account.ErrSMSRefused)
		keyed := beside(w.linwei, "Idempotency-Key", "6f0c2c6e")
		w.post(keyed, w.body(1)).Want(201, "").Golden("not-sent")
		w.Texts.Refuse(nil)
		if r := w.post(keyed, w.body(1)).Want(200, ""); r.Text("activationSms") != "sent" { // at once: no minute was used up
			t.Error(r.Raw)
		}
	})
	t.Run("no answer", func(t *testing.T) {
		w := start(t)
		w.Texts.Refuse(errors.New("connection reset"))
		if r := w.post(w.linwei, w.body(1)).Want(201, ""); r.Text("activationSms") != "sent" { // it may have been
			t.Error(r.Raw)
		}
	})
	t.Run("budget", func(t *testing.T) {
		w := start(t, func(s *account.Settings) { s.SMSDailyBudget = 2 }) // of which 80 % is one
		w.post(w.linwei, with(w.body(1), "account", "zhangmin")).Want(409, "account_taken")
		for n, want := range []string{"sent", "not_sent"} {
			if r := w.post(w.linwei, w.body(n)).Want(201, ""); r.Text("activationSms") != want {
				t.Errorf("%s, want %s", r.Raw, want)
			}
		}
	})
	t.Run("a day's texts to one phone", func(t *testing.T) {
		w := start(t, func(s *account.Settings) { s.TextsADay = 2 })
		for n, want := range []string{"sent", "sent", "not_sent"} {
			if r := w.post(beside(w.linwei, "Idempotency-Key", "6f0c2c6e"), w.body(1)); r.Text("activationSms") != want {
				t.Errorf("%d: %s, want %s", n, r.Raw, want)
			}
			w.Pass(w.Settings.TextInterval)
		}
	})
}

// Of all who want a name at once one gets it, and who meant the same person is
// answered with that one.
func TestManyAtOnce(t *testing.T) {
	w := start(t)
	defer w.Check()
	bodies := []m{w.body(1), w.body(1), with(w.body(1), "jobLevel", "ZHI_JI_YI_JI_KE_YUAN"), with(w.body(2), "account", "zengfang1"), with(w.body(1), "account", "zengfang3")}
	replies := make([]functiontest.Reply, len(bodies))
	var wait sync.WaitGroup
	for i, b := range bodies {
		header := w.linwei
		if i < 2 { // the same request twice
			header = beside(header, "Idempotency-Key", "6f0c2c6e")
		}
		wait.Go(func() { replies[i] = w.post(header, b) })
	}
	wait.Wait()
	added := 0
	for i, r := range replies {
		switch {
		case r.Status == 201:
			added++
		case r.Status == 200 && i < 2:
		default:
			r.Want(409, r.Text("code"))
		}
	}
	if added == 0 || added > 2 { // two, if one took the account with a phone of its own, and one the phone
		t.Errorf("%d were added", added)
	}
	for _, name := range []string{"zengfang1", "zengfang3", "13700000101", "13700000102"} {
		s := w.Person(name).Staff
		if s.Code.IsZero() {
			continue
		}
		if log := w.audited(s.Code); len(log) != 1 || s.Version != 1 || w.Person(s.Account.String()).Staff.Code != s.Code || w.Person(s.Phone.E164()).Staff.Code != s.Code {
			t.Errorf("%s leads to %+v with %d entries", name, s, len(log))
		}
	}
}

// A date of birth may be another one than the ID card's: cadres' files lawfully have it.
func TestIDCardAndBirthDate(t *testing.T) {
	w := start(t)
	day := func(years, days int) string {
		return w.Now().In(time.FixedZone("CST", 8*3600)).AddDate(-years, 0, days).Format(time.DateOnly)
	}
	const card = "330199199003070034"
	for n, tt := range []struct {
		name, card, birth, gender, account string
		status                             int
		want, golden                       string // the field at fault
	}{
		{"another sex", card, "1991-03-07", "2", "", 422, "idCard", "another-sex"},
		{"no such province", "100106199003070011", "1990-03-07", "1", "", 422, "idCard", ""},
		{"born today", "", day(0, 0), "1", "", 422, "birthDate", ""},
		{"a child", "", day(11, 60), "1", "", 422, "birthDate", ""},
		{"a day short of 14 years", "", day(14, 1), "1", "", 422, "birthDate", ""},
		{"14 years today", "", day(14, 0), "1", "", 201, "", ""},
		{"100 years", "", day(101, 0), "1", "", 422, "birthDate", ""},
		{"somebody else's card as account", "", "1990-03-07", "1", card, 422, "account", ""},
		{"another date", card, "1991-03-07", "1", "", 201, "birthDate", "another-birth-date"},
		{"the own card as account", "330199199003070018", "1990-03-07", "1", "330199199003070018", 201, "", ""},
	} {
		body := with(with(with(w.body(10+n), "idCard", tt.card), "birthDate", tt.birth), "gender", tt.gender)
		if tt.account != "" {
			body["account"] = tt.account
		}
		code := map[int]string{422: "field_invalid"}[tt.status]
		r := w.post(w.linwei, body).Want(tt.status, code)
		if tt.golden != "" {
			r.Golden(tt.golden)
		}
		member := map[int]string{201: "warnings", 422: "errors"}[tt.status]
		list, _ := r.Body[member].([]any)
		if got := fmt.Sprint(list); (tt.want == "") != (len(list) == 0) || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s", tt.name, r.Raw)
		}
		if strings.Contains(r.Raw, tt.card) && tt.card != "" {
			t.Errorf("%s: the answer has the whole number: %s", tt.name, r.Raw)
		}
	}
	again := beside(w.linwei, "Idempotency-Key", "6f0c2c6e")
	body := with(with(with(w.body(30), "idCard", "330199199003070050"), "birthDate", "1991-03-07"), "gender", "1")
	for _, status := range []int{201, 200} {
		if r := w.post(again, body).Want(status, ""); r.Body["warnings"] == nil {
			t.Errorf("%d: %s", status, r.Raw)
		}
	}
	own := w.audited(w.Person("330199199003070018").Staff.Code)
	if len(own) != 1 || strings.Contains(fmt.Sprint(own), "330199199003070018") || !strings.Contains(fmt.Sprint(own), "330*************18") {
		t.Errorf("%+v", own)
	}
}

// Whose a name is, is told of 30 people out of sight in an hour, and each time it is
// audited. Then a free name is refused in the same way.
func TestNamesOfPeopleOutOfSight(t *testing.T) {
	w := start(t)
	zhouqiang := w.Person("zhouqiang").Staff
	like := func(phone string) functiontest.Reply { return w.post(w.linwei, with(w.body(1), "account", phone)) }
	for range 15 {
		like(zhouqiang.Phone.National()).Want(409, "account_taken")
		like("13799999998").Want(422, "field_invalid")
		w.post(w.linwei, with(w.body(1), "phone", zhouqiang.Phone.National())).Want(409, "phone_taken")
	}
	log := w.audited(zhouqiang.Code)
	if len(log) != 30 || log[0].Action != "probe_name" || log[0].Actor != w.Person("linwei").Staff.Code || !slices.ContainsFunc(log, func(e admin.AuditRow) bool {
		return slices.Equal(e.Changes, []audit.Change{{Field: "account", New: zhouqiang.Phone.Masked()}})
	}) {
		t.Errorf("%d entries: %+v", len(log), log)
	}
	like(zhouqiang.Phone.National()).Want(429, "rate_limited").Golden("rate-limited")
	like("13799999998").Want(429, "rate_limited").Golden("rate-limited")
	w.post(w.linwei, w.body(1)).Want(429, "rate_limited").Golden("rate-limited")
	w.post(w.linwei, with(w.body(1), "jobLevel", "?")).Want(422, "field_invalid")
	w.post(w.chenjing, with(w.body(1), "phone", zhouqiang.Phone.National())).Want(409, "phone_taken") // she sees him
	if log := w.audited(zhouqiang.Code); len(log) != 30 {
		t.Errorf("%d entries", len(log))
	}
	w.Pass(time.Hour)
	w.linwei = w.SignIn("linwei", account.Console)
	w.post(w.linwei, w.body(1)).Want(201, "")
}
