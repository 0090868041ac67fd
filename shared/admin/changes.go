package admin

import (
	"slices"
	"strconv"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// maxReason is how many characters a reason may have.
const maxReason = 200

// reasonIn is the reason as typed, in normal form. There must be one.
func reasonIn(bad *fault.Fields, typed string) string {
	reason, err := staff.Lines(typed, maxReason)
	if err != nil {
		bad.Add("reason", staff.Flaw(err))
	} else if reason == "" {
		bad.Add("reason", fault.Required)
	}
	return reason
}

// changesOf are the fields in which two states of a person differ, masked as in
// every answer. A post is found by its id.
func changesOf(was, now staff.Staff) []audit.Change {
	var e audit.Entry
	noteChanges(&e, was, now)
	return e.Changes
}

// noteChanges writes the fields in which two states of a person differ into e: as
// answers show them, and apart from that the values that answers mask, as they
// were and are.
func noteChanges(e *audit.Entry, was, now staff.Staff) {
	add := func(field, old, new string) {
		if old != new {
			e.Changes = append(e.Changes, audit.Change{Field: field, Old: old, New: new})
		}
	}
	masked := func(field, old, new, oldMask, newMask string) {
		if old != new {
			e.Hide(audit.Change{Field: field, Old: oldMask, New: newMask}, audit.Change{Field: field, Old: old, New: new})
		}
	}
	add("name", was.Name, now.Name)
	masked("account", was.Account.String(), now.Account.String(), was.Account.Masked(), now.Account.Masked())
	masked("phone", was.Phone.E164(), now.Phone.E164(), was.Phone.Masked(), now.Phone.Masked())
	add("shortNumber", was.ShortNumber, now.ShortNumber)
	add("gender", was.Gender, now.Gender)
	masked("idCard", was.IDCard, now.IDCard, staff.MaskIDCard(was.IDCard), staff.MaskIDCard(now.IDCard))
	masked("birthDate", was.BirthDate, now.BirthDate, birthYear(was.BirthDate), birthYear(now.BirthDate))
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
}

// postField is how the fields of a post begin in the audit.
func postField(id staff.PostID) string { return "posts[" + id.String() + "]." }

// number is an order as the audit has it: "" for none.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
