package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/httpapi"
)

type world struct {
	*functiontest.World
	functiontest.Function
}

func start(t *testing.T) world {
	t.Parallel()
	w := functiontest.New(t)
	return world{w, w.Serve(routesOf(w))}
}

func routesOf(w *functiontest.World) httpapi.Routes {
	return routes(httpapi.Auth{Authorize: w.Auth()}, account.Sessions{Store: w.Store, Settings: w.Settings, Now: w.Now},
		account.StepUp{Store: w.Store, Settings: w.Settings, Now: w.Now, Random: w.Random})
}

type header = map[string]string

func listing(h header) functiontest.Call {
	return functiontest.Call{Method: "GET", Path: "/v1/sessions", Header: h}
}

func ending(h header, which string) functiontest.Call {
	return functiontest.Call{Method: "DELETE", Path: "/v1/sessions/" + which, Header: h}
}

// ids are those of a list, the first being the caller's own.
func ids(r functiontest.Reply) []string {
	var all []string
	items, _ := r.Body["items"].([]any)
	for _, i := range items {
		all = append(all, i.(map[string]any)["id"].(string))
	}
	return all
}

// three are sessions of 周强, a minute apart.
func (w world) three() (phone, page, tablet header) {
	phone = w.SignIn("zhouqiang", account.App)
	w.Pass(time.Minute)
	page = w.SignIn("zhouqiang", account.MobileWeb)
	w.Pass(time.Minute)
	tablet = w.SignIn("zhouqiang", account.App)
	w.Pass(time.Minute)
	return phone, page, tablet
}

func TestList(t *testing.T) {
	w := start(t)
	phone, page, _ := w.three()
	w.SignIn("chenjing", account.Console)
	w.Counter.Reset()
	r := w.Do(listing(phone)).Want(200, "").Golden("list")
	w.WantTrips("sessions: list")
	if n := len(ids(r)); n != 3 {
		t.Errorf("%d sessions", n)
	}
	w.Do(listing(nil)).Want(401, "session_missing").Golden("no-session")
	for want, h := range map[int]header{200: phone, 401: nil} {
		if head := w.Do(functiontest.Call{Method: "HEAD", Path: "/v1/sessions", Header: h}); head.Status != want || head.Header["Content-Type"] == "" {
			t.Errorf("HEAD answered %d %v", head.Status, head.Header)
		}
	}

	w.Pass(7*24*time.Hour - time.Minute) // the phone was in use a moment after the page
	w.Do(listing(phone)).Want(200, "")
	w.Do(listing(page)).Want(401, "session_expired").Golden("session-expired")
	if n := len(ids(w.Do(listing(phone)))); n != 1 {
		t.Errorf("%d sessions, want the one that is not over", n)
	}
}

func TestEnd(t *testing.T) {
	w := start(t)
	phone, page, tablet := w.three()
	other := ids(w.Do(listing(page)))[0]
	w.Counter.Reset()
	w.Do(ending(phone, other)).Want(204, "").Golden("ended")
	w.WantTrips("sessions: end one")
	w.Do(listing(page)).Want(401, "session_expired") // at once
	w.Do(ending(phone, other)).Want(404, "not_found").Golden("ended-already")
	w.Do(listing(tablet)).Want(200, "")

	own := ids(w.Do(listing(phone)))[0]
	w.Do(ending(phone, own)).Want(204, "")
	w.Do(listing(phone)).Want(401, "session_expired")
	w.Do(listing(tablet)).Want(200, "")
}

// What is not the caller's own is not there, whatever else it is.
func TestEndNothing(t *testing.T) {
	w := start(t)
	mine, theirs := w.SignIn("zhouqiang", account.App), w.SignIn("chenjing", account.Console)
	stranger := ids(w.Do(listing(theirs)))[0]
	var raw string
	for _, id := range []string{stranger, "uX6bN1cM4vK9jH2gF7dS0a", "x", strings.Repeat("a", 500)} {
		r := w.Do(ending(mine, id)).Want(404, "not_found")
		if raw == "" {
			raw = r.Raw
		}
		if r.Raw != raw {
			t.Errorf("%q: %s, the first %s", id, r.Raw, raw)
		}
	}
	w.Do(listing(theirs)).Want(200, "")
}

