package admin

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"chaoxi/shared/fault"
	"chaoxi/shared/fold"
	"chaoxi/shared/staff"
)

// SearchInput is a search as typed. A blank text is no filter.
type SearchInput struct {
	Q            string // a part of the name, its pinyin, the account, a phone
	Name         string // a part
	Phone        string // whole
	Account      string // whole
	Unit         string // code, or whole name
	Org          string // code; or below it
	MainOrg      string // code; the main post in it or below
	Division     string // the division, or one in it
	Employment   string // default in_service
	AccountState string
	Incomplete   string // true or false
	BudgetedPost string // a code, or none
	JobLevel     string // a code, or none
	Role         string // none: an active post has no role
	Oddity       string // a staff.Oddity
}

// filters is a search that was parsed.
type filters struct {
	nobody     bool              // no person passes
	text       staff.SearchQuery // of q or name; what terms are looked up by
	name       string            // NameKey
	phones     []staff.Phone
	accounts   []staff.Account
	unit       staff.OrgCode
	unitName   string // NameKey
	org        staff.OrgCode
	mainOrg    staff.OrgCode
	division   string
	employment staff.Employment
	state      staff.AccountState
	incomplete Tristate
	budgeted   Choice
	jobLevel   Choice
	role       Choice // None, or no filter
	oddity     staff.Oddity
}

// parse answers FieldInvalid with all that is wrong with the input. A malformed
// code is like one that does not exist: it finds nobody.
func (in SearchInput) parse() (filters, error) {
	var bad fault.Fields
	for _, field := range []struct {
		name  string
		value *string
		max   int
	}{
		{"q", &in.Q, 64}, {"name", &in.Name, staff.MaxName}, {"phone", &in.Phone, 64}, {"account", &in.Account, 64},
		{"unit", &in.Unit, 100}, {"org", &in.Org, 100}, {"mainOrg", &in.MainOrg, 100}, {"division", &in.Division, 20},
		{"budgetedPost", &in.BudgetedPost, 64}, {"jobLevel", &in.JobLevel, 64},
	} {
		valid := utf8.ValidString(*field.value)
		*field.value = fold.Typed(*field.value)
		if utf8.RuneCountInString(*field.value) > field.max {
			bad.Add(field.name, fault.TooLong)
		} else if !valid || fold.IsUnknown(*field.value) {
			bad.Add(field.name, fault.Invalid)
		}
	}

	f := filters{name: staff.NameKey(in.Name), employment: staff.InService, state: staff.AccountState(in.AccountState), incomplete: Tristate(in.Incomplete),
		budgeted: Choice(in.BudgetedPost), jobLevel: Choice(in.JobLevel), role: Choice(in.Role), oddity: staff.Oddity(in.Oddity)}
	text, ok := staff.ParseSearchQuery(in.Q)
	if !ok {
		bad.Add("q", fault.TooShort)
	}
	f.nobody = in.Q != "" && text.IsZero() // such as a lone ·, which NameKey drops
	if p, whole := text.Phone(); whole {
		f.phones = append(f.phones, p)
	} else {
		f.text = text
	}
	if in.Phone != "" {
		p, err := staff.ParsePhone(in.Phone)
		if err != nil {
			bad.Add("phone", staff.Flaw(err))
		}
		f.phones = append(f.phones, p)
	}
	if in.Account != "" {
		a, err := staff.ParseAccount(in.Account)
		f.nobody = f.nobody || err != nil
		f.accounts = append(f.accounts, a)
	}
	// A part of a name begins a term, so the name can be looked up as a term. Not so
	// digits: few of them are no term, and many phones begin with them.
	if t, ok := staff.ParseSearchQuery(in.Name); ok && f.text.IsZero() && t.String() == f.name && !t.IsDigits() {
		f.text = t
	}
	f.nobody = f.nobody || in.Name != "" && f.name == ""

	org := func(s string) staff.OrgCode {
		c, err := staff.ParseOrgCode(s)
		f.nobody = f.nobody || s != "" && err != nil
		return c
	}
	f.org, f.mainOrg = org(in.Org), org(in.MainOrg)
	if c, err := staff.ParseOrgCode(in.Unit); err == nil {
		f.unit = c
	} else {
		f.unitName = staff.NameKey(in.Unit)
		f.nobody = f.nobody || in.Unit != "" && f.unitName == ""
	}
	if f.division = in.Division; f.division != "" && !staff.IsDivision(f.division) {
		bad.Add("division", fault.Invalid)
	}
	if in.Employment != "" {
		f.employment = staff.Employment(in.Employment)
	}
	choice(&bad, "employment", f.employment, staff.InService, staff.Left)
	choice(&bad, "accountState", f.state, "", staff.Pending, staff.Active, staff.Frozen)
	choice(&bad, "incomplete", f.incomplete, "", Yes, No)
	choice(&bad, "role", f.role, "", None)
	choice(&bad, "oddity", f.oddity, "", staff.OddName, staff.OddBirthDate)
	f.nobody = f.nobody || f.employment == staff.Left && (f.role != "" || f.oddity != "") // these are of people in service
	return f, bad.Err()
}

