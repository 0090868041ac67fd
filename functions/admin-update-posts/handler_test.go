package main

import (
	"context"
	"fmt"
	"math/rand/v2"
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

const (
	civilServant = "BIAN_ZHI_GONG_WU_YUAN_BIAN_ZHI"
	otherLevel   = "ZHI_JI_QI_TA"
	ordinary     = "REN_YUAN_JU_SE_PU_TONG_YONG_HU"
)

type world struct {
	*functiontest.World
	functiontest.Function
	chenjing, linwei map[string]string
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
	f := w.Serve(routes(httpapi.Auth{Authorize: w.Auth()}, admin.UpdatePosts{
		Store: w.Store, Dictionaries: &staff.DictionaryList{Store: w.Store, Now: w.Now},
		Notices: account.Notices{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings},
		Keys:    w.Keys, Now: w.Now, Random: w.Random, Pinyin: pinyin.Read,
	}))
	return world{w, f, w.SignIn("chenjing", account.Console), w.SignIn("linwei", account.Console)}
}

func (w world) patch(header map[string]string, code string, body any) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Method: "PATCH", Path: "/v1/admin/staff/" + code, Header: header, Body: body})
}

// complete is what an administrator submits for 张敏, who lacks everything.
func complete(s staff.Staff) m {
	return m{
		"version": s.Version, "budgetedPost": civilServant, "jobLevel": otherLevel,
		"posts": []m{{"id": s.Posts[0].ID.String(), "role": ordinary}, {"id": s.Posts[1].ID.String(), "role": ordinary}},
	}
}

func TestComplete(t *testing.T) {
	w := start(t)
	s := w.Person("zhangmin").Staff
	code := s.Code.String()

	// Half of it is not enough, and nothing of it happens.
	half := complete(s)
	delete(half, "jobLevel")
	half["posts"] = []m{{"id": s.Posts[1].ID.String(), "role": nil}}
	w.patch(w.linwei, code, half).Want(422, "field_invalid").Golden("still-open")
	if after := w.Person("zhangmin").Staff; after.Version != s.Version || after.BudgetedPost != "" {
		t.Errorf("%+v", after)
	}

	w.Counter.Reset()
	w.patch(w.linwei, code, complete(s)).Want(200, "").Golden("ok")
	w.WantTrips("admin-update-posts")
	if after := w.Person("zhangmin").Staff; !after.Complete() || after.Version != s.Version+1 {
		t.Errorf("%+v", after)
	}
	w.patch(w.linwei, code, complete(s)).Want(409, "version_conflict").Golden("version-conflict")

	now := w.Person("zhangmin").Staff
	w.patch(w.chenjing, code, m{"version": now.Version, "posts": []m{}, "removedPosts": []string{now.Posts[1].ID.String()}}).Want(200, "").Golden("post-ended")
	now = w.Person("zhangmin").Staff
	if len(now.ActivePosts()) != 1 || len(now.Posts) != 2 {
		t.Errorf("%+v", now.Posts)
	}
	// A contact may be cleared, and so it is.
	w.patch(w.chenjing, code, m{"version": now.Version, "posts": []m{{"id": now.Posts[0].ID.String(), "officePhone": nil, "title": "副科长"}}}).Want(200, "")
	if p := w.Person("zhangmin").Staff.Posts[0]; p.OfficePhone != "" || p.Title != "副科长" {
		t.Errorf("%+v", p)
	}
}

