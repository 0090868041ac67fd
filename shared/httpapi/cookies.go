package httpapi

import (
	"fmt"
	"strings"
	"time"

	"chaoxi/shared/account"
)

// The cookies of the pages. __Host- binds them to this very host, over HTTPS.
const deviceCookie = "__Host-device"

var sessionCookies = map[account.Client]string{
	account.MobileWeb: "__Host-session-m",
	account.Console:   "__Host-session-c",
}

// deviceCookieLife outlasts any DEVICE_LIFE: a device that is no longer known is
// still the same one when its person proves the phone on it again.
const deviceCookieLife = 365 * 24 * time.Hour

func cookie(name, value string, life time.Duration) string {
	return fmt.Sprintf("%s=%s; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Strict", name, value, int(life.Seconds()))
}

// cookie is the value of a cookie that came along, "" if it did not.
func (r *Request) cookie(name string) string {
	for _, c := range r.event.Cookies {
		if value, ok := strings.CutPrefix(strings.TrimSpace(c), name+"="); ok {
			return value
		}
	}
	return ""
}

// SignIn are the cookies that a page gets with its session, none for the app. The
// page's scripts cannot read them.
func SignIn(s account.SignedIn) []string {
	name, page := sessionCookies[s.Session.Client]
	if !page {
		return nil
	}
	return []string{cookie(name, s.Token.Reveal(), s.Session.Dies.Sub(s.Session.CreatedAt))}
}

// SignOut are the cookies that a client loses with its session. The device's
// stays: it is still the same one when its person comes back.
func SignOut(c account.Client) []string {
	name, page := sessionCookies[c]
	if !page {
		return nil
	}
	return []string{cookie(name, "", 0)}
}