// choice notes a value that is not among the allowed ones.
func choice[T comparable](bad *fault.Fields, path string, v T, allowed ...T) {
	if !slices.Contains(allowed, v) {
		bad.Add(path, fault.NotChoice)
	}
}

// match reports whether p, as read, is in scope and passes every filter. Numbers of
// people whose main post is not in reveal are looked for as they are shown.
func (f filters) match(p staff.Staff, orgs staff.Orgs, scope, reveal Scope) bool {
	any := func(posts []staff.Post, in func(post staff.Post, o staff.Org) bool) bool {
		return slices.ContainsFunc(posts, func(post staff.Post) bool { return in(post, orgs[post.Org]) })
	}
	seen := p.VisiblePosts()
	main := seen[:0:0]
	if m, ok := p.MainPost(); ok {
		main = append(main, m)
	}
	under := func(ancestor staff.OrgCode) func(staff.Post, staff.Org) bool {
		return func(_ staff.Post, o staff.Org) bool { return scope.coversAncestor(o, ancestor) }
	}
	_, found := f.first(p, orgs, reveal)
	switch {
	case p.Employment != f.employment,
		f.state != "" && p.State != f.state,
		f.incomplete != "" && p.Complete() != (f.incomplete == No),
		!f.budgeted.Has(p.BudgetedPost), !f.jobLevel.Has(p.JobLevel),
		f.role == None && len(p.Gaps().Roles) == 0,
		f.oddity != "" && !slices.Contains(p.Oddities(), f.oddity),
		!f.text.IsZero() && !found,
		!strings.Contains(staff.NameKey(p.Name), f.name),
		slices.ContainsFunc(f.phones, func(n staff.Phone) bool { return n != p.Phone }),
		slices.ContainsFunc(f.accounts, func(a staff.Account) bool { return a != p.Account }),
		!scope.Sees(p, orgs),
		!f.org.IsZero() && !any(seen, under(f.org)),
		!f.mainOrg.IsZero() && !any(main, under(f.mainOrg)):
		return false
	case (!f.unit.IsZero() || f.unitName != "") && !any(seen, func(post staff.Post, o staff.Org) bool {
		named := f.unitName == "" || staff.NameKey(orgs[post.Unit].Name) == f.unitName
		return named && (f.unit.IsZero() || post.Unit == f.unit) && scope.coversAncestor(o, post.Unit)
	}):
		return false
	case f.division != "" && !any(seen, func(_ staff.Post, o staff.Org) bool {
		return scope.Covers(o) && staff.DivisionCovers(f.division, o.Division)
	}):
		return false
	}
	return true
}

// first is the first term of p that the text finds.
func (f filters) first(p staff.Staff, orgs staff.Orgs, reveal Scope) (string, bool) {
	return f.text.First(p, p.TermLists(orgs), reveal.HasMain(p, orgs))
}

// binding is what a cursor is bound to: the scope and all filters. Phones and
// accounts are among them, although a search by these has no pages: a cursor of
// another search must not fit.
func (f filters) binding(scope Scope) []string {
	parts := []string{"terms in lists", strconv.FormatBool(f.nobody), // a cursor of another shape of the index does not fit
		f.text.Normal(), f.name, f.unit.String(), f.unitName, f.org.String(), f.mainOrg.String(), f.division,
		string(f.employment), string(f.state), string(f.incomplete), string(f.budgeted), string(f.jobLevel), string(f.role), string(f.oddity), strconv.Itoa(len(f.phones)), strconv.Itoa(len(f.accounts))}
	for _, p := range f.phones {
		parts = append(parts, p.E164())
	}
	for _, a := range f.accounts {
		parts = append(parts, a.String())
	}
	for _, top := range scope.Tops() {
		parts = append(parts, top.String())
	}
	return parts
}
