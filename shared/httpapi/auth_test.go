package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
	"chaoxi/shared/wire"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// same and other are what browsers say of a request of our own page's and of
// somebody else's.
var (
	same  = map[string]string{"sec-fetch-site": "same-origin"}
	other = map[string]string{"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
)

func TestSameOrigin(t *testing.T) {
	tests := []struct {
		site, origin, host string
		want               bool
	}{
		{"same-origin", "", "api.example", true},
		{"same-origin", "https://api.example", "api.example", true},
		{"same-origin", "https://evil.example", "api.example", true}, // the browser's own word is better than what it adds for others
		{"same-site", "https://api.example", "api.example", false},
		{"cross-site", "https://api.example", "api.example", false},
		{"none", "", "api.example", false},
		{"Same-Origin", "", "api.example", false},
		{"same-origin, cross-site", "", "api.example", false},
		{"", "https://api.example", "api.example", true},
		{"", "http://localhost:3000", "localhost:3000", true},
		{"", "https://api.example:8443", "api.example:8443", true},
		{"", "https://api.example:8443", "api.example", false},
		{"", "https://api.example", "api.example:8443", false},
		{"", "https://evil.example", "api.example", false},
		{"", "https://api.example.evil.example", "api.example", false},
		{"", "https://evil.example/api.example", "api.example", false},
		{"", "https://evil.example#api.example", "api.example", false},
		{"", "https://api.example@evil.example", "api.example", false},
		{"", "api.example", "api.example", false},
		{"", "//api.example", "api.example", false},
		{"", "file://api.example", "api.example", false},
		{"", "chrome-extension://api.example", "api.example", false},
		{"", "null", "api.example", false},
		{"", "null", "", false},
		{"", "", "api.example", false},
		{"", "", "", false},
		{"", "https://", "", false},
		{"", "https://api.example, https://evil.example", "api.example", false},
		{"", "%", "api.example", false},
	}
	for _, tt := range tests {
		r := &Request{event: Event{Headers: map[string]string{"host": tt.host}}}
		if tt.site != "" {
			r.event.Headers["sec-fetch-site"] = tt.site
		}
		if tt.origin != "" {
			r.event.Headers["origin"] = tt.origin
		}
		if got := r.sameOrigin(); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

func TestAdmit(t *testing.T) {
	ownOrigin := map[string]string{"origin": "https://api.example"}
	tests := []struct {
		name    string
		client  account.Client
		headers map[string]string
		want    error
	}{
		{"the app", account.App, nil, nil},
		{"the app's token for our own page", account.App, same, fault.CrossSite},
		{"the app's token for our own page, of an old browser", account.App, ownOrigin, fault.CrossSite},
		{"the app's token for another page", account.App, other, fault.CrossSite},
		{"the app's token for a sandboxed page", account.App, map[string]string{"origin": "null"}, fault.CrossSite},
		{"the app's token for a navigation", account.App, map[string]string{"sec-fetch-site": "none"}, fault.CrossSite},
		{"our page", account.Console, same, nil},
		{"our page, of an old browser", account.MobileWeb, ownOrigin, nil},
		{"another page", account.Console, other, fault.CrossSite},
		{"a page of no browser", account.MobileWeb, nil, fault.CrossSite},
		{"no client at all", "", nil, nil}, // and none that could sign in
	}
	for _, tt := range tests {
		r := &Request{event: Event{Headers: map[string]string{"host": "api.example"}}}
		for name, value := range tt.headers {
			r.event.Headers[name] = value
		}
		if got := r.Origin().Admit(tt.client); !errors.Is(got, tt.want) || (got == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// sessions is what Authorize asks: sessions by token, their accounts, and how
// often a use was noted.
type sessions struct {
	held         map[string]account.Session
	grants       []account.Grant
	err          error
	touched      atomic.Int32
	administered atomic.Int32 // of those
}

func (s *sessions) SessionAndAccount(_ context.Context, t account.Token) (account.Session, account.Account, error) {
	one := s.held[t.Reveal()]
	return one, account.Account{Epoch: 3, Grants: s.grants, Slots: []account.SessionSlot{{Hash: one.Hash}}}, s.err
}

func (s *sessions) TouchSession(_ context.Context, _ account.Session, _ time.Time, administrative bool) error {
	s.touched.Add(1)
	if administrative {
		s.administered.Add(1)
	}
	return errors.New("lost on the way") // which is nothing to the caller
}

// tokens of sessions that are kept, by what they are good for.
var (
	appToken, mobileToken, consoleToken = token('a'), token('m'), token('c')
	idleToken, unprovedToken            = token('i'), token('u')
	unprovedConsole                     = token('v')
)

func token(c byte) string {
	return "GE_" + strings.Repeat("0a", 16) + "." + strings.Repeat(string(c), 43)
}

func authOf(grants ...account.Grant) (Auth, *sessions) {
	code, err := staff.ParseEmployeeCode("GE_" + strings.Repeat("0a", 16))
	if err != nil {
		panic(err)
	}
	held := map[string]account.Session{}
	for t, client := range map[string]account.Client{
		appToken: account.App, mobileToken: account.MobileWeb, consoleToken: account.Console, idleToken: account.App, unprovedToken: account.App, unprovedConsole: account.Console,
	} {
		s := account.Session{Hash: "h", ID: "id", Staff: code, Client: client, Epoch: 3, CreatedAt: noon.Add(-time.Hour), ProvedAt: noon.Add(-time.Hour), LastUsed: noon, Administered: noon}
		switch t {
		case idleToken:
			s.LastUsed, s.Administered = noon.Add(-31*time.Minute), noon.Add(-31*time.Minute)
		case unprovedToken, unprovedConsole:
			s.ProvedAt = time.Time{}
		}
		held[t] = s
	}
	store := &sessions{held: held, grants: grants}
	return Auth{account.Authorize{Store: store, Settings: account.Defaults(), Now: func() time.Time { return noon }}}, store
}

func TestWhoIsCalling(t *testing.T) {
	cookies := []string{"other=1", "__Host-session-m=" + mobileToken, " __Host-session-c=" + consoleToken}
	with := func(headers map[string]string, more ...string) map[string]string {
		all := map[string]string{"host": "api.example"}
		for name, value := range headers {
			all[name] = value
		}
		for i := 0; i < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	tests := []struct {
		name, method string
		headers      map[string]string
		cookies      []string
		client       account.Client // of the session found
		want         error
	}{
		{"a token", "GET", with(nil, "authorization", "Bearer "+appToken), nil, account.App, nil},
		{"a token, spelled oddly", "POST", with(nil, "authorization", "bearer  "+appToken+" \t"), nil, account.App, nil},
		{"a token between other blanks", "POST", with(nil, "authorization", "Bearer \u2000"+appToken), nil, "", fault.SessionExpired},
		{"a token after another blank", "POST", with(nil, "authorization", "Bearer\u00a0"+appToken), nil, "", fault.SessionMissing},
		{"a page's token", "GET", with(nil, "authorization", "Bearer "+mobileToken), nil, "", fault.SessionExpired},
		{"a page's token beside its cookie", "GET", with(nil, "authorization", "Bearer "+consoleToken, "x-client", "console"), cookies, "", fault.SessionExpired},
		{"a token beside cookies", "POST", with(nil, "authorization", "Bearer "+appToken, "x-client", "console"), cookies, account.App, nil},
		{"a token from another page, which could not know it", "POST", with(other, "authorization", "Bearer "+appToken), nil, account.App, nil},
		{"an empty token beside cookies", "GET", with(same, "authorization", "Bearer ", "x-client", "console"), cookies, "", fault.SessionMissing},
		{"a token that nobody has", "GET", with(nil, "authorization", "Bearer "+token('x')), nil, "", fault.SessionExpired},
		{"a token of no form", "GET", with(nil, "authorization", "Bearer x"), nil, "", fault.SessionExpired},
		{"another scheme", "GET", with(nil, "authorization", "Basic "+appToken), nil, "", fault.SessionMissing},
		{"a token without a scheme", "GET", with(nil, "authorization", appToken), nil, "", fault.SessionMissing},
		{"nothing", "GET", with(nil), nil, "", fault.SessionMissing},
		{"nothing, from our page", "POST", with(same, "x-client", "console"), nil, "", fault.SessionMissing},
		{"nothing, from another page", "POST", with(other, "x-client", "console"), nil, "", fault.SessionMissing},

		{"the console's cookie", "GET", with(same, "x-client", "console"), cookies, account.Console, nil},
		{"the mobile pages' cookie", "GET", with(same, "x-client", "mobile_web"), cookies, account.MobileWeb, nil},
		{"cookies without X-Client", "GET", with(same), cookies, "", fault.SessionMissing},
		{"cookies with another X-Client", "GET", with(same, "x-client", "app"), cookies, "", fault.SessionMissing},
		{"cookies with an odd X-Client", "GET", with(same, "x-client", "Console"), cookies, "", fault.SessionMissing},
		{"the other page's cookie", "GET", with(same, "x-client", "console"), cookies[:2], "", fault.SessionMissing},
		{"the app's token in a cookie", "GET", with(same, "x-client", "console"), []string{"__Host-session-c=" + appToken}, "", fault.SessionExpired},
		{"the console's token in the mobile pages' cookie", "GET", with(same, "x-client", "mobile_web"), []string{"__Host-session-m=" + consoleToken}, "", fault.SessionExpired},
		{"cookies with an X-Client between other blanks", "GET", with(same, "x-client", "\u00a0console"), cookies, "", fault.SessionMissing},
		{"a cookie after U+2000", "GET", with(same, "x-client", "console"), []string{"\u2000__Host-session-c=" + consoleToken}, "", fault.SessionMissing},
		{"a cookie after U+00A0", "GET", with(same, "x-client", "console"), []string{"\u00a0__Host-session-c=" + consoleToken}, "", fault.SessionMissing},
		{"a cookie after U+0085", "GET", with(same, "x-client", "console"), []string{"\u0085__Host-session-c=" + consoleToken}, "", fault.SessionMissing},
		{"a cookie after U+3000", "GET", with(same, "x-client", "console"), []string{"\u3000__Host-session-c=" + consoleToken}, "", fault.SessionMissing},
		{"a cookie after a line feed", "GET", with(same, "x-client", "console"), []string{"\n__Host-session-c=" + consoleToken}, "", fault.SessionMissing},
		{"a cookie after U+2000, then the real one", "GET", with(same, "x-client", "console"), []string{"\u2000__Host-session-c=" + token('x'), "\t __Host-session-c=" + consoleToken + " "}, account.Console, nil},
		{"a nameless cookie whose value looks like one", "GET", with(same, "x-client", "console"), []string{"=__Host-session-c=" + consoleToken}, "", fault.SessionMissing},
		{"a cookie whose name ends alike", "GET", with(same, "x-client", "console"), []string{"x__Host-session-c=" + consoleToken}, "", fault.SessionMissing},
		{"a cookie without the prefix", "GET", with(same, "x-client", "console"), []string{"session-c=" + consoleToken}, "", fault.SessionMissing},
		{"an empty cookie", "POST", with(same, "x-client", "console"), []string{"__Host-session-c="}, "", fault.SessionMissing},

		{"a cookie and a read from another page", "GET", with(other, "x-client", "console"), cookies, account.Console, nil},
		{"a cookie and a change from our page", "POST", with(same, "x-client", "console"), cookies, account.Console, nil},
		{"a cookie and a change from our page, of an old browser", "PATCH", with(nil, "x-client", "console", "origin", "https://api.example"), cookies, account.Console, nil},
		{"a cookie and a change from another page", "POST", with(other, "x-client", "console"), cookies, "", fault.CrossSite},
		{"a cookie and a change from another page of our site", "PUT", with(nil, "x-client", "console", "sec-fetch-site", "same-site"), cookies, "", fault.CrossSite},
		{"a cookie and a change from a sandbox", "DELETE", with(nil, "x-client", "console", "origin", "null"), cookies, "", fault.CrossSite},
		{"a cookie and a change from no browser", "PATCH", with(nil, "x-client", "console"), cookies, "", fault.CrossSite},
		{"a cookie and any other method", "OPTIONS", with(nil, "x-client", "console"), cookies, "", fault.CrossSite},
		{"a cookie and a read without a body", "HEAD", with(nil, "x-client", "console"), cookies, account.Console, nil},
		{"a cookie that is over and a change from another page", "POST", with(other, "x-client", "console"), []string{"__Host-session-c=" + token('x')}, "", fault.SessionExpired},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			auth, _ := authOf()
			e := event(tt.method, "/v1/me", "/v1/me")
			e.Headers, e.Cookies = tt.headers, tt.cookies
			var found account.Client
			_, err := auth.Caller(func(_ context.Context, _ *Request, c account.Caller) (Answer, error) {
				found = c.Session.Client
				return Answer{Status: 204}, nil
			})(context.Background(), &Request{event: e})
			if found != tt.client || !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("%q, %v; want %q, %v", found, err, tt.client, tt.want)
			}
		})
	}
}

// TestLogNamesTheCaller: the line of a request has the employee code of the caller whose
// session is good, whatever becomes of the request, and of nobody else.
func TestLogNamesTheCaller(t *testing.T) {
	unit := account.Grant{ID: "g", Type: account.UnitGrant}
	who := strings.TrimSuffix(appToken, appToken[strings.IndexByte(appToken, '.'):])
	refuses := func(context.Context, *Request, account.Permitted) (Answer, error) {
		return Answer{}, fault.StaffMissing
	}
	for _, tt := range []struct {
		name, token string
		grants      []account.Grant
		handler     AdminHandler
		code, named string
	}{
		{"served", appToken, []account.Grant{unit}, func(context.Context, *Request, account.Permitted) (Answer, error) { return Answer{Status: 200}, nil }, "", who},
		{"refused by the use case", appToken, []account.Grant{unit}, refuses, "staff_missing", who},
		{"without a grant", appToken, nil, refuses, "permission_denied", who},
		{"without the permission", appToken, []account.Grant{{ID: "g", Type: account.AuditGrant}}, refuses, "permission_denied", who},
		{"idle", idleToken, []account.Grant{unit}, refuses, "admin_session_expired", who},
		{"without a session", "", []account.Grant{unit}, refuses, "session_missing", ""},
		{"a session that nobody has", who + "." + strings.Repeat("x", 43), []account.Grant{unit}, refuses, "session_expired", ""},
		{"a console's token as the app's", consoleToken, []account.Grant{unit}, refuses, "session_expired", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			auth, _ := authOf(tt.grants...)
			e := event("GET", "/v1/admin/staff", "/v1/admin/staff")
			if tt.token != "" {
				e.Headers["authorization"] = "Bearer " + tt.token
			}
			_, text := serve(t, e, auth.Admin(account.StaffEdit, tt.handler))
			var line struct{ Code, EmployeeCode string }
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Fatal(err)
			}
			if line.Code != tt.code || line.EmployeeCode != tt.named {
				t.Errorf("code %q, caller %q, want %q, %q: %s", line.Code, line.EmployeeCode, tt.code, tt.named, text)
			}
		})
	}
}

func TestAdministrators(t *testing.T) {
	unit := account.Grant{ID: "g", Type: account.UnitGrant}
	outage := errors.New("no answer")
	tests := []struct {
		name, token string
		grants      []account.Grant
		broken      error
		want        error
	}{
		{"an administrator", appToken, []account.Grant{unit}, nil, nil},
		{"with the token of a console's cookie", consoleToken, []account.Grant{unit}, nil, fault.SessionExpired},
		{"without the second step", unprovedToken, []account.Grant{unit}, nil, fault.AdminSessionExpired},
		{"idle for half an hour", idleToken, []account.Grant{unit}, nil, fault.AdminSessionExpired},
		{"idle and no administrator", idleToken, nil, nil, fault.AdminSessionExpired},
		{"no administrator", appToken, nil, nil, fault.PermissionDenied},
		{"an administrator who lacks the permission", appToken, []account.Grant{{ID: "g", Type: account.AuditGrant}}, nil, fault.PermissionDenied},
		{"nobody", "", nil, nil, fault.SessionMissing},
		{"without storage", appToken, []account.Grant{unit}, outage, outage},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			auth, store := authOf(tt.grants...)
			store.err = tt.broken
			e := event("GET", "/v1/admin/staff", "/v1/admin/staff")
			if tt.token != "" {
				e.Headers["authorization"] = "Bearer " + tt.token
			}
			called := false
			_, err := auth.Admin(account.StaffEdit, func(_ context.Context, _ *Request, by account.Permitted) (Answer, error) {
				called = by.Permission() == account.StaffEdit
				return Answer{Status: 200}, nil
			})(context.Background(), &Request{event: e})
			if called != (tt.want == nil) || !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("called: %v, %v, want %v", called, err, tt.want)
			}
		})
	}
	t.Run("a session that does not do is said before another page's hand in it", func(t *testing.T) {
		auth, _ := authOf(unit)
		e := event("POST", "/v1/admin/x", "/v1/admin/x")
		e.Headers["x-client"], e.Headers["sec-fetch-site"] = "console", "cross-site"
		for want, tok := range map[error]string{fault.AdminSessionExpired: unprovedConsole, fault.CrossSite: consoleToken} {
			e.Cookies = []string{"__Host-session-c=" + tok}
			if _, err := auth.Admin(account.StaffEdit, nil)(context.Background(), &Request{event: e}); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
	})
}

