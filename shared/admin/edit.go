package admin

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Edit is a submitted record. What is not set is unchanged.
type Edit struct {
	Version int64 // of the record that the administrator looked at

	Name, Account, AreaCode, Phone    Field[string]
	ShortNumber, Gender, IDCard       Field[string]
	BirthDate, BudgetedPost, JobLevel Field[string]
	HomeAddress, PoliticalStatus      Field[string]

	Posts   []PostEdit
	Removed []string // ids of posts that end
}

// PostEdit changes the post of an id, or adds one where there is no id.
type PostEdit struct {
	ID, Unit, Org, JobType            Field[string]
	Title, Role                       Field[string]
	Order                             Field[int]
	Email, OfficePhone, OfficeAddress Field[string]
}

// Field is one field of an edit: left out, cleared, or given.
type Field[T any] struct {
	Set   bool
	Null  bool
	Value T
}

// given is the text of f, "" where it is left out or cleared.
func (f Field[T]) given() (v T) {
	if f.Set && !f.Null {
		return f.Value
	}
	return v
}

// N is how many posts the edit is about.
func (e Edit) N() int { return len(e.Posts) + len(e.Removed) }

// Orgs are the organisations that the edit names, as far as they are in form.
func (e Edit) Orgs() []staff.OrgCode {
	var codes []staff.OrgCode
	for _, p := range e.Posts {
		for _, f := range []Field[string]{p.Unit, p.Org} {
			if c, err := staff.ParseOrgCode(f.given()); err == nil {
				codes = append(codes, c)
			}
		}
	}
	return codes
}

// The most posts that one edit is about: all active ones replaced.
const maxPostsNamed = staff.MaxActivePosts

// editor applies an Edit to a person, or to nobody yet: who is added is edited
// from an empty record. It looks at everything before it answers, so that the
// answers come in the order of the contract: what the caller may not do, what is
// not there, what is wrong with the values (all of it at once), what has changed
// meanwhile.
type editor struct {
	adding  bool
	target  Target // of somebody added, with code, employment and state
	caller  account.Caller
	allowed staff.Dictionaries
	now     time.Time
	newID   func() (staff.PostID, error)
	pinyin  func(string) staff.Pinyin

	scope Scope
	edit  Edit
	s     staff.Staff // as it becomes
	stale bool
	at    map[staff.PostID]string // where the request has a post: posts[1]
	main  string                  // where the request meddles with the main post

	denied, missing, conflict error
	bad                       fault.Fields

	opened []staff.OrgCode          // organisations that posts are new in
	inside map[staff.OrgCode]string // those between a post's unit and its organisation
}

// errStale says that the record is not the one that was looked at.
var errStale = errors.New("the version is not the record's")

// errOthersPhone says that the account looks like a phone that is not the
// person's own. Storage knows whether it is anybody's.
var errOthersPhone = errors.New("the account looks like another phone")

// apply returns the person after the edit.
func (e *editor) apply() (staff.Staff, error) {
	e.scope = ScopeOf(e.caller, account.StaffEdit)
	e.s = e.target.Staff.Clone()
	e.s.Posts = staff.Arrange(e.s.Posts)
	e.at, e.inside = map[staff.PostID]string{}, map[staff.OrgCode]string{}
	if !e.adding {
		e.version()
	}

	e.person()
	if err := e.posts(); err != nil {
		return staff.Staff{}, err
	}
	e.complete()

	switch {
	case e.denied != nil:
		return staff.Staff{}, e.denied
	case e.missing != nil:
		return staff.Staff{}, e.missing
	case e.bad.Err() != nil:
		return staff.Staff{}, e.bad.Err()
	case e.stale:
		return staff.Staff{}, errStale
	case e.conflict != nil:
		return staff.Staff{}, e.conflict
	}
	e.s.Version++
	e.s.Revision++
	return e.s, nil
}

// version holds the edit to be one of the record as it is.
func (e *editor) version() {
	e.stale = e.edit.Version != e.s.Version
	if e.edit.Version == 0 {
		e.bad.Add("version", fault.Required)
	} else if e.edit.Version < 0 {
		e.bad.Add("version", fault.Range)
	}
}

