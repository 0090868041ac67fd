package main

import (
	"maps"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/httpapi"
)

type m = map[string]any

type world struct {
	*functiontest.World
	functiontest.Function
	chenjing, linwei map[string]string
}

func start(t *testing.T) world {
	w := functiontest.New(t)
	f := w.Serve(routes(httpapi.Auth{Authorize: w.Auth()}, admin.LoadTarget{Store: w.Store, Keys: w.Keys, Now: w.Now}, admin.Reveal{Store: w.Store, Keys: w.Keys, Now: w.Now, Random: w.Random}, account.SignInHistory{Store: w.Store, Keys: w.Keys, Now: w.Now}))
	return world{w, f, w.SignIn("chenjing", account.Console), w.SignIn("linwei", account.Console)}
}

func (w world) get(header map[string]string, code string) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Method: "GET", Path: "/v1/admin/staff/" + code, Header: header})
}

func (w world) reveal(header map[string]string, code string, body any) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Path: "/v1/admin/staff/" + code + "/reveal", Header: header, Body: body})
}

func (w world) code(name string) string { return w.Person(name).Staff.Code.String() }

func TestRecord(t *testing.T) {
	t.Parallel()
	w := start(t)
	code := w.code("zhangmin")
	w.Counter.Reset()
	r := w.get(w.linwei, code).Want(200, "").Golden("ok")
	w.WantTrips("admin-get-staff")
	phone := w.Person("zhangmin").Staff.Phone.National()
	if strings.Contains(r.Raw, phone) {
		t.Error("the phone is not masked")
	}
	w.get(w.chenjing, w.code("zhouqiang")).Want(200, "").Golden("complete")
	own := w.PhoneAsAccount("zhouqiang").Code.String()
	if r := w.get(w.chenjing, own).Want(200, ""); r.Body["account"] != "+86 137*****007" || strings.Contains(r.Raw, "13700000007") {
		t.Errorf("an account that is the phone is shown as %s", r.Body["account"])
	}
	w.get(w.chenjing, "GE_"+strings.Repeat("0", 32)).Want(404, "staff_missing").Golden("nobody")
	w.get(w.chenjing, "zhangmin").Want(404, "staff_missing")
	w.get(w.linwei, own).Want(404, "staff_missing") // another unit's
	w.get(nil, w.code("zhangmin")).Want(401, "session_missing")
	w.get(w.SignIn("13700000007", account.App), w.code("zhangmin")).Want(403, "permission_denied")
}

func TestRecordOfWhoHasLeft(t *testing.T) {
	t.Parallel()
	w := start(t)
	// The name leads nowhere any more, but the account does.
	w.get(w.linwei, w.code("sunli")).Want(200, "").Golden("left")
}

// TestSignIns: an administrator reads what the person reads, within the scope.
func TestSignIns(t *testing.T) {
	t.Parallel()
	w := start(t)
	code := w.Person("zhangmin").Staff.Code
	for i := range 3 {
		line := account.SignIn{ID: "AAAAAAAAAAAAAAAAAAAAAA", At: w.Now(), Outcome: []account.Outcome{account.WasFailed, account.WasLocked, account.WasSignedOut}[i], Client: account.App, Address: "192.0.2.7"}
		if i == 2 {
			line.Address = "" // an administrator did it
		}
		if err := w.Store.AddSignIn(t.Context(), code, line); err != nil {
			t.Fatal(err)
		}
		w.Pass(time.Minute)
	}
	get := func(header map[string]string, code, query string) functiontest.Reply {
		return w.Do(functiontest.Call{Method: "GET", Path: "/v1/admin/staff/" + code + "/sign-ins" + query, Header: header})
	}
	w.Counter.Reset()
	next := get(w.linwei, code.String(), "?limit=2").Want(200, "").Golden("sign-ins").Text("next")
	w.WantTrips("admin-get-staff: sign-ins")
	get(w.linwei, code.String(), "?cursor="+next).Want(200, "").Golden("sign-ins-rest")
	get(w.chenjing, code.String(), "?cursor="+next).Want(422, "field_invalid") // another caller's
	get(w.linwei, w.code("linwei"), "?cursor="+next).Want(422, "field_invalid")
	get(w.linwei, code.String(), "?limit=0").Want(422, "field_invalid")
	get(w.linwei, code.String(), "?page=2").Want(422, "field_invalid")
	get(w.linwei, w.code("zhouqiang"), "?page=2").Want(404, "staff_missing") // another unit's
	get(w.linwei, "zhangmin", "").Want(404, "staff_missing")
	get(w.SignIn("13700000007", account.App), code.String(), "").Want(403, "permission_denied")
	get(nil, code.String(), "").Want(401, "session_missing")
}

func TestReveal(t *testing.T) {
	t.Parallel()
	w := start(t)
	code, reason := w.code("zhangmin"), "电话核实本人身份"
	w.reveal(w.chenjing, code, m{"fields": []string{"phone", "idCard"}, "reason": reason}).Want(200, "").Golden("reveal")
	w.reveal(w.chenjing, code, m{"fields": []string{"phone"}, "reason": reason}).Want(200, "").Golden("reveal-phone")
	w.reveal(w.chenjing, w.code("sunli"), m{"fields": []string{"phone"}, "reason": reason}).Want(200, "").Golden("reveal-none")

	w.reveal(w.linwei, code, m{"fields": []string{"phone"}, "reason": reason}).Want(403, "permission_denied").Golden("reveal-denied")
	w.reveal(w.linwei, "nobody", "not json").Want(403, "permission_denied")
	w.reveal(w.chenjing, "nobody", "not json").Want(404, "staff_missing")
	w.reveal(w.chenjing, code, "not json").Want(400, "body_invalid").Golden("reveal-malformed")
	w.reveal(w.chenjing, code, m{"fields": []string{"phone"}, "reason": reason, "why": 1}).Want(400, "body_invalid")
	w.reveal(w.chenjing, code, m{"fields": []string{"name", "phone", "phone"}, "reason": " "}).Want(422, "field_invalid").Golden("reveal-fields")
	w.reveal(w.chenjing, code, m{}).Want(422, "field_invalid").Golden("reveal-nothing")
	w.reveal(w.chenjing, code, m{"fields": "phone", "reason": reason}).Want(422, "field_invalid").Golden("reveal-type")
	plain := maps.Clone(w.chenjing)
	plain["Content-Type"] = "text/plain"
	r := w.Do(functiontest.Call{Path: "/v1/admin/staff/" + code + "/reveal", Header: plain, Body: "x"})
	r.Want(415, "media_type")
	r = w.reveal(w.chenjing, code, m{"fields": []string{"phone"}, "reason": strings.Repeat("因", 30_000)})
	r.Want(413, "too_large")

	w.Pass(31 * time.Minute)
	w.reveal(w.chenjing, code, m{"fields": []string{"phone"}, "reason": reason}).Want(401, "session_expired")
}

func TestUse(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.WantUse("chenjing", true, func() { w.get(w.chenjing, w.code("zhangmin")).Want(200, "") })
}
