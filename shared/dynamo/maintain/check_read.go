package maintain

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// unaccounted is K2: the lookups that need a whole look. It drops a person whose own
// item was not scanned if the scanned items are right at a glance. A page with rows
// of the index has as many people as rows, and a person has some ninety rows. A whole
// look for each row would do everything ninety times.
func (c *checking) unaccounted(ctx context.Context, lookups []lookup) ([]lookup, error) {
	var keys []table.Key
	for _, q := range lookups {
		if q.of == aPerson && !q.full {
			keys = append(keys, q.keysToCompare()...)
		}
	}
	items, err := c.Store.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	var left []lookup
	for _, q := range lookups {
		if q.of != aPerson || q.full || !q.allAccounted(items) {
			left = append(left, q)
		}
	}
	return left, nil
}

// keysToCompare returns the person's own items with which the scanned items have to
// agree.
func (q lookup) keysToCompare() []table.Key {
	c, _ := staff.ParseEmployeeCode(q.id)
	var keys []table.Key
	for _, item := range q.scanned {
		switch table.Str(item["kind"]) {
		case table.RowKind:
			keys = append(keys, table.IndexKey(c))
		case "admin":
			keys = append(keys, table.AccountKey(c))
		default:
			keys = append(keys, table.StaffKey(c))
		}
	}
	return keys
}

// allAccounted reports whether all scanned items are the person's. items has what
// keysToCompare names.
func (q lookup) allAccounted(items table.Items) bool {
	c, _ := staff.ParseEmployeeCode(q.id)
	v := personView{code: c, scanned: q.scanned}
	v.read(table.Items{table.StaffKey(c): items[table.StaffKey(c)], table.AccountKey(c): items[table.AccountKey(c)], table.IndexKey(c): items[table.IndexKey(c)]})
	if len(v.unreadable) > 0 {
		return false
	}
	owned := map[table.Key]bool{}
	if !v.staff.Code.IsZero() {
		for _, n := range dynamo.UniqueNames(v.staff) {
			owned[n.Key] = true
		}
	}
	for _, g := range v.account.Grants {
		owned[table.AdminKey(g.Org, c, g.ID)] = true
	}
	for k, item := range q.scanned {
		ok := items[table.StaffKey(c)] != nil
		switch table.Str(item["kind"]) {
		case "name", "admin":
			ok = owned[k]
		case table.RowKind:
			ok = listedIn(v.index, c, k)
		}
		if !ok {
			return false
		}
	}
	return true
}

// read decodes the person's own items: STAFF, ACCOUNT and INDEX.
func (v *personView) read(items table.Items) {
	v.own = items
	note := func(k table.Key, err error) {
		if err != nil {
			v.unreadable = append(v.unreadable, newFinding(badItem, k, false, "an item that can be read"))
		}
	}
	var err error
	v.staff, err = table.StaffFromItem(items[table.StaffKey(v.code)])
	note(table.StaffKey(v.code), err)
	v.account, err = table.AccountFromItem(items[table.AccountKey(v.code)])
	note(table.AccountKey(v.code), err)
	v.index, err = table.IndexFromItem(items[table.IndexKey(v.code)])
	note(table.IndexKey(v.code), err)
}

