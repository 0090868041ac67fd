package account

import "chaoxi/shared/fault"

// Client is the kind of program that a session is for.
type Client string

// The clients. The app gets a token, the two kinds of page get cookies.
const (
	App       Client = "app"
	MobileWeb Client = "mobile_web"
	Console   Client = "console"
)

// Known reports whether there is such a client.
func (c Client) Known() bool { return c == App || c.Page() }

// Page reports whether the client is a page, which keeps its secrets in cookies.
func (c Client) Page() bool { return c == MobileWeb || c == Console }

// Origin says which page sent a request, as far as its browser tells.
type Origin string

// The origins. A request that says nothing of a browser comes from no page.
const (
	NoPage    Origin = ""
	OwnPage   Origin = "own"
	OtherPage Origin = "other" // somebody else's, or a browser without a page
)

// Admit answers CrossSite if a request of this origin may not begin a session of
// the client. A page's session must be begun by the page itself; the app's by no
// page at all, because the scripts of a page must never get hold of a token.
func (o Origin) Admit(c Client) error {
	if c.Page() && o != OwnPage || !c.Page() && o != NoPage {
		return fault.CrossSite
	}
	return nil
}
