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
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/admin"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// orgItem is a staff.Org as stored.
type orgItem struct {
	Code     string   `dynamodbav:"code"`
	Name     string   `dynamodbav:"full_name"`
	Type     string   `dynamodbav:"org_type"`
	Division string   `dynamodbav:"division"`
	Order    int      `dynamodbav:"sort_order"`
	Path     []string `dynamodbav:"path"`
	Closed   bool     `dynamodbav:"closed,omitempty"`
	Version  int64    `dynamodbav:"version"`
	Placed   int64    `dynamodbav:"placed,omitempty"`
}

func orgToItem(o staff.Org) map[string]types.AttributeValue {
	it := orgItem{
		Code: o.Code.String(), Name: o.Name, Type: string(o.Type), Division: o.Division, Order: o.Order,
		Closed: o.Closed, Version: o.Version, Placed: o.Placed,
	}
	for _, c := range o.Path {
		it.Path = append(it.Path, c.String())
	}
	return itemOf(orgKey(o.Code), "org", it)
}

func orgFromItem(item map[string]types.AttributeValue) (staff.Org, error) {
	var it orgItem
	if err := into(item, &it); err != nil {
		return staff.Org{}, err
	}
	var bad error
	o := staff.Org{
		Code: parsed(staff.ParseOrgCode, it.Code, &bad), Name: it.Name, Type: staff.OrgType(it.Type), Division: it.Division, Order: it.Order,
		Closed: it.Closed, Version: it.Version, Placed: it.Placed,
	}
	for _, c := range it.Path {
		o.Path = append(o.Path, parsed(staff.ParseOrgCode, c, &bad))
	}
	if bad != nil {
		return staff.Org{}, fmt.Errorf("read an organisation: %w", bad)
	}
	return o, nil
}

// OrgNames is O1: organisations by code. What is not there is not in the result.
func (s *Store) OrgNames(ctx context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	if len(codes) == 0 {
		return staff.Orgs{}, nil
	}
	items, err := s.table.getAll(ctx, orgKeys(codes)...)
	if err != nil {
		return nil, err
	}
	return orgsFrom(items, codes)
}

// orgKeys are the keys of organisations and of the moves that they may have to be
// put right by.
func orgKeys(codes []staff.OrgCode) []key {
	keys := make([]key, len(codes), len(codes)+1)
	for i, c := range codes {
		keys[i] = orgKey(c)
	}
	return append(keys, movesKey)
}

// orgsFrom reads organisations, each where the moves have put it.
func orgsFrom(items found, codes []staff.OrgCode) (staff.Orgs, error) {
	orgs := make(staff.Orgs, len(codes))
	moves, err := movesFromItem(items[movesKey])
	if err != nil {
		return nil, err
	}
	for _, c := range codes {
		item, ok := items[orgKey(c)]
		if !ok {
			continue
		}
		o, err := orgFromItem(item)
		if err != nil {
			return nil, err
		}
		orgs[c] = moves.Place(o)
	}
	return orgs, nil
}

// orgsWithAbove is O1 with what is above the organisations.
func (s *Store) orgsWithAbove(ctx context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	orgs, err := s.OrgNames(ctx, codes)
	if err != nil {
		return nil, err
	}
	more, err := s.OrgNames(ctx, orgs.Above())
	maps.Copy(orgs, more)
	return orgs, err
}

// movesItem is a staff.Moves as stored. Every read of organisations reads it too
// (orgKeys) and puts them where it says (orgsFrom).
type movesItem struct {
	Seq     int64      `dynamodbav:"seq"`
	Version int64      `dynamodbav:"version"`
	List    []moveItem `dynamodbav:"moves"`
}

type moveItem struct {
	Seq  int64    `dynamodbav:"seq"`
	Org  string   `dynamodbav:"org"`
	Path []string `dynamodbav:"path"`
	By   string   `dynamodbav:"by,omitempty"`
	Done int64    `dynamodbav:"done_ms,omitempty"`
}

func movesToItem(m staff.Moves) map[string]types.AttributeValue {
	it := movesItem{Seq: m.Seq, Version: m.Version, List: make([]moveItem, len(m.List))}
	for i, v := range m.List {
		it.List[i] = moveItem{v.Seq, v.Org.String(), texts(v.Path), v.By.String(), millis(v.Done)}
	}
	return itemOf(movesKey, "moves", it)
}