func TestAnswersInOrder(t *testing.T) {
	w := start(t)
	s := w.Person("zhangmin").Staff
	code := s.Code.String()
	with := func(member string, value any) m {
		body := complete(s)
		body[member] = value
		return body
	}
	w.patch(nil, code, "not json").Want(401, "session_missing")
	w.patch(w.SignIn("zhouqiang", account.App), code, "not json").Want(403, "permission_denied").Golden("permission-denied")
	w.patch(w.linwei, "nobody", "not json").Want(404, "staff_missing").Golden("staff-missing")
	w.patch(w.linwei, w.Person("zhouqiang").Staff.Code.String(), "not json").Want(404, "staff_missing")
	w.patch(w.linwei, code, "not json").Want(400, "body_invalid").Golden("malformed")
	w.patch(w.linwei, code, `{"version":1,"version":1}`).Want(400, "body_invalid").Golden("twice")
	w.patch(w.linwei, code, `{"version":1,"state":"active"}`).Want(400, "body_invalid")
	w.patch(w.linwei, code, `{"version":1} {}`).Want(400, "body_invalid")
	w.patch(w.linwei, code, m{"version": "1", "name": 5, "posts": []m{{"order": "1", "role": 7}}}).Want(422, "field_invalid").Golden("types")
	w.patch(w.linwei, code, m{}).Want(422, "field_invalid")
	w.patch(w.linwei, code, with("phone", "+86 137*****004")).Want(422, "field_invalid").Golden("masked")
	w.patch(w.linwei, code, with("jobLevel", "ZHI_JI_KE_ZHANG")).Want(422, "field_invalid").Golden("not-a-choice")
	w.patch(w.linwei, code, with("version", 99)).Want(409, "version_conflict")
	w.patch(w.chenjing, code, with("phone", "13700000007")).Want(409, "phone_taken").Golden("phone-taken")
	w.patch(w.chenjing, code, with("account", "zhouqiang")).Want(409, "account_taken").Golden("account-taken")
	w.patch(w.chenjing, code, with("account", "13700000007")).Want(409, "account_taken")                                    // which is his phone
	w.patch(w.linwei, w.Person("linwei").Staff.Code.String(), m{"version": 1, "name": "林炜"}).Want(403, "permission_denied") // oneself
	w.patch(w.linwei, code, with("removedPosts", []string{s.Posts[1].ID.String()})).Want(422, "field_invalid")              // named twice
	concurrent := complete(s)
	concurrent["posts"], concurrent["removedPosts"] = []m{{"id": s.Posts[0].ID.String(), "role": ordinary}}, []string{s.Posts[1].ID.String()}
	w.patch(w.linwei, code, concurrent).Want(403, "permission_denied") // a post in another unit
	elsewhere := complete(s)
	elsewhere["posts"] = append(elsewhere["posts"].([]m), m{"unit": s.Posts[1].Unit.String(), "org": s.Posts[1].Org.String(), "jobType": "attached", "role": ordinary, "order": 1})
	w.patch(w.linwei, code, elsewhere).Want(404, "org_missing").Golden("org-missing")
	left := w.Person("sunli").Staff
	w.patch(w.chenjing, left.Code.String(), m{"version": left.Version, "phone": "13700000088"}).Want(409, "state_conflict").Golden("state-conflict")
	if after := w.Person("zhangmin").Staff; after.Version != s.Version {
		t.Errorf("something was changed: %+v", after)
	}
	w.patch(w.chenjing, code, with("phone", "13700000088")).Want(200, "")
}

func TestReadingIsNotEditing(t *testing.T) {
	w := start(t)
	s := w.Person("zhangmin").Staff
	reads := account.Grant{ID: "reads", Type: account.AuditGrant, Org: w.Person("linwei").Account.Grants[0].Org}
	if err := w.Store.Grant(context.Background(), w.Person("zhouqiang").Staff.Code, reads, audit.Entry{ID: "reads", At: w.Now(), Subject: "x"}); err != nil {
		t.Fatal(err)
	}
	w.patch(w.SignIn("zhouqiang", account.Console), s.Code.String(), complete(s)).Want(403, "permission_denied")
}

func (w world) changePhone(to string) functiontest.Reply {
	w.T.Helper()
	s := w.Person("zhangmin").Staff
	body := complete(s)
	body["phone"] = to
	return w.patch(w.chenjing, s.Code.String(), body)
}

