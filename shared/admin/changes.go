package admin

import (
	"slices"
	"strconv"

	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

// maxReason is how many characters a reason may have.
const maxReason = 200

// changesOf are the fields in which two states of a person differ, masked as in
// every answer. A post is found by its id.
func changesOf(was, now staff.Staff) []audit.Change {
	var all []audit.Change
	add := func(field, old, new string) {
		if old != new {
			all = append(all, audit.Change{Field: field, Old: old, New: new})
		}
	}
	masked := func(field, old, new string, mask func(string) string) {
		if old != new {
			all = append(all, audit.Change{Field: field, Old: mask(old), New: mask(new)})
		}
	}
	add("name", was.Name, now.Name)
	if was.Account != now.Account {
		all = append(all, audit.Change{Field: "account", Old: was.Account.Masked(), New: now.Account.Masked()})
	}
	if was.Phone != now.Phone {
		all = append(all, audit.Change{Field: "phone", Old: was.Phone.Masked(), New: now.Phone.Masked()})
	}
	add("shortNumber", was.ShortNumber, now.ShortNumber)
	add("gender", was.Gender, now.Gender)
	masked("idCard", was.IDCard, now.IDCard, staff.MaskIDCard)
	masked("birthDate", was.BirthDate, now.BirthDate, birthYear)
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

// number is an order as the audit has it: "" for none.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
