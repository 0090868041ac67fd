package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
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
	Posts        []postItem `dynamodbav:"posts"`
	ActivatedAt  int64      `dynamodbav:"activated_ms,omitempty"`
	RegisteredAt int64      `dynamodbav:"registered_ms,omitempty"`
}

type postItem struct {
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

// StaffKind marks the items whose changes the stream hands to the indexer.
const StaffKind = "staff"

func staffToItem(p staff.Staff) map[string]types.AttributeValue {
	it := staffItem{
		Code: p.Code.String(), Revision: p.Revision, Version: p.Version, Loaded: p.Loaded,
		Name: p.Name, Syllables: p.Pinyin.Syllables, Surname: p.Pinyin.Surname, SurnameOther: p.Pinyin.SurnameOther, GivenOther: p.Pinyin.GivenOther,
		Account: p.Account.String(), Area: p.Phone.Area(), Phone: p.Phone.National(),
		ShortNumber: p.ShortNumber, Gender: p.Gender, IDCard: p.IDCard, BirthDate: p.BirthDate,
		BudgetedPost: p.BudgetedPost, JobLevel: p.JobLevel, HomeAddress: p.HomeAddress, PoliticalStatus: p.PoliticalStatus,
		Employment: string(p.Employment), State: string(p.State), FrozenFrom: string(p.FrozenFrom),
		Posts: make([]postItem, len(p.Posts)), ActivatedAt: millis(p.ActivatedAt), RegisteredAt: millis(p.RegisteredAt),
	}
	if !p.FormerPhone.IsZero() {
		it.FormerPhone = p.FormerPhone.E164()
	}
	for i, post := range p.Posts {
		it.Posts[i] = postItem{
			ID: post.ID.String(), Unit: post.Unit.String(), Org: post.Org.String(), JobType: string(post.JobType), Title: post.Title, Role: post.Role,
			Order: post.Order, Email: post.Email, OfficePhone: post.OfficePhone, OfficeAddress: post.OfficeAddress, Active: post.Active,
		}
	}
	return itemOf(staffKey(p.Code), StaffKind, it)
}

// StaffFromItem reads a person from an item or an image of the stream; no item
// is the zero Staff. What the table holds was parsed when it was written, so a
// value that does not parse now is a fault of ours, not of a caller.
func StaffFromItem(item map[string]types.AttributeValue) (staff.Staff, error) {
	if item == nil {
		return staff.Staff{}, nil
	}
	var it staffItem
	if err := into(item, &it); err != nil {
		return staff.Staff{}, err
	}
	var bad error
	p := staff.Staff{
		Code: parsed(staff.ParseEmployeeCode, it.Code, &bad), Revision: it.Revision, Version: it.Version, Loaded: it.Loaded,
		Name: it.Name, Pinyin: staff.Pinyin{Syllables: it.Syllables, Surname: it.Surname, SurnameOther: it.SurnameOther, GivenOther: it.GivenOther},
		Account:     parsed(staff.ParseAccount, it.Account, &bad),
		ShortNumber: it.ShortNumber, Gender: it.Gender, IDCard: it.IDCard, BirthDate: it.BirthDate,
		BudgetedPost: it.BudgetedPost, JobLevel: it.JobLevel, HomeAddress: it.HomeAddress, PoliticalStatus: it.PoliticalStatus,
		Employment: staff.Employment(it.Employment), State: staff.AccountState(it.State), FrozenFrom: staff.AccountState(it.FrozenFrom),
		ActivatedAt: instant(it.ActivatedAt), RegisteredAt: instant(it.RegisteredAt),
	}
	if it.Phone != "" {
		p.Phone = parsed(staff.ParsePhone, it.Area+it.Phone, &bad)
	}
	if it.FormerPhone != "" {
		p.FormerPhone = parsed(staff.ParsePhone, it.FormerPhone, &bad)
	}
	for _, post := range it.Posts {
		p.Posts = append(p.Posts, staff.Post{
			ID: parsed(staff.ParsePostID, post.ID, &bad), Unit: parsed(staff.ParseOrgCode, post.Unit, &bad), Org: parsed(staff.ParseOrgCode, post.Org, &bad),
			JobType: staff.JobType(post.JobType), Title: post.Title, Role: post.Role, Order: post.Order,
			Email: post.Email, OfficePhone: post.OfficePhone, OfficeAddress: post.OfficeAddress, Active: post.Active,
		})
	}
	if bad != nil {
		return staff.Staff{}, fmt.Errorf("read a person: %w", bad)
	}
	return p, nil
}

// Person is P1: both sides of a person. Nobody's code costs the same trip.
func (s *Store) Person(ctx context.Context, c staff.EmployeeCode) (account.Person, error) {
	items, err := s.table.getAll(ctx, staffKey(c), accountKey(c))
	if err != nil {
		return account.Person{}, err
	}
	return personFrom(items[staffKey(c)], items[accountKey(c)])
}

func personFrom(staffSide, accountSide map[string]types.AttributeValue) (account.Person, error) {
	p, err := StaffFromItem(staffSide)
	if err != nil {
		return account.Person{}, err
	}
	a, err := accountFromItem(accountSide)
	if err != nil {
		return account.Person{}, err
	}
	return account.Person{Staff: p, Account: a}, nil
}

// People is P6 without organisations.
func (s *Store) People(ctx context.Context, codes []staff.EmployeeCode) (map[staff.EmployeeCode]staff.Staff, error) {
	people, _, err := s.PeopleWithOrgs(ctx, codes, nil)
	return people, err
}

// PeopleWithOrgs is P6: the people of a page with the organisations that their rows
// name, in one strongly consistent trip.
func (s *Store) PeopleWithOrgs(ctx context.Context, codes []staff.EmployeeCode, orgs []staff.OrgCode) (map[staff.EmployeeCode]staff.Staff, staff.Orgs, error) {
	var keys []key
	if len(orgs) > 0 {
		keys = orgKeys(orgs)
	}
	for _, c := range codes {
		keys = append(keys, staffKey(c))
	}
	items, err := s.table.getAll(ctx, keys...)
	if err != nil {
		return nil, nil, err
	}
	people := make(map[staff.EmployeeCode]staff.Staff, len(codes))
	for _, c := range codes {
		if item, ok := items[staffKey(c)]; ok {
			if people[c], err = StaffFromItem(item); err != nil {
				return nil, nil, err
			}
		}
	}
	found, err := orgsFrom(items, orgs)
	return people, found, err
}