func TestPhone(t *testing.T) {
	w := start(t)
	session := w.SignIn("zhangmin", account.App)
	was := w.Person("zhangmin")
	body := complete(was.Staff)
	body["phone"] = "137 0000 0099"
	w.Counter.Reset()
	w.patch(w.chenjing, was.Staff.Code.String(), body).Want(200, "")
	w.WantTrips("admin-update-posts: phone")
	now := w.Person("zhangmin")
	if now.Staff.Phone.E164() != "+8613700000099" || now.Staff.Version != was.Staff.Version+1 ||
		now.Account.Epoch != was.Account.Epoch+1 || now.Account.DeviceEpoch != was.Account.DeviceEpoch+1 || now.Account.Password != was.Account.Password {
		t.Errorf("%+v", now)
	}
	owners, err := w.Store.NameOwners(t.Context(), []staff.Phone{was.Staff.Phone, now.Staff.Phone}, nil)
	if err != nil || !owners[0].IsZero() || owners[1] != was.Staff.Code {
		t.Errorf("the numbers are %v's, %v", owners, err)
	}
	if w.SignedIn(session) {
		t.Error("a session outlived the phone")
	}
	if told := w.Texts.Last(); w.Texts.Count() != 1 || told.To != was.Staff.Phone || !strings.Contains(told.Text, "手机号已更换") || strings.Contains(told.Text, "137") {
		t.Errorf("%d texts, the last %+v", w.Texts.Count(), told)
	}
	if got := w.audited(was.Staff.Code)["phone"]; got != "+86 137*****004 → +86 137*****099" {
		t.Errorf("audit: %s", got)
	}

	// The same number is no other, however it is written, and nothing else is told.
	w.changePhone("0086 137-0000-0099").Want(200, "")
	w.changePhone("13700000007").Want(409, "phone_taken")
	if p := w.Person("zhangmin"); p.Account.Epoch != now.Account.Epoch || w.Texts.Count() != 1 {
		t.Errorf("epoch %d, %d texts", p.Account.Epoch, w.Texts.Count())
	}
}

// That the old number cannot be told undoes nothing; what is not changed, nobody
// is told of.
// An account that is the phone is shown and written down as the phone is.
func TestPhoneAsAccount(t *testing.T) {
	w := start(t)
	s := w.PhoneAsAccount("zhangmin")
	w.Pass(time.Second)
	code := s.Code.String()
	stale := complete(s)
	stale["version"] = s.Version - 1
	r := w.patch(w.chenjing, code, stale).Want(409, "version_conflict")
	if got := r.Body["current"].(m)["account"]; got != "+86 137*****004" || strings.Contains(r.Raw, "13700000004") {
		t.Errorf("a conflict shows the account %s", got)
	}
	both := complete(s)
	both["account"], both["phone"] = "+86 137*****004", "13700000099"
	if r := w.patch(w.chenjing, code, both).Want(422, "field_invalid"); r.Body["errors"].([]any)[0].(m)["code"] != "masked" {
		t.Errorf("a masked account: %s", r.Raw)
	}
	both["account"] = "13700000099"
	w.patch(w.chenjing, code, both).Want(200, "")
	if got := w.audited(s.Code)["account"]; got != "+86 137*****004 → +86 137*****099" {
		t.Errorf("audit: %s", got)
	}
}

func TestNoticeFails(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		w := start(t)
		w.Texts.Refuse(account.ErrSMSRefused)
		w.changePhone("13700000099").Want(200, "")
		if p := w.Person("zhangmin").Staff.Phone; p.E164() != "+8613700000099" {
			t.Error(p.E164())
		}
	})
	t.Run("no budget", func(t *testing.T) {
		w := start(t, func(s *account.Settings) { s.SMSDailyBudget = 2 }) // of which 80 % is one
		w.changePhone("13700000007").Want(409, "phone_taken")
		w.changePhone("13700000098").Want(200, "")
		if w.Texts.Count() != 1 {
			t.Errorf("%d texts: what was refused used up the budget", w.Texts.Count())
		}
		w.changePhone("13700000099").Want(200, "")
		if w.Texts.Count() != 1 {
			t.Errorf("%d texts beyond the budget", w.Texts.Count()-1)
		}
	})
}

// audited are the changes of the latest entry about a person, by field.
func (w world) audited(c staff.EmployeeCode) map[string]string {
	w.T.Helper()
	log, err := w.Store.AuditEntries(context.Background(), admin.AuditRange{Of: c, To: w.Now().Add(time.Hour), Limit: 50})
	if err != nil {
		w.T.Fatal(err)
	}
	said := map[string]string{}
	for _, change := range log.Entries[0].Changes {
		said[change.Field] = change.Old + " → " + change.New
	}
	return said
}

