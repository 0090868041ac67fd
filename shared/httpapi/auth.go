package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Page is the kind of page that sent the request, as its header X-Client says, and ""
// for any other client. Without that header no session cookie counts.
func (r *Request) Page() account.Client {
	if c := account.Client(r.Header("X-Client")); c.Page() {
		return c
	}
	return ""
}

// sameOrigin reports whether our own page sent the request. The browser says so in
// Sec-Fetch-Site. Older browsers do not; then Origin must be the host of the request.
func (r *Request) sameOrigin() bool {
	if site := r.Header("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin, err := url.Parse(r.Header("Origin"))
	return err == nil && origin.Host != "" && (origin.Scheme == "https" || origin.Scheme == "http") && origin.Host == r.Header("Host")
}

// fromBrowser reports whether a browser sent the request, for a script or a form.
// The app sends neither header.
func (r *Request) fromBrowser() bool {
	return r.Header("Origin") != "" || r.Header("Sec-Fetch-Site") != ""
}

// Origin tells which page sent the request, as far as the browser says.
func (r *Request) Origin() account.Origin {
	switch {
	case r.sameOrigin():
		return account.OwnPage
	case r.fromBrowser():
		return account.OtherPage
	}
	return account.NoPage
}

// token returns the session token of the request and the client whose way it came:
// the bearer token of the app, or the cookie of a page. crossSite reports whether it
// is a cookie that somebody else's page may have made the browser send.
func (r *Request) token() (by account.Client, token string, crossSite bool) {
	if scheme, token, _ := strings.Cut(r.Header("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		return account.App, strings.Trim(token, blanks), false
	}
	page := r.Page()
	if page == "" {
		return "", "", false
	}
	reads := r.Method() == http.MethodGet || r.Method() == http.MethodHead
	return page, r.cookie(sessionCookies[page]), !reads && !r.sameOrigin()
}

// CallerHandler serves a route that needs a session. It takes the caller as a
// parameter, so only Auth can make a Handler of it, and Auth checks the session.
type CallerHandler func(context.Context, *Request, account.Caller) (Answer, error)

// AdminHandler serves a route of the administration to a caller who holds its
// permission.
type AdminHandler func(context.Context, *Request, account.Permitted) (Answer, error)

// Auth turns handlers that need a caller into Handlers: it finds out who is calling,
// and answers for those who may not call.
type Auth struct{ account.Authorize }

// Caller serves everybody who has a session.
func (a Auth) Caller(h CallerHandler) Handler {
	return a.with(h, false, func(account.Caller) error { return nil })
}

// Admin serves administrators ([account.Authorize.Administrator]) who hold p for some
// organisation. For which one is the use case's question.
func (a Auth) Admin(p account.Permission, h AdminHandler) Handler {
	return a.AnyAdmin(func(ctx context.Context, r *Request, c account.Caller) (Answer, error) {
		by, err := c.Permit(p)
		if err != nil {
			return Answer{}, err
		}
		return h(ctx, r, by)
	})
}

// AnyAdmin serves all administrators ([account.Authorize.Administrator]), whatever
// permissions they hold. The use case decides what it does for which of them.
func (a Auth) AnyAdmin(h CallerHandler) Handler { return a.with(h, true, a.Administrator) }

// with serves the callers for whom allowed returns no error. Administrative says
// whether h is part of the administration.
func (a Auth) with(h CallerHandler, administrative bool, allowed func(account.Caller) error) Handler {
	return func(ctx context.Context, r *Request) (Answer, error) {
		by, token, crossSite := r.token()
		caller, err := a.Run(ctx, by, token)
		if err != nil {
			return Answer{}, err
		}
		r.caller = caller.Staff
		if err := allowed(caller); err != nil {
			return Answer{}, err
		}
		if crossSite { // checked last: each 401 comes before this 403
			return Answer{}, fault.CrossSite
		}
		// The use of the session is noted while the handler works. If that fails, the
		// answer is the same: the session only ends sooner.
		var g errgroup.Group
		if note := a.Use(caller, administrative); note != nil {
			g.Go(func() error { note(ctx); return nil })
		}
		answer, err := h(ctx, r, caller)
		g.Wait()
		return answer, err
	}
}

// DeviceBody is the device in a request's body.
type DeviceBody struct {
	ID   string `json:"id"`   // the device's secret; a page may leave it out
	Name string `json:"name"` // for people, such as 手机
}

// AskingDevice returns the secret of the device that begins a flow or asks for a code,
// "" if it names none: that of the body or, if one of our pages asks, its cookie. It
// makes no device. Error: FieldInvalid.
func (r *Request) AskingDevice(body *DeviceBody) (string, error) {
	if page := r.Page(); page != "" && r.Origin().Admit(page) == nil {
		if kept := r.cookie(deviceCookie); account.DeviceSecret(kept) {
			return kept, nil
		}
	}
	switch {
	case body == nil:
		return "", nil
	case body.ID == "" && r.Page() == "":
		return "", fault.FieldInvalid.AtField("device.id", fault.Required)
	case body.ID != "" && !account.DeviceSecret(body.ID):
		return "", fault.FieldInvalid.AtField("device.id", fault.Invalid)
	}
	return body.ID, nil
}

// Device returns the secret of the caller's device, its name, and the cookies for the
// answer. The app sends its secret in the body. A page has it in a cookie, which its
// scripts cannot read; a page without the cookie gets the secret of its body or, if
// there is none either, one that fresh makes. Errors: FieldInvalid, and those of
// fresh.
func (r *Request) Device(page bool, body *DeviceBody, fresh func() (account.Secret, error)) (secret, name string, cookies []string, err error) {
	var f fault.Fields
	if body != nil {
		secret = body.ID
		if name, err = staff.Text(body.Name, 64); err != nil {
			f.Add("device.name", staff.Flaw(err))
		}
	}
	switch {
	case secret == "" && !page && body != nil:
		f.Add("device.id", fault.Required)
	case secret != "" && !account.DeviceSecret(secret): // of a page, too, although its cookie counts instead
		f.Add("device.id", fault.Invalid)
	}
	if err := f.Err(); err != nil {
		return "", "", nil, err
	}
	if page {
		if kept := r.cookie(deviceCookie); account.DeviceSecret(kept) {
			secret = kept
		}
		if secret == "" {
			s, err := fresh()
			if err != nil {
				return "", "", nil, err
			}
			secret = s.Reveal()
		}
		cookies = []string{cookie(deviceCookie, secret, deviceCookieLife)}
	}
	return secret, name, cookies, nil
}
