package admin

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/fold"
	"chaoxi/shared/optional"
	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// OrgFinder finds organisations by name.
type OrgFinder interface {
	// OrgsNamed returns the organisations whose name has this NameKey.
	OrgsNamed(ctx context.Context, nameKey string) ([]staff.OrgCode, error)
	// ChildNamed returns the open organisation directly below a parent whose name has
	// this NameKey; the zero code if there is none.
	ChildNamed(ctx context.Context, parent staff.OrgCode, nameKey string) (staff.OrgCode, error)
}

// place is where a post is. The zero place is not said.
type place struct{ unit, org staff.OrgCode }

// set is the place as the fields of an edit.
func (p place) set() (unit, org optional.Value[string]) {
	set := func(c staff.OrgCode) optional.Value[string] {
		return optional.Value[string]{Set: !c.IsZero(), Value: c.String()}
	}
	return set(p.unit), set(p.org)
}

// placed is where the posts of a person are, in their order.
type placed struct {
	at    []place
	flaws []fault.Field // of names that no organisation has, or several
}

// edit is an edit with nothing but the places, of which the organisations are read.
func (p placed) edit() Edit {
	var e Edit
	for _, at := range p.at {
		var in PostEdit
		in.Unit, in.Org = at.set()
		e.Posts = append(e.Posts, in)
	}
	return e
}

// places finds the organisations that the rows of a chunk name. It asks for each name once,
// or a few times if several people are looked at at once.
type places struct {
	store interface {
		OrgFinder
		account.OrgReader
	}
	scope Scope
	mu    sync.Mutex // of what follows
	tops  staff.Orgs // those of the scope; nil before the first name
	units map[string]unitFound
	below map[string]staff.OrgCode
}

// placesFor finds organisations where by may edit people.
func placesFor(store RosterStore, by account.Permitted) *places {
	return &places{store: store, scope: ScopeOf(by.Caller(), account.StaffEdit), units: map[string]unitFound{}, below: map[string]staff.OrgCode{}}
}

// unitFound is the unit that a text names, or what is wrong with it.
type unitFound struct {
	unit staff.Org
	flaw *fault.FieldCode
}

// ofPosts are the places of a person's posts.
func (p *places) ofPosts(ctx context.Context, of roster.Person) (placed, error) {
	var all placed
	for i, row := range of.Posts {
		at, field, flaw, err := p.find(ctx, row.Values["unit"], row.Values["org"])
		if err != nil {
			return all, fmt.Errorf("find where row %d is: %w", row.Row, err)
		}
		if flaw != nil {
			all.flaws = append(all.flaws, fault.Field{Path: "posts[" + strconv.Itoa(i) + "]." + field, FieldCode: *flaw})
		}
		all.at = append(all.at, at)
	}
	return all, nil
}

// find is the place that two cells name: each by its code, its whole name, or its name
// behind those of organisations above it. Without an organisation it is the unit itself.
func (p *places) find(ctx context.Context, unit, org string) (at place, field string, flaw *fault.FieldCode, err error) {
	orgCode, notCode := staff.ParseOrgCode(fold.Typed(org))
	switch {
	case unit == "" && org == "":
		return place{}, "", nil, nil
	case unit == "" && notCode != nil:
		return place{}, "unit", &fault.Required, nil
	case unit == "":
		orgs, err := p.store.Orgs(ctx, []staff.OrgCode{orgCode})
		if err != nil {
			return place{}, "", nil, err
		}
		return p.unitAbove(ctx, orgs[orgCode])
	}
	of, err := p.unit(ctx, unit)
	if err != nil || of.flaw != nil {
		return place{}, "unit", of.flaw, err
	}
	at = place{of.unit.Code, of.unit.Code}
	if notCode == nil {
		at.org = orgCode
		return at, "", nil, nil
	}
	names := steps(org)
	if len(names) > 0 && staff.NameKey(names[0]) == staff.NameKey(of.unit.Name) {
		names = names[1:]
	}
	for _, name := range names {
		if isTooLong(name) {
			return place{}, "org", &fault.OrgUnknown, nil
		}
		if at.org, err = p.child(ctx, at.org, staff.NameKey(name)); err != nil {
			return place{}, "", nil, err
		}
		if at.org.IsZero() {
			return place{}, "org", &fault.OrgUnknown, nil
		}
	}
	return at, "", nil, nil
}

