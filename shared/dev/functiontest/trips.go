package functiontest

// budget is how many calls of the table may follow each other in one request. Calls
// that are made side by side are one trip.
type budget struct {
	flow string // the function, and after a colon which of its requests
	most int
	why  string // the trips in order; "caller" reads the session and whose it is
}

// budgets are those of all functions, in alphabetical order. Each trip adds to the
// time that a person waits, so a number may fall, and rises only for a reason that
// the row gives.
var budgets = []budget{
	{"admin-add-staff", 12, "caller; what the record names; a place for looking names up, before anything can be told; the writing beside the limits; the place given back; then the index, so that lists have the person at once: person and record; organisations; those above; the claim; the rows; the record; whether an organisation has moved"},
	{"admin-audit: one actor", 4, "caller; the entries; the people in them; their organisations"},
	{"admin-audit: one actor, no entries", 2, "caller; the entries"},
	{"admin-audit: one organisation", 4, "caller; the organisation and the entries; the people in them; their organisations"},
	{"admin-audit: one person", 3, "caller; the person and the entries; the names in them"},
	{"admin-audit: refused", 1, "caller"},
	{"admin-audit: reveal", 5, "caller; the values; the person; the organisations; the entry about it"},
	{"admin-batch: a list", 3, "caller; the request of this key; the writing"},
	{"admin-batch: a search", 5, "caller; the request of this key; for each hundred people the rows and the people; the writing"},
	{"admin-batch: one job", 3, "caller; the job; its results"},
	{"admin-change-state", 4, "caller; the person; the organisations; the writing"},
	{"admin-change-state: one super of several leaves", 6, "caller; the person; the organisations; the grants of supers; their holders; the writing"},
	{"admin-change-state: reinstate", 6, "caller; the person; the organisations; a place for looking names up; the writing; the place given back"},
	{"admin-data-quality", 4, "caller; the organisation and what is below it; the numbers of the level; who has its names"},
	{"admin-data-quality: ID cards", 6, "caller; the list; the people; whose cards they are; these people and the organisations of all; organisations of the owners alone"},
	{"admin-export", 5, "caller; the dictionaries; for each hundred people the rows and the people; the entry about it"},
	{"admin-get-staff", 3, "caller; the person; the organisations"},
	{"admin-get-staff: sign-ins", 4, "caller; the person; the organisations; the history"},
	{"admin-grants: give", 4, "caller; the person; the organisations; the writing"},
	{"admin-grants: list by organisation", 4, "caller; the grants and the organisation; their holders; the organisations of these"},
	{"admin-grants: list by person", 3, "caller; the person; the organisations"},
	{"admin-grants: revoke", 4, "caller; the person; the organisations; the writing"},
	{"admin-import", 4, "caller; the request of this key beside the dictionaries; the rows, 25 chunks a call; the writing"},
	{"admin-orgs: a level", 3, "caller; the parent and what is below it; the numbers of people"},
	{"admin-orgs: add", 3, "caller; the parent; the writing"},
	{"admin-orgs: by code", 2, "caller; the organisation"},
	{"admin-orgs: by name", 4, "caller; the search; what it found; those above"},
	{"admin-orgs: close", 4, "caller; the organisation; what it holds; the writing"},
	{"admin-orgs: rename", 5, "caller; the organisation; those above and the moves; what it holds; the writing"},
	{"admin-orgs: reorder", 5, "as rename"},
	{"admin-orgs: tops", 2, "caller; the tops"},
	{"admin-recovery: decide", 5, "caller; the request; the person; the organisations; the writing beside the limits"},
	{"admin-recovery: list", 4, "caller; the queues; the requests and their people; the organisations of these"},
	{"admin-recovery: text a code", 4, "the ticket; the person beside the request, which tells the phone; the limits of codes; the ticket's new code"},
	{"admin-update-posts", 4, "caller; the person; the organisations; the writing"},
	{"admin-update-posts: phone", 6, "caller; the person and a dictionary; the organisations; a place for looking names up; the writing beside the limits; the place given back"},
	{"dictionaries: edit", 3, "caller; the entry and its dictionary; the writing"},
	{"login", 3, "whose name it is; the person beside one more failure; the session, and what goes with it"},
	{"login: after days", 4, "whose name it is; the person, of whom one learns by which key to count; one more failure; the session, and what goes with it"},
	{"me: password", 4, "caller; the person; one more failure; the writing"},
	{"me: phone, begin", 6, "caller; once a minute the areas that may be chosen; the person; one more failure; the limits of codes; the ticket"},
	{"me: phone, finish", 5, "caller; the ticket; the person and one try of the day; the tries are given back; the writing"},
	{"me: record", 3, "caller; the person; the organisations"},
	{"me: sign-ins", 2, "caller; the history"},
	{"raise-recovery", 3, "the ticket; the person; the writing"},
	{"raise-recovery: again", 4, "the ticket; the person; the open request; the ticket of that"},
	{"raise-recovery: follow", 1, "the ticket and the request"},
	{"raise-recovery: follow, approved", 2, "the ticket and the request; the person, whose epoch ends an approval"},
	{"recovery-options", 7, "whose name it is; the person; the ticket and the organisations; the grants on these; those on the top of the tree, for a unit that has nobody nearer; their holders; where they work"},
	{"send-code", 4, "whose name it is; the person; the limits of codes; the ticket"},
	{"send-code: again", 3, "the ticket; the person beside the limits of codes; the ticket's new code"},
	{"sessions: end one", 3, "caller; the sessions; the end of one"},
	{"sessions: end the others", 3, "caller; the sessions; their ends, side by side"},
	{"sessions: list", 2, "caller; the sessions"},
	{"sessions: sign out", 2, "caller; the end"},
	{"sessions: step up", 3, "caller; the person; the ticket"},
	{"set-password", 4, "the ticket; the person and one try of the day, before the code is compared; the tries are given back; the writing"},
	{"verify-login", 3, "the ticket; the person; the session and the ticket, and what goes with them"},
	{"verify-login: step up", 3, "the ticket; the person; the session and the ticket at once"},
}

// WantTrips fails the test if, since Counter.Reset, more calls have followed each
// other than the budget of the flow allows.
func (w *World) WantTrips(flow string) {
	w.T.Helper()
	for _, b := range budgets {
		if b.flow != flow {
			continue
		}
		if cost := w.Counter.Cost(); cost.Trips == 0 || cost.Trips > b.most {
			w.T.Errorf("%s: %d trips, want %d at most (%s): %v", flow, cost.Trips, b.most, b.why, cost.Order)
		}
		return
	}
	w.T.Errorf("%q has no row in trips.go of functiontest", flow)
}
