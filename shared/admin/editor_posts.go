package admin

import (
	"fmt"
	"slices"
	"strconv"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

// maxPostsNamed is how many posts one edit may change or add, and how many it
// may end.
const maxPostsNamed = staff.MaxActivePosts

// posts applies the posts of the edit: first those that are changed or added,
// then those that end.
func (e *editor) posts() error {
	if e.s.Employment == staff.Left && e.edit.N() > 0 {
		e.conflict = fault.StateConflict.Becausef("a person who has left has no posts to edit")
		return nil
	}
	if len(e.edit.Posts) > maxPostsNamed {
		e.bad.Add("posts", fault.Range)
		return nil
	}
	if len(e.edit.Removed) > maxPostsNamed {
		e.bad.Add("removedPosts", fault.Range)
		return nil
	}
	for i, in := range e.edit.Posts {
		path := "posts[" + strconv.Itoa(i) + "]"
		if in.ID.OrZero() == "" {
			id, err := e.newID()
			if err != nil {
				return err
			}
			e.at[id] = path
			p := staff.Post{ID: id, Active: true}
			e.post(path+".", in, &p, true)
			e.s.Posts = append(e.s.Posts, p)
			continue
		}
		if j, ok := e.find(path+".id", in.ID.Value, path); ok {
			e.post(path+".", in, &e.s.Posts[j], false)
		}
	}
	var ended []staff.Post
	for i, id := range e.edit.Removed {
		path := "removedPosts[" + strconv.Itoa(i) + "]"
		j, ok := e.find(path, id, path)
		if !ok {
			continue
		}
		p := e.s.Posts[j]
		if !e.scope.Covers(e.target.Orgs[p.Org]) {
			e.deny("post %s ends outside the scope", p.ID)
		}
		if p.JobType == staff.MainJob {
			e.main = path
		}
		p.Active = false
		ended = append(ended, p)
		e.s.Posts = slices.Delete(e.s.Posts, j, j+1)
	}
	e.s.Posts = staff.Arrange(append(ended, e.s.Posts...))
	return nil
}

// find is the index of the active post with an id. A request may name a post
// once.
func (e *editor) find(path, id, at string) (int, bool) {
	j := slices.IndexFunc(e.s.Posts, func(p staff.Post) bool { return p.Active && p.ID.String() == id })
	named := slices.ContainsFunc(e.target.Staff.Posts, func(p staff.Post) bool { return p.ID.String() == id && e.at[p.ID] != "" })
	switch {
	case named:
		e.bad.Add(path, fault.Duplicate)
		return 0, false
	case j < 0:
		if !e.stale { // if stale, somebody may have ended it, and the answer is a conflict
			e.bad.Add(path, fault.NoSuch)
		}
		return 0, false
	}
	e.at[e.s.Posts[j].ID] = at
	return j, true
}

// post applies one entry of the edit to one post. Path is how its fields begin.
func (e *editor) post(path string, in PostEdit, p *staff.Post, added bool) {
	was := *p
	e.setText(path+"title", in.Title, &p.Title, nil, upTo(staff.MaxTitle, staff.Text))
	e.setChoice(path+"role", in.Role, &p.Role, &fault.RequiredToComplete, staff.DictRole)
	e.setText(path+"email", in.Email, &p.Email, nil, staff.ParseEmail)
	e.setText(path+"officePhone", in.OfficePhone, &p.OfficePhone, nil, upTo(staff.MaxOfficePhone, staff.Plain))
	e.setText(path+"officeAddress", in.OfficeAddress, &p.OfficeAddress, nil, upTo(staff.MaxOfficeAddress, staff.Lines))
	if in.Order.Set {
		switch n := in.Order; {
		case n.Null:
			e.bad.Add(path+"order", fault.RequiredToComplete)
		case n.Value < 1 || n.Value > staff.MaxOrder:
			e.bad.Add(path+"order", fault.Range)
		default:
			p.Order = n.Value
		}
	}
	wrong := e.flawed(func() { e.place(path, in, p) })
	if p.JobType == staff.MainJob || was.JobType == staff.MainJob && p.JobType != was.JobType {
		e.main = path + "jobType"
	}
	moved := p.Unit != was.Unit || p.Org != was.Org
	if !added && (wrong || moved || p.JobType != was.JobType) && !e.scope.Covers(e.target.Orgs[was.Org]) {
		e.deny("post %s is outside the scope", p.ID)
	}
	if moved || p.JobType != was.JobType {
		e.carries(*p)
	}
	if moved {
		e.checkPost(path, *p)
	}
}

// carries is the rule that an edit brings nobody to where the caller holds more
// over them. Example: the caller may see whole numbers in A, and edit people in
// A and B. If they could give somebody of B a post in A, they would see that
// person's number. A main post counts for what needs the main post in scope.
func (e *editor) carries(to staff.Post) {
	if e.adding {
		return
	}
	for _, p := range (account.Grant{Type: account.SuperGrant}).Permissions() {
		scope, t := ScopeOf(e.caller, p), e.target
		holds := scope.Sees(t.Staff, t.Orgs)
		if to.JobType == staff.MainJob {
			holds = scope.HasMain(t.Staff, t.Orgs)
		}
		if scope.Covers(t.Orgs[to.Org]) && !holds {
			e.deny("%s is held over %s, but not over who would get a post there", p, to.Org)
		}
	}
}

// place applies what says where a post is and of which kind.
func (e *editor) place(path string, in PostEdit, p *staff.Post) {
	job := string(p.JobType)
	e.setChoice(path+"jobType", in.JobType, &job, &fault.RequiredToComplete, staff.DictJobType)
	switch staff.JobType(job) {
	case staff.MainJob, staff.ConcurrentJob, staff.AttachedJob, staff.SecondedJob, "":
	default: // a code that was added to the dictionary; no rule knows it
		e.bad.Add(path+"jobType", fault.NotChoice)
	}
	p.JobType = staff.JobType(job)
	e.setOrg(path+"unit", in.Unit, &p.Unit)
	e.setOrg(path+"org", in.Org, &p.Org)
}

// setOrg applies a field that names an organisation.
func (e *editor) setOrg(path string, f optional.Value[string], to *staff.OrgCode) {
	s := staff.Choice(f.OrZero())
	switch c, err := staff.ParseOrgCode(s); {
	case !f.Set:
	case s == "":
		e.bad.Add(path, fault.RequiredToComplete)
	case err != nil:
		e.orgMissing(path, err)
	default:
		*to = c
	}
}

// orgMissing notes that an organisation does not exist or is out of scope. The
// first one is kept.
func (e *editor) orgMissing(path string, why error) {
	if e.missing == nil {
		e.missing = fault.OrgMissing.AtField(path, fault.NoSuch).Because(why)
	}
}

// checkPost is the rule for where a new or moved post may be: in an open
// organisation in scope, and in the unit that the organisation belongs to.
func (e *editor) checkPost(path string, p staff.Post) {
	if p.Unit.IsZero() || p.Org.IsZero() {
		return // noted already
	}
	org, unit := e.target.Orgs[p.Org], e.target.Orgs[p.Unit]
	switch {
	case !e.scope.Covers(org):
		e.orgMissing(path+"org", fmt.Errorf("%s is not in scope", p.Org))
		return
	case unit.Code.IsZero():
		e.orgMissing(path+"unit", fmt.Errorf("%s does not exist", p.Unit))
		return
	}
	from := slices.Index(org.Path, p.Unit)
	switch {
	case org.Type == staff.GroupOrg:
		e.bad.Add(path+"org", fault.Invalid)
	case unit.Type != staff.UnitOrg || from < 0 || org.Type == staff.UnitOrg && org.Code != unit.Code:
		e.bad.Add(path+"unit", fault.Invalid)
	case org.Closed || unit.Closed:
		e.conflict = fault.OrgClosed.AtField(path+"org", fault.Invalid)
	default:
		e.mustBeOpen = append(e.mustBeOpen, p.Org)
		if p.Unit != p.Org {
			e.mustBeOpen = append(e.mustBeOpen, p.Unit)
			for _, between := range org.Path[from+1 : len(org.Path)-1] {
				e.mustNotBeUnit[between] = path + "unit"
			}
		}
	}
}
