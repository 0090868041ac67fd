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

// Page is the kind of page that sent the request, by its X-Client; "" for all
// else. Without that header no cookie counts.
func (r *Request) Page() account.Client {
	if c := account.Client(r.Header("X-Client")); c.Page() {
		return c
	}
	return ""
}

// sameOrigin reports whether our own page sent the request: the browser's word
// or, from browsers that do not give it, an Origin equal to the host.
func (r *Request) sameOrigin() bool {
	if site := r.Header("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin, err := url.Parse(r.Header("Origin"))
	return err == nil && origin.Host != "" && (origin.Scheme == "https" || origin.Scheme == "http") && origin.Host == r.Header("Host")
}

// fromBrowser reports whether a browser sent the request on behalf of a script
// or a form.
func (r *Request) fromBrowser() bool {
	return r.Header("Origin") != "" || r.Header("Sec-Fetch-Site") != ""
}

// Origin is what sent the request, by the browser's word.
func (r *Request) Origin() account.Origin {
	switch {
	case r.sameOrigin():
		return account.OwnPage
	case r.fromBrowser():
		return account.OtherPage
	}
	return account.NoPage
}

// token is what the caller shows: a bearer token, or the cookie of the page; and
// whether it is a cookie that somebody else's page may have sent along.
func (r *Request) token() (token string, crossSite bool) {
	if scheme, token, _ := strings.Cut(r.Header("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token), false
	}
	name, page := sessionCookies[r.Page()]
	if !page {
		return "", false
	}
	return r.cookie(name), r.event.RequestContext.HTTP.Method != http.MethodGet && !r.sameOrigin()
}

// CallerHandler serves a route that needs a session. The caller is a parameter,
// so the check shows where routes are listed and cannot be forgotten.
type CallerHandler func(context.Context, *Request, account.Caller) (Answer, error)

// AdminHandler serves a route of the administration to a caller who holds its
// permission.
type AdminHandler func(context.Context, *Request, account.Permitted) (Answer, error)

// Auth finds out who is calling.
type Auth struct{ account.Authorize }

// Caller serves whoever has a session.
func (a Auth) Caller(h CallerHandler) Handler {
	return a.with(h, func(account.Caller) error { return nil })
}

// Admin serves administrators who passed the second step today and hold p
// somewhere.
func (a Auth) Admin(p account.Permission, h AdminHandler) Handler {
	return a.AnyAdmin(func(ctx context.Context, r *Request, c account.Caller) (Answer, error) {
		by, err := c.Permit(p)
		if err != nil {
			return Answer{}, err
		}
		return h(ctx, r, by)
	})
}

// AnyAdmin serves administrators who passed the second step today, whatever they
// hold. The use case decides what it does for which of them.
func (a Auth) AnyAdmin(h CallerHandler) Handler { return a.with(h, a.Administrator) }

func (a Auth) with(h CallerHandler, allowed func(account.Caller) error) Handler {
	return func(ctx context.Context, r *Request) (Answer, error) {
		token, crossSite := r.token()
		caller, touch, err := a.Run(ctx, token)
		if err != nil {
			return Answer{}, err
		}
		if err := allowed(caller); err != nil {
			return Answer{}, err
		}
		if crossSite { // after every 401
			return Answer{}, fault.CrossSite
		}
		// The use is noted beside the work. If that fails the work still counts:
		// the session ends sooner, and says so.
		var g errgroup.Group
		if touch != nil {
			g.Go(func() error { touch(ctx); return nil })
		}
		answer, err := h(ctx, r, caller)
		g.Wait()
		return answer, err
	}
}

// DeviceBody is the device in a request's body.
type DeviceBody struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Device is the secret of the caller's device and the name to show for it. A
// page's secret lives in a cookie, out of the reach of its scripts; where there
// is none yet, fresh makes one, and the cookie is returned for the answer.
func (r *Request) Device(page bool, body *DeviceBody, fresh func() (account.Secret, error)) (secret, name string, cookies []string, err error) {
	var f fault.Fields
	if body != nil {
		secret = body.ID
		if name, err = staff.Plain(body.Name, 64); err != nil {
			f.Add("device.name", staff.Flaw(err))
		}
	}
	switch {
	case secret == "" && !page && body != nil:
		f.Add("device.id", fault.Required)
	case secret != "" && !account.DeviceSecret(secret): // also where a cookie is to count in its place
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
