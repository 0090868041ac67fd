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

// Rows is F1 (by term), F2 (in order) or F3 (to do): a part of one partition,
// eventually consistent, since rows lag anyway. Terms of several ranges are read side
// by side.
func (s *Store) Rows(ctx context.Context, q admin.RowQuery) (admin.RowPage, error) {
	ranges := []staff.TermRange{{}} // the whole partition
	if q.List == staff.ByTerm {
		ranges = q.Text.Ranges(q.Whole)
	}
	pages := make([]admin.RowPage, len(ranges))
	var reads []func(context.Context) error
	for i, in := range ranges {
		if keys := table.Range(in).Behind(q.After); !keys.Empty() {
			reads = append(reads, func(ctx context.Context) (err error) { pages[i], err = s.rows(ctx, q, keys); return err })
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

// rows reads the rows of one range of keys.
func (s *Store) rows(ctx context.Context, q admin.RowQuery, keys table.Range) (admin.RowPage, error) {
	condition, v := keys.Of(table.RangePK(q.List, q.Scope, q.Left, q.Text.String()))
	in := &dynamodb.QueryInput{
		TableName: &s.table.Name, KeyConditionExpression: &condition, Limit: aws.Int32(int32(q.Limit)),
		ProjectionExpression: aws.String("sk, orgs, terms"),
		FilterExpression:     table.Optional(rowFilter(q, v)),
	}
	in.ExpressionAttributeValues = v.AV()
	out, err := s.table.DB.Query(ctx, in)
	if err != nil {
		return admin.RowPage{}, table.Outage(fmt.Errorf("query %s: %w", q.List, err))
	}
	page := admin.RowPage{Rows: make([]admin.FoundRow, len(out.Items)), Last: table.Str(out.LastEvaluatedKey["sk"])}
	for i, item := range out.Items {
		row := &page.Rows[i]
		row.Key = table.Str(item["sk"])
		if row.Term, row.Staff, err = table.RowFromSK(row.Key); err != nil {
			return admin.RowPage{}, err
		}
		if row.Orgs, err = table.OrgCodes(item["orgs"]); err != nil {
			return admin.RowPage{}, err
		}
		if terms := table.Str(item["terms"]); terms != "" {
			row.Terms = strings.Split(terms[len(table.TermMark):], table.TermMark)
		}
	}
	return page, nil
}

// rowFilter returns the filter on the attributes of rows, "" for none, and adds its
// placeholders to v. Texts of which only a part may be looked for are not filtered by:
// the time of the answer would tell. A list that an older version wrote has no terms.
func rowFilter(q admin.RowQuery, v table.Values) string {
	f := q.Filter
	var all []string
	add := func(expression, placeholder string, value any) {
		all = append(all, expression)
		v[placeholder] = value
	}
	if q.List == staff.ByOrder && !q.Text.IsZero() && (q.Whole || !q.Text.Hides()) {
		add("(contains(terms, :text) OR attribute_not_exists(terms))", ":text", table.TermMark+q.Text.String())
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
	if f.Main {
		add("(attribute_not_exists(main) OR main = :main)", ":main", true)
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
	keys := table.Range{First: stretch.From, Last: stretch.To}.Behind(after)
	if keys.Empty() {
		return nil, "", nil
	}
	condition, v := keys.Of(table.RangePK(staff.ByOrder, org, left, ""))
	out, err := s.table.DB.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table.Name, ConsistentRead: aws.Bool(true), Limit: aws.Int32(int32(limit)), ProjectionExpression: aws.String("sk"),
		KeyConditionExpression: &condition, ExpressionAttributeValues: v.AV(),
	})
	if err != nil {
		return nil, "", table.Outage(fmt.Errorf("query %s: %w", staff.ByOrder, err))
	}
	people := make([]staff.EmployeeCode, len(out.Items))
	for i, item := range out.Items {
		if _, people[i], err = table.RowFromSK(table.Str(item["sk"])); err != nil {
			return nil, "", err
		}
	}
	return people, table.Str(out.LastEvaluatedKey["sk"]), nil
}
