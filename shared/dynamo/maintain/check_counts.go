package maintain

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// sums are what a table adds up to by organisation, beside the numbers that are
// kept of it: some hundred bytes for each.
type sums struct {
	mu      sync.Mutex
	people  map[staff.OrgCode]staff.Headcount //  by the records of the index
	holds   map[staff.OrgCode]table.HoldsItem // by people and organisations
	parents map[staff.OrgCode]staff.OrgCode   // of open organisations, their parents
	stored  map[table.Key]any                 // counts, total and holdsItem, by their keys
}

// sumRounds is how often the table is added up again before numbers that move
// all the time are left alone.
const sumRounds = 5

// compareSums compares the numbers that organisations keep with what they are of.
// While the table is added up people move, so those that differ are suspects. One
// is reported if the same came of it twice in a row and its item stood still the
// second time; one that the indexer keeps, if it still is so after Settle.
func (c *checking) compareSums(ctx context.Context) error {
	s, err := c.addUp(ctx)
	if err != nil {
		return err
	}
	was := c.disagreeing(s)
	for round := 1; len(was) > 0; round++ {
		lags := slices.ContainsFunc(slices.Collect(maps.Values(was)), func(f Finding) bool { return f.lags })
		if err := c.pauseForSums(ctx, round, lags); err != nil {
			return err
		}
		keys := slices.Collect(maps.Keys(was))
		before, err := c.Store.table.GetItems(ctx, keys...)
		if err != nil {
			return err
		}
		if s, err = c.addUp(ctx); err != nil {
			return err
		}
		after, err := c.Store.table.GetItems(ctx, keys...)
		if err != nil {
			return err
		}
		now := c.disagreeing(s)
		for k := range now {
			switch f, suspected := was[k]; {
			case !suspected:
				delete(now, k) // moved since; it was right at first
			case f.lags && c.Settle > 0 && round < sumRounds:
			case f == now[k] && reflect.DeepEqual(before[k], after[k]):
				c.reportFinding(f)
				delete(now, k)
			}
		}
		if was = now; round == sumRounds {
			c.report.InMotion += len(was)
			break
		}
	}
	return nil
}

// pauseForSums waits before a round, twice as long each time and Settle in all.
func (c *checking) pauseForSums(ctx context.Context, round int, lags bool) error {
	if !lags || c.Settle == 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return table.Outage(ctx.Err())
	case <-time.After(c.Settle << (round - 1) / (1<<sumRounds - 1)):
		return nil
	}
}

// disagreeing are the numbers of s that are not what it adds up to.
func (c *checking) disagreeing(s *sums) map[table.Key]Finding {
	findings := map[table.Key]Finding{}
	compare := func(what string, k table.Key, lags bool, want any) {
		have := s.stored[k]
		if have == nil {
			have = reflect.Zero(reflect.TypeOf(want)).Interface()
		}
		if have != want && !(lags && c.Unfollowed) {
			findings[k] = newFinding(what, k, lags, "%+v, not %+v", want, have)
		}
	}
	for org, n := range s.people {
		compare(badCount, table.CountKey(org), true, n)
	}
	for org, n := range s.holds {
		compare(badHolds, table.HoldsKey(org), false, n)
	}
	for org, n := range s.totals() {
		compare(badTotal, table.TotalKey(org), true, n)
	}
	return findings
}

// totals are what the totals should be by what is kept one level below: each
// organisation's own count and the totals of the open ones in it.
func (s *sums) totals() map[staff.OrgCode]staff.Total {
	all := make(map[staff.OrgCode]staff.Total, len(s.people))
	for org := range s.people {
		own, _ := s.stored[table.CountKey(org)].(staff.Headcount)
		all[org] = all[org].Plus(staff.Total{Headcount: own})
		if parent, ok := s.parents[org]; ok {
			total, _ := s.stored[table.TotalKey(org)].(staff.Total)
			all[parent] = all[parent].Plus(total.Below())
		}
	}
	return all
}