func TestSignOut(t *testing.T) {
	w := start(t)
	phone, _, tablet := w.three()
	w.Counter.Reset()
	r := w.Do(ending(phone, "current")).Want(204, "").Golden("signed-out")
	w.WantTrips("sessions: sign out")
	if len(r.Cookies) != 0 || r.Raw != "" || r.Header["Clear-Site-Data"] == "" {
		t.Errorf("the app got %v %q", r.Cookies, r.Raw)
	}
	w.Do(ending(phone, "current")).Want(401, "session_expired")
	w.Do(listing(tablet)).Want(200, "")
}

// A page loses its session's cookie and keeps the device's.
func TestPageSignsOut(t *testing.T) {
	w := start(t)
	_, page, _ := w.three()
	c := functiontest.Call{Method: "DELETE", Path: "/v1/sessions/current", Header: page}
	c.Header["Sec-Fetch-Site"] = "cross-site"
	w.Do(c).Want(403, "cross_site").Golden("cross-site")
	c.Header["Sec-Fetch-Site"] = "same-origin"
	r := w.Do(c).Want(204, "").Golden("page-signed-out")
	if len(r.Cookies) != 1 || !strings.HasPrefix(r.Cookies[0], "__Host-session-m=; ") {
		t.Errorf("cookies %v", r.Cookies)
	}
	w.Do(c).Want(401, "session_expired")
}

// Ending the session in use by its id is signing out; ending another one is not.
func TestPageEndsByID(t *testing.T) {
	w := start(t)
	_, page, _ := w.three()
	all := ids(w.Do(listing(page)).Want(200, ""))
	c := functiontest.Call{Method: "DELETE", Path: "/v1/sessions/" + all[1], Header: page}
	if r := w.Do(c).Want(204, ""); len(r.Cookies) != 0 {
		t.Errorf("cookies %v", r.Cookies)
	}
	c.Path = "/v1/sessions/" + all[0]
	if r := w.Do(c).Want(204, ""); len(r.Cookies) != 1 {
		t.Errorf("cookies %v", r.Cookies)
	}
}

func TestStepUp(t *testing.T) {
	w := start(t)
	phone, page, _ := w.three()
	ask := func(h header, body any) functiontest.Reply {
		return w.Do(functiontest.Call{Path: "/v1/sessions/step-up", Header: h, Body: body})
	}
	w.Counter.Reset()
	ticket := ask(phone, "{}").Want(200, "").Golden("step-up").Text("ticket")
	w.WantTrips("sessions: step up")
	made, err := w.Store.Ticket(t.Context(), account.ParseSecret(ticket))
	if err != nil || made.Purpose != account.ForStepUp || made.Client != account.App || made.Session == "" || made.Code != "" || w.Texts.Count() != 0 {
		t.Errorf("%+v, %v, %d texts", made, err, w.Texts.Count())
	}
	ask(phone, `{"phone":"13700000017"}`).Want(400, "body_invalid").Golden("step-up-body") // the phone is the one on file
	ask(phone, nil).Want(415, "media_type")
	ask(phone, "[]").Want(400, "body_invalid")
	ask(nil, "{}").Want(401, "session_missing")
	ask(page, "{}").Want(200, "")
	page["Sec-Fetch-Site"] = "cross-site"
	ask(page, "x").Want(403, "cross_site").Golden("step-up-cross-site")
	w.Do(listing(phone)).Want(200, "") // the session is as it was
}

