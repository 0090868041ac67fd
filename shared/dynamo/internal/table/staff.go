package table

import (
	"fmt"

	"chaoxi/shared/staff"
)

// staffItem is a staff.Staff as stored: the person and all posts in one item.
type staffItem struct {
	Code     string `dynamodbav:"code"`
	Revision int64  `dynamodbav:"revision"`
	Version  int64  `dynamodbav:"version"`
	Loaded   int64  `dynamodbav:"loaded,omitempty"`

	Name         string     `dynamodbav:"full_name"`
	Syllables    []string   `dynamodbav:"pinyin,omitempty"`
	Surname      int        `dynamodbav:"surname,omitempty"`
	SurnameOther [][]string `dynamodbav:"surname_other,omitempty"`
	GivenOther   [][]string `dynamodbav:"given_other,omitempty"`
	Account      string     `dynamodbav:"account"`
	Area         string     `dynamodbav:"phone_area,omitempty"`
	Phone        string     `dynamodbav:"phone_national,omitempty"`
	FormerPhone  string     `dynamodbav:"former_phone,omitempty"`

	ShortNumber     string `dynamodbav:"short_number,omitempty"`
	Gender          string `dynamodbav:"gender,omitempty"`
	IDCard          string `dynamodbav:"id_card,omitempty"`
	BirthDate       string `dynamodbav:"birth_date,omitempty"`
	BudgetedPost    string `dynamodbav:"budgeted_post,omitempty"`
	JobLevel        string `dynamodbav:"job_level,omitempty"`
	HomeAddress     string `dynamodbav:"home_address,omitempty"`
	PoliticalStatus string `dynamodbav:"political_status,omitempty"`

	Employment   string     `dynamodbav:"employment"`
	State        string     `dynamodbav:"account_state"`
	FrozenFrom   string     `dynamodbav:"frozen_from,omitempty"`
	Posts        []PostItem `dynamodbav:"posts"`
	ActivatedAt  int64      `dynamodbav:"activated_ms,omitempty"`
	RegisteredAt int64      `dynamodbav:"registered_ms,omitempty"`
}

// PostItem is a staff.Post as stored, within the person's item.
type PostItem struct {
	ID            string `dynamodbav:"id"`
	Unit          string `dynamodbav:"unit"`
	Org           string `dynamodbav:"org"`
	JobType       string `dynamodbav:"job_type"`
	Title         string `dynamodbav:"title,omitempty"`
	Role          string `dynamodbav:"role,omitempty"`
	Order         int    `dynamodbav:"sort_order"`
	Email         string `dynamodbav:"email,omitempty"`
	OfficePhone   string `dynamodbav:"office_phone,omitempty"`
	OfficeAddress string `dynamodbav:"office_address,omitempty"`
	Active        bool   `dynamodbav:"active"`
}

// StaffKind is the kind of a person's STAFF item. When such an item changes, the
// stream starts the indexer.
const StaffKind = "staff"

// StaffToItem returns the STAFF item of p.
func StaffToItem(p staff.Staff) Item {
	it := staffItem{
		Code: p.Code.String(), Revision: p.Revision, Version: p.Version, Loaded: p.Loaded,
		Name: p.Name, Syllables: p.Pinyin.Syllables, Surname: p.Pinyin.Surname, SurnameOther: p.Pinyin.SurnameOther, GivenOther: p.Pinyin.GivenOther,
		Account: p.Account.String(), Area: p.Phone.Area(), Phone: p.Phone.National(),
		ShortNumber: p.ShortNumber, Gender: p.Gender, IDCard: p.IDCard, BirthDate: p.BirthDate,
		BudgetedPost: p.BudgetedPost, JobLevel: p.JobLevel, HomeAddress: p.HomeAddress, PoliticalStatus: p.PoliticalStatus,
		Employment: string(p.Employment), State: string(p.State), FrozenFrom: string(p.FrozenFrom),
		Posts: make([]PostItem, len(p.Posts)), ActivatedAt: Millis(p.ActivatedAt), RegisteredAt: Millis(p.RegisteredAt),
	}
	if !p.FormerPhone.IsZero() {
		it.FormerPhone = p.FormerPhone.E164()
	}
	for i, post := range p.Posts {
		it.Posts[i] = PostItem{
			ID: post.ID.String(), Unit: post.Unit.String(), Org: post.Org.String(), JobType: string(post.JobType), Title: post.Title, Role: post.Role,
			Order: post.Order, Email: post.Email, OfficePhone: post.OfficePhone, OfficeAddress: post.OfficeAddress, Active: post.Active,
		}
	}
	return NewItem(StaffKey(p.Code), StaffKind, it)
}

// StaffFromItem reads a person from an item or an image of the stream. A nil item
// gives the zero Staff. All values were parsed before they were written. So if one
// does not parse now, the error is ours and not the caller's.
func StaffFromItem(item Item) (staff.Staff, error) {
	if item == nil {
		return staff.Staff{}, nil
	}
	var it staffItem
	if err := Decode(item, &it); err != nil {
		return staff.Staff{}, err
	}
	var bad error
	p := staff.Staff{
		Code: Parsed(staff.ParseEmployeeCode, it.Code, &bad), Revision: it.Revision, Version: it.Version, Loaded: it.Loaded,
		Name: it.Name, Pinyin: staff.Pinyin{Syllables: it.Syllables, Surname: it.Surname, SurnameOther: it.SurnameOther, GivenOther: it.GivenOther},
		Account:     Parsed(staff.ParseAccount, it.Account, &bad),
		ShortNumber: it.ShortNumber, Gender: it.Gender, IDCard: it.IDCard, BirthDate: it.BirthDate,
		BudgetedPost: it.BudgetedPost, JobLevel: it.JobLevel, HomeAddress: it.HomeAddress, PoliticalStatus: it.PoliticalStatus,
		Employment: staff.Employment(it.Employment), State: staff.AccountState(it.State), FrozenFrom: staff.AccountState(it.FrozenFrom),
		ActivatedAt: Instant(it.ActivatedAt), RegisteredAt: Instant(it.RegisteredAt),
	}
	if it.Phone != "" {
		p.Phone = Parsed(staff.ParsePhone, it.Area+it.Phone, &bad)
	}
	if it.FormerPhone != "" {
		p.FormerPhone = Parsed(staff.ParsePhone, it.FormerPhone, &bad)
	}
	for _, post := range it.Posts {
		p.Posts = append(p.Posts, staff.Post{
			ID: Parsed(staff.ParsePostID, post.ID, &bad), Unit: Parsed(staff.ParseOrgCode, post.Unit, &bad), Org: Parsed(staff.ParseOrgCode, post.Org, &bad),
			JobType: staff.JobType(post.JobType), Title: post.Title, Role: post.Role, Order: post.Order,
			Email: post.Email, OfficePhone: post.OfficePhone, OfficeAddress: post.OfficeAddress, Active: post.Active,
		})
	}
	if bad != nil {
		return staff.Staff{}, fmt.Errorf("read a person: %w", bad)
	}
	return p, nil
}
