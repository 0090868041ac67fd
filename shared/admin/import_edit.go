package admin

import (
	"slices"
	"strconv"
	"strings"

	"chaoxi/shared/fault"
	"chaoxi/shared/fold"
	"chaoxi/shared/optional"
	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// given is the value of a column, not set if the file says nothing there. An empty cell
// changes nothing: no import clears a field.
func given(values map[string]string, column string) optional.Value[string] {
	v := values[column]
	return optional.Value[string]{Set: v != "", Value: v}
}

// personEdit is what p says about the person.
func personEdit(p roster.Person) Edit {
	v := func(column string) optional.Value[string] { return given(p.Values, column) }
	return Edit{
		Partial: true,
		Name:    v("name"), Account: v("account"), AreaCode: v("areaCode"), Phone: v("phone"), ShortNumber: v("shortNumber"), Gender: v("gender"), IDCard: v("idCard"),
		BirthDate: v("birthDate"), BudgetedPost: v("budgetedPost"), JobLevel: v("jobLevel"), HomeAddress: v("homeAddress"), PoliticalStatus: v("politicalStatus"),
	}
}

// postEdit is what one row says about a post, but for where it is.
func postEdit(values map[string]string) PostEdit {
	v := func(column string) optional.Value[string] { return given(values, column) }
	e := PostEdit{JobType: v("jobType"), Title: v("title"), Role: v("role"), Email: v("email"), OfficePhone: v("officePhone"), OfficeAddress: v("officeAddress")}
	if text := values["order"]; text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			n = -1 // beyond all that an order can be
		}
		e.Order = optional.Value[int]{Set: true, Value: n}
	}
	return e
}

// newcomer adds the person that p describes. Who has one post only has it as the main one.
func (run importRun) newcomer(p roster.Person, found placed) Edit {
	e := personEdit(p)
	if !e.AreaCode.Set && e.Phone.Set {
		phone, err := phoneOf(p)
		e.AreaCode = optional.Value[string]{Set: true, Value: "+86"}
		if err == nil {
			e.AreaCode.Value = phone.Area()
		}
	}
	for i, row := range p.Posts {
		in := postEdit(row.Values)
		in.ID = given(row.Values, roster.PostID) // nobody new has one, which the editor says
		in.Unit, in.Org = found.at[i].set()
		if !in.JobType.Set && len(p.Posts) == 1 {
			in.JobType = optional.Value[string]{Set: true, Value: string(staff.MainJob)}
		}
		e.Posts = append(e.Posts, in)
	}
	return e
}

// edit changes the person t as p says; by is the column that they were found by. The flaws
// are what p leaves open.
func (run importRun) edit(p roster.Person, t Target, by string, found placed) (Edit, []fault.Field) {
	e := personEdit(p)
	e.Version = t.Staff.Version
	var flaws []fault.Field
	switch {
	case by == roster.EmployeeCode:
		if staff.NameKey(e.Name.Value) == staff.NameKey(t.Staff.Name) {
			e.Name = optional.Value[string]{}
		}
	case e.Name.Set && !t.Staff.Is(e.Name.Value):
		wrong := fault.NameDiffers
		if _, err := staff.ParseName(e.Name.Value); err != nil {
			wrong = staff.Flaw(err)
		}
		flaws = append(flaws, fault.Field{Path: "name", FieldCode: wrong})
	default:
		e.Name = optional.Value[string]{}
	}
	// What answers show masked comes back masked, and means what is on file.
	shown := func(f *optional.Value[string], masks ...string) {
		if text := plain(f.Value); strings.Contains(text, "*") && slices.ContainsFunc(masks, func(m string) bool { return text == plain(m) }) {
			*f = optional.Value[string]{}
		}
	}
	shown(&e.Account, t.Staff.Account.Masked())
	shown(&e.Phone, t.Staff.Phone.Masked(), strings.TrimPrefix(t.Staff.Phone.Masked(), t.Staff.Phone.Area()))
	shown(&e.IDCard, staff.MaskIDCard(t.Staff.IDCard))

	unpadded(&e.Account, t.Staff.Account.String())
	unpadded(&e.ShortNumber, t.Staff.ShortNumber)

	used := map[staff.PostID]bool{}
	for i, row := range p.Posts {
		in := postEdit(row.Values)
		at := found.at[i]
		post, known := postOf(t.Staff, row.Values, at, used)
		switch {
		case row.Values[roster.PostID] != "":
			in.ID = given(row.Values, roster.PostID)
		case known:
			in.ID = optional.Value[string]{Set: true, Value: post.ID.String()}
		case at.org.IsZero():
			flaws = append(flaws, fault.Field{Path: "posts[" + strconv.Itoa(i) + "].unit", FieldCode: fault.WhichPost})
			continue
		}
		if known {
			used[post.ID] = true
			unpadded(&in.OfficePhone, post.OfficePhone)
		}
		if !at.org.IsZero() && (!known || post.Org != at.org || post.Unit != at.unit) {
			in.Unit, in.Org = at.set()
		}
		e.Posts = append(e.Posts, in)
	}
	return e, flaws
}

