package table

import (
	"fmt"

	"chaoxi/shared/staff"
)

// OrgItem is a staff.Org as stored.
type OrgItem struct {
	Code     string   `dynamodbav:"code"`
	Name     string   `dynamodbav:"full_name"`
	Type     string   `dynamodbav:"org_type"`
	Division string   `dynamodbav:"division"`
	Order    int      `dynamodbav:"sort_order"`
	Path     []string `dynamodbav:"path"`
	Closed   bool     `dynamodbav:"closed,omitempty"`
	Version  int64    `dynamodbav:"version"`
	Placed   int64    `dynamodbav:"placed,omitempty"`
}

func OrgToItem(o staff.Org) Item {
	it := OrgItem{
		Code: o.Code.String(), Name: o.Name, Type: string(o.Type), Division: o.Division, Order: o.Order,
		Closed: o.Closed, Version: o.Version, Placed: o.MoveSeq,
	}
	for _, c := range o.Path {
		it.Path = append(it.Path, c.String())
	}
	return NewItem(OrgKey(o.Code), "org", it)
}

func OrgFromItem(item Item) (staff.Org, error) {
	var it OrgItem
	if err := Decode(item, &it); err != nil {
		return staff.Org{}, err
	}
	var bad error
	o := staff.Org{
		Code: Parsed(staff.ParseOrgCode, it.Code, &bad), Name: it.Name, Type: staff.OrgType(it.Type), Division: it.Division, Order: it.Order,
		Closed: it.Closed, Version: it.Version, MoveSeq: it.Placed,
	}
	for _, c := range it.Path {
		o.Path = append(o.Path, Parsed(staff.ParseOrgCode, c, &bad))
	}
	if bad != nil {
		return staff.Org{}, fmt.Errorf("read an organisation: %w", bad)
	}
	return o, nil
}

// OrgKeys are the keys of organisations and of the moves that they may have to be
// put right by.
func OrgKeys(codes []staff.OrgCode) []Key {
	keys := make([]Key, len(codes), len(codes)+1)
	for i, c := range codes {
		keys[i] = OrgKey(c)
	}
	return append(keys, MovesKey)
}

// OrgsFrom reads organisations, each where the moves have put it.
func OrgsFrom(items Items, codes []staff.OrgCode) (staff.Orgs, error) {
	orgs := make(staff.Orgs, len(codes))
	moves, err := MovesFromItem(items[MovesKey])
	if err != nil {
		return nil, err
	}
	for _, c := range codes {
		item, ok := items[OrgKey(c)]
		if !ok {
			continue
		}
		o, err := OrgFromItem(item)
		if err != nil {
			return nil, err
		}
		orgs[c] = moves.ApplyTo(o)
	}
	return orgs, nil
}

// OrgLookups are the keys of all that leads to an organisation: its place among the
// children of its parent, its names, and the divisions that it is a topmost
// organisation of. To a closed one its whole name and divisions still lead, for the
// people who were in it.
func OrgLookups(o staff.Org, parentDivision string) map[Key]string {
	lookups := map[Key]string{}
	if o.Code.IsZero() {
		return lookups
	}
	lookups[findOrgKey(staff.NameKey(o.Name), o.Code)] = "org_name"
	if o.Closed {
		lookups[closedKey(o)] = "closed_child"
	} else {
		lookups[childKey(o)] = "child"
		for _, term := range o.Terms() {
			lookups[orgTermKey(term, o.Code)] = "org_term"
		}
	}
	for _, d := range staff.DivisionsAround(o.Division) {
		if o.IsTopOf(d, parentDivision) {
			lookups[DivisionKey(d, o.Code)] = "division"
		}
	}
	return lookups
}

func LookupItem(k Key, kind string, c staff.OrgCode) Item {
	return NewItem(k, kind, struct {
		Org string `dynamodbav:"org"`
	}{c.String()})
}