func movesFromItem(item map[string]types.AttributeValue) (staff.Moves, error) {
	var it movesItem
	if err := into(item, &it); err != nil {
		return staff.Moves{}, err
	}
	m := staff.Moves{Seq: it.Seq, Version: it.Version}
	var bad error
	for _, v := range it.List {
		move := staff.Move{Seq: v.Seq, Org: parsed(staff.ParseOrgCode, v.Org, &bad), Done: instant(v.Done)}
		if v.By != "" {
			move.By = parsed(staff.ParseEmployeeCode, v.By, &bad)
		}
		for _, c := range v.Path {
			move.Path = append(move.Path, parsed(staff.ParseOrgCode, c, &bad))
		}
		m.List = append(m.List, move)
	}
	if bad != nil {
		return staff.Moves{}, fmt.Errorf("read the moves: %w", bad)
	}
	return m, nil
}

// OrgsAndMoves is O1 with the moves themselves.
func (s *Store) OrgsAndMoves(ctx context.Context, codes []staff.OrgCode) (staff.Orgs, staff.Moves, error) {
	items, err := s.table.getAll(ctx, orgKeys(codes)...)
	if err != nil {
		return nil, staff.Moves{}, err
	}
	moves, err := movesFromItem(items[movesKey])
	if err != nil {
		return nil, staff.Moves{}, err
	}
	orgs, err := orgsFrom(items, codes)
	return orgs, moves, err
}

// OrgRecords is O7: organisations with their numbers.
func (s *Store) OrgRecords(ctx context.Context, codes []staff.OrgCode) (map[staff.OrgCode]admin.OrgRecord, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	keys := orgKeys(codes)
	for _, c := range codes {
		keys = append(keys, countKey(c), totalKey(c), holdsKey(c))
	}
	items, err := s.table.getAll(ctx, keys...)
	if err != nil {
		return nil, err
	}
	orgs, err := orgsFrom(items, codes)
	if err != nil {
		return nil, err
	}
	records := make(map[staff.OrgCode]admin.OrgRecord, len(orgs))
	for c, o := range orgs {
		r := admin.OrgRecord{Org: o}
		var holds holdsItem
		if r.Own, _, err = sumsFromItem(items[countKey(c)]); err != nil {
			return nil, err
		}
		if r.All, _, err = sumsFromItem(items[totalKey(c)]); err != nil {
			return nil, err
		}
		if err := into(items[holdsKey(c)], &holds); err != nil {
			return nil, err
		}
		r.Posts, r.Children = holds.Posts, holds.Children
		records[c] = r
	}
	return records, nil
}

// OrgChildren is O5: a page of the organisations below one.
func (s *Store) OrgChildren(ctx context.Context, parent staff.OrgCode, after string, limit int) ([]admin.PlacedOrg, string, error) {
	if after != "" {
		after = childPrefix + after
	}
	items, last, err := s.table.page(ctx, orgPK(parent), childPrefix, after, limit)
	if err != nil {
		return nil, "", err
	}
	return placed(items, strings.TrimPrefix(last, childPrefix), func(sk, _ string) (string, string) { return strings.TrimPrefix(sk, childPrefix), "" })
}

// OrgsBelow is O5: all organisations directly below one, closed ones too.
func (s *Store) OrgsBelow(ctx context.Context, parent staff.OrgCode) ([]staff.OrgCode, error) {
	items, err := s.table.query(ctx, orgPK(parent), childPrefix)
	if err != nil {
		return nil, err
	}
	closed, err := s.table.query(ctx, orgPK(parent), closedPrefix)
	if err != nil {
		return nil, err
	}
	items = append(items, closed...)
	below := make([]staff.OrgCode, len(items))
	var bad error
	for i, item := range items {
		below[i] = parsed(staff.ParseOrgCode, text(item["org"]), &bad)
	}
	if bad != nil {
		return nil, fmt.Errorf("read what is below %s: %w", parent, bad)
	}
	return below, nil
}

// OrgsByTerm is O8.
func (s *Store) OrgsByTerm(ctx context.Context, term, after string, limit int) ([]admin.PlacedOrg, string, error) {
	items, last, err := s.table.page(ctx, orgTermPK(term), term, after, limit)
	if err != nil {
		return nil, "", err
	}
	return placed(items, last, func(sk, org string) (string, string) { return sk, strings.TrimSuffix(sk, "#"+org) })
}

