package wire

import (
	"strconv"

	"chaoxi/shared/admin"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// SearchItem is a person on a list of people.
type SearchItem struct {
	EmployeeCode string             `json:"employeeCode"`
	Name         string             `json:"name"`
	Account      string             `json:"account"`
	Phone        *string            `json:"phone"` // masked
	Employment   staff.Employment   `json:"employment"`
	AccountState staff.AccountState `json:"accountState"`
	Complete     bool               `json:"complete"`
	Posts        []SearchPost       `json:"posts"`
}

// SearchPost is a post of a person on a list that decides who sees the person.
type SearchPost struct {
	UnitName string        `json:"unitName"`
	OrgName  string        `json:"orgName"`
	JobType  staff.JobType `json:"jobType"`
	Title    *string       `json:"title"`
}

// SearchItemOf is the wire form of a person on a list. orgs has the organisations of
// the visible posts.
func SearchItemOf(s staff.Staff, orgs staff.Orgs) SearchItem {
	return SearchItem{
		EmployeeCode: s.Code.String(), Name: s.Name, Account: s.Account.Masked(), Phone: Null(s.Phone.Masked()),
		Employment: s.Employment, AccountState: s.State, Complete: s.Complete(), Posts: SearchPosts(s, orgs),
	}
}

// SearchPosts is the wire form of the visible posts of a person on a list. orgs has their
// organisations.
func SearchPosts(s staff.Staff, orgs staff.Orgs) []SearchPost {
	posts := []SearchPost{}
	for _, p := range s.VisiblePosts() {
		posts = append(posts, SearchPost{orgs.Name(p.Unit), orgs.Name(p.Org), p.JobType, Null(p.Title)})
	}
	return posts
}

// SearchParams are the parameters of a search for people.
var SearchParams = []string{
	"q", "name", "phone", "account", "unit", "org", "mainOrg", "division", "employment", "accountState", "incomplete",
	"budgetedPost", "jobLevel", "role", "oddity",
}

// Search is a search for people in a body. Its members are called as SearchParams.
type Search struct {
	Q            string `json:"q"`
	Name         string `json:"name"`
	Phone        string `json:"phone"`
	Account      string `json:"account"`
	Unit         string `json:"unit"`
	Org          string `json:"org"`
	MainOrg      string `json:"mainOrg"`
	Division     string `json:"division"`
	Employment   string `json:"employment"`
	AccountState string `json:"accountState"`
	Incomplete   *bool  `json:"incomplete"`
	BudgetedPost string `json:"budgetedPost"`
	JobLevel     string `json:"jobLevel"`
	Role         string `json:"role"`
	Oddity       string `json:"oddity"`
}

// Input returns the search that s asks for. An empty text does not count.
func (s Search) Input() admin.SearchInput {
	in := admin.SearchInput{
		Q: s.Q, Name: s.Name, Phone: s.Phone, Account: s.Account, Unit: s.Unit, Org: s.Org, MainOrg: s.MainOrg, Division: s.Division,
		Employment: s.Employment, AccountState: s.AccountState, BudgetedPost: s.BudgetedPost, JobLevel: s.JobLevel, Role: s.Role, Oddity: s.Oddity,
	}
	if s.Incomplete != nil {
		in.Incomplete = strconv.FormatBool(*s.Incomplete)
	}
	return in
}

// SearchInput returns the search that the parameters of a query ask for. An empty
// text does not count, since forms send empty fields. An empty choice (employment,
// accountState, incomplete, role, oddity) is FieldInvalid.
func SearchInput(p map[string]string) (admin.SearchInput, error) {
	var bad fault.Fields
	for _, name := range []string{"employment", "accountState", "incomplete", "role", "oddity"} {
		if v, ok := p[name]; ok && v == "" {
			bad.Add(name, fault.NotChoice)
		}
	}
	return admin.SearchInput{
		Q: p["q"], Name: p["name"], Phone: p["phone"], Account: p["account"], Unit: p["unit"], Org: p["org"], MainOrg: p["mainOrg"],
		Division: p["division"], Employment: p["employment"], AccountState: p["accountState"], Incomplete: p["incomplete"],
		BudgetedPost: p["budgetedPost"], JobLevel: p["jobLevel"], Role: p["role"], Oddity: p["oddity"],
	}, bad.Err()
}