// TestUseIsNoted checks that a use is noted beside the work and waited for,
// whatever comes of either.
func TestUseIsNoted(t *testing.T) {
	unit := account.Grant{ID: "g", Type: account.UnitGrant}
	for _, tt := range []struct {
		name   string
		noted  int32
		token  string
		answer error
	}{
		{"used a moment ago", 0, appToken, nil},
		{"used half an hour ago", 1, idleToken, nil},
		{"used half an hour ago, and the work fails", 1, idleToken, fault.TicketInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			auth, store := authOf(unit)
			e := event("GET", "/v1/me", "/v1/me")
			e.Headers["authorization"] = "Bearer " + tt.token
			_, err := auth.Caller(func(context.Context, *Request, account.Caller) (Answer, error) { return Answer{}, tt.answer })(context.Background(), &Request{event: e})
			if err != tt.answer || store.touched.Load() != tt.noted {
				t.Errorf("noted %d times, %v", store.touched.Load(), err)
			}
		})
	}
}

// TestAdministrationIsNoted checks that administration alone is noted as such.
func TestAdministrationIsNoted(t *testing.T) {
	admin := func(a Auth) Handler {
		return a.Admin(account.StaffRead, func(context.Context, *Request, account.Permitted) (Answer, error) { return Answer{}, nil })
	}
	work := func(context.Context, *Request, account.Caller) (Answer, error) { return Answer{}, nil }
	for name, tt := range map[string]struct {
		handler func(Auth) Handler
		want    int32
	}{
		"a permission":      {admin, 1},
		"any administrator": {func(a Auth) Handler { return a.AnyAdmin(work) }, 1},
		"everybody":         {func(a Auth) Handler { return a.Caller(work) }, 0},
	} {
		auth, store := authOf(account.Grant{ID: "g", Type: account.UnitGrant})
		auth.Now = func() time.Time { return noon.Add(7 * time.Minute) }
		e := event("GET", "/v1/x", "/v1/x")
		e.Headers["authorization"] = "Bearer " + appToken
		if _, err := tt.handler(auth)(context.Background(), &Request{event: e}); err != nil || store.touched.Load() > 1 || store.administered.Load() != tt.want {
			t.Errorf("%s: %v, noted %d times, %d of them as administration", name, err, store.touched.Load(), store.administered.Load())
		}
	}
}

