package wire

import (
	"errors"

	"chaoxi/shared/admin"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Org is an organisation as administrators see it. People and Incomplete are
// those whose main post is in it or below, OwnPeople and OwnIncomplete those
// whose main post is in it; they follow the register by up to a minute.
type Org struct {
	OrgCode       string        `json:"orgCode"`
	Name          string        `json:"name"`
	Type          staff.OrgType `json:"type"`
	Parent        *string       `json:"parent"`
	Division      *string       `json:"division"`
	DivisionName  *string       `json:"divisionName"` // null for a code that the table does not list
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

// WithCurrentOrg is WithCurrent for an organisation.
func WithCurrentOrg(err error) error {
	var c *admin.OrgConflict
	var f *fault.Error
	if errors.As(err, &c) && errors.As(err, &f) {
		return f.With("current", OrgOf(c.Current))
	}
	return err
}
