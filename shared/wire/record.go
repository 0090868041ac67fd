package wire

import (
	"errors"

	"chaoxi/shared/admin"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
	"chaoxi/shared/strictjson"
)

// Record is a person with all posts, as administrators see them. Each field is always
// there; it is null if the value is absent.
type Record struct {
	EmployeeCode    string             `json:"employeeCode"`
	Version         int64              `json:"version"`
	Name            string             `json:"name"`
	Account         string             `json:"account"` // masked if it looks like a phone
	AreaCode        *string            `json:"areaCode"`
	Phone           *string            `json:"phone"` // masked
	ShortNumber     *string            `json:"shortNumber"`
	Gender          *string            `json:"gender"`
	IDCard          *string            `json:"idCard"` // masked
	BirthDate       *string            `json:"birthDate"`
	BudgetedPost    *string            `json:"budgetedPost"`
	JobLevel        *string            `json:"jobLevel"`
	HomeAddress     *string            `json:"homeAddress"`
	PoliticalStatus *string            `json:"politicalStatus"`
	Employment      staff.Employment   `json:"employment"`
	AccountState    staff.AccountState `json:"accountState"`
	Complete        bool               `json:"complete"`
	Missing         []string           `json:"missing"` // paths of fields, as posts[1].role
	Locked          bool               `json:"locked"`  // too many wrong passwords
	Posts           []RecordPost       `json:"posts"`
}

// RecordPost is one post of a Record.
type RecordPost struct {
	ID            string        `json:"id"`
	Unit          string        `json:"unit"`
	UnitName      string        `json:"unitName"`
	Org           string        `json:"org"`
	OrgName       string        `json:"orgName"`
	JobType       staff.JobType `json:"jobType"`
	Title         *string       `json:"title"`
	Role          *string       `json:"role"`
	Order         int           `json:"order"`
	Email         *string       `json:"email"`
	OfficePhone   *string       `json:"officePhone"`
	OfficeAddress *string       `json:"officeAddress"`
	Active        bool          `json:"active"`
}

// RecordOf is the wire form of a person.
func RecordOf(t admin.Target) Record {
	s := t.Staff
	body := Record{
		EmployeeCode: s.Code.String(), Version: s.Version, Name: s.Name, Account: s.Account.Masked(), AreaCode: Null(s.Phone.Area()), Phone: Null(s.Phone.Masked()),
		ShortNumber: Null(s.ShortNumber), Gender: Null(s.Gender), IDCard: Null(staff.MaskIDCard(s.IDCard)), BirthDate: Null(s.BirthDate),
		BudgetedPost: Null(s.BudgetedPost), JobLevel: Null(s.JobLevel), HomeAddress: Null(s.HomeAddress), PoliticalStatus: Null(s.PoliticalStatus),
		Employment: s.Employment, AccountState: s.State, Complete: s.Complete(), Missing: s.Missing(), Locked: t.Locked, Posts: make([]RecordPost, len(s.Posts)),
	}
	for i, p := range s.Posts {
		body.Posts[i] = RecordPost{
			ID: p.ID.String(), Unit: p.Unit.String(), UnitName: t.Orgs.Name(p.Unit), Org: p.Org.String(), OrgName: t.Orgs.Name(p.Org), JobType: p.JobType,
			Title: Null(p.Title), Role: Null(p.Role), Order: p.Order,
			Email: Null(p.Email), OfficePhone: Null(p.OfficePhone), OfficeAddress: Null(p.OfficeAddress), Active: p.Active,
		}
	}
	return body
}

// WithCurrent turns a conflict over a person into VersionConflict with the record as
// it is now. Any other error stays as it is.
func WithCurrent(err error) error {
	var c *admin.Conflict
	if errors.As(err, &c) {
		return fault.VersionConflict.With("current", RecordOf(c.Current))
	}
	return err
}

// Person has the fields of a person that administrators submit. The bodies of
// requests embed it.
type Person struct {
	Name            strictjson.Optional[string] `json:"name"`
	Account         strictjson.Optional[string] `json:"account"`
	AreaCode        strictjson.Optional[string] `json:"areaCode"`
	Phone           strictjson.Optional[string] `json:"phone"`
	ShortNumber     strictjson.Optional[string] `json:"shortNumber"`
	Gender          strictjson.Optional[string] `json:"gender"`
	IDCard          strictjson.Optional[string] `json:"idCard"`
	BirthDate       strictjson.Optional[string] `json:"birthDate"`
	BudgetedPost    strictjson.Optional[string] `json:"budgetedPost"`
	JobLevel        strictjson.Optional[string] `json:"jobLevel"`
	HomeAddress     strictjson.Optional[string] `json:"homeAddress"`
	PoliticalStatus strictjson.Optional[string] `json:"politicalStatus"`
}

// Post has the fields of a post that administrators submit. The bodies of requests
// embed it, and add an id if they may name a post that there is.
type Post struct {
	Unit          strictjson.Optional[string] `json:"unit"`
	Org           strictjson.Optional[string] `json:"org"`
	JobType       strictjson.Optional[string] `json:"jobType"`
	Title         strictjson.Optional[string] `json:"title"`
	Role          strictjson.Optional[string] `json:"role"`
	Order         strictjson.Optional[int]    `json:"order"`
	Email         strictjson.Optional[string] `json:"email"`
	OfficePhone   strictjson.Optional[string] `json:"officePhone"`
	OfficeAddress strictjson.Optional[string] `json:"officeAddress"`
}

type field = admin.Field[string]

// Edit returns the edit of the person. Its posts are empty.
func (f Person) Edit() admin.Edit {
	return admin.Edit{
		Name: field(f.Name), Account: field(f.Account), AreaCode: field(f.AreaCode), Phone: field(f.Phone),
		ShortNumber: field(f.ShortNumber), Gender: field(f.Gender), IDCard: field(f.IDCard),
		BirthDate: field(f.BirthDate), BudgetedPost: field(f.BudgetedPost), JobLevel: field(f.JobLevel),
		HomeAddress: field(f.HomeAddress), PoliticalStatus: field(f.PoliticalStatus),
	}
}

// Edit returns the edit of a post, without an id: the edit of a new post.
func (f Post) Edit() admin.PostEdit {
	return admin.PostEdit{
		Unit: field(f.Unit), Org: field(f.Org), JobType: field(f.JobType), Title: field(f.Title), Role: field(f.Role), Order: admin.Field[int](f.Order),
		Email: field(f.Email), OfficePhone: field(f.OfficePhone), OfficeAddress: field(f.OfficeAddress),
	}
}

// SearchParams are the parameters of a search for people.
var SearchParams = []string{
	"q", "name", "phone", "account", "unit", "org", "mainOrg", "division", "employment", "accountState", "incomplete",
}

// SearchInput returns the search that the parameters of a query ask for. An empty
// text does not count, since forms send empty fields. An empty choice (employment,
// accountState, incomplete) is FieldInvalid.
func SearchInput(p map[string]string) (admin.SearchInput, error) {
	var bad fault.Fields
	for _, name := range []string{"employment", "accountState", "incomplete"} {
		if v, ok := p[name]; ok && v == "" {
			bad.Add(name, fault.NotChoice)
		}
	}
	return admin.SearchInput{
		Q: p["q"], Name: p["name"], Phone: p["phone"], Account: p["account"], Unit: p["unit"], Org: p["org"], MainOrg: p["mainOrg"],
		Division: p["division"], Employment: p["employment"], AccountState: p["accountState"], Incomplete: p["incomplete"],
	}, bad.Err()
}
