package admin

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

// editor applies an Edit to a person. To add a person, it applies the Edit to
// an empty record.
//
// It checks everything before it answers, because the contract fixes which
// answer comes first: what the caller may not do; what does not exist; all that
// is wrong with the values; what has changed since the administrator looked.
type editor struct {
	adding  bool
	target  Target // of a new person: code, employment and state
	caller  account.Caller
	allowed staff.Dictionaries
	now     time.Time
	newID   func() (staff.PostID, error)
	pinyin  func(string) staff.Pinyin

	scope Scope
	edit  Edit
	s     staff.Staff // the person afterwards
	stale bool
	at    map[staff.PostID]string // where in the request a post is, such as posts[1]
	main  string                  // where the request touches the main post

	denied, missing, conflict error
	bad                       fault.Fields

	mustBeOpen    []staff.OrgCode          // organisations that get a post
	mustNotBeUnit map[staff.OrgCode]string // those between a post's unit and its organisation, with the field at fault
}

// errStale says that the record has another version than the one that the
// administrator saw.
var errStale = errors.New("the version is not the record's")

// errOthersPhone says that the account looks like a phone, and that this is not
// the person's phone. Whether somebody has that phone, storage knows.
var errOthersPhone = errors.New("the account looks like another phone")

// apply is the person after the edit.
func (e *editor) apply() (staff.Staff, error) {
	e.begin(e.target.Staff)
	if !e.adding {
		if e.caller.Staff == e.target.Staff.Code && !e.edit.Partial {
			e.denied = errOwnRecord
		}
		if !e.scope.Sees(e.target.Staff, e.target.Orgs) {
			e.deny("%s does not reach the person", account.StaffEdit)
		}
		e.version()
	}

	e.person()
	if err := e.posts(); err != nil {
		return staff.Staff{}, err
	}
	e.complete()
	if err := e.judged(); err != nil {
		return staff.Staff{}, err
	}
	e.s.Version++
	e.s.Revision++
	return e.s, nil
}

// ownFlaws are what is wrong with the person's own fields, whatever is wrong elsewhere.
func (e *editor) ownFlaws() []fault.Field {
	e.edit.Posts = nil
	e.begin(e.target.Staff)
	e.person()
	e.complete()
	var wrong *fault.Error
	if !errors.As(e.bad.Err(), &wrong) {
		return nil
	}
	return withoutPosts(wrong.Fields)
}

// withoutPosts are the fields that are not about posts.
func withoutPosts(fields []fault.Field) []fault.Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f fault.Field) bool { return strings.HasPrefix(f.Path, "posts") })
}

// begin makes s the person to whom the edit is applied.
func (e *editor) begin(s staff.Staff) {
	e.scope = ScopeOf(e.caller, account.StaffEdit)
	e.s = s.Clone()
	e.s.Posts = staff.Arrange(e.s.Posts)
	e.at, e.mustNotBeUnit = map[staff.PostID]string{}, map[staff.OrgCode]string{}
}

// judged is the answer that comes first, nil if there is none.
func (e *editor) judged() error {
	switch {
	case e.denied != nil:
		return e.denied
	case e.missing != nil:
		return e.missing
	case e.bad.Err() != nil:
		return e.bad.Err()
	case e.stale:
		return errStale
	}
	return e.conflict
}

// version checks that the edit is one of the record as it is now.
func (e *editor) version() {
	e.stale = e.edit.Version != e.s.Version
	if e.edit.Version == 0 {
		e.bad.Add("version", fault.Required)
	} else if e.edit.Version < 0 {
		e.bad.Add("version", fault.Range)
	}
}

// deny notes that the caller may not do it. The first reason is kept.
func (e *editor) deny(format string, args ...any) {
	if e.denied == nil {
		e.denied = fault.PermissionDenied.Becausef(format, args...)
	}
}