func (e *editor) deny(format string, args ...any) {
	if e.denied == nil {
		e.denied = fault.PermissionDenied.Becausef(format, args...)
	}
}

// person applies the fields of the person.
func (e *editor) person() {
	in, was := e.edit, e.target.Staff
	plain := func(max int) func(string) (string, error) {
		return func(s string) (string, error) { return staff.Plain(s, max) }
	}
	e.text("name", in.Name, &e.s.Name, &fault.StillOpen, staff.ParseName)
	e.account()
	e.phone()
	e.text("shortNumber", in.ShortNumber, &e.s.ShortNumber, nil, plain(staff.MaxShortNumber))
	e.choose("gender", in.Gender, &e.s.Gender, &fault.StillOpen, staff.DictGender)
	e.text("idCard", in.IDCard, &e.s.IDCard, nil, func(s string) (string, error) { return staff.ParseIDCard(s, e.now) })
	e.text("birthDate", in.BirthDate, &e.s.BirthDate, nil, func(s string) (string, error) { return staff.ParseDate(s, e.now) })
	e.choose("budgetedPost", in.BudgetedPost, &e.s.BudgetedPost, &fault.StillOpen, staff.DictBudgetedPost)
	e.choose("jobLevel", in.JobLevel, &e.s.JobLevel, &fault.StillOpen, staff.DictJobLevel)
	e.text("homeAddress", in.HomeAddress, &e.s.HomeAddress, nil, plain(staff.MaxHomeAddress))
	e.choose("politicalStatus", in.PoliticalStatus, &e.s.PoliticalStatus, nil, staff.DictPoliticalStatus)

	if birth, gender := e.s.IDCardAgrees(); in.IDCard.Set || in.BirthDate.Set || in.Gender.Set {
		if !birth {
			e.bad.Add(firstSet(in.IDCard, "idCard", in.BirthDate, "birthDate", "idCard"), fault.Disagrees)
		}
		if !gender {
			e.bad.Add(firstSet(in.IDCard, "idCard", in.Gender, "gender", "idCard"), fault.Disagrees)
		}
	}
	if e.s.Name != was.Name {
		e.s.Pinyin = e.pinyin(e.s.Name)
	}
	if e.s.Name != was.Name || e.s.Account != was.Account || e.s.Phone != was.Phone {
		e.identity()
	}
}

// identity holds the rule for phone, account and name, with which an account can
// be taken over. Who is added has none yet, and a main post where the caller may
// place one.
func (e *editor) identity() {
	switch t := e.target; {
	case e.adding:
	case e.caller.Staff == t.Staff.Code:
		e.deny("nobody changes their own phone, account or name here")
	case !e.scope.HasMain(t.Staff, t.Orgs):
		e.deny("the main post is outside the scope")
	case !Outranks(e.caller, t.Account.Grants, t.Orgs):
		e.deny("the person holds grants that the caller's do not cover")
	}
}

func firstSet(a Field[string], pathA string, b Field[string], pathB, otherwise string) string {
	switch {
	case a.Set:
		return pathA
	case b.Set:
		return pathB
	}
	return otherwise
}

// text applies one field. Empty is what a cleared field that must not be empty
// is answered with, or nil if it may be.
func (e *editor) text(path string, f Field[string], to *string, empty *fault.FieldCode, parse func(string) (string, error)) {
	if !f.Set {
		return
	}
	v, err := parse(f.given())
	switch {
	case err != nil:
		e.bad.Add(path, staff.Flaw(err))
	case v == "" && empty != nil:
		e.bad.Add(path, *empty)
	default:
		*to = v
	}
}

// choose applies a field whose values are a dictionary's. What is on file stays
// good when its code is switched off.
func (e *editor) choose(path string, f Field[string], to *string, empty *fault.FieldCode, dictionary string) {
	e.text(path, f, to, empty, func(s string) (string, error) {
		s = strings.TrimSpace(s)
		if s != "" && s != *to && !e.allowed.Allows(dictionary, s) {
			e.bad.Add(path, fault.NotChoice)
			return *to, nil
		}
		return s, nil
	})
}