// Each field goes where it belongs, and is held to its rule.
func TestEveryField(t *testing.T) {
	w := start(t)
	s := w.Person("zhangmin").Staff
	code, post := s.Code.String(), s.Posts[0].ID.String()
	with := func(version int64, person, of m) m {
		body := complete(s)
		body["version"] = version
		for k, v := range person {
			body[k] = v
		}
		for k, v := range of {
			body["posts"].([]m)[0][k] = v
		}
		return body
	}
	long := strings.Repeat("长", 255)
	w.patch(w.chenjing, code, with(s.Version,
		m{"name": long, "account": long, "areaCode": "+1", "phone": "12345", "shortNumber": long, "gender": "3", "idCard": "110105194912310021", "birthDate": "1990-02-30",
			"budgetedPost": "ZHI_JI_QI_TA", "jobLevel": civilServant, "homeAddress": long, "politicalStatus": "99"},
		m{"jobType": "boss", "title": long, "role": "R", "order": 0, "email": "a@b", "officePhone": long, "officeAddress": long},
	)).Want(422, "field_invalid").Golden("everything-wrong")

	// As long as may be, in characters.
	name, address := strings.Repeat("张", staff.MaxName), strings.Repeat("路", staff.MaxHomeAddress)
	w.patch(w.chenjing, code, with(s.Version,
		m{"name": name, "account": "Zhang.Min", "areaCode": "+886", "phone": "912345678", "shortNumber": "66123", "gender": "2", "idCard": "11010519491231002x",
			"birthDate": "1949-12-31", "homeAddress": address, "politicalStatus": "13"},
		m{"title": strings.Repeat("科", staff.MaxTitle), "order": staff.MaxOrder, "email": "zm@zj.gov.cn", "officePhone": "0571-1", "officeAddress": address},
	)).Want(200, "")
	now := w.Person("zhang.min").Staff
	p := now.Posts[0]
	if now.Name != name || len(now.Pinyin.Syllables) != staff.MaxName || now.Phone.E164() != "+886912345678" || now.ShortNumber != "66123" || now.Gender != "2" ||
		now.IDCard != "11010519491231002X" || now.BirthDate != "1949-12-31" || now.BudgetedPost != civilServant || now.JobLevel != otherLevel ||
		now.HomeAddress != address || now.PoliticalStatus != "13" {
		t.Errorf("%+v", now)
	}
	if p.ID.String() != post || len([]rune(p.Title)) != staff.MaxTitle || p.Role != ordinary || p.Order != staff.MaxOrder || p.Email != "zm@zj.gov.cn" || p.OfficePhone != "0571-1" || p.OfficeAddress != address {
		t.Errorf("%+v", p)
	}
	said := w.audited(s.Code)
	for field, want := range map[string]string{
		"idCard": " → 110*************2X", "phone": "+86 137*****004 → +886 91*****78", "account": "zhangmin → zhang.min", "posts[" + post + "].email": s.Posts[0].Email + " → zm@zj.gov.cn",
	} {
		if said[field] != want {
			t.Errorf("audit: %s: %s, want %s", field, said[field], want)
		}
	}

	for area, number := range map[string]string{"+852": "61234567", "+853": "66123456", "+86": "13700000004"} {
		w.patch(w.chenjing, code, m{"version": w.Person("zhang.min").Staff.Version, "areaCode": area, "phone": number}).Want(200, "")
	}
	cleared := m{"shortNumber": nil, "idCard": "", "birthDate": nil, "homeAddress": " ", "politicalStatus": nil}
	w.patch(w.chenjing, code, with(w.Person("zhang.min").Staff.Version, cleared, m{"title": nil, "email": "", "officePhone": nil, "officeAddress": nil})).Want(200, "")
	now = w.Person("zhang.min").Staff
	if p := now.Posts[0]; now.ShortNumber+now.IDCard+now.BirthDate+now.HomeAddress+now.PoliticalStatus+p.Title+p.Email+p.OfficePhone+p.OfficeAddress != "" {
		t.Errorf("not cleared: %+v", now)
	}
}

// Whose new name has a polyphone is found by each of its readings.
func TestPolyphone(t *testing.T) {
	w := start(t)
	s := w.Person("zhangmin").Staff
	body := complete(s)
	body["name"] = "李长江"
	w.patch(w.chenjing, s.Code.String(), body).Want(200, "")
	for _, q := range []string{"lichangjiang", "lizhangjiang", "changj", "lizj"} {
		text, _ := staff.ParseSearchQuery(q)
		if _, found := text.First(w.Person("zhangmin").Staff, 1, true); !found {
			t.Errorf("%s does not find 李长江", q)
		}
	}
}

