package httpapi

import "chaoxi/shared/account"

// SignOut are the cookies that a client loses with its session. The device's
// stays: it is still the same one when its person comes back.
func SignOut(c account.Client) []string {
	name, page := sessionCookies[c]
	if !page {
		return nil
	}
	return []string{cookie(name, "", 0)}
}
