package wire

import (
	"errors"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/fault"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
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
	IDCard          *string            `json:"idCard"`    // masked
	BirthDate       *string            `json:"birthDate"` // its year, without pii.reveal
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

// RecordOf is the wire form of a person, as c sees them.
func RecordOf(c account.Caller, t admin.Target) Record {
	s := t.Staff
	body := Record{
		EmployeeCode: s.Code.String(), Version: s.Version, Name: s.Name, Account: s.Account.Masked(), AreaCode: Null(s.Phone.Area()), Phone: Null(s.Phone.Masked()),
		ShortNumber: Null(s.ShortNumber), Gender: Null(s.Gender), IDCard: Null(staff.MaskIDCard(s.IDCard)), BirthDate: Null(t.BirthDateFor(c)),
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
// it is now, as c sees it. Any other error stays as it is.
func WithCurrent(c account.Caller, err error) error {
	var conflict *admin.Conflict
	if errors.As(err, &conflict) {
		return fault.VersionConflict.With("current", RecordOf(c, conflict.Current))
	}
	return err
}

// PersonEdit has the fields of a person that administrators submit. The bodies of
// requests embed it.
type PersonEdit struct {
	Name            optional.Value[string] `json:"name"`
	Account         optional.Value[string] `json:"account"`
	AreaCode        optional.Value[string] `json:"areaCode"`
	Phone           optional.Value[string] `json:"phone"`
	ShortNumber     optional.Value[string] `json:"shortNumber"`
	Gender          optional.Value[string] `json:"gender"`
	IDCard          optional.Value[string] `json:"idCard"`
	BirthDate       optional.Value[string] `json:"birthDate"`
	BudgetedPost    optional.Value[string] `json:"budgetedPost"`
	JobLevel        optional.Value[string] `json:"jobLevel"`
	HomeAddress     optional.Value[string] `json:"homeAddress"`
	PoliticalStatus optional.Value[string] `json:"politicalStatus"`
}

// PostEdit has the fields of a post that administrators submit. The bodies of requests
// embed it, and add an id if they may name a post that there is.
type PostEdit struct {
	Unit          optional.Value[string] `json:"unit"`
	Org           optional.Value[string] `json:"org"`
	JobType       optional.Value[string] `json:"jobType"`
	Title         optional.Value[string] `json:"title"`
	Role          optional.Value[string] `json:"role"`
	Order         optional.Value[int]    `json:"order"`
	Email         optional.Value[string] `json:"email"`
	OfficePhone   optional.Value[string] `json:"officePhone"`
	OfficeAddress optional.Value[string] `json:"officeAddress"`
}

// Edit returns the edit of the person. Its posts are empty.
func (f PersonEdit) Edit() admin.Edit {
	return admin.Edit{
		Name: f.Name, Account: f.Account, AreaCode: f.AreaCode, Phone: f.Phone,
		ShortNumber: f.ShortNumber, Gender: f.Gender, IDCard: f.IDCard,
		BirthDate: f.BirthDate, BudgetedPost: f.BudgetedPost, JobLevel: f.JobLevel,
		HomeAddress: f.HomeAddress, PoliticalStatus: f.PoliticalStatus,
	}
}

// Edit returns the edit of a post, without an id: the edit of a new post.
func (f PostEdit) Edit() admin.PostEdit {
	return admin.PostEdit{
		Unit: f.Unit, Org: f.Org, JobType: f.JobType, Title: f.Title, Role: f.Role, Order: f.Order,
		Email: f.Email, OfficePhone: f.OfficePhone, OfficeAddress: f.OfficeAddress,
	}
}
