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

// Check compares the table with itself: every item with the items with which it has
// to agree, and the index with the people and organisations from which it follows.
// It writes nothing. It is for the operator's tools and for tests alone.
//
// Check scans the table in slices. It keeps one page of each slice with the
// candidates found on it, and for the whole table only numbers by organisation.
//
// Check may run while others write. It reads several items one after the other. If a
// grant ends in between, Check has read one side before and the other side after,
// and the two do not agree. So a thing that looks wrong is only a candidate at
// first. Check looks again, and reports what it finds twice if nothing of the person
// (the organisation, the request) was written between the two looks. What the
// indexer will put right, it reports if it is still wrong after Settle.
//
// check_rules.go says what is compared with what, and check_read.go reads it.
type Check struct {
	Store  *Store
	Now    func() time.Time
	Report func(Finding) // called for each finding, one at a time

	Progress func(CheckReport) // after each slice; may be nil
	Slices   int               // into which the table is divided; 0 is 8
	AtOnce   int               // slices side by side; 0 is 4
	// Settle is how long the indexer may take for a change. Check waits only if
	// there are candidates.
	Settle time.Duration
	// Unfollowed leaves out what the indexer writes. It is for tables whose stream
	// starts nothing.
	Unfollowed bool
}

// CheckReport says what has been looked at so far. A run that ended early goes on
// from the last CheckReport that it gave to Progress.
type CheckReport struct {
	Slices   int   // of the table
	Done     []int // numbers of the slices that are done, sorted
	Items    int
	People   int
	Orgs     int
	Findings int
	InMotion int // things that changed at every look, and were left alone
}

// Run goes through the slices that are not in from.Done. Then it compares the
// numbers of organisations.
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

// lookup is a thing at which Check looks, such as a person, with its items from the
// scan.
type lookup struct {
	of owner
	id string
	// full says that the scan has found the thing's own item. Then all findings
	// about the thing count. Otherwise only those about the scanned items count.
	full    bool
	scanned table.Items // items that name the thing as their owner
}

// observation is what one look at a thing has shown.
type observation struct {
	stamp    any // what was read; equal if nothing was written between two looks
	findings []Finding
}

// candidate is a thing that looked wrong.
type candidate struct {
	lookup
	observation
	since time.Duration // how long Check had waited when it looked like this first
}

// maxCandidates is how many candidates of a slice are kept before they are looked at
// again. So a table that is wrong everywhere is reported bit by bit.
const maxCandidates = 500

