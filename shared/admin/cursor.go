package admin

import (
	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// place is how far a search has come: after a row of one list of a span. The
// zero place is the end.
type place struct {
	Kind  spanKind
	Org   staff.OrgCode
	After string
}

// after is where the list of org is gone on with: at its beginning, unless it is
// the one that p is in.
func (p place) after(org staff.OrgCode) string {
	if org == p.Org {
		return p.After
	}
	return ""
}

// seal makes cursors of places. They are good for one caller, scope and set of
// filters alone.
type seal struct {
	keys  account.Keys
	bound []string
}

const placeHead = len("s") + len("GO_") + 32 // a kind and an organisation

func (s seal) close(p place) string {
	if p.Kind == "" {
		return ""
	}
	return account.Seal{Keys: s.keys, Bound: s.bound}.Close(string(p.Kind) + p.Org.String() + p.After)
}

// open is the place of a cursor; "" is the beginning, the zero place.
func (s seal) open(cursor string) (place, error) {
	plain, err := account.Seal{Keys: s.keys, Bound: s.bound}.Open(cursor)
	if err != nil || plain == "" {
		return place{}, err
	}
	if len(plain) < placeHead {
		return place{}, account.BadCursor(nil)
	}
	org, err := staff.ParseOrgCode(plain[1:placeHead])
	if err != nil {
		return place{}, account.BadCursor(err)
	}
	return place{spanKind(plain[:1]), org, plain[placeHead:]}, nil
}