// lookAtPeople is K3: people, then everything that has to agree with them, then the
// rows of the index.
func (c *checking) lookAtPeople(ctx context.Context, lookups []lookup) ([]observation, error) {
	views := make([]personView, len(lookups))
	var keys []table.Key
	for i, q := range lookups {
		code, err := staff.ParseEmployeeCode(q.id)
		if err != nil {
			return nil, err
		}
		views[i] = personView{code: code, now: c.Now(), scanned: q.scanned}
		keys = append(keys, table.StaffKey(code), table.AccountKey(code), table.IndexKey(code))
	}
	items, err := c.Store.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	keys = nil
	var orgs []staff.OrgCode
	for i := range views {
		v := &views[i]
		v.read(pick(items, table.StaffKey(v.code), table.AccountKey(v.code), table.IndexKey(v.code)))
		if v.staff.Code.IsZero() || len(v.unreadable) > 0 {
			continue
		}
		for _, n := range dynamo.UniqueNames(v.staff) {
			keys = append(keys, n.Key)
		}
		orgs = append(orgs, v.staff.Orgs()...)
		for _, g := range v.account.Grants {
			keys = append(keys, table.AdminKey(g.Org, v.code, g.ID))
			orgs = append(orgs, g.Org)
		}
		if id := v.account.Recovery.ID; id != "" {
			keys = append(keys, table.RecoveryKey(id))
		}
	}
	var have, rows table.Items
	var known tree
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(peopleAtOnce)
	g.Go(func() (err error) { have, err = c.Store.table.GetItems(gctx, keys...); return err })
	g.Go(func() (err error) { known, err = c.readTreeWithAbove(gctx, orgs); return err })
	for i := range views {
		g.Go(func() (err error) {
			views[i].audited, err = c.Store.auditedVersions(gctx, views[i].code)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	keys = nil
	for i := range views {
		if v := &views[i]; !c.Unfollowed && !v.staff.Code.IsZero() && len(v.unreadable) == 0 {
			for _, e := range staff.IndexRecordOf(v.staff, known.orgs).Entries {
				for _, r := range e.Rows(v.code) {
					keys = append(keys, table.RowKey(r))
				}
			}
		}
	}
	if rows, err = c.Store.table.GetItems(ctx, keys...); err != nil {
		return nil, err
	}
	maps.Copy(have, rows)
	observations := make([]observation, len(views))
	for i, v := range views {
		v.have, v.orgs, v.moving = have, known.orgs, known.moving(v.staff.Orgs()...)
		type stamp struct {
			own     table.Items
			orgs    staff.Orgs
			scanned table.Items
		}
		ownOrgs := staff.Orgs{}
		for _, o := range v.staff.Orgs() {
			ownOrgs[o] = known.orgs[o]
			for _, above := range known.orgs[o].Path {
				ownOrgs[above] = known.orgs[above]
			}
		}
		observations[i] = observation{stamp{v.own, ownOrgs, v.scanned}, v.findings()}
	}
	return observations, nil
}

// pick returns the items that have these keys.
func pick(items table.Items, keys ...table.Key) table.Items {
	some := make(table.Items, len(keys))
	for _, k := range keys {
		if items[k] != nil {
			some[k] = items[k]
		}
	}
	return some
}

// auditedVersions is K4: the number of audit entries about each version of a record.
func (s *Store) auditedVersions(ctx context.Context, c staff.EmployeeCode) (map[int64]int, error) {
	in := &dynamodb.QueryInput{
		TableName: &s.table.Name, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"),
		FilterExpression: aws.String("attribute_exists(version)"), ProjectionExpression: aws.String("version"),
		ExpressionAttributeValues: table.Values{":pk": table.AuditOfKey(c.String(), "", "").PK}.AV(),
	}
	versions := map[int64]int{}
	for {
		out, err := s.table.DB.Query(ctx, in)
		if err != nil {
			return nil, table.Outage(fmt.Errorf("query the audit: %w", err))
		}
		for _, item := range out.Items {
			versions[number(item["version"])]++
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			return versions, nil
		}
	}
}

func number(v types.AttributeValue) int64 {
	if n, ok := v.(*types.AttributeValueMemberN); ok {
		i, _ := strconv.ParseInt(n.Value, 10, 64)
		return i
	}
	return 0
}

// lookAtOrgs is K5: organisations with their parents, then the items by which they
// are found.
func (c *checking) lookAtOrgs(ctx context.Context, lookups []lookup) ([]observation, error) {
	views := make([]orgView, len(lookups))
	codes := make([]staff.OrgCode, len(lookups))
	for i, q := range lookups {
		code, err := staff.ParseOrgCode(q.id)
		if err != nil {
			return nil, err
		}
		views[i], codes[i] = orgView{code: code, scanned: q.scanned}, code
	}
	known, err := c.readTree(ctx, codes)
	if err != nil {
		return nil, err
	}
	var parents []staff.OrgCode
	for i := range views {
		v := &views[i]
		v.unreadable, v.moving = known.unreadable[v.code], known.moving(v.code)
		if v.org = known.orgs[v.code]; !v.org.Parent().IsZero() {
			parents = append(parents, v.org.Parent())
		}
	}
	above, err := c.readTree(ctx, parents)
	if err != nil {
		return nil, err
	}
	var keys []table.Key
	for i := range views {
		v := &views[i]
		if v.org.Code.IsZero() {
			continue
		}
		v.parent = above.orgs[v.org.Parent()]
		for _, item := range orgItems(v.org, v.parent.Division) {
			keys = append(keys, table.KeyOf(item))
		}
	}
	have, err := c.Store.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	observations := make([]observation, len(views))
	for i, v := range views {
		v.have = have
		type stamp struct {
			org, parent staff.Org
			scanned     table.Items
		}
		observations[i] = observation{stamp{v.org, v.parent, v.scanned}, v.findings()}
	}
	return observations, nil
}

// tree has organisations, with paths as the moves have them, and the moves.
type tree struct {
	orgs       staff.Orgs
	moves      staff.Moves
	unreadable map[staff.OrgCode]bool
}

// moving reports whether one of these organisations lies below a move whose job is
// not done. What is found through the organisation may still be at the old place
// then.
func (t tree) moving(orgs ...staff.OrgCode) bool {
	return slices.ContainsFunc(t.moves.List, func(m staff.Move) bool {
		return m.Done.IsZero() && slices.ContainsFunc(orgs, func(o staff.OrgCode) bool { return t.orgs[o].In(m.Org) })
	})
}

// readTree reads organisations. Those that cannot be decoded are in unreadable.
func (c *checking) readTree(ctx context.Context, codes []staff.OrgCode) (tree, error) {
	items, err := c.Store.table.GetItems(ctx, table.OrgKeys(codes)...)
	if err != nil {
		return tree{}, err
	}
	t := tree{orgs: staff.Orgs{}, unreadable: map[staff.OrgCode]bool{}}
	if t.moves, err = table.MovesFrom(items); err != nil {
		return tree{}, err
	}
	for i, code := range codes {
		one, err := table.OrgsFrom(items, codes[i:i+1])
		if err != nil {
			t.unreadable[code] = true
		}
		maps.Copy(t.orgs, one)
	}
	return t, nil
}

// readTreeWithAbove is readTree for organisations and all others above them.
func (c *checking) readTreeWithAbove(ctx context.Context, codes []staff.OrgCode) (tree, error) {
	t, err := c.readTree(ctx, codes)
	if err != nil {
		return tree{}, err
	}
	above, err := c.readTree(ctx, t.orgs.Above())
	if err != nil {
		return tree{}, err
	}
	maps.Copy(t.orgs, above.orgs)
	maps.Copy(t.unreadable, above.unreadable)
	return t, nil
}

// lookAtRequests is K6: recovery requests, then their people, then their rows in the
// queues.
func (c *checking) lookAtRequests(ctx context.Context, lookups []lookup) ([]observation, error) {
	views := make([]requestView, len(lookups))
	var keys []table.Key
	for i, q := range lookups {
		views[i] = requestView{id: q.id, now: c.Now(), scanned: q.scanned}
		keys = append(keys, table.RecoveryKey(q.id), table.RecoveryQueuesKey(q.id))
	}
	items, err := c.Store.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	keys = nil
	for i := range views {
		v := &views[i]
		v.item = items[table.RecoveryKey(v.id)]
		if v.request, err = table.RecoveryFromItem(v.item); err == nil {
			v.scopes, err = table.ScopesOf(items[table.RecoveryQueuesKey(v.id)])
		}
		if err != nil {
			v.unreadable = []Finding{newFinding(badItem, table.RecoveryKey(v.id), false, "an item that can be read")}
		} else if v.request.ID != "" {
			keys = append(keys, table.StaffKey(v.request.Staff), table.AccountKey(v.request.Staff))
		}
	}
	people, err := c.Store.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	var orgs []staff.OrgCode
	for i := range views {
		v := &views[i]
		if v.request.ID == "" {
			continue
		}
		if v.person, err = table.PersonFrom(people[table.StaffKey(v.request.Staff)], people[table.AccountKey(v.request.Staff)]); err != nil {
			v.unreadable = []Finding{newFinding(badItem, table.StaffKey(v.request.Staff), false, "an item that can be read")}
		}
		orgs = append(orgs, v.person.Staff.Orgs()...)
	}
	known, err := c.readTree(ctx, orgs)
	if err != nil {
		return nil, err
	}
	keys = nil
	for i := range views {
		v := &views[i]
		v.orgs, v.moving = known.orgs, known.moving(v.person.Staff.Orgs()...)
		for _, row := range v.rows() {
			keys = append(keys, table.QueueKey(row, v.request))
		}
	}
	have, err := c.Store.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	observations := make([]observation, len(views))
	for i, v := range views {
		v.have = have
		type stamp struct{ item, person, mark, scanned any }
		observations[i] = observation{stamp{v.item, v.person.Staff, v.person.Account.Recovery, v.scanned}, v.findings()}
	}
	return observations, nil
}

// lookAtEntries is K7: audit entries with their copies and their subjects.
func (c *checking) lookAtEntries(ctx context.Context, lookups []lookup) ([]observation, error) {
	views := make([]entryView, len(lookups))
	var keys []table.Key
	for i, q := range lookups {
		subject, sk, _ := strings.Cut(q.id, "\x00")
		views[i] = entryView{key: table.Key{PK: table.AuditOfKey(subject, "", "").PK, SK: sk}, scanned: q.scanned}
		keys = append(keys, views[i].key)
	}
	entries, err := c.Store.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	keys = nil
	subjects := make([]table.Key, len(views))
	for i := range views {
		v := &views[i]
		v.entry = entries[v.key]
		e, err := table.AuditFromItem(v.entry)
		if v.entry == nil || err != nil {
			continue
		}
		v.actorKey = table.Key{PK: table.AuditByKey(e.Actor, "", "").PK, SK: v.key.SK}
		keys = append(keys, v.actorKey)
		for _, top := range c.roots {
			v.logKeys = append(v.logKeys, table.Key{PK: table.AuditInKey(top, e.At, e.ID).PK, SK: v.key.SK})
		}
		keys = append(keys, v.logKeys...)
		if p, ok := e.Subject.Staff(); ok {
			subjects[i] = table.StaffKey(p)
		} else if o, ok := e.Subject.Org(); ok {
			subjects[i] = table.OrgKey(o)
		}
		if subjects[i] != (table.Key{}) {
			keys = append(keys, subjects[i])
		}
	}
	have, err := c.Store.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	var gone []table.Key
	for _, k := range subjects {
		if strings.HasPrefix(k.PK, "STAFF#") && have[k] == nil {
			gone = append(gone, k)
		}
	}
	erased, err := c.Store.erased(ctx, gone)
	if err != nil {
		return nil, err
	}
	observations := make([]observation, len(views))
	for i, v := range views {
		v.actorCopy, v.logCopies = have[v.actorKey], pick(have, v.logKeys...)
		item := have[subjects[i]]
		v.subjectMissing = slices.Contains(gone, subjects[i]) && !erased[subjects[i]]
		if p, err := table.StaffFromItem(item); err == nil && table.Str(item["kind"]) == table.StaffKind {
			v.inTree = len(p.VisiblePosts()) > 0
		} else {
			v.inTree = item != nil
		}
		observations[i] = observation{v.entry != nil, v.findings()}
	}
	return observations, nil
}

// erased is K12: which of these people, who are not on the register, were erased. The
// audit of each says so.
func (s *Store) erased(ctx context.Context, gone []table.Key) (map[table.Key]bool, error) {
	erased := map[table.Key]bool{}
	for _, k := range gone {
		if _, known := erased[k]; known {
			continue
		}
		in := &dynamodb.QueryInput{
			TableName: &s.table.Name, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"),
			FilterExpression: aws.String("#action = :erase"), ProjectionExpression: aws.String("pk"), ExpressionAttributeNames: map[string]string{"#action": "action"},
			ExpressionAttributeValues: table.Values{":pk": table.AuditOfKey(strings.TrimPrefix(k.PK, "STAFF#"), "", "").PK, ":erase": string(audit.Erase)}.AV(),
		}
		for {
			out, err := s.table.DB.Query(ctx, in)
			if err != nil {
				return nil, table.Outage(fmt.Errorf("query the audit: %w", err))
			}
			erased[k] = erased[k] || len(out.Items) > 0
			if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
				break
			}
		}
	}
	return erased, nil
}

// lookAtJobs is K8: jobs with their chunks, their lines in the lists, and the moves.
func (c *checking) lookAtJobs(ctx context.Context, lookups []lookup) ([]observation, error) {
	observations := make([]observation, len(lookups))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(table.FewAtOnce)
	for i, q := range lookups {
		g.Go(func() (err error) {
			observations[i], err = c.lookAtJob(ctx, q)
			return err
		})
	}
	return observations, g.Wait()
}

func (c *checking) lookAtJob(ctx context.Context, q lookup) (observation, error) {
	v := jobView{id: q.id, now: c.Now(), scanned: q.scanned}
	item, err := c.Store.table.GetItem(ctx, table.JobKey(q.id))
	if err != nil {
		return observation{}, err
	}
	v.item = item
	if v.job, err = table.JobFromItem(item); err != nil {
		v.unreadable = []Finding{newFinding(badItem, table.JobKey(q.id), false, "an item that can be read")}
	} else if item != nil {
		if v.chunks, v.doneChunks, err = c.Store.chunksOf(ctx, q.id); err != nil {
			return observation{}, err
		}
		if v.lines, err = c.Store.table.GetItems(ctx, append(jobLines(v.job), table.MovesKey(table.AnyCopy()))...); err != nil {
			return observation{}, err
		}
		if v.moves, err = table.MovesFrom(v.lines); err != nil {
			return observation{}, err
		}
	}
	type stamp struct{ item, scanned any }
	return observation{stamp{v.item, v.scanned}, v.findings()}, nil
}

// chunksOf is K9: how many chunks a job has, and how many of them are done.
func (s *Store) chunksOf(ctx context.Context, id string) (all, done int, err error) {
	condition, v := table.WithPrefix(table.ChunkPrefix).Of(table.JobKey(id).PK)
	in := &dynamodb.QueryInput{
		TableName: &s.table.Name, ConsistentRead: aws.Bool(true), ProjectionExpression: aws.String("chunk_state"),
		KeyConditionExpression: &condition, ExpressionAttributeValues: v.AV(),
	}
	for {
		out, err := s.table.DB.Query(ctx, in)
		if err != nil {
			return 0, 0, table.Outage(fmt.Errorf("query the chunks of a job: %w", err))
		}
		for _, item := range out.Items {
			all++
			if table.Str(item["chunk_state"]) == table.ChunkDone {
				done++
			}
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			return all, done, nil
		}
	}
}

// lookAtCopies is K11: what is kept in several copies. Each has to be the same as the
// first.
func (c *checking) lookAtCopies(ctx context.Context, lookups []lookup) ([]observation, error) {
	observations := make([]observation, len(lookups))
	for i, q := range lookups {
		pk, sk, _ := strings.Cut(q.id, "\x00")
		keys := make([]table.Key, table.Copies)
		for n := range keys {
			keys[n] = table.Key{PK: fmt.Sprintf("%s%d", pk, n), SK: sk}
		}
		copies, err := c.Store.table.GetItems(ctx, keys...)
		if err != nil {
			return nil, err
		}
		var f []Finding
		for k := range q.scanned {
			switch n := slices.Index(keys, k); {
			case n < 0:
				f = append(f, newStray(badCopy, k, false, "no copy of this number"))
			case n > 0 && copies[k] != nil && !sameContent(copies[k], copies[keys[0]]):
				f = append(f, newStray(badCopy, k, false, "the same as in %s", maskedKey(keys[0])))
			case n == 0:
				for _, other := range keys[1:] {
					if copies[other] == nil {
						f = append(f, newFinding(badCopy, other, false, "the same as in %s", maskedKey(k)))
					}
				}
			}
		}
		observations[i] = observation{copies, f}
	}
	return observations, nil
}