// unitAbove is o in the unit that it belongs to.
func (p *places) unitAbove(ctx context.Context, o staff.Org) (place, string, *fault.FieldCode, error) {
	above, err := p.store.Orgs(ctx, o.Path)
	if err != nil {
		return place{}, "", nil, err
	}
	for _, c := range slices.Backward(o.Path) {
		if above[c].Type == staff.UnitOrg {
			return place{c, o.Code}, "", nil, nil
		}
	}
	return place{}, "org", &fault.OrgUnknown, nil
}

// steps are the names of a path as people write it.
func steps(s string) []string {
	var names []string
	for _, name := range strings.FieldsFunc(fold.Typed(s), func(r rune) bool { return r == '/' || r == '\\' || r == '>' }) {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// isTooLong reports whether no organisation has a name of this length.
func isTooLong(name string) bool { return utf8.RuneCountInString(name) > staff.MaxName }

// unit is the unit that a text names.
func (p *places) unit(ctx context.Context, text string) (unitFound, error) {
	return asked(&p.mu, p.units, text, func() (unitFound, error) { return p.findUnit(ctx, text) })
}

// asked is what known has under a key. If it has nothing, ask is asked, once mu is free for
// others, and known has it from then on.
func asked[V any](mu *sync.Mutex, known map[string]V, key string, ask func() (V, error)) (V, error) {
	mu.Lock()
	v, ok := known[key]
	mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := ask()
	if err == nil {
		mu.Lock()
		known[key] = v
		mu.Unlock()
	}
	return v, err
}

func (p *places) findUnit(ctx context.Context, text string) (unitFound, error) {
	if c, err := staff.ParseOrgCode(fold.Typed(text)); err == nil {
		orgs, err := p.store.Orgs(ctx, []staff.OrgCode{c})
		if err != nil || orgs[c].Code.IsZero() {
			return unitFound{flaw: &fault.OrgUnknown}, err
		}
		return unitFound{unit: orgs[c]}, nil
	}
	names := steps(text)
	if len(names) == 0 || isTooLong(names[len(names)-1]) {
		return unitFound{flaw: &fault.OrgUnknown}, nil
	}
	tops, err := p.topsOf(ctx)
	if err != nil {
		return unitFound{}, err
	}
	codes, err := p.store.OrgsNamed(ctx, staff.NameKey(names[len(names)-1]))
	if err != nil {
		return unitFound{}, err
	}
	orgs, err := p.store.Orgs(ctx, codes)
	if err != nil {
		return unitFound{}, err
	}
	above, err := p.store.Orgs(ctx, orgs.Above())
	if err != nil {
		return unitFound{}, err
	}
	var fits []staff.Org
	for _, c := range codes {
		if o := orgs[c]; o.Type == staff.UnitOrg && p.near(o, tops) && passes(o, above, orgs, names[:len(names)-1]) {
			fits = append(fits, o)
		}
	}
	if open := slices.DeleteFunc(slices.Clone(fits), func(o staff.Org) bool { return o.Closed }); len(open) > 0 {
		fits = open
	}
	switch len(fits) {
	case 0:
		return unitFound{flaw: &fault.OrgUnknown}, nil
	case 1:
		return unitFound{unit: fits[0]}, nil
	}
	return unitFound{flaw: &fault.OrgAmbiguous}, nil
}

// topsOf are the organisations that the scope consists of.
func (p *places) topsOf(ctx context.Context) (staff.Orgs, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tops == nil {
		var err error
		if p.tops, err = p.store.Orgs(ctx, p.scope.Tops()); err != nil {
			return nil, err
		}
	}
	return p.tops, nil
}

// near reports whether o lies in the scope, or the scope in o.
func (p *places) near(o staff.Org, tops staff.Orgs) bool {
	if p.scope.Covers(o) {
		return true
	}
	for _, top := range tops {
		if top.In(o.Code) {
			return true
		}
	}
	return false
}

// passes reports whether the names stand in this order above o.
func passes(o staff.Org, above, orgs staff.Orgs, names []string) bool {
	for _, c := range o.Path[:max(0, len(o.Path)-1)] {
		name := above.Name(c)
		if name == "" {
			name = orgs.Name(c)
		}
		if len(names) > 0 && staff.NameKey(name) == staff.NameKey(names[0]) {
			names = names[1:]
		}
	}
	return len(names) == 0
}

// child is the organisation of a name directly below a parent.
func (p *places) child(ctx context.Context, parent staff.OrgCode, nameKey string) (staff.OrgCode, error) {
	return asked(&p.mu, p.below, parent.String()+" "+nameKey, func() (staff.OrgCode, error) { return p.store.ChildNamed(ctx, parent, nameKey) })
}
