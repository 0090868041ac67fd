package main

import (
	"context"
	"strings"
	"sync"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/functiontest"
	"chaoxi/shared/httpapi"
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

func start(t *testing.T) world {
	t.Parallel()
	w := functiontest.New(t)
	dictionaries, err := seed.Dictionaries()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Store.LoadDictionaries(context.Background(), dictionaries); err != nil {
		t.Fatal(err)
	}
	f := w.Serve(routes(httpapi.Auth{Authorize: w.Auth()}, admin.UpdatePosts{
		Store: w.Store, Dictionaries: &staff.DictionaryList{Store: w.Store, Now: w.Now}, Keys: w.Keys, Now: w.Now, Random: w.Random, Pinyin: read,
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
	if cost := w.Counter.Cost(); cost.Trips > 4 { // who is calling, and three
		t.Errorf("%d trips: %v", cost.Trips, cost.Calls)
	}
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

func TestTwoAdministrators(t *testing.T) {
	w := start(t)
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

// Whatever call fails, the record is either as it was or all of the edit, and an
// administrator who tries again gets there.
func TestFaults(t *testing.T) {
	w := start(t)
	code := w.Person("zhangmin").Staff.Code
	for _, kind := range []dynamotest.Kind{dynamotest.NotSent, dynamotest.AnswerLost} {
		for call := 1; call <= 5; call++ {
			s := w.Person("zhangmin").Staff
			w.Faults.Set(dynamotest.Fault{Kind: kind, Call: call, Attempts: dynamotest.Always})
			r := w.patch(w.linwei, code.String(), complete(s))
			w.Faults.Set()
			p, err := w.Store.Person(context.Background(), code)
			if err != nil {
				t.Fatal(err)
			}
			switch r.Status {
			case 200:
				if p.Staff.Version != s.Version+1 {
					t.Errorf("%v in call %d: answered 200, version %d", kind, call, p.Staff.Version)
				}
			default:
				r.Want(503, "unavailable")
				if n := p.Staff.Version - s.Version; n != 0 && (kind != dynamotest.AnswerLost || n != 1) {
					t.Errorf("%v in call %d: version %d after %d", kind, call, p.Staff.Version, s.Version)
				}
			}
		}
	}
	w.patch(w.linwei, code.String(), complete(w.Person("zhangmin").Staff)).Want(200, "")
}