func (e *editor) account() {
	f := e.edit.Account
	if !f.Set && !e.adding {
		return
	}
	if strings.TrimSpace(f.given()) == "" {
		e.bad.Add("account", fault.Required)
		return
	}
	a, err := staff.ParseAccount(f.Value)
	if err != nil {
		e.bad.Add("account", staff.Flaw(err))
		return
	}
	e.s.Account = a
}

// phone applies area and number, which are entered apart but make one number.
func (e *editor) phone() {
	area, number := e.edit.AreaCode, e.edit.Phone
	if e.s.Employment == staff.Left {
		if area.given() != "" || number.given() != "" {
			e.conflict = fault.StateConflict.Becausef("a person who has left has no phone")
		}
		return
	}
	in := e.s.Phone.Area()
	e.choose("areaCode", area, &in, &fault.StillOpen, staff.DictAreaCode)
	national := e.s.Phone.National()
	e.text("phone", number, &national, &fault.StillOpen, func(s string) (string, error) {
		if strings.Contains(s, "*") || strings.Contains(s, "＊") {
			return "", staff.ErrMasked
		}
		return staff.Plain(s, 20)
	})
	if !area.Set && !number.Set || national == "" {
		return
	}
	if in == "" {
		in = "+86"
	}
	whole := strings.HasPrefix(national, "+") || strings.HasPrefix(national, "00")
	if !whole {
		national = in + national
	}
	p, err := staff.ParsePhone(national)
	switch {
	case err != nil:
		e.bad.Add(firstSet(number, "phone", area, "areaCode", "phone"), fault.Invalid)
	case whole && area.Set && p.Area() != in:
		e.bad.Add("areaCode", fault.Disagrees)
	case p.Area() != e.s.Phone.Area() && !e.allowed.Allows(staff.DictAreaCode, p.Area()): // which the number brought along
		e.bad.Add(firstSet(area, "areaCode", number, "phone", "phone"), fault.NotChoice)
	default:
		e.s.Phone = p
	}
	if own, like := e.s.Account.AsPhone(); like && own != e.s.Phone && !e.edit.Account.Set {
		e.bad.Add("account", fault.Invalid) // was the phone, and would be somebody else's
	}
}

