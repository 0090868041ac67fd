package dynamo

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/admin"
	"chaoxi/shared/staff"
)

// OrgsNamed is O2.
func (s *Store) OrgsNamed(ctx context.Context, nameKey string) ([]staff.OrgCode, error) {
	return s.orgsListed(ctx, findOrgPK(nameKey))
}

// OrgsHeading is O3.
func (s *Store) OrgsHeading(ctx context.Context, division string) ([]staff.OrgCode, error) {
	return s.orgsListed(ctx, divisionPK(division))
}

// orgsListed are the organisations that the sort keys of a partition name.
func (s *Store) orgsListed(ctx context.Context, pk string) ([]staff.OrgCode, error) {
	items, err := s.query(ctx, pk, "")
	if err != nil {
		return nil, err
	}
	var bad error
	codes := make([]staff.OrgCode, len(items))
	for i, item := range items {
		codes[i] = parsed(staff.ParseOrgCode, text(item["sk"]), &bad)
	}
	if bad != nil {
		return nil, fmt.Errorf("read a list of organisations: %w", bad)
	}
	return codes, nil
}

// NameOwners is N3.
func (s *Store) NameOwners(ctx context.Context, phones []staff.Phone, accounts []staff.Account) ([]staff.EmployeeCode, error) {
	var keys []key
	for _, p := range phones {
		keys = append(keys, phoneNameKey(p))
	}
	for _, a := range accounts {
		keys = append(keys, accountNameKey(a))
	}
	items, err := s.getAll(ctx, keys...)
	if err != nil {
		return nil, err
	}
	owners := make([]staff.EmployeeCode, len(keys))
	for i, k := range keys {
		if owners[i], err = owner(items[k]); err != nil {
			return nil, err
		}
	}
	return owners, nil
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
	items, err := s.getAll(ctx, keys...)
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

// foundItem is what a search reads of a row; index.go writes them.
type foundItem struct {
	SK    string   `dynamodbav:"sk"`
	Staff string   `dynamodbav:"staff"`
	Orgs  []string `dynamodbav:"orgs"`
}

// Rows is F1 (by term), F2 (in order) or F3 (to do): one stretch of one
// partition, eventually consistent, since rows lag anyway.
func (s *Store) Rows(ctx context.Context, q admin.RowQuery) (admin.RowPage, error) {
	pk := rangePK(q.List, q.Scope, q.Left, q.Text.String())
	condition, v := beginning(pk, q.Text.String())
	in := &dynamodb.QueryInput{
		TableName: &s.table, KeyConditionExpression: &condition, Limit: aws.Int32(int32(q.Limit)),
		ProjectionExpression: aws.String("sk, staff, orgs"),
		FilterExpression:     optional(rowFilter(q.Filter, v)),
	}
	in.ExpressionAttributeValues = v.av()
	if q.After != "" {
		in.ExclusiveStartKey = key{pk, q.After}.av()
	}
	out, err := s.db.Query(ctx, in)
	if err != nil {
		return admin.RowPage{}, outage(fmt.Errorf("query %s: %w", q.List, err))
	}
	page := admin.RowPage{Rows: make([]admin.FoundRow, len(out.Items)), Last: text(out.LastEvaluatedKey["sk"])}
	for i, item := range out.Items {
		var it foundItem
		if err := into(item, &it); err != nil {
			return admin.RowPage{}, err
		}
		var bad error
		row := admin.FoundRow{Key: it.SK, Term: strings.TrimSuffix(it.SK, "#"+it.Staff), Staff: parsed(staff.ParseEmployeeCode, it.Staff, &bad)}
		for _, o := range it.Orgs {
			row.Orgs = append(row.Orgs, parsed(staff.ParseOrgCode, o, &bad))
		}
		if bad != nil {
			return admin.RowPage{}, fmt.Errorf("read a row of the index: %w", bad)
		}
		page.Rows[i] = row
	}
	return page, nil
}

// rowFilter is the filter on the attributes of rows; its placeholders are added to v.
func rowFilter(f admin.RowFilter, v values) string {
	var all []string
	add := func(expression, placeholder string, value any) {
		all = append(all, expression)
		v[placeholder] = value
	}
	if f.Name != "" {
		add("contains(name_key, :name)", ":name", f.Name)
	}
	if f.State != "" {
		add("account_state = :state", ":state", string(f.State))
	}
	if f.Incomplete != "" {
		add("incomplete = :incomplete", ":incomplete", f.Incomplete == admin.Yes)
	}
	if !f.Unit.IsZero() {
		add("contains(units, :unit)", ":unit", f.Unit.String())
	}
	if f.Division != "" {
		add("contains(divisions, :division)", ":division", f.Division)
	}
	if f.Main {
		add("main = :main", ":main", true)
	}
	return strings.Join(all, " AND ")
}