func TestARefusedUseIsNotNoted(t *testing.T) {
	auth, store := authOf(account.Grant{ID: "g", Type: account.UnitGrant})
	e := event("GET", "/v1/admin/staff", "/v1/admin/staff")
	e.Headers["authorization"] = "Bearer " + idleToken
	if _, err := auth.Admin(account.StaffEdit, nil)(context.Background(), &Request{event: e}); !errors.Is(err, fault.AdminSessionExpired) || store.touched.Load() != 0 {
		t.Errorf("%v, noted %d times", err, store.touched.Load())
	}
}

func TestDevice(t *testing.T) {
	kept, typed, made := strings.Repeat("k", 22), strings.Repeat("t", 43), ""
	fresh := func() (account.Secret, error) {
		s, err := account.NewSecret(strings.NewReader(strings.Repeat("x", 32)))
		made = s.Reveal()
		return s, err
	}
	want, err := fresh()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		page    bool
		body    *DeviceBody
		cookie  string
		secret  string
		refused []string
	}{
		{"the app's", false, &DeviceBody{typed, " 王芳的手机 "}, "", typed, nil},
		{"the app's, not a cookie's", false, &DeviceBody{typed, "x"}, kept, typed, nil},
		{"the app's without an id", false, &DeviceBody{"", "x"}, kept, "", []string{"device.id:required"}},
		{"none of the app's", false, nil, kept, "", nil},
		{"an id too short", false, &DeviceBody{typed[:21], "x"}, "", "", []string{"device.id:invalid"}},
		{"the shortest id", false, &DeviceBody{typed[:22], "x"}, "", typed[:22], nil},
		{"the longest id", false, &DeviceBody{strings.Repeat("a", 128), "x"}, "", strings.Repeat("a", 128), nil},
		{"an id too long", false, &DeviceBody{strings.Repeat("a", 129), "x"}, "", "", []string{"device.id:invalid"}},
		{"an id of other characters", false, &DeviceBody{typed + ";", "x"}, "", "", []string{"device.id:invalid"}},
		{"a page's cookie", true, nil, kept, kept, nil},
		{"a page's cookie before its body", true, &DeviceBody{typed, "x"}, kept, kept, nil},
		{"a page's id, the first time", true, &DeviceBody{typed, "x"}, "", typed, nil},
		{"a page without an id", true, &DeviceBody{"", "x"}, "", want.Reveal(), nil},
		{"a page without a device", true, nil, "", want.Reveal(), nil},
		{"a page with a cookie of no form", true, nil, "short", want.Reveal(), nil},
		{"a page's id of no form", true, &DeviceBody{"short", "x"}, "", "", []string{"device.id:invalid"}},
		{"the longest name", false, &DeviceBody{typed, strings.Repeat("潮", 64)}, "", typed, nil},
		{"a name too long", false, &DeviceBody{typed, strings.Repeat("潮", 65)}, "", "", []string{"device.name:too_long"}},
		{"all of it wrong", true, &DeviceBody{"?", strings.Repeat("潮", 65)}, "", "", []string{"device.name:too_long", "device.id:invalid"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &Request{}
			if tt.cookie != "" {
				r.event.Cookies = []string{"__Host-session-m=x", "__Host-device=" + tt.cookie}
			}
			secret, name, cookies, err := r.Device(tt.page, tt.body, fresh)
			if tt.refused != nil {
				if !sameFault(err, fault.FieldInvalid) || !slices.Equal(fieldsOf(err), tt.refused) || cookies != nil {
					t.Errorf("%v %v %q, want %v", err, fieldsOf(err), cookies, tt.refused)
				}
				return
			}
			if err != nil || secret != tt.secret {
				t.Fatalf("%q, %v, want %q", secret, err, tt.secret)
			}
			if tt.body != nil && name != strings.TrimSpace(tt.body.Name) {
				t.Errorf("name %q", name)
			}
			var set []string
			if tt.page {
				set = []string{"__Host-device=" + secret + "; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Strict"}
			}
			if !slices.Equal(cookies, set) {
				t.Errorf("cookies %q, want %q", cookies, set)
			}
		})
	}
	if made == "" {
		t.Error("no secret was ever made")
	}
	t.Run("nothing random to be had", func(t *testing.T) {
		broken := func() (account.Secret, error) { return account.Secret{}, fmt.Errorf("no dice") }
		if _, _, _, err := (&Request{}).Device(true, nil, broken); err == nil {
			t.Error("a device was made of nothing")
		}
	})
}

