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

// sums has, for each organisation, what the table adds up to, and the numbers that
// are stored. It takes some hundred bytes for each.
type sums struct {
	mu      sync.Mutex
	people  map[staff.OrgCode]staff.Headcount // the tallies of index records, added up
	holds   map[staff.OrgCode]table.HoldsItem // the posts and children, added up
	parents map[staff.OrgCode]staff.OrgCode   // of open organisations
	stored  map[table.Key]any                 // each count, total and HoldsItem
}

// sumRounds is how often the table is added up again before numbers that change all
// the time are left alone.
const sumRounds = 5

// compareSums compares the stored numbers of organisations with what the table adds
// up to. People move while it is added up, so a number that differs is only a
// candidate at first. It is reported if the next round finds the same, and the item
// did not change in that round. A number that the indexer writes is reported only if
// it is still wrong after Settle.
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
				delete(now, k) // it was right in the round before, so it has changed since
			case f.lags && c.Settle > 0 && round < sumRounds: // the indexer still has time
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

// pauseForSums waits before a round if the indexer may still put something right:
// twice as long each time, and Settle in all.
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

// disagreeing returns a finding for each stored number, by its key, that is not what
// the table adds up to.
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

// totals returns what each total should be by the stored numbers: the count of the
// organisation itself, plus the totals of the open ones directly below it.
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

// addUp is K10: the whole table, but only those attributes that are added up.
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

// add takes in one item. It skips an item that cannot be read: the look at the
// item's owner reports it. Numbers of an organisation that does not exist are
// reported there, too.
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

// addHolds adds to what an organisation should hold.
func (s *sums) addHolds(code string, more table.HoldsItem) {
	if org, err := staff.ParseOrgCode(code); err == nil {
		h := s.holds[org]
		s.holds[org] = table.HoldsItem{Posts: h.Posts + more.Posts, Children: h.Children + more.Children, Closed: h.Closed || more.Closed}
	}
}

// addParent notes the parent of an open organisation.
func (s *sums) addParent(code, parent string) {
	var bad error
	org, parentCode := table.Parsed(staff.ParseOrgCode, code, &bad), table.Parsed(staff.ParseOrgCode, parent, &bad)
	if bad == nil {
		s.parents[org] = parentCode
	}
}

// addOrg makes sure that the count of an organisation is compared, even if it should
// be zero.
func (s *sums) addOrg(code string) {
	if org, err := staff.ParseOrgCode(code); err == nil {
		if _, ok := s.people[org]; !ok {
			s.people[org] = staff.Headcount{} // to be compared, though nobody is counted
		}
	}
}
