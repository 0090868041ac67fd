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
	Arranged int64    `dynamodbav:"arranged,omitempty"`
}

// OrgKind is the kind of an ORG item. When such an item changes, other systems are told.
const OrgKind = "org"

// OrgToItem returns the ORG item of o.
func OrgToItem(o staff.Org) Item {
	it := OrgItem{
		Code: o.Code.String(), Name: o.Name, Type: string(o.Type), Division: o.Division, Order: o.Order,
		Closed: o.Closed, Version: o.Version, Placed: o.MoveSeq, Arranged: o.Arranged,
	}
	for _, c := range o.Path {
		it.Path = append(it.Path, c.String())
	}
	return NewItem(OrgKey(o.Code), OrgKind, it)
}

// OrgFromItem reads an organisation with its path as stored, which moves may have
// made wrong. OrgsFrom corrects it. A nil item is an error.
func OrgFromItem(item Item) (staff.Org, error) {
	var it OrgItem
	if err := Decode(item, &it); err != nil {
		return staff.Org{}, err
	}
	var bad error
	o := staff.Org{
		Code: Parsed(staff.ParseOrgCode, it.Code, &bad), Name: it.Name, Type: staff.OrgType(it.Type), Division: it.Division, Order: it.Order,
		Closed: it.Closed, Version: it.Version, MoveSeq: it.Placed, Arranged: it.Arranged,
	}
	for _, c := range it.Path {
		o.Path = append(o.Path, Parsed(staff.ParseOrgCode, c, &bad))
	}
	if bad != nil {
		return staff.Org{}, fmt.Errorf("read an organisation: %w", bad)
	}
	return o, nil
}

// StoredOrgKeys returns the keys of organisations alone, for StoredOrgsFrom.
func StoredOrgKeys(codes []staff.OrgCode) []Key {
	keys := make([]Key, len(codes), len(codes)+1)
	for i, c := range codes {
		keys[i] = OrgKey(c)
	}
	return keys
}

// StoredOrgsFrom reads organisations with their paths as stored, which moves may have
// made wrong. An organisation without an item is not in the result.
func StoredOrgsFrom(items Items, codes []staff.OrgCode) (staff.Orgs, error) {
	orgs := make(staff.Orgs, len(codes))
	for _, c := range codes {
		item, ok := items[OrgKey(c)]
		if !ok {
			continue
		}
		o, err := OrgFromItem(item)
		if err != nil {
			return nil, err
		}
		orgs[c] = o
	}
	return orgs, nil
}

// OrgKeys returns the keys of organisations, and of a copy of the list of moves, by
// which their paths may have to be corrected.
func OrgKeys(codes []staff.OrgCode) []Key {
	return append(StoredOrgKeys(codes), MovesKey(AnyCopy()))
}

// OrgsFrom reads organisations from items that were read by OrgKeys. Their paths are
// as the moves have them. An organisation without an item is not in the result.
func OrgsFrom(items Items, codes []staff.OrgCode) (staff.Orgs, error) {
	moves, err := MovesFrom(items)
	if err != nil {
		return nil, err
	}
	orgs, err := StoredOrgsFrom(items, codes)
	if err != nil {
		return nil, err
	}
	for c, o := range orgs {
		orgs[c] = moves.ApplyTo(o)
	}
	return orgs, nil
}

// OrgLookups returns the items by which an organisation is found or listed: their
// keys, with their kinds. They are its place and its name among the children of its
// parent, its name and parts of it, and the divisions in which it is a topmost organisation. For
// that it needs the division of the parent, "" for a root. A closed organisation
// keeps its whole name and its divisions, for the people who were in it. The zero
// Org has no such items.
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
		lookups[ChildNameKey(o)] = ChildNameKind
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

// ChildNameKind is the kind of the item that an organisation alone has below its parent.
const ChildNameKind = "child_name"

// LookupItem returns one of the items of OrgLookups: it leads to the organisation c.
func LookupItem(k Key, kind string, c staff.OrgCode) Item {
	return NewItem(k, kind, struct {
		Org string `dynamodbav:"org"`
	}{c.String()})
}
