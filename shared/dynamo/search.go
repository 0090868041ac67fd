package dynamo

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// searchRowItem has what a search reads of a row. PutRows writes the rows.
type searchRowItem struct {
	SK    string   `dynamodbav:"sk"`
	Staff string   `dynamodbav:"staff"`
	Orgs  []string `dynamodbav:"orgs"`
}

// Rows is F1 (by term), F2 (in order) or F3 (to do): a part of one partition,
// eventually consistent, since rows lag anyway. Terms of several ranges are read side
// by side.
func (s *Store) Rows(ctx context.Context, q admin.RowQuery) (admin.RowPage, error) {
	ranges := q.Text.Ranges(q.Whole)
	if q.Text.IsZero() {
		ranges = []staff.TermRange{{}} // the whole partition
	}
	pages := make([]admin.RowPage, len(ranges))
	var reads []func(context.Context) error
	for i, in := range ranges {
		if in == (staff.TermRange{}) || q.After <= in.Last {
			reads = append(reads, func(ctx context.Context) (err error) { pages[i], err = s.rows(ctx, q, in); return err })
		}
	}
	if err := table.Parallel(ctx, reads...); err != nil {
		return admin.RowPage{}, err
	}
	var all admin.RowPage
	for _, page := range pages {
		all.Rows, all.Last = append(all.Rows, page.Rows...), page.Last
		if page.Last != "" { // what lies behind is read after it
			break
		}
	}
	return all, nil
}

// rows reads the rows of one range of terms; the zero range is the whole partition.
func (s *Store) rows(ctx context.Context, q admin.RowQuery, terms staff.TermRange) (admin.RowPage, error) {
	pk := table.RangePK(q.List, q.Scope, q.Left, q.Text.String())
	condition, v := table.Between(pk, terms.First, terms.Last)
	in := &dynamodb.QueryInput{
		TableName: &s.table.Name, KeyConditionExpression: &condition, Limit: aws.Int32(int32(q.Limit)),
		ProjectionExpression: aws.String("sk, staff, orgs"),
		FilterExpression:     table.Optional(rowFilter(q.Filter, v)),
	}
	in.ExpressionAttributeValues = v.AV()
	if q.After != "" && q.After >= terms.First {
		in.ExclusiveStartKey = table.Key{PK: pk, SK: q.After}.AV()
	}
	out, err := s.table.DB.Query(ctx, in)
	if err != nil {
		return admin.RowPage{}, table.Outage(fmt.Errorf("query %s: %w", q.List, err))
	}
	page := admin.RowPage{Rows: make([]admin.FoundRow, len(out.Items)), Last: table.Str(out.LastEvaluatedKey["sk"])}
	for i, item := range out.Items {
		var it searchRowItem
		if err := table.Decode(item, &it); err != nil {
			return admin.RowPage{}, err
		}
		var bad error
		row := admin.FoundRow{Key: it.SK, Term: strings.TrimSuffix(it.SK, "#"+it.Staff), Staff: table.Parsed(staff.ParseEmployeeCode, it.Staff, &bad)}
		for _, o := range it.Orgs {
			row.Orgs = append(row.Orgs, table.Parsed(staff.ParseOrgCode, o, &bad))
		}
		if bad != nil {
			return admin.RowPage{}, fmt.Errorf("read a row of the index: %w", bad)
		}
		page.Rows[i] = row
	}
	return page, nil
}

// rowFilter returns the filter on the attributes of rows, "" for none, and adds its
// placeholders to v.
func rowFilter(f admin.RowFilter, v table.Values) string {
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
	if f.Budgeted != "" {
		add("budgeted_post = :budgeted", ":budgeted", choiceValue(f.Budgeted))
	}
	if f.JobLevel != "" {
		add("job_level = :level", ":level", choiceValue(f.JobLevel))
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

// choiceValue is what rows have of a choice.
func choiceValue(c admin.Choice) string {
	if c == admin.None {
		return ""
	}
	return string(c)
}

// IndexRecords is F4: the index records of people, strongly consistent. Somebody who has
// none is not in the result.
func (s *Store) IndexRecords(ctx context.Context, codes []staff.EmployeeCode) (map[staff.EmployeeCode]staff.IndexRecord, error) {
	keys := make([]table.Key, len(codes))
	for i, c := range codes {
		keys[i] = table.IndexKey(c)
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	records := make(map[staff.EmployeeCode]staff.IndexRecord, len(items))
	for _, c := range codes {
		if item, ok := items[table.IndexKey(c)]; ok {
			if records[c], err = table.IndexFromItem(item); err != nil {
				return nil, err
			}
		}
	}
	return records, nil
}

// Listed is F2, strongly consistent: at most limit people of a stretch of an
// organisation's list. It begins behind the sort key after ("" for the first), and
// returns the sort key up to which it read ("" at the end).
func (s *Store) Listed(ctx context.Context, org staff.OrgCode, left bool, stretch admin.Stretch, after string, limit int) ([]staff.EmployeeCode, string, error) {
	pk := table.RangePK(staff.ByOrder, org, left, "")
	in := &dynamodb.QueryInput{
		TableName: &s.table.Name, ConsistentRead: aws.Bool(true), Limit: aws.Int32(int32(limit)), ProjectionExpression: aws.String("staff"),
		KeyConditionExpression:    aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ExpressionAttributeValues: table.Values{":pk": pk, ":from": stretch.From, ":to": stretch.To}.AV(),
	}
	if after != "" {
		in.ExclusiveStartKey = table.Key{PK: pk, SK: after}.AV()
	}
	out, err := s.table.DB.Query(ctx, in)
	if err != nil {
		return nil, "", table.Outage(fmt.Errorf("query %s: %w", staff.ByOrder, err))
	}
	people := make([]staff.EmployeeCode, len(out.Items))
	var bad error
	for i, item := range out.Items {
		people[i] = table.Parsed(staff.ParseEmployeeCode, table.Str(item["staff"]), &bad)
	}
	if bad != nil {
		return nil, "", fmt.Errorf("read a list of people: %w", bad)
	}
	return people, table.Str(out.LastEvaluatedKey["sk"]), nil
}