// person applies the fields of the person.
func (e *editor) person() {
	in, was := e.edit, e.target.Staff
	wrong := e.flawed(func() {
		e.setText("name", in.Name, &e.s.Name, &fault.RequiredToComplete, staff.ParseName)
		e.account()
		e.phone()
	})
	if wrong || e.s.Name != was.Name || e.s.Account != was.Account || e.s.Phone != was.Phone {
		e.identity()
	}
	e.setText("shortNumber", in.ShortNumber, &e.s.ShortNumber, nil, upTo(staff.MaxShortNumber, staff.Plain))
	e.setChoice("gender", in.Gender, &e.s.Gender, &fault.RequiredToComplete, staff.DictGender)
	e.setText("idCard", in.IDCard, &e.s.IDCard, nil, func(s string) (string, error) { return staff.ParseIDCard(s, e.now) })
	e.setText("birthDate", e.birthDate(), &e.s.BirthDate, nil, func(s string) (string, error) { return staff.ParseDate(s, e.now) })
	e.setChoice("budgetedPost", in.BudgetedPost, &e.s.BudgetedPost, &fault.RequiredToComplete, staff.DictBudgetedPost)
	e.setChoice("jobLevel", in.JobLevel, &e.s.JobLevel, &fault.RequiredToComplete, staff.DictJobLevel)
	e.setText("homeAddress", in.HomeAddress, &e.s.HomeAddress, nil, upTo(staff.MaxHomeAddress, staff.Lines))
	e.setChoice("politicalStatus", in.PoliticalStatus, &e.s.PoliticalStatus, nil, staff.DictPoliticalStatus)

	if _, gender := e.s.IDCardAgrees(); !gender && (in.IDCard.Set || in.Gender.Set) {
		e.bad.Add(firstSet(in.IDCard, "idCard", in.Gender, "gender", "idCard"), fault.Disagrees)
	}
	if _, like := e.s.Account.AsIDCard(); like && !e.s.HasOwnAccount() && (in.Account.Set || in.IDCard.Set) {
		e.bad.Add("account", fault.Invalid)
	}
	if e.s.Name != was.Name {
		e.s.Pinyin = e.pinyin(e.s.Name)
	}
}

// flawed reports whether do finds something wrong. Who may not change a field is
// told that, whether the value is well-formed or not.
func (e *editor) flawed(do func()) bool {
	bad, missing, conflict := e.bad.Len(), e.missing, e.conflict
	do()
	return e.bad.Len() > bad || e.missing != missing || e.conflict != conflict
}

// identity is the rule for phone, account and name. Whoever changes a person's
// phone gets their codes, and with them the account. So the caller's scope must
// have the main post, and the caller's grants must cover the person's. A new
// person needs no such check: they hold no grants, and their main post must be
// in scope anyway.
func (e *editor) identity() {
	switch t := e.target; {
	case e.adding:
	case !e.scope.HasMain(t.Staff, t.Orgs):
		e.deny("the main post is outside the scope")
	case !Outranks(e.caller, t.Account.Grants, t.Orgs):
		e.deny("the person holds grants that the caller's do not cover")
	}
}

// firstSet is the path of the first of two fields that is set.
func firstSet(a optional.Value[string], pathA string, b optional.Value[string], pathB, otherwise string) string {
	switch {
	case a.Set:
		return pathA
	case b.Set:
		return pathB
	}
	return otherwise
}

// setText applies one field. If empty is set, the field must not be empty, and
// empty is the flaw that is noted if it is.
func (e *editor) setText(path string, f optional.Value[string], to *string, empty *fault.FieldCode, parse func(string) (string, error)) {
	if !f.Set || f.Value != "" && f.Value == *to { // what is on file stays good
		return
	}
	v, err := parse(f.OrZero())
	switch {
	case err != nil:
		e.bad.Add(path, staff.Flaw(err))
	case v == "" && empty != nil:
		e.bad.Add(path, *empty)
	default:
		*to = v
	}
}

// upTo is parse for texts of at most max characters.
func upTo(max int, parse func(string, int) (string, error)) func(string) (string, error) {
	return func(s string) (string, error) { return parse(s, max) }
}

// setChoice applies a field whose values are those of a dictionary. A value
// that the record has already stays valid when it is disabled.
func (e *editor) setChoice(path string, f optional.Value[string], to *string, empty *fault.FieldCode, dictionary string) {
	e.setText(path, f, to, empty, func(s string) (string, error) {
		s = staff.Choice(s)
		if s != "" && s != *to && !e.allowed.Allows(dictionary, s) {
			e.bad.Add(path, fault.NotChoice)
			return *to, nil
		}
		return s, nil
	})
}

