package dynamo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Orgs is O1: organisations by code. What is not there is not in the result.
func (s *Store) Orgs(ctx context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	if len(codes) == 0 {
		return staff.Orgs{}, nil
	}
	items, err := s.table.GetItems(ctx, table.OrgKeys(codes)...)
	if err != nil {
		return nil, err
	}
	return table.OrgsFrom(items, codes)
}

// orgsWithAbove is O1 with what is above the organisations.
func (s *Store) orgsWithAbove(ctx context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	orgs, err := s.Orgs(ctx, codes)
	if err != nil {
		return nil, err
	}
	more, err := s.Orgs(ctx, orgs.Above())
	maps.Copy(orgs, more)
	return orgs, err
}

// OrgsAndMoves is O1 with the moves themselves.
func (s *Store) OrgsAndMoves(ctx context.Context, codes []staff.OrgCode) (staff.Orgs, staff.Moves, error) {
	items, err := s.table.GetItems(ctx, table.OrgKeys(codes)...)
	if err != nil {
		return nil, staff.Moves{}, err
	}
	moves, err := table.MovesFromItem(items[table.MovesKey])
	if err != nil {
		return nil, staff.Moves{}, err
	}
	orgs, err := table.OrgsFrom(items, codes)
	return orgs, moves, err
}

