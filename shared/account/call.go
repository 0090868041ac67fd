package account

import "chaoxi/shared/fault"

// Client is what a session is for.
type Client string

// The clients: a token in the app, cookies in the two kinds of page.
const (
	App       Client = "app"
	MobileWeb Client = "mobile_web"
	Console   Client = "console"
)

// Known reports whether there is such a client.
func (c Client) Known() bool { return c == App || c.Page() }

// Page reports whether the client is a page, whose secrets live in cookies.
func (c Client) Page() bool { return c == MobileWeb || c == Console }

// Origin says which page sent a request, as far as its browser tells.
type Origin string

// The origins. A request that says nothing of a browser comes from no page.
const (
	NoPage    Origin = ""
	OwnPage   Origin = "own"
	OtherPage Origin = "other" // somebody else's, or a browser without a page
)

// Admit answers CrossSite if the client's sign-in may not come from there: a
// page's must come from the page itself, the app's from no page at all, so that
// page script never holds a token.
func (o Origin) Admit(c Client) error {
	if c.Page() && o != OwnPage || !c.Page() && o != NoPage {
		return fault.CrossSite
	}
	return nil
}