// 调动: the main post moves to another unit, out of one administrator's sight.
func TestTransfer(t *testing.T) {
	w := start(t)
	s := w.Person("zhangmin").Staff
	home, away := s.Posts[0], s.Posts[1]
	move := complete(s)
	move["posts"].([]m)[0]["unit"], move["posts"].([]m)[0]["org"] = away.Unit.String(), away.Org.String()
	move["posts"] = move["posts"].([]m)[:1]
	move["removedPosts"] = []string{away.ID.String()}
	w.patch(w.linwei, s.Code.String(), move).Want(403, "permission_denied") // the post that ends is not in scope
	w.patch(w.chenjing, s.Code.String(), move).Want(200, "").Golden("moved")
	now := w.Person("zhangmin").Staff
	if main, _ := now.MainPost(); main.ID != home.ID || main.Unit != away.Unit || main.Org != away.Org || len(now.ActivePosts()) != 1 {
		t.Errorf("%+v", now.Posts)
	}
	said := w.audited(s.Code)
	if path := "posts[" + home.ID.String() + "]."; said[path+"unit"] != home.Unit.String()+" → "+away.Unit.String() || said[path+"org"] != home.Org.String()+" → "+away.Org.String() ||
		said["posts["+away.ID.String()+"].active"] != "true → false" {
		t.Errorf("audit: %v", said)
	}
	w.patch(w.linwei, s.Code.String(), complete(now)).Want(404, "staff_missing")
}

// Of the posts that have ended the last ten stay in the record.
func TestTenEndedPosts(t *testing.T) {
	w := start(t)
	s := w.Person("zhangmin").Staff
	code, home := s.Code.String(), s.Posts[0]
	body := complete(s)
	w.patch(w.chenjing, code, body).Want(200, "")
	var ended []string // newest first
	for round := range 4 {
		s = w.Person("zhangmin").Staff
		var gone []string
		for _, p := range s.ActivePosts()[1:] {
			gone = append(gone, p.ID.String())
		}
		ended = append(slices.Clone(gone), ended...)
		var added []m
		for i := range 4 {
			added = append(added, m{"unit": home.Unit.String(), "org": home.Org.String(), "jobType": "attached", "role": ordinary, "order": round*10 + i + 1})
		}
		w.patch(w.chenjing, code, m{"version": s.Version, "posts": added, "removedPosts": gone}).Want(200, "")
	}
	s = w.Person("zhangmin").Staff
	var kept []string
	for _, p := range s.Posts {
		if !p.Active {
			kept = append(kept, p.ID.String())
		}
	}
	if len(ended) != 13 || len(s.ActivePosts()) != 5 || !slices.Equal(kept, ended[:staff.MaxEndedPosts]) {
		t.Errorf("%d active; kept %v of %v", len(s.ActivePosts()), kept, ended)
	}
	w.patch(w.chenjing, code, m{"version": s.Version, "removedPosts": kept[:1]}).Want(422, "field_invalid").Golden("ended-already")
}

func TestTwoAdministrators(t *testing.T) {
	w := start(t)
	defer w.Check()
	s := w.Person("zhangmin").Staff
	first, second := complete(s), complete(s)
	second["jobLevel"] = "ZHI_JI_FU_XIAN_CHU_JI"
	replies := make([]functiontest.Reply, 2)
	var wait sync.WaitGroup
	wait.Go(func() { replies[0] = w.patch(w.linwei, s.Code.String(), first) })
	wait.Go(func() { replies[1] = w.patch(w.chenjing, s.Code.String(), second) })
	wait.Wait()
	won, lost := replies[0], replies[1]
	if won.Status != 200 {
		won, lost = lost, won
	}
	won.Want(200, "")
	current, _ := lost.Want(409, "version_conflict").Body["current"].(map[string]any)
	after := w.Person("zhangmin").Staff
	if current["version"] != won.Body["version"] || current["jobLevel"] != after.JobLevel || strings.Contains(lost.Raw, s.Phone.National()) {
		t.Errorf("current %v, but the record is %+v", current, after)
	}
}