// addUp is K10: all of the table, of each item the little that is added up.
func (c *checking) addUp(ctx context.Context) (*sums, error) {
	s := &sums{people: map[staff.OrgCode]staff.Headcount{}, holds: map[staff.OrgCode]table.HoldsItem{}, parents: map[staff.OrgCode]staff.OrgCode{}, stored: map[table.Key]any{}}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(orDefault(c.AtOnce, 4))
	for i := range c.report.Slices {
		in := &dynamodb.ScanInput{
			TableName: &c.Store.table.Name, ConsistentRead: aws.Bool(true), Segment: aws.Int32(int32(i)), TotalSegments: aws.Int32(int32(c.report.Slices)),
			FilterExpression: aws.String("kind IN (:staff, :index, :org, :count, :holds, :total)"),
			ProjectionExpression: aws.String("pk, sk, kind, tally, posts, children, closed, code, #path, people, incomplete, " +
				"no_budgeted_post, no_job_level, no_role, height"),
			ExpressionAttributeNames:  map[string]string{"#path": "path"}, // a reserved word
			ExpressionAttributeValues: table.Values{":staff": table.StaffKind, ":index": table.IndexKind, ":org": "org", ":count": table.CountKind, ":holds": table.HoldsKind, ":total": table.TotalKind}.AV(),
		}
		g.Go(func() error {
			for {
				out, err := c.Store.table.DB.Scan(ctx, in)
				if err != nil {
					return table.Outage(fmt.Errorf("scan: %w", err))
				}
				for _, item := range out.Items {
					s.add(item)
				}
				if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
					return nil
				}
			}
		})
	}
	return s, g.Wait()
}

// add takes in one item. What cannot be read is told of where it is looked at by
// itself, and so are numbers of an organisation that there is not.
func (s *sums) add(item table.Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch k := table.KeyOf(item); table.Str(item["kind"]) {
	case table.IndexKind:
		if t, err := table.TallyFromItem(item); err == nil && !t.Org.IsZero() {
			s.people[t.Org] = s.people[t.Org].Plus(t.Headcount())
		}
	case table.StaffKind:
		var it struct {
			Posts []table.PostItem `dynamodbav:"posts"`
		}
		if table.Decode(item, &it) == nil {
			for _, p := range it.Posts {
				if p.Active {
					s.addHolds(p.Org, table.HoldsItem{Posts: 1})
				}
			}
		}
	case "org":
		var it table.OrgItem
		if table.Decode(item, &it) == nil {
			s.addOrg(it.Code)
			s.addHolds(it.Code, table.HoldsItem{Closed: it.Closed})
			if n := len(it.Path); n > 1 && !it.Closed {
				s.addHolds(it.Path[n-2], table.HoldsItem{Children: 1})
				s.addParent(it.Code, it.Path[n-2])
			}
		}
	case table.CountKind:
		var it table.CountItem
		if table.Decode(item, &it) == nil {
			s.stored[k] = it.Headcount()
		}
	case table.TotalKind:
		var it table.TotalItem
		if table.Decode(item, &it) == nil {
			s.stored[k] = it.Total()
		}
	case table.HoldsKind:
		var it table.HoldsItem
		if table.Decode(item, &it) == nil {
			s.stored[k] = it
		}
	}
}

func (s *sums) addHolds(code string, more table.HoldsItem) {
	if org, err := staff.ParseOrgCode(code); err == nil {
		h := s.holds[org]
		s.holds[org] = table.HoldsItem{Posts: h.Posts + more.Posts, Children: h.Children + more.Children, Closed: h.Closed || more.Closed}
	}
}

func (s *sums) addParent(code, parent string) {
	var bad error
	org, parentCode := table.Parsed(staff.ParseOrgCode, code, &bad), table.Parsed(staff.ParseOrgCode, parent, &bad)
	if bad == nil {
		s.parents[org] = parentCode
	}
}

// addOrg notes that there is, or should be, a count of an organisation, if of nobody.
func (s *sums) addOrg(code string) {
	if org, err := staff.ParseOrgCode(code); err == nil {
		s.people[org] = s.people[org].Plus(staff.Headcount{})
	}
}
