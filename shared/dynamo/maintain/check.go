package maintain

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Check compares the table with itself: every item with those that it has to
// agree with, and the index with what people and organisations come to by
// themselves. It writes nothing, for the operator's tools and for tests alone.
//
// It goes through the table in slices; of each it keeps a page and the suspects
// found on it, and for the whole table only numbers by organisation. It may run
// beside everything else: reads of several items are no snapshot, so what looks
// wrong is a suspect at first. It is reported if it is found again and nothing of
// the person (the organisation, the request) was written between the two looks;
// what the indexer brings about, if it still is so after Settle.
//
// What is compared with what, check_rules.go says; how it is read, check_read.go.
type Check struct {
	Store  *Store
	Now    func() time.Time
	Report func(Finding) // called for each finding, one at a time

	Progress func(CheckReport) // after each slice; may be nil
	Slices   int               // that the table is read in; 0 is 8
	AtOnce   int               // slices side by side; 0 is 4
	// Settle is how long something is given that the indexer may not have seen to
	// yet. Only suspects are waited for.
	Settle time.Duration
	// Unfollowed leaves out what the indexer brings about, for tables whose stream
	// nobody follows.
	Unfollowed bool
}

// CheckReport is what was looked at so far. A run that ended early goes on from
// the one it reported last.
type CheckReport struct {
	Slices   int   // of the table
	Done     []int // those that are through, in order
	Items    int
	People   int
	Orgs     int
	Findings int
	InMotion int // things that changed at every look, and were left alone
}