func placed(items []map[string]types.AttributeValue, last string, read func(sk, org string) (place, term string)) ([]admin.PlacedOrg, string, error) {
	all := make([]admin.PlacedOrg, len(items))
	var bad error
	for i, item := range items {
		all[i].Org = parsed(staff.ParseOrgCode, text(item["org"]), &bad)
		all[i].Place, all[i].Term = read(text(item["sk"]), text(item["org"]))
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
	var steps []step
	if added {
		steps = append(steps, s.table.put(orgToItem(now), absent, nil, means(admin.ErrOrgThere)), s.table.put(itemOf(holdsKey(now.Code), holdsKind, holdsItem{}), absent, nil, means(admin.ErrOrgThere)))
	} else {
		steps = append(steps, s.table.put(orgToItem(now), "version = :was AND (attribute_not_exists(placed) OR placed <= :placed)",
			values{":was": was.Version, ":placed": now.Placed}, means(admin.ErrRevised)))
	}
	steps = append(steps, s.led(now.Code, orgLeads(was, c.WasAbove), orgLeads(now, c.Above))...)
	steps = append(steps, s.heldBy(was, now)...)
	if added || now.Closed || now.Parent() != was.Parent() || now.Division != was.Division {
		steps = append(steps, s.movesStep(c))
	}
	if c.Job != nil {
		steps = append(steps, s.newJob(*c.Job)...)
	}
	return s.table.transact(ctx, append(steps, s.table.audit(auditOf(c.Audit))...)...)
}

// orgLeads are the keys of all that leads to an organisation: its place among the
// children of its parent, its names, and the divisions that it is a topmost
// organisation of. To a closed one its whole name and divisions still lead, for the
// people who were in it.
func orgLeads(o staff.Org, parentDivision string) map[key]string {
	leads := map[key]string{}
	if o.Code.IsZero() {
		return leads
	}
	leads[findOrgKey(staff.NameKey(o.Name), o.Code)] = "org_name"
	if o.Closed {
		leads[closedKey(o)] = "closed_child"
	} else {
		leads[childKey(o)] = "child"
		for _, term := range o.Terms() {
			leads[orgTermKey(term, o.Code)] = "org_term"
		}
	}
	for _, d := range staff.DivisionsAround(o.Division) {
		if o.Heads(d, parentDivision) {
			leads[divisionKey(d, o.Code)] = "division"
		}
	}
	return leads
}

func leadItem(k key, kind string, c staff.OrgCode) map[string]types.AttributeValue {
	return itemOf(k, kind, struct {
		Org string `dynamodbav:"org"`
	}{c.String()})
}

// led puts what leads to an organisation now and removes what no longer does.
// That nobody is at the same work the organisation's own item sees to.
func (s *Store) led(c staff.OrgCode, was, now map[key]string) []step {
	var steps []step
	for k := range was {
		if now[k] == "" {
			steps = append(steps, s.table.remove(k, "", nil, nil))
		}
	}
	for k, kind := range now {
		if was[k] == "" {
			steps = append(steps, s.table.put(leadItem(k, kind, c), "", nil, nil))
		}
	}
	return steps
}

// heldBy moves an open organisation from what one parent holds to another, and
// closes one that holds nothing.
func (s *Store) heldBy(was, now staff.Org) []step {
	under := func(o staff.Org) staff.OrgCode {
		if o.Closed {
			return staff.OrgCode{}
		}
		return o.Parent()
	}
	var steps []step
	if from, to := under(was), under(now); from != to {
		if !from.IsZero() {
			steps = append(steps, s.table.holdsChild(from, -1))
		}
		if !to.IsZero() {
			steps = append(steps, s.table.holdsChild(to, 1))
		}
	}
	if now.Closed && !was.Closed {
		steps = append(steps, s.table.update(holdsKey(now.Code), "SET closed = :yes", "posts = :none AND children = :none AND attribute_not_exists(closed)",
			values{":yes": true, ":none": 0}, func(item map[string]types.AttributeValue) error {
				var it holdsItem
				if err := into(item, &it); err != nil {
					return err
				}
				return &admin.NotEmpty{Posts: it.Posts, Children: it.Children}
			}))
	}
	return steps
}

// movesStep begins a move, or holds that none has begun since.
func (s *Store) movesStep(c admin.OrgChange) step {
	condition, v := absent, values(nil)
	if c.NowMoves.Version != c.Moves.Version {
		if c.Moves.Version > 0 {
			condition, v = "version = :was", values{":was": c.Moves.Version}
		}
		return s.table.put(movesToItem(c.NowMoves), condition, v, means(admin.ErrRevised))
	}
	if c.Moves.Seq > 0 {
		condition, v = "seq = :seq", values{":seq": c.Moves.Seq}
	}
	return s.table.check(movesKey, condition, v, means(admin.ErrRevised))
}

// FinishMove is O9.
func (s *Store) FinishMove(ctx context.Context, seq int64, now time.Time) error {
	for try := range 20 {
		if try > 0 {
			if err := s.Pause(ctx, try); err != nil {
				return err
			}
		}
		item, err := s.table.get(ctx, movesKey)
		if err != nil {
			return err
		}
		was, err := movesFromItem(item)
		if err != nil {
			return err
		}
		done, changed := was.Finish(seq, now)
		if !changed {
			return nil
		}
		err = s.table.insert(ctx, movesToItem(done), "version = :was", values{":was": was.Version}, admin.ErrRevised)
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
		place := s.table.update(orgKey(code), "SET #path = :path, placed = :placed",
			"version = :version AND (attribute_not_exists(placed) OR placed <= :placed)",
			values{":path": texts(o.Path), ":placed": o.Placed, ":version": o.Version}, means(admin.ErrRevised))
		place.write.Update.ExpressionAttributeNames = map[string]string{"#path": "path"} // a reserved word
		steps := []step{place}
		if slices.ContainsFunc(moves.List, func(v staff.Move) bool { return v.Org == o.Parent() }) {
			above, _, err := s.OrgsAndMoves(ctx, []staff.OrgCode{o.Parent()})
			if err != nil {
				return err
			}
			parent := above[o.Parent()]
			steps = append(steps, s.table.check(orgKey(parent.Code), "version = :version", values{":version": parent.Version}, means(admin.ErrRevised)))
			for _, d := range staff.DivisionsAround(o.Division) {
				if k := divisionKey(d, code); o.Heads(d, parent.Division) {
					steps = append(steps, s.table.put(leadItem(k, "division", code), "", nil, nil))
				} else {
					steps = append(steps, s.table.remove(k, "", nil, nil))
				}
			}
		}
		if err := s.table.transact(ctx, steps...); !errors.Is(err, admin.ErrRevised) {
			return err
		}
	}
	return fault.Unavailable.Becausef("%s was changed again and again", code)
}

// Listed is F2, strongly consistent.
func (s *Store) Listed(ctx context.Context, org staff.OrgCode, left bool, stretch admin.Stretch, after string, limit int) ([]staff.EmployeeCode, string, error) {
	pk := rangePK(staff.ByOrder, org, left, "")
	in := &dynamodb.QueryInput{
		TableName: &s.table.name, ConsistentRead: aws.Bool(true), Limit: aws.Int32(int32(limit)), ProjectionExpression: aws.String("staff"),
		KeyConditionExpression:    aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ExpressionAttributeValues: values{":pk": pk, ":from": stretch.From, ":to": stretch.To}.av(),
	}
	if after != "" {
		in.ExclusiveStartKey = key{pk, after}.av()
	}
	out, err := s.table.db.Query(ctx, in)
	if err != nil {
		return nil, "", outage(fmt.Errorf("query %s: %w", staff.ByOrder, err))
	}
	people := make([]staff.EmployeeCode, len(out.Items))
	var bad error
	for i, item := range out.Items {
		people[i] = parsed(staff.ParseEmployeeCode, text(item["staff"]), &bad)
	}
	if bad != nil {
		return nil, "", fmt.Errorf("read a list of people: %w", bad)
	}
	return people, text(out.LastEvaluatedKey["sk"]), nil
}

// orgItems are an organisation and all that leads to it.
func orgItems(o staff.Org, parentDivision string) []map[string]types.AttributeValue {
	items := []map[string]types.AttributeValue{orgToItem(o)}
	for k, kind := range orgLeads(o, parentDivision) {
		items = append(items, leadItem(k, kind, o.Code))
	}
	return items
}

// PutOrg adds an organisation that is new, for the operator's tools. Its Path is
// the caller's (staff.Org.Under).
func (s *Operator) PutOrg(ctx context.Context, o staff.Org, parentDivision string, e admin.AuditEntry) error {
	at := staff.Moves{Seq: o.Placed}
	return s.WriteOrg(ctx, admin.OrgChange{Now: o, Above: parentDivision, Moves: at, NowMoves: at, Audit: e})
}

// Roots is O5: the organisations that have none above them.
func (s *Operator) Roots(ctx context.Context) ([]staff.Org, error) {
	items, err := s.table.query(ctx, orgPK(staff.OrgCode{}), childPrefix)
	if err != nil {
		return nil, err
	}
	var bad error
	codes := make([]staff.OrgCode, len(items))
	for i, item := range items {
		codes[i] = parsed(staff.ParseOrgCode, text(item["org"]), &bad)
	}
	if bad != nil {
		return nil, fmt.Errorf("read the roots: %w", bad)
	}
	orgs, err := s.OrgNames(ctx, codes)
	if err != nil {
		return nil, err
	}
	var roots []staff.Org
	for _, c := range codes {
		if o, ok := orgs[c]; ok {
			roots = append(roots, o)
		}
	}
	return roots, nil
}

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
	items, err := s.table.query(ctx, pk, "")
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
