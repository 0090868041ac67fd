package account

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"

	"chaoxi/shared/staff"
)

// administratorSearch finds the administrators who may help somebody: of each unit of
// theirs those who may edit its people. If a unit has none, those of the nearest
// organisation above that has some. People who are frozen or have left do not count.
//
// The grants on the top of the tree are read only for a unit that has nobody nearer,
// and of many administrators of one organisation only some are read, for each asker
// others. Otherwise all people who have forgotten their passwords would read the same
// few items.
type administratorSearch struct {
	store interface {
		GrantReader
		PeopleReader
	}
	asker  staff.EmployeeCode // who never helps themselves
	listed int                // how many administrators are shown at most

	holders map[staff.OrgCode][]staff.EmployeeCode // who may edit the people of which organisation
	people  map[staff.EmployeeCode]staff.Staff     // of those holders who have been read
}

// run returns the administrators for units with these paths, those of the first unit
// first. A path begins at the top of the tree.
func (a administratorSearch) run(ctx context.Context, paths [][]staff.OrgCode) ([]staff.Staff, error) {
	a.holders, a.people = map[staff.OrgCode][]staff.EmployeeCode{}, map[staff.EmployeeCode]staff.Staff{}
	var near, tops []staff.OrgCode
	for _, path := range paths {
		for i, c := range path {
			if i == 0 {
				tops = append(tops, c)
			} else {
				near = append(near, c)
			}
		}
	}
	if err := a.readGrants(ctx, near); err != nil {
		return nil, err
	}
	for {
		if slices.ContainsFunc(paths, func(path []staff.OrgCode) bool { return len(nearest(path, a.holders)) == 0 }) && len(tops) > 0 {
			if err := a.readGrants(ctx, tops); err != nil {
				return nil, err
			}
			tops = nil
		}
		var unread, all []staff.EmployeeCode
		for _, path := range paths {
			for _, c := range nearest(path, a.holders) {
				if !slices.Contains(all, c) {
					all = append(all, c)
				}
				if _, ok := a.people[c]; !ok && !slices.Contains(unread, c) {
					unread = append(unread, c)
				}
			}
		}
		if len(unread) == 0 {
			found := make([]staff.Staff, min(len(all), a.listed))
			for i := range found {
				found[i] = a.people[all[i]]
			}
			return found, nil
		}
		if err := a.readPeople(ctx, unread); err != nil {
			return nil, err
		}
	}
}

// readGrants notes who may edit the people of organisations.
func (a administratorSearch) readGrants(ctx context.Context, orgs []staff.OrgCode) error {
	slices.SortFunc(orgs, staff.OrgCode.Compare)
	orgs = slices.Compact(orgs)
	grants, err := a.store.GrantsOn(ctx, orgs)
	if err != nil {
		return fmt.Errorf("read the grants: %w", err)
	}
	for _, g := range grants {
		if on := a.holders[g.Grant.Org]; g.Staff != a.asker && g.Grant.Allows(StaffEdit) && !slices.Contains(on, g.Staff) {
			a.holders[g.Grant.Org] = append(on, g.Staff)
		}
	}
	for _, o := range orgs {
		a.holders[o] = a.some(a.holders[o])
	}
	return nil
}

// some returns at most twice as many holders as are shown, so that a few may be
// frozen. Which ones depends on the asker.
func (a administratorSearch) some(holders []staff.EmployeeCode) []staff.EmployeeCode {
	most := 2 * a.listed
	if len(holders) <= most {
		return holders
	}
	h := fnv.New32a()
	h.Write([]byte(a.asker.String()))
	first := int(h.Sum32() % uint32(len(holders)))
	return slices.Concat(holders[first:], holders[:first])[:most]
}

// readPeople reads holders, and takes those off who cannot help.
func (a administratorSearch) readPeople(ctx context.Context, codes []staff.EmployeeCode) error {
	people, err := a.store.People(ctx, codes)
	if err != nil {
		return fmt.Errorf("read the administrators: %w", err)
	}
	for _, c := range codes {
		if p, ok := people[c]; ok && p.Employment == staff.InService && p.State != staff.Frozen {
			a.people[c] = p
			continue
		}
		for o, holders := range a.holders {
			a.holders[o] = slices.DeleteFunc(holders, func(h staff.EmployeeCode) bool { return h == c })
		}
	}
	return nil
}

// nearest are the holders of the last organisation of path that has any. Path begins
// at the top of the tree.
func nearest(path []staff.OrgCode, holders map[staff.OrgCode][]staff.EmployeeCode) []staff.EmployeeCode {
	for i := len(path) - 1; i >= 0; i-- {
		if found := holders[path[i]]; len(found) > 0 {
			return found
		}
	}
	return nil
}