// account applies the account, which nobody can be without.
func (e *editor) account() {
	f := e.edit.Account
	if !f.Set && !e.adding {
		return
	}
	if staff.Choice(f.OrZero()) == "" {
		e.bad.Add("account", fault.Required)
		return
	}
	a, err := staff.ParseAccount(f.Value)
	if err != nil {
		e.bad.Add("account", staff.Flaw(err))
		return
	}
	if a != e.s.Account && e.s.Employment == staff.Left {
		e.conflict = fault.StateConflict.Becausef("the account of who has left stays theirs")
		return
	}
	e.s.Account = a
}

// phone applies area code and number. They are two fields that make one phone.
func (e *editor) phone() {
	area, number := e.edit.AreaCode, e.edit.Phone
	if e.s.Employment == staff.Left {
		if area.OrZero() != "" || number.OrZero() != "" {
			e.conflict = fault.StateConflict.Becausef("a person who has left has no phone")
		}
		return
	}
	in, refused := e.s.Phone.Area(), false
	e.setText("areaCode", area, &in, &fault.RequiredToComplete, func(s string) (string, error) {
		if s = staff.Choice(s); s != "" && s != in && !e.allowed.Allows(staff.DictAreaCode, s) {
			refused = true
			e.bad.Add("areaCode", fault.NotChoice)
		}
		return s, nil
	})
	national := e.s.Phone.National()
	e.setText("phone", number, &national, &fault.RequiredToComplete, func(s string) (string, error) { return staff.Choice(s), nil })
	if !area.Set && !number.Set || national == "" || refused { // of a number in no area that may be chosen nothing is said
		return
	}
	p, err := staff.ParsePhoneIn(cmp.Or(in, "+86"), national)
	switch {
	case err != nil:
		e.bad.Add(firstSet(number, "phone", area, "areaCode", "phone"), staff.Flaw(err))
	case area.Set && p.Area() != in:
		e.bad.Add("areaCode", fault.Disagrees)
	case p.Area() != e.s.Phone.Area() && !e.allowed.Allows(staff.DictAreaCode, p.Area()): // the number may contain its own area code
		e.bad.Add(firstSet(area, "areaCode", number, "phone", "phone"), fault.NotChoice)
	default:
		e.s.Phone = p
	}
}

// ownAccount is the rule that an account which looks like a phone is the
// person's own. Otherwise it would sign in whoever has that phone.
func (e *editor) ownAccount() {
	own, like := e.s.Account.AsPhone()
	switch {
	case !like || own == e.s.Phone || e.s.Employment == staff.Left:
	case e.edit.Account.Set && e.s.Account != e.target.Staff.Account:
		e.conflict = errOthersPhone
	default:
		e.bad.Add("account", fault.Invalid) // it was the old phone, which somebody else may get
	}
}

// complete is the rule for the whole record: no required field is empty, and
// there is exactly one main post.
func (e *editor) complete() {
	need := func(path string, missing bool) {
		if missing {
			e.bad.Add(path, fault.RequiredToComplete)
		}
	}
	in, gaps := e.s.Employment == staff.InService, e.s.Gaps()
	need("name", e.s.Name == "")
	need("areaCode", in && (e.adding || e.s.Phone.IsZero()) && e.edit.AreaCode.OrZero() == "")
	need("phone", in && e.s.Phone.IsZero() && e.edit.Phone.OrZero() == "") // a wrong one has been noted already
	need("gender", e.s.Gender == "")
	need("budgetedPost", gaps.BudgetedPost && !e.edit.Partial)
	need("jobLevel", gaps.JobLevel && !e.edit.Partial)
	e.ownAccount()
	if !in {
		return
	}
	mains, active := 0, 0
	for i, p := range e.s.Posts {
		if !p.Active {
			continue
		}
		active++
		path, named := e.at[p.ID]
		if !named {
			path = "posts[" + p.ID.String() + "]"
		}
		need(path+".unit", p.Unit.IsZero())
		need(path+".org", p.Org.IsZero())
		need(path+".jobType", p.JobType == "")
		need(path+".role", slices.Contains(gaps.Roles, i) && !e.edit.Partial)
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
	if active > staff.MaxActivePosts {
		e.bad.Add("posts", fault.Range)
	}
}
