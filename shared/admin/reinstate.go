package admin

import (
	"slices"

	"chaoxi/shared/fault"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

// Return is what a person gets anew who is reinstated. A field that is not set
// is as it was when they left. Somebody else may have the old phone by now; the
// organisation of the last main post may be closed; the old account may be a
// phone that is no longer theirs.
type Return struct {
	Account, AreaCode, Phone optional.Value[string]
	Unit, Org                optional.Value[string] // of the main post
}

// post is the edit of the main post.
func (r Return) post() PostEdit { return PostEdit{Unit: r.Unit, Org: r.Org} }

// orgs are the organisations that r names by a well-formed code.
func (r Return) orgs() []staff.OrgCode { return Edit{Posts: []PostEdit{r.post()}}.Orgs() }

// namesPhone reports whether r names a phone or a part of one.
func (r Return) namesPhone() bool { return r.AreaCode.Set || r.Phone.Set }

// given are the names of the fields that are set.
func (r Return) given() []string {
	var names []string
	for _, f := range []struct {
		name string
		in   optional.Value[string]
	}{{"account", r.Account}, {"areaCode", r.AreaCode}, {"phone", r.Phone}, {"unit", r.Unit}, {"org", r.Org}} {
		if f.in.Set {
			names = append(names, f.name)
		}
	}
	return names
}

// reinstate is the person s, who has just come back, with what r names. The
// editor's target is the person who had left. The record may stay incomplete.
func (e *editor) reinstate(s staff.Staff, r Return) (staff.Staff, error) {
	e.begin(s)
	e.edit = Edit{Account: r.Account, AreaCode: r.AreaCode, Phone: r.Phone}
	e.account()
	e.phone()
	main := slices.IndexFunc(e.s.Posts, func(p staff.Post) bool { return p.Active && p.JobType == staff.MainJob })
	e.post("", r.post(), &e.s.Posts[main], false)
	if e.s.Phone.IsZero() {
		e.bad.Add("phone", fault.Required) // a wrong one has been noted already
	}
	e.ownAccount()
	return e.s, e.judged()
}