// asOnFile is found, but for rows that name a post of t by its id and its place as an export
// writes it: they leave the post where it is. By its names alone such a place is not always
// found. It may be out of the caller's scope, or not directly below its unit.
func asOnFile(p roster.Person, t Target, found placed) placed {
	all := placed{at: slices.Clone(found.at), flaws: slices.Clone(found.flaws)}
	for i, row := range p.Posts {
		j := slices.IndexFunc(t.Staff.Posts, func(post staff.Post) bool { return post.Active && post.ID.String() == row.Values[roster.PostID] })
		if j < 0 {
			continue
		}
		post := t.Staff.Posts[j]
		is := func(column string, c staff.OrgCode) bool {
			return staff.NameKey(fold.Typed(row.Values[column])) == staff.NameKey(t.Orgs.Name(c))
		}
		if !is("unit", post.Unit) || !is("org", post.Org) {
			continue
		}
		all.at[i] = place{post.Unit, post.Org}
		of := "posts[" + strconv.Itoa(i) + "]."
		all.flaws = slices.DeleteFunc(all.flaws, func(f fault.Field) bool { return strings.HasPrefix(f.Path, of) })
	}
	return all
}

// unpadded unsets what differs from what is on file only by zeros before it. A spreadsheet that
// opens a CSV file takes digits for a number, and saves it without them.
func unpadded(f *optional.Value[string], onFile string) {
	digits := strings.Trim(onFile, "0123456789") == ""
	if digits && f.Value != "" && f.Value == strings.TrimLeft(onFile, "0") {
		*f = optional.Value[string]{}
	}
}

// plain is a text without blanks, as masks are compared.
func plain(s string) string { return strings.Join(strings.Fields(fold.Lower(s)), "") }

// postOf is the post on file that a row is about: the one of its id; one in the same
// organisation, best of the same type; the main post, which moves; or the only one, if the
// row says nothing about a place.
func postOf(s staff.Staff, values map[string]string, at place, used map[staff.PostID]bool) (staff.Post, bool) {
	active := slices.DeleteFunc(s.ActivePosts(), func(p staff.Post) bool { return used[p.ID] })
	kind := staff.JobType(values["jobType"])
	first := func(fits func(staff.Post) bool) (staff.Post, bool) {
		if i := slices.IndexFunc(active, fits); i >= 0 {
			return active[i], true
		}
		return staff.Post{}, false
	}
	if id := values[roster.PostID]; id != "" {
		return first(func(p staff.Post) bool { return p.ID.String() == id })
	}
	main := func(p staff.Post) bool { return p.JobType == staff.MainJob }
	if at.org.IsZero() {
		if len(active) == 1 && len(used) == 0 {
			return active[0], true
		}
		if kind == staff.MainJob {
			return first(main)
		}
		return staff.Post{}, false
	}
	here := func(p staff.Post) bool { return p.Org == at.org }
	if p, ok := first(func(p staff.Post) bool { return here(p) && (kind == "" || p.JobType == kind) }); ok {
		return p, true
	}
	if p, ok := first(here); ok {
		return p, true
	}
	if kind == staff.MainJob {
		return first(main)
	}
	return staff.Post{}, false
}