// Run goes through the slices that from does not have, then compares the counts.
func (uc Check) Run(ctx context.Context, from CheckReport) (CheckReport, error) {
	c := checking{Check: uc, report: from}
	c.report.Done = slices.Clone(from.Done)
	if c.report.Slices == 0 {
		c.report.Slices = orDefault(uc.Slices, 8)
	}
	roots, err := uc.Store.Roots(ctx)
	if err != nil {
		return c.report, err
	}
	for _, o := range roots {
		c.roots = append(c.roots, o.Code)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(orDefault(uc.AtOnce, 4))
	for i := range c.report.Slices {
		if !slices.Contains(from.Done, i) {
			g.Go(func() error { return c.slice(gctx, i) })
		}
	}
	if err := g.Wait(); err != nil {
		return c.report, err
	}
	return c.report, c.compareSums(ctx)
}

func orDefault(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// checking is one run of Check.
type checking struct {
	Check
	roots []staff.OrgCode

	mu     sync.Mutex
	report CheckReport
}

// lookup is a thing to be looked at.
type lookup struct {
	of owner
	id string
	// whole: the item of the thing itself was met, so all that belongs to it is
	// looked at. Otherwise only what lies beside it counts.
	whole  bool
	beside table.Items // items that say they belong to it
}

// observation is what one look at a thing showed. Two with the same stamp saw the same.
type observation struct {
	stamp    any
	findings []Finding
}

// candidate is a thing that looked wrong.
type candidate struct {
	lookup
	observation
	since time.Duration // of waiting, when it was seen like this first
}

// manyCandidates is how many are kept before they are looked at again: a table
// that is broken all over is told about bit by bit.
const manyCandidates = 500

// slice is K1: one part of the table, page by page.
func (c *checking) slice(ctx context.Context, i int) error {
	in := &dynamodb.ScanInput{
		TableName: &c.Store.table.Name, ConsistentRead: aws.Bool(true),
		Segment: aws.Int32(int32(i)), TotalSegments: aws.Int32(int32(c.report.Slices)),
	}
	var suspects []candidate
	n := CheckReport{}
	for {
		out, err := c.Store.table.DB.Scan(ctx, in)
		if err != nil {
			return table.Outage(fmt.Errorf("scan: %w", err))
		}
		n.Items += len(out.Items)
		asked := lookups(out.Items)
		for _, q := range asked {
			switch {
			case q.whole && q.of == aPerson:
				n.People++
			case q.whole && q.of == anOrg:
				n.Orgs++
			}
		}
		met, err := c.meet(ctx, asked)
		if err != nil {
			return err
		}
		suspects = append(suspects, met...)
		in.ExclusiveStartKey = out.LastEvaluatedKey
		last := in.ExclusiveStartKey == nil
		if last || len(suspects) >= manyCandidates {
			if err := c.confirm(ctx, suspects); err != nil {
				return err
			}
			suspects = nil
		}
		if last {
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Items += n.Items
	c.report.People += n.People
	c.report.Orgs += n.Orgs
	c.report.Done = append(c.report.Done, i)
	slices.Sort(c.report.Done)
	if c.Progress != nil {
		now := c.report
		now.Done = slices.Clone(now.Done)
		c.Progress(now)
	}
	return nil
}

// lookedAtOnce is how many things one look takes in.
const lookedAtOnce = 25

// meet looks at things for the first time and returns those that look wrong.
func (c *checking) meet(ctx context.Context, asked []lookup) ([]candidate, error) {
	asked, err := c.unaccounted(ctx, asked)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var suspects []candidate
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(table.FewAtOnce)
	for of, some := range bySubject(asked) {
		for part := range slices.Chunk(some, lookedAtOnce) {
			g.Go(func() error {
				sights, err := c.look(ctx, of, part)
				if err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				for i, s := range sights {
					if len(s.findings) > 0 {
						suspects = append(suspects, candidate{part[i], s, 0})
					}
				}
				return nil
			})
		}
	}
	return suspects, g.Wait()
}

func bySubject(asked []lookup) map[owner][]lookup {
	by := map[owner][]lookup{}
	for _, q := range asked {
		by[q.of] = append(by[q.of], q)
	}
	return by
}

// Suspects are looked at again at once, then after pauses that double, until what
// is wrong with them is certain or gone.
const (
	firstPause = 50 * time.Millisecond
	looksAtAll = 12 // at what changes each time, before it is left alone
)

// confirm looks at suspects again and reports what it finds for certain.
func (c *checking) confirm(ctx context.Context, suspects []candidate) error {
	pause, waited := firstPause, time.Duration(0)
	for looks := 1; len(suspects) > 0; looks++ {
		var left []candidate
		for _, part := range chunked(suspects) {
			still, err := c.again(ctx, part, waited)
			if err != nil {
				return err
			}
			left = append(left, still...)
		}
		suspects = left
		if len(suspects) == 0 {
			return nil
		}
		if looks >= looksAtAll && waited >= 4*c.Settle {
			c.mu.Lock()
			c.report.InMotion += len(suspects)
			c.mu.Unlock()
			return nil
		}
		select {
		case <-ctx.Done():
			return table.Outage(ctx.Err())
		case <-time.After(pause):
			waited += pause
			pause = min(2*pause, max(firstPause, c.Settle/2))
		}
	}
	return nil
}

func chunked(suspects []candidate) [][]candidate {
	by := map[owner][]candidate{}
	for _, s := range suspects {
		by[s.of] = append(by[s.of], s)
	}
	var parts [][]candidate
	for _, some := range by {
		parts = slices.AppendSeq(parts, slices.Chunk(some, lookedAtOnce))
	}
	return parts
}

// again looks once more at suspects of one kind, reports what is certain of them,
// and returns those of which more is to be seen.
func (c *checking) again(ctx context.Context, suspects []candidate, waited time.Duration) ([]candidate, error) {
	var keys []table.Key
	for _, s := range suspects {
		for k := range s.beside {
			keys = append(keys, k)
		}
	}
	items, err := c.Store.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	asked := make([]lookup, len(suspects))
	for i, s := range suspects {
		asked[i] = s.lookup
		asked[i].beside = table.Items{}
		for k := range s.beside {
			if items[k] != nil {
				asked[i].beside[k] = items[k]
			}
		}
	}
	sights, err := c.look(ctx, suspects[0].of, asked)
	if err != nil {
		return nil, err
	}
	var left []candidate
	for i, now := range sights {
		was := suspects[i]
		if !reflect.DeepEqual(was.stamp, now.stamp) {
			if len(now.findings) > 0 {
				left = append(left, candidate{asked[i], now, waited})
			}
			continue
		}
		settled := waited-was.since >= c.Settle
		var waits []Finding
		for _, f := range now.findings {
			switch {
			case !slices.Contains(was.findings, f):
				waits = append(waits, f) // has to be seen again itself
			case f.lags && !settled:
				waits = append(waits, f)
			default:
				c.found(f)
			}
		}
		if len(waits) > 0 {
			left = append(left, candidate{asked[i], observation{now.stamp, waits}, was.since})
		}
	}
	return left, nil
}

func (c *checking) found(f Finding) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Findings++
	c.Report(f)
}

// errNotLooked is a subject that nothing looks at.
var errNotLooked = errors.New("nothing looks at this kind of thing")

// look looks at things of one kind.
func (c *checking) look(ctx context.Context, of owner, asked []lookup) ([]observation, error) {
	var sights []observation
	var err error
	switch of {
	case aPerson:
		sights, err = c.lookAtPeople(ctx, asked)
	case anOrg:
		sights, err = c.lookAtOrgs(ctx, asked)
	case aRequest:
		sights, err = c.lookAtRequests(ctx, asked)
	case anEntry:
		sights, err = c.lookAtEntries(ctx, asked)
	case aJob:
		sights, err = c.lookAtJobs(ctx, asked)
	case unknown:
		sights, err = lookAtUnknown(asked), nil
	default:
		err = fault.Internal.Because(errNotLooked)
	}
	if err != nil {
		return nil, err
	}
	for i, q := range asked {
		sights[i].findings = slices.DeleteFunc(sights[i].findings, func(f Finding) bool {
			return c.Unfollowed && f.lags || !q.whole && !f.stray
		})
	}
	return sights, nil
}