// slice is K1: one slice of the table, page by page.
func (c *checking) slice(ctx context.Context, i int) error {
	in := &dynamodb.ScanInput{
		TableName: &c.Store.table.Name, ConsistentRead: aws.Bool(true),
		Segment: aws.Int32(int32(i)), TotalSegments: aws.Int32(int32(c.report.Slices)),
	}
	var candidates []candidate
	n := CheckReport{}
	for {
		out, err := c.Store.table.DB.Scan(ctx, in)
		if err != nil {
			return table.Outage(fmt.Errorf("scan: %w", err))
		}
		n.Items += len(out.Items)
		lookups := lookupsOf(out.Items)
		for _, q := range lookups {
			switch {
			case q.full && q.of == aPerson:
				n.People++
			case q.full && q.of == anOrg:
				n.Orgs++
			}
		}
		found, err := c.firstLook(ctx, lookups)
		if err != nil {
			return err
		}
		candidates = append(candidates, found...)
		in.ExclusiveStartKey = out.LastEvaluatedKey
		last := in.ExclusiveStartKey == nil
		if last || len(candidates) >= maxCandidates {
			if err := c.confirm(ctx, candidates); err != nil {
				return err
			}
			candidates = nil
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

// lookupsAtOnce is how many things of one kind are read together.
const lookupsAtOnce = 25

// firstLook looks at things for the first time, and returns those that look wrong.
func (c *checking) firstLook(ctx context.Context, lookups []lookup) ([]candidate, error) {
	lookups, err := c.unaccounted(ctx, lookups)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var candidates []candidate
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(table.FewAtOnce)
	for of, sameKind := range byOwner(lookups) {
		for part := range slices.Chunk(sameKind, lookupsAtOnce) {
			g.Go(func() error {
				observations, err := c.look(ctx, of, part)
				if err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				for i, s := range observations {
					if len(s.findings) > 0 {
						candidates = append(candidates, candidate{part[i], s, 0})
					}
				}
				return nil
			})
		}
	}
	return candidates, g.Wait()
}

func byOwner(lookups []lookup) map[owner][]lookup {
	by := map[owner][]lookup{}
	for _, q := range lookups {
		by[q.of] = append(by[q.of], q)
	}
	return by
}

// Candidates are looked at again at once, then after pauses that double, until their
// findings are certain or gone.
const (
	firstPause = 50 * time.Millisecond
	maxLooks   = 12 // at a thing that changes each time, before it is left alone
)

// confirm looks at candidates again and reports the findings that are certain.
func (c *checking) confirm(ctx context.Context, candidates []candidate) error {
	pause, waited := firstPause, time.Duration(0)
	for looks := 1; len(candidates) > 0; looks++ {
		var remaining []candidate
		for _, part := range chunksByOwner(candidates) {
			undecided, err := c.lookAgain(ctx, part, waited)
			if err != nil {
				return err
			}
			remaining = append(remaining, undecided...)
		}
		candidates = remaining
		if len(candidates) == 0 {
			return nil
		}
		if looks >= maxLooks && waited >= 4*c.Settle {
			c.mu.Lock()
			c.report.InMotion += len(candidates)
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

// chunksByOwner divides candidates into parts of one kind that can be read together.
func chunksByOwner(candidates []candidate) [][]candidate {
	by := map[owner][]candidate{}
	for _, s := range candidates {
		by[s.of] = append(by[s.of], s)
	}
	var parts [][]candidate
	for _, sameKind := range by {
		parts = slices.AppendSeq(parts, slices.Chunk(sameKind, lookupsAtOnce))
	}
	return parts
}

// lookAgain looks once more at candidates of one kind. It reports the findings that
// are certain. It returns the candidates that need another look: they have changed,
// or the finding is new, or the indexer still has time to put it right.
func (c *checking) lookAgain(ctx context.Context, candidates []candidate, waited time.Duration) ([]candidate, error) {
	var keys []table.Key
	for _, s := range candidates {
		for k := range s.scanned {
			keys = append(keys, k)
		}
	}
	items, err := c.Store.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	lookups := make([]lookup, len(candidates))
	for i, s := range candidates {
		lookups[i] = s.lookup
		lookups[i].scanned = table.Items{}
		for k := range s.scanned {
			if items[k] != nil {
				lookups[i].scanned[k] = items[k]
			}
		}
	}
	observations, err := c.look(ctx, candidates[0].of, lookups)
	if err != nil {
		return nil, err
	}
	var remaining []candidate
	for i, now := range observations {
		was := candidates[i]
		if !reflect.DeepEqual(was.stamp, now.stamp) {
			if len(now.findings) > 0 {
				remaining = append(remaining, candidate{lookups[i], now, waited})
			}
			continue
		}
		settled := waited-was.since >= c.Settle
		var undecided []Finding
		for _, f := range now.findings {
			switch {
			case !slices.Contains(was.findings, f):
				undecided = append(undecided, f) // seen for the first time
			case f.lags && !settled:
				undecided = append(undecided, f)
			default:
				c.reportFinding(f)
			}
		}
		if len(undecided) > 0 {
			remaining = append(remaining, candidate{lookups[i], observation{now.stamp, undecided}, was.since})
		}
	}
	return remaining, nil
}

func (c *checking) reportFinding(f Finding) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Findings++
	c.Report(f)
}

// errUnknownOwner says that look has no case for a kind of thing.
var errUnknownOwner = errors.New("nothing looks at this kind of thing")

// look looks at things of one kind. It leaves out findings that do not count: see
// Check.Unfollowed and lookup.full.
func (c *checking) look(ctx context.Context, of owner, lookups []lookup) ([]observation, error) {
	var observations []observation
	var err error
	switch of {
	case aPerson:
		observations, err = c.lookAtPeople(ctx, lookups)
	case anOrg:
		observations, err = c.lookAtOrgs(ctx, lookups)
	case aRequest:
		observations, err = c.lookAtRequests(ctx, lookups)
	case anEntry:
		observations, err = c.lookAtEntries(ctx, lookups)
	case aJob:
		observations, err = c.lookAtJobs(ctx, lookups)
	case aCopied:
		observations, err = c.lookAtCopies(ctx, lookups)
	case unknown:
		observations, err = lookAtUnknown(lookups), nil
	default:
		err = fault.Internal.Because(errUnknownOwner)
	}
	if err != nil {
		return nil, err
	}
	for i, q := range lookups {
		observations[i].findings = slices.DeleteFunc(observations[i].findings, func(f Finding) bool {
			return c.Unfollowed && f.lags || !q.full && !f.stray
		})
	}
	return observations, nil
}