func TestSessionAnswers(t *testing.T) {
	org := func(c string) staff.OrgCode {
		code, err := staff.ParseOrgCode("GO_" + strings.Repeat(c, 32))
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	code, err := staff.ParseEmployeeCode("GE_" + strings.Repeat("5e", 16))
	if err != nil {
		t.Fatal(err)
	}
	name, err := staff.ParseAccount("linwei")
	if err != nil {
		t.Fatal(err)
	}
	phone, err := staff.ParsePhone("13700000002")
	if err != nil {
		t.Fatal(err)
	}
	unit, office := org("a"), org("b")
	person := staff.Staff{Code: code, Name: "林伟", Account: name, Phone: phone, Employment: staff.InService, Posts: []staff.Post{
		{Unit: unit, Org: office, JobType: staff.MainJob, Title: "主任", Active: true},
	}}
	grants := []account.Grant{{ID: "uX6bN1cM4vK9jH2gF7dS0a", Type: account.AuditGrant, Org: unit, Added: []account.Permission{account.PIIReveal}}}
	for _, tt := range []struct {
		client account.Client
		grants []account.Grant
		title  string
		cookie string // its name and life
		golden string
	}{
		{account.App, nil, "主任", "", "session-app.json"},
		{account.MobileWeb, nil, "", "__Host-session-m= 2592000", "session-mobile-web.json"},
		{account.Console, grants, "主任", "__Host-session-c= 43200", "session-console.json"},
	} {
		t.Run(string(tt.client), func(t *testing.T) {
			person.Posts[0].Title = tt.title
			life := map[account.Client]time.Duration{account.Console: 12 * time.Hour}[tt.client]
			if life == 0 {
				life = 30 * 24 * time.Hour
			}
			secret := strings.Repeat("s", 43)
			done := account.SignedIn{
				Token:   account.Token{Staff: code, Secret: account.ParseSecret(secret)},
				Session: account.Session{Client: tt.client, CreatedAt: noon, LastUsed: noon, Dies: noon.Add(life)},
				Expires: noon.Add(30 * time.Minute), Staff: person, Grants: tt.grants,
				Orgs: staff.Orgs{unit: {Code: unit, Name: "临江区数据局"}, office: {Code: office, Name: "办公室"}},
			}
			answer := Answer{Status: 201, Body: wire.SessionOf(done), Cookies: SignIn(done)}
			e := event("POST", "", "/v1/sessions")
			reply, _ := serve(t, e, func(context.Context, *Request) (Answer, error) { return answer, nil })
			checkContract(t, e, reply)
			body := bodyOf(t, reply)
			golden(t, tt.golden, map[string]any{"status": reply.StatusCode, "body": body, "cookies": reply.Cookies})
			if tt.cookie == "" {
				if body["token"] != code.String()+"."+secret || len(reply.Cookies) > 0 {
					t.Errorf("the app got %v, %v", body["token"], reply.Cookies)
				}
				return
			}
			cookieName, age, _ := strings.Cut(tt.cookie, " ")
			want := cookieName + code.String() + "." + secret + "; Path=/; Max-Age=" + age + "; Secure; HttpOnly; SameSite=Strict"
			if len(reply.Cookies) != 1 || reply.Cookies[0] != want || strings.Contains(reply.Body, secret) {
				t.Errorf("the page got %q and %s, want %q", reply.Cookies, reply.Body, want)
			}
		})
	}
}