// Many edit the same two people at once, who come by each other's phones and
// accounts. Every answer is one of the contract, each 200 is one version, and in
// the end the table agrees with itself.
func TestEditsAtRandom(t *testing.T) {
	w := start(t)
	defer w.Check()
	people := []staff.Staff{w.Person("zhangmin").Staff, w.Person("zhouqiang").Staff}
	w.patch(w.chenjing, people[0].Code.String(), complete(people[0])).Want(200, "")
	places := []staff.Post{people[0].Posts[0], people[0].Posts[1], people[1].Posts[0]}
	won := make([][2]int, 4)
	var wait sync.WaitGroup
	for i := range won {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(11, uint64(i)))
			for range 16 {
				whom := r.IntN(2)
				p, err := w.Store.Person(context.Background(), people[whom].Code)
				if err != nil {
					t.Error(err)
					return
				}
				post := p.Staff.ActivePosts()[r.IntN(len(p.Staff.ActivePosts()))]
				place := places[r.IntN(len(places))]
				body := m{"version": p.Staff.Version, "posts": []m{}}
				switch r.IntN(7) {
				case 0:
					body["phone"] = []string{"13700000004", "13700000007", "13700000088"}[r.IntN(3)]
				case 1:
					body["account"] = []string{"zhangmin", "zhouqiang", "13700000088", "zhang.min"}[r.IntN(4)]
				case 2:
					body["name"] = []string{"张敏", "章敏", "周强"}[r.IntN(3)]
				case 3:
					body["posts"] = []m{{"unit": place.Unit.String(), "org": place.Org.String(), "jobType": "attached", "role": ordinary, "order": 1 + r.IntN(9)}}
				case 4:
					body["posts"] = []m{{"id": post.ID.String(), "unit": place.Unit.String(), "org": place.Org.String(), "jobType": post.JobType}}
				case 5:
					if post.JobType != staff.MainJob {
						body["removedPosts"] = []string{post.ID.String()}
					}
				case 6: // the main post is another one
					if post.JobType != staff.MainJob {
						body["posts"] = []m{{"id": post.ID.String(), "jobType": "main"}, {"id": p.Staff.Posts[0].ID.String(), "jobType": "concurrent"}}
					}
				}
				switch got := w.patch(w.chenjing, p.Staff.Code.String(), body); {
				case strings.Contains(fmt.Sprint(got.Raw), fmt.Sprintf(`"version":%d`, p.Staff.Version)) && got.Status == 200: // it was so already
				case got.Status == 200:
					won[i][whom]++
				case got.Status != 409 && got.Status != 422:
					t.Errorf("%v: %d %s", body, got.Status, got.Raw)
				}
			}
		})
	}
	wait.Wait()
	for whom, was := range people {
		edits := 0
		for _, n := range won {
			edits += n[whom]
		}
		p, err := w.Store.Person(context.Background(), was.Code)
		if err != nil {
			t.Fatal(err)
		}
		if whom == 0 {
			edits++ // what made her complete
		}
		if edits < 8 || p.Staff.Version != was.Version+int64(edits) {
			t.Errorf("%d edits from version %d on made version %d", edits, was.Version, p.Staff.Version)
		}
	}
}

// A date of birth that is not the ID card's is accepted with a warning, each time that the
// record is shown to be so.
func TestWarnings(t *testing.T) {
	w := start(t)
	s := w.Person("zhangmin").Staff
	body := complete(s)
	body["idCard"], body["birthDate"], body["gender"] = "330199199003070026", "1991-03-07", "2"
	w.patch(w.chenjing, s.Code.String(), body).Want(200, "").Golden("warnings")
	for birth, warns := range map[string]bool{"1991-03-07": true, "1990-03-07": false} {
		r := w.patch(w.chenjing, s.Code.String(), m{"version": w.Person("zhangmin").Staff.Version, "birthDate": birth}).Want(200, "")
		if (r.Body["warnings"] != nil) != warns {
			t.Errorf("%s: %s", birth, r.Raw)
		}
	}
	w.patch(w.chenjing, s.Code.String(), m{"version": w.Person("zhangmin").Staff.Version, "gender": "1"}).Want(422, "field_invalid").Golden("another-sex")
}
