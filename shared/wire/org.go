package wire

import (
	"errors"

	"chaoxi/shared/admin"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Org is an organisation as administrators see it. The four numbers count people in
// service by their main post: OwnPeople and OwnIncomplete in the organisation itself,
// People and Incomplete in it or below. They may lag by up to a minute.
type Org struct {
	OrgCode       string        `json:"orgCode"`
	Name          string        `json:"name"`
	Type          staff.OrgType `json:"type"`
	Parent        *string       `json:"parent"`
	Division      *string       `json:"division"`
	DivisionName  *string       `json:"divisionName"` // null for a code that staff.DivisionName does not know
	Order         int           `json:"order"`
	People        int           `json:"people"`
	Incomplete    int           `json:"incomplete"`
	OwnPeople     int           `json:"ownPeople"`
	OwnIncomplete int           `json:"ownIncomplete"`
	HasChildren   bool          `json:"hasChildren"`
	Version       int64         `json:"version"`
}

// OrgOf is the wire form of an organisation.
func OrgOf(r admin.OrgRecord) Org {
	o := r.Org
	return Org{
		OrgCode: o.Code.String(), Name: o.Name, Type: o.Type, Parent: Null(o.Parent().String()), Division: Null(o.Division), DivisionName: Null(staff.DivisionName(o.Division)),
		Order: o.Order, People: r.All.People, Incomplete: r.All.Incomplete, OwnPeople: r.Own.People, OwnIncomplete: r.Own.Incomplete,
		HasChildren: r.Children > 0, Version: o.Version,
	}
}

// WithCurrentOrg adds the organisation as it is now to a conflict over it. Any other
// error stays as it is.
func WithCurrentOrg(err error) error {
	var c *admin.OrgConflict
	var f *fault.Error
	if errors.As(err, &c) && errors.As(err, &f) {
		return f.With("current", OrgOf(c.Current))
	}
	return err
}
