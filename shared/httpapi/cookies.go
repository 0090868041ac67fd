package httpapi

import (
	"fmt"
	"strings"
	"time"

	"chaoxi/shared/account"
)

// deviceCookie has the secret of the device, one cookie for both kinds of pages. The
// prefix __Host- makes browsers keep a cookie to this host, over HTTPS.
const deviceCookie = "__Host-device"

// sessionCookies have the token of the session. The app has none: it keeps the token
// itself.
var sessionCookies = map[account.Client]string{
	account.MobileWeb: "__Host-session-m",
	account.Console:   "__Host-session-c",
}

// deviceCookieLife is longer than any DEVICE_LIFE. After that time the device is not
// known any more, but it keeps its secret: when the person proves the phone on it
// again, it is the same device.
const deviceCookieLife = 365 * 24 * time.Hour

// cookie returns the value of a Set-Cookie header. A life of 0 deletes the cookie.
func cookie(name, value string, life time.Duration) string {
	return fmt.Sprintf("%s=%s; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Strict", name, value, int(life.Seconds()))
}

// blanks are the only characters that may surround a value in a header (OWS in RFC
// 9110). Whatever else looks like a blank belongs to the value.
const blanks = " \t"

// cookie returns the value of a cookie of the request, "" without one.
//
// The name must be exactly name. A browser keeps other hosts from setting a cookie
// whose name begins with __Host-, but not one whose name begins with U+2000: if that
// were dropped here, a sibling host could set our cookies.
func (r *Request) cookie(name string) string {
	for _, c := range r.event.Cookies {
		if value, ok := strings.CutPrefix(strings.Trim(c, blanks), name+"="); ok {
			return value
		}
	}
	return ""
}

// SignIn returns the cookie that gives a page its session, and none for the app. The
// scripts of the page cannot read it.
func SignIn(s account.SignedIn) []string {
	name, page := sessionCookies[s.Session.Client]
	if !page {
		return nil
	}
	return []string{cookie(name, s.Token.Reveal(), s.Session.Dies.Sub(s.Session.LastUsed))}
}

// SignedOut is the answer to a caller whose session has ended. It takes a page the
// cookie of its session, and tells the browser to forget what the page has kept. The
// cookie of the device stays: it is the same device when the person comes back.
func SignedOut(c account.Caller, status int, body any) Answer {
	a := Answer{Status: status, Body: body, Forget: true}
	if name, page := sessionCookies[c.Session.Client]; page {
		a.Cookies = []string{cookie(name, "", 0)}
	}
	return a
}