// posts applies the posts of the edit.
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
		if in.ID.given() == "" {
			id, err := e.newID()
			if err != nil {
				return err
			}
			e.at[id] = path
			p := staff.Post{ID: id, Active: true}
			e.post(path, in, &p, true)
			e.s.Posts = append(e.s.Posts, p)
			continue
		}
		if j, ok := e.find(path+".id", in.ID.Value, path); ok {
			e.post(path, in, &e.s.Posts[j], false)
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

// find is the active post of an id, which the request may name once.
func (e *editor) find(path, id, at string) (int, bool) {
	j := slices.IndexFunc(e.s.Posts, func(p staff.Post) bool { return p.Active && p.ID.String() == id })
	named := slices.ContainsFunc(e.target.Staff.Posts, func(p staff.Post) bool { return p.ID.String() == id && e.at[p.ID] != "" })
	switch {
	case named:
		e.bad.Add(path, fault.Duplicate)
		return 0, false
	case j < 0:
		if !e.stale { // else somebody has ended it, and that is what is told
			e.bad.Add(path, fault.NoSuch)
		}
		return 0, false
	}
	e.at[e.s.Posts[j].ID] = at
	return j, true
}

// post applies one entry to one post.
func (e *editor) post(path string, in PostEdit, p *staff.Post, added bool) {
	was := *p
	path += "."
	plain := func(max int) func(string) (string, error) {
		return func(s string) (string, error) { return staff.Plain(s, max) }
	}
	e.text(path+"title", in.Title, &p.Title, nil, plain(staff.MaxTitle))
	e.choose(path+"role", in.Role, &p.Role, &fault.StillOpen, staff.DictRole)
	e.text(path+"email", in.Email, &p.Email, nil, staff.ParseEmail)
	e.text(path+"officePhone", in.OfficePhone, &p.OfficePhone, nil, plain(staff.MaxOfficePhone))
	e.text(path+"officeAddress", in.OfficeAddress, &p.OfficeAddress, nil, plain(staff.MaxOfficeAddress))
	if in.Order.Set {
		switch n := in.Order; {
		case n.Null:
			e.bad.Add(path+"order", fault.StillOpen)
		case n.Value < 1 || n.Value > staff.MaxOrder:
			e.bad.Add(path+"order", fault.Range)
		default:
			p.Order = n.Value
		}
	}
	job := string(p.JobType)
	e.choose(path+"jobType", in.JobType, &job, &fault.StillOpen, staff.DictJobType)
	switch staff.JobType(job) {
	case staff.MainJob, staff.ConcurrentJob, staff.AttachedJob, staff.SecondedJob, "":
	default: // a code that was added to the dictionary, and that no rule knows
		e.bad.Add(path+"jobType", fault.NotChoice)
	}
	p.JobType = staff.JobType(job)
	if p.JobType == staff.MainJob || was.JobType == staff.MainJob && p.JobType != was.JobType {
		e.main = path + "jobType"
	}
	e.code(path+"unit", in.Unit, &p.Unit)
	e.code(path+"org", in.Org, &p.Org)

	moved := p.Unit != was.Unit || p.Org != was.Org
	if !added && (moved || p.JobType != was.JobType) && !e.scope.Covers(e.target.Orgs[was.Org]) {
		e.deny("post %s is outside the scope", p.ID)
	}
	if moved {
		e.placed(path, *p)
	}
}

// code applies a field that names an organisation.
func (e *editor) code(path string, f Field[string], to *staff.OrgCode) {
	s := strings.TrimSpace(f.given())
	switch c, err := staff.ParseOrgCode(s); {
	case !f.Set:
	case s == "":
		e.bad.Add(path, fault.StillOpen)
	case err != nil:
		e.lack(path, err)
	default:
		*to = c
	}
}

func (e *editor) lack(path string, why error) {
	if e.missing == nil {
		e.missing = fault.OrgMissing.On(path, fault.NoSuch).Because(why)
	}
}

// placed holds the rules for where a new or moved post may be: an open
// organisation in scope, with the unit that it belongs to.
func (e *editor) placed(path string, p staff.Post) {
	if p.Unit.IsZero() || p.Org.IsZero() {
		return // said already
	}
	org, unit := e.target.Orgs[p.Org], e.target.Orgs[p.Unit]
	switch {
	case !e.scope.Covers(org):
		e.lack(path+"org", fmt.Errorf("%s is not in scope", p.Org))
		return
	case unit.Code.IsZero():
		e.lack(path+"unit", fmt.Errorf("%s does not exist", p.Unit))
		return
	}
	from := slices.Index(org.Path, p.Unit)
	switch {
	case org.Type == staff.GroupOrg:
		e.bad.Add(path+"org", fault.Invalid)
	case unit.Type != staff.UnitOrg || from < 0 || org.Type == staff.UnitOrg && org.Code != unit.Code:
		e.bad.Add(path+"unit", fault.Invalid)
	case org.Closed || unit.Closed:
		e.conflict = fault.OrgClosed.On(path+"org", fault.Invalid)
	default:
		e.opened = append(e.opened, p.Org)
		if p.Unit != p.Org {
			e.opened = append(e.opened, p.Unit)
			for _, between := range org.Path[from+1 : len(org.Path)-1] {
				e.inside[between] = path + "unit"
			}
		}
	}
}

// complete holds the rules for the record as a whole: nothing that is starred
// is empty, and there is one main post.
func (e *editor) complete() {
	need := func(path string, missing bool) {
		if missing {
			e.bad.Add(path, fault.StillOpen)
		}
	}
	in := e.s.Employment == staff.InService
	need("name", e.s.Name == "")
	need("areaCode", in && (e.adding || e.s.Phone.IsZero()) && e.edit.AreaCode.given() == "")
	need("phone", in && e.s.Phone.IsZero() && e.edit.Phone.given() == "") // what was given and is wrong has been said
	need("gender", e.s.Gender == "")
	need("budgetedPost", e.s.BudgetedPost == "")
	need("jobLevel", e.s.JobLevel == "")
	if own, like := e.s.Account.AsPhone(); like && own != e.s.Phone && e.edit.Account.Set && e.s.Account != e.target.Staff.Account {
		e.conflict = errOthersPhone
	}
	if !in {
		return
	}
	mains, active := 0, e.s.ActivePosts()
	for _, p := range active {
		path, named := e.at[p.ID]
		if !named {
			path = "posts[" + p.ID.String() + "]"
		}
		need(path+".unit", p.Unit.IsZero())
		need(path+".org", p.Org.IsZero())
		need(path+".jobType", p.JobType == "")
		need(path+".role", p.Role == "")
		need(path+".order", p.Order < 1)
		if p.JobType == staff.MainJob {
			mains++
		}
	}
	if mains != 1 {
		path := e.main
		if path == "" {
			path = "posts"
		}
		e.bad.Add(path, fault.OneMain)
	}
	if len(active) > staff.MaxActivePosts {
		e.bad.Add("posts", fault.Range)
	}
}

// changesOf are the fields in which two states of a person differ, masked as in
// every answer. Posts go by their ids.
func changesOf(was, now staff.Staff) []AuditChange {
	var all []AuditChange
	add := func(field, old, new string) {
		if old != new {
			all = append(all, AuditChange{field, old, new})
		}
	}
	masked := func(field, old, new string, mask func(string) string) {
		if old != new {
			all = append(all, AuditChange{field, mask(old), mask(new)})
		}
	}
	add("name", was.Name, now.Name)
	if was.Account != now.Account {
		all = append(all, AuditChange{"account", was.Account.Masked(), now.Account.Masked()})
	}
	if was.Phone != now.Phone {
		all = append(all, AuditChange{"phone", was.Phone.Masked(), now.Phone.Masked()})
	}
	add("shortNumber", was.ShortNumber, now.ShortNumber)
	add("gender", was.Gender, now.Gender)
	masked("idCard", was.IDCard, now.IDCard, staff.MaskIDCard)
	add("birthDate", was.BirthDate, now.BirthDate)
	add("budgetedPost", was.BudgetedPost, now.BudgetedPost)
	add("jobLevel", was.JobLevel, now.JobLevel)
	add("homeAddress", was.HomeAddress, now.HomeAddress)
	add("politicalStatus", was.PoliticalStatus, now.PoliticalStatus)
	add("employment", string(was.Employment), string(now.Employment))
	add("accountState", string(was.State), string(now.State))
	for _, p := range now.Posts {
		var old staff.Post
		had := slices.IndexFunc(was.Posts, func(o staff.Post) bool { return o.ID == p.ID })
		if had >= 0 {
			old = was.Posts[had]
		}
		path := postField(p.ID)
		add(path+"unit", old.Unit.String(), p.Unit.String())
		add(path+"org", old.Org.String(), p.Org.String())
		add(path+"jobType", string(old.JobType), string(p.JobType))
		add(path+"title", old.Title, p.Title)
		add(path+"role", old.Role, p.Role)
		add(path+"order", number(old.Order), number(p.Order))
		add(path+"email", old.Email, p.Email)
		add(path+"officePhone", old.OfficePhone, p.OfficePhone)
		add(path+"officeAddress", old.OfficeAddress, p.OfficeAddress)
		if had >= 0 || !p.Active {
			add(path+"active", strconv.FormatBool(old.Active), strconv.FormatBool(p.Active))
		}
	}
	return all
}

// postField is how the fields of a post begin in the audit.
func postField(id staff.PostID) string { return "posts[" + id.String() + "]." }

// number is an order in the audit; none is "".
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