// OrgRecords is O7: organisations with their numbers.
func (s *Store) OrgRecords(ctx context.Context, codes []staff.OrgCode) (map[staff.OrgCode]admin.OrgRecord, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	keys := table.OrgKeys(codes)
	for _, c := range codes {
		keys = append(keys, table.CountKey(c), table.TotalKey(c), table.HoldsKey(c))
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	orgs, err := table.OrgsFrom(items, codes)
	if err != nil {
		return nil, err
	}
	records := make(map[staff.OrgCode]admin.OrgRecord, len(orgs))
	for c, o := range orgs {
		r := admin.OrgRecord{Org: o}
		var holds table.HoldsItem
		if r.Own, _, err = table.TotalFromItem(items[table.CountKey(c)]); err != nil {
			return nil, err
		}
		if r.All, _, err = table.TotalFromItem(items[table.TotalKey(c)]); err != nil {
			return nil, err
		}
		if err := table.Decode(items[table.HoldsKey(c)], &holds); err != nil {
			return nil, err
		}
		r.Posts, r.Children = holds.Posts, holds.Children
		records[c] = r
	}
	return records, nil
}

// OrgChildren is O5: a page of the organisations below one.
func (s *Store) OrgChildren(ctx context.Context, parent staff.OrgCode, after string, limit int) ([]admin.OrgRow, string, error) {
	if after != "" {
		after = table.ChildPrefix + after
	}
	items, last, err := s.table.Page(ctx, table.OrgPK(parent), table.ChildPrefix, after, limit)
	if err != nil {
		return nil, "", err
	}
	return orgRows(items, strings.TrimPrefix(last, table.ChildPrefix), func(sk, _ string) (string, string) { return strings.TrimPrefix(sk, table.ChildPrefix), "" })
}

// OrgsBelow is O5: all organisations directly below one, closed ones too.
func (s *Store) OrgsBelow(ctx context.Context, parent staff.OrgCode) ([]staff.OrgCode, error) {
	items, err := s.table.Query(ctx, table.OrgPK(parent), table.ChildPrefix)
	if err != nil {
		return nil, err
	}
	closed, err := s.table.Query(ctx, table.OrgPK(parent), table.ClosedPrefix)
	if err != nil {
		return nil, err
	}
	items = append(items, closed...)
	below := make([]staff.OrgCode, len(items))
	var bad error
	for i, item := range items {
		below[i] = table.Parsed(staff.ParseOrgCode, table.Str(item["org"]), &bad)
	}
	if bad != nil {
		return nil, fmt.Errorf("read what is below %s: %w", parent, bad)
	}
	return below, nil
}

// OrgsByTerm is O8.
func (s *Store) OrgsByTerm(ctx context.Context, term, after string, limit int) ([]admin.OrgRow, string, error) {
	items, last, err := s.table.Page(ctx, table.OrgTermPK(term), term, after, limit)
	if err != nil {
		return nil, "", err
	}
	return orgRows(items, last, func(sk, org string) (string, string) { return sk, strings.TrimSuffix(sk, "#"+org) })
}

func orgRows(items []table.Item, last string, read func(sk, org string) (place, term string)) ([]admin.OrgRow, string, error) {
	all := make([]admin.OrgRow, len(items))
	var bad error
	for i, item := range items {
		all[i].Org = table.Parsed(staff.ParseOrgCode, table.Str(item["org"]), &bad)
		all[i].Key, all[i].Term = read(table.Str(item["sk"]), table.Str(item["org"]))
	}
	if bad != nil {
		return nil, "", fmt.Errorf("read a list of organisations: %w", bad)
	}
	return all, last, nil
}

// WriteOrg is O4: an organisation that is new, changed, moved or closed, with
// everything that leads to it, what it and its parents hold, the moves, the job
// that follows and the audit, in one transaction.
//
// It stands on the moves as read, so nothing is ever written below an
// organisation that was elsewhere when the place was worked out. Another name or
// order depends on no place: it only never takes a newer path away, and is in the
// way of nobody who is at work on another organisation.
func (s *Store) WriteOrg(ctx context.Context, c admin.OrgChange) error {
	was, now := c.Was, c.Now
	added := was.Code.IsZero()
	var steps []table.TxWrite
	if added {
		steps = append(steps, s.table.TxPut(table.OrgToItem(now), table.Absent, nil, table.RefuseWith(admin.ErrOrgThere)), s.table.TxPut(table.NewItem(table.HoldsKey(now.Code), table.HoldsKind, table.HoldsItem{}), table.Absent, nil, table.RefuseWith(admin.ErrOrgThere)))
	} else {
		steps = append(steps, s.table.TxPut(table.OrgToItem(now), "version = :was AND (attribute_not_exists(placed) OR placed <= :placed)",
			table.Values{":was": was.Version, ":placed": now.MoveSeq}, table.RefuseWith(admin.ErrRevised)))
	}
	steps = append(steps, s.lookupWrites(now.Code, table.OrgLookups(was, c.WasAbove), table.OrgLookups(now, c.Above))...)
	steps = append(steps, s.childCountWrites(was, now)...)
	if added || now.Closed || now.Parent() != was.Parent() || now.Division != was.Division {
		steps = append(steps, s.movesWrite(c))
	}
	if c.Job != nil {
		steps = append(steps, s.jobWrites(*c.Job)...)
	}
	return s.table.Transact(ctx, append(steps, s.table.TxAudit(table.AuditOf(c.Audit))...)...)
}

// lookupWrites puts what leads to an organisation now and removes what no longer does.
// That nobody is at the same work the organisation's own item sees to.
func (s *Store) lookupWrites(c staff.OrgCode, was, now map[table.Key]string) []table.TxWrite {
	var steps []table.TxWrite
	for k := range was {
		if now[k] == "" {
			steps = append(steps, s.table.TxDelete(k, "", nil, nil))
		}
	}
	for k, kind := range now {
		if was[k] == "" {
			steps = append(steps, s.table.TxPut(table.LookupItem(k, kind, c), "", nil, nil))
		}
	}
	return steps
}

// childCountWrites moves an open organisation from what one parent holds to another, and
// closes one that holds nothing.
func (s *Store) childCountWrites(was, now staff.Org) []table.TxWrite {
	under := func(o staff.Org) staff.OrgCode {
		if o.Closed {
			return staff.OrgCode{}
		}
		return o.Parent()
	}
	var steps []table.TxWrite
	if from, to := under(was), under(now); from != to {
		if !from.IsZero() {
			steps = append(steps, s.table.TxChildCount(from, -1))
		}
		if !to.IsZero() {
			steps = append(steps, s.table.TxChildCount(to, 1))
		}
	}
	if now.Closed && !was.Closed {
		steps = append(steps, s.table.TxUpdate(table.HoldsKey(now.Code), "SET closed = :yes", "posts = :none AND children = :none AND attribute_not_exists(closed)",
			table.Values{":yes": true, ":none": 0}, func(item table.Item) error {
				var it table.HoldsItem
				if err := table.Decode(item, &it); err != nil {
					return err
				}
				return &admin.NotEmpty{Posts: it.Posts, Children: it.Children}
			}))
	}
	return steps
}

// movesWrite begins a move, or holds that none has begun since.
func (s *Store) movesWrite(c admin.OrgChange) table.TxWrite {
	condition, v := table.Absent, table.Values(nil)
	if c.NowMoves.Version != c.Moves.Version {
		if c.Moves.Version > 0 {
			condition, v = "version = :was", table.Values{":was": c.Moves.Version}
		}
		return s.table.TxPut(table.MovesToItem(c.NowMoves), condition, v, table.RefuseWith(admin.ErrRevised))
	}
	if c.Moves.Seq > 0 {
		condition, v = "seq = :seq", table.Values{":seq": c.Moves.Seq}
	}
	return s.table.TxCheck(table.MovesKey, condition, v, table.RefuseWith(admin.ErrRevised))
}

// FinishMove is O9.
func (s *Store) FinishMove(ctx context.Context, seq int64, now time.Time) error {
	for try := range 20 {
		if try > 0 {
			if err := s.Pause(ctx, try); err != nil {
				return err
			}
		}
		item, err := s.table.GetItem(ctx, table.MovesKey)
		if err != nil {
			return err
		}
		was, err := table.MovesFromItem(item)
		if err != nil {
			return err
		}
		done, changed := was.Finish(seq, now)
		if !changed {
			return nil
		}
		err = s.table.PutItem(ctx, table.MovesToItem(done), "version = :was", table.Values{":was": was.Version}, admin.ErrRevised)
		if !errors.Is(err, admin.ErrRevised) {
			return err
		}
	}
	return fault.Unavailable.Becausef("the list of moves was written again and again")
}

// SettleOrg is O10: the path as the moves have it and, directly below an
// organisation that has moved, the divisions headed.
func (s *Store) SettleOrg(ctx context.Context, code staff.OrgCode) error {
	for try := range 20 {
		if try > 0 {
			if err := s.Pause(ctx, try); err != nil {
				return err
			}
		}
		orgs, moves, err := s.OrgsAndMoves(ctx, []staff.OrgCode{code})
		if err != nil {
			return err
		}
		o := orgs[code]
		place := s.table.TxUpdate(table.OrgKey(code), "SET #path = :path, placed = :placed",
			"version = :version AND (attribute_not_exists(placed) OR placed <= :placed)",
			table.Values{":path": table.CodeStrings(o.Path), ":placed": o.MoveSeq, ":version": o.Version}, table.RefuseWith(admin.ErrRevised))
		place.Write.Update.ExpressionAttributeNames = map[string]string{"#path": "path"} // a reserved word
		steps := []table.TxWrite{place}
		if slices.ContainsFunc(moves.List, func(v staff.Move) bool { return v.Org == o.Parent() }) {
			above, _, err := s.OrgsAndMoves(ctx, []staff.OrgCode{o.Parent()})
			if err != nil {
				return err
			}
			parent := above[o.Parent()]
			steps = append(steps, s.table.TxCheck(table.OrgKey(parent.Code), "version = :version", table.Values{":version": parent.Version}, table.RefuseWith(admin.ErrRevised)))
			for _, d := range staff.DivisionsAround(o.Division) {
				if k := table.DivisionKey(d, code); o.IsTopOf(d, parent.Division) {
					steps = append(steps, s.table.TxPut(table.LookupItem(k, "division", code), "", nil, nil))
				} else {
					steps = append(steps, s.table.TxDelete(k, "", nil, nil))
				}
			}
		}
		if err := s.table.Transact(ctx, steps...); !errors.Is(err, admin.ErrRevised) {
			return err
		}
	}
	return fault.Unavailable.Becausef("%s was changed again and again", code)
}

// Listed is F2, strongly consistent.
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

// OrgsNamed is O2.
func (s *Store) OrgsNamed(ctx context.Context, nameKey string) ([]staff.OrgCode, error) {
	return s.orgsListed(ctx, table.FindOrgPK(nameKey))
}

// DivisionTops is O3.
func (s *Store) DivisionTops(ctx context.Context, division string) ([]staff.OrgCode, error) {
	return s.orgsListed(ctx, table.DivisionPK(division))
}

// orgsListed are the organisations that the sort keys of a partition name.
func (s *Store) orgsListed(ctx context.Context, pk string) ([]staff.OrgCode, error) {
	items, err := s.table.Query(ctx, pk, "")
	if err != nil {
		return nil, err
	}
	var bad error
	codes := make([]staff.OrgCode, len(items))
	for i, item := range items {
		codes[i] = table.Parsed(staff.ParseOrgCode, table.Str(item["sk"]), &bad)
	}
	if bad != nil {
		return nil, fmt.Errorf("read a list of organisations: %w", bad)
	}
	return codes, nil
}