// TestOwnWay checks that a session is good on its own way only, also to sign out.
func TestOwnWay(t *testing.T) {
	w := start(t)
	phone, page, _ := w.three()
	console := w.SignIn("chenjing", account.Console)
	token := func(h header) string {
		if _, value, ok := strings.Cut(h["Cookie"], "="); ok {
			return value
		}
		return strings.TrimPrefix(h["Authorization"], "Bearer ")
	}
	with := func(client, cookie string) header {
		return header{"X-Client": client, "Sec-Fetch-Site": "same-origin", "Cookie": cookie}
	}
	good := token(console)
	tests := []struct {
		name string
		h    header
		want string
	}{
		{"the app's token as the console's cookie", with("console", "__Host-session-c="+token(phone)), "session_expired"},
		{"the app's token as the mobile pages' cookie", with("mobile_web", "__Host-session-m="+token(phone)), "session_expired"},
		{"the console's as a bearer token", header{"Authorization": "Bearer " + good}, "session_expired"},
		{"the console's as the mobile pages' cookie", with("mobile_web", "__Host-session-m="+good), "session_expired"},
		{"the mobile pages' as the console's cookie", with("console", "__Host-session-c="+token(page)), "session_expired"},
		{"the mobile pages' as a bearer token, and as its cookie", header{"Authorization": "Bearer " + token(page), "X-Client": "mobile_web", "Cookie": page["Cookie"]}, "session_expired"},
		{"U+2000 before the name", with("console", "\u2000__Host-session-c="+good), "session_missing"},
		{"U+00A0 before the name", with("console", "\u00a0__Host-session-c="+good), "session_missing"},
		{"U+0085 before the name", with("console", "\u0085__Host-session-c="+good), "session_missing"},
		{"U+3000 before the name", with("console", "\u3000__Host-session-c="+good), "session_missing"},
		{"a vertical tab before the name", with("console", "\v__Host-session-c="+good), "session_missing"},
		{"a blank within the name", with("console", "__Host-session-c ="+good), "session_missing"},
		{"the name in lower case", with("console", "__host-session-c="+good), "session_missing"},
		{"U+00A0 after the value", with("console", "__Host-session-c="+good+"\u00a0"), "session_expired"},
		{"U+2000 before the token", header{"Authorization": "Bearer \u2000" + token(phone)}, "session_expired"},
		{"U+00A0 after the client", with("console\u00a0", "__Host-session-c="+good), "session_missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for method, path := range map[string]string{"GET": "/v1/sessions", "DELETE": "/v1/sessions/current"} {
				r := w.Do(functiontest.Call{Method: method, Path: path, Header: tt.h}).Want(401, tt.want)
				if len(r.Cookies) != 0 {
					t.Errorf("%s set cookies %v", method, r.Cookies)
				}
			}
		})
	}
	for _, h := range []header{phone, page, console, with("console", "\u2000__Host-session-c="+token(phone)+"; __Host-session-c="+good), with("console", "x=1; \t __Host-session-c="+good+" \t")} {
		w.Do(listing(h)).Want(200, "") // each is still good on its own way
	}
}

func TestEndOthers(t *testing.T) {
	w := start(t)
	phone, page, tablet := w.three()
	theirs := w.SignIn("chenjing", account.Console)
	w.Counter.Reset()
	w.Do(ending(page, "others")).Want(204, "").Golden("others-ended")
	w.WantTrips("sessions: end the others")
	w.Do(listing(phone)).Want(401, "session_expired")
	w.Do(listing(tablet)).Want(401, "session_expired")
	w.Do(listing(page)).Want(200, "").Golden("alone")
	w.Do(listing(theirs)).Want(200, "")
	w.Do(ending(page, "others")).Want(204, "") // of none
}

// A use that is noted while its session ends does not bring it back.
func TestUseDoesNotRevive(t *testing.T) {
	w := start(t)
	phone, _, tablet := w.three()
	id := ids(w.Do(listing(phone)))[0]
	w.Pass(time.Hour)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { w.Do(listing(phone)) })
	}
	wg.Go(func() { w.Do(ending(tablet, id)) })
	wg.Wait()
	w.Do(listing(phone)).Want(401, "session_expired")
	p := w.Person("zhouqiang")
	left, err := w.Store.Sessions(context.Background(), p.Staff.Code)
	if err != nil || len(left) != 2 {
		t.Errorf("%d sessions are left, %v", len(left), err)
	}
}

// The events that developers invoke the function with are ones that it serves.
func TestEvents(t *testing.T) {
	w := start(t)
	serve := httpapi.Serve(slog.New(slog.DiscardHandler), "sessions", routesOf(w.World))
	files, err := filepath.Glob("../../events/sessions*.json")
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
