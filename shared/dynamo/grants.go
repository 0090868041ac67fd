package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

type grantItem struct {
	ID    string   `dynamodbav:"id"`
	Type  string   `dynamodbav:"type"`
	Org   string   `dynamodbav:"org"`
	Added []string `dynamodbav:"added,omitempty"`
}

func grantItems(grants []account.Grant) []grantItem {
	items := make([]grantItem, len(grants))
	for i, g := range grants {
		items[i] = grantItem{ID: g.ID, Type: string(g.Type), Org: g.Org.String()}
		for _, p := range g.Added {
			items[i].Added = append(items[i].Added, string(p))
		}
	}
	return items
}

// adminItem says under an organisation who holds which grant on it: the other
// side of a grantItem, written with it in one transaction.
type adminItem struct {
	Staff string   `dynamodbav:"staff"`
	Grant string   `dynamodbav:"grant"`
	Type  string   `dynamodbav:"type"`
	Added []string `dynamodbav:"added,omitempty"`
}

func adminToItem(of staff.EmployeeCode, g account.Grant) map[string]types.AttributeValue {
	it := adminItem{Staff: of.String(), Grant: g.ID, Type: string(g.Type)}
	for _, p := range g.Added {
		it.Added = append(it.Added, string(p))
	}
	return itemOf(adminKey(g.Org, of, g.ID), "admin", it)
}

// GrantsOn is G1: who holds what on each organisation, strongly consistent, as
// one trip of parallel queries.
func (s *Store) GrantsOn(ctx context.Context, orgs []staff.OrgCode) ([]account.Granted, error) {
	each := make([][]account.Granted, len(orgs))
	fns := make([]func(context.Context) error, len(orgs))
	for i, org := range orgs {
		fns[i] = func(ctx context.Context) (err error) { each[i], err = s.grantsOn(ctx, org); return err }
	}
	if err := parallel(ctx, fns...); err != nil {
		return nil, err
	}
	var all []account.Granted
	for _, some := range each {
		all = append(all, some...)
	}
	return all, nil
}

func (s *Store) grantsOn(ctx context.Context, org staff.OrgCode) ([]account.Granted, error) {
	items, err := s.table.query(ctx, orgPK(org), adminPrefix)
	if err != nil {
		return nil, err
	}
	all := make([]account.Granted, len(items))
	for i, item := range items {
		if all[i], err = grantedFromItem(org, item); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// ChangeGrants is G2: both sides of a grant that begins or ends, the keepers and
// the caller it stands on, of one that begins also its holder and organisation;
// the audit.
func (s *Store) ChangeGrants(ctx context.Context, c admin.GrantChange) error {
	condition, v := held(c.Was)
	does := "REMOVE grants"
	if now := c.Now(); len(now) > 0 {
		does, v[":now"] = "SET grants = :now", grantItems(now)
	}
	steps := append(s.kept(c.Keepers), s.table.update(accountKey(c.Staff), does, condition, v, means(admin.ErrRevised)))
	if c.Given != nil {
		steps = append(steps, s.working(c.Staff), s.table.put(adminToItem(c.Staff, *c.Given), absent, nil, means(errThere)))
		steps = append(steps, s.standing(admin.Change{Open: []staff.OrgCode{c.Given.Org}})...)
	} else {
		steps = append(steps, s.table.remove(adminKey(c.Taken.Org, c.Staff, c.Taken.ID), "", nil, nil))
	}
	holds, hv := held(c.Caller.Grants)
	hv[":epoch"] = c.Caller.Epoch
	steps = append(steps, s.table.check(accountKey(c.Caller.Staff), "epoch = :epoch AND "+holds, hv, means(admin.ErrRevised)))
	return s.table.transact(ctx, append(steps, s.table.audit(auditOf(c.Audit))...)...)
}

// GrantsPage is G3: grants on one organisation by holder, a page at a time.
func (s *Store) GrantsPage(ctx context.Context, org staff.OrgCode, after string, limit int) ([]account.Granted, string, error) {
	if after != "" {
		after = adminPrefix + after
	}
	items, last, err := s.table.page(ctx, orgPK(org), adminPrefix, after, limit)
	if err != nil {
		return nil, "", err
	}
	page := make([]account.Granted, len(items))
	for i, item := range items {
		if page[i], err = grantedFromItem(org, item); err != nil {
			return nil, "", err
		}
	}
	return page, strings.TrimPrefix(last, adminPrefix), nil
}

// grantedFromItem reads a grant from its side under the organisation.
func grantedFromItem(org staff.OrgCode, item map[string]types.AttributeValue) (account.Granted, error) {
	var it adminItem
	if err := into(item, &it); err != nil {
		return account.Granted{}, err
	}
	c, err := staff.ParseEmployeeCode(it.Staff)
	if err != nil {
		return account.Granted{}, fmt.Errorf("read a grant: %w", err)
	}
	g := account.Grant{ID: it.Grant, Type: account.GrantType(it.Type), Org: org}
	for _, p := range it.Added {
		g.Added = append(g.Added, account.Permission(p))
	}
	return account.Granted{Staff: c, Grant: g}, nil
}

// Grant is G4: one more grant, on both sides, with the audit, in one transaction.
// It fails with StaffMissing, and with ErrManyGrants at the most that a person
// may hold.
func (s *Operator) Grant(ctx context.Context, of staff.EmployeeCode, g account.Grant, e admin.AuditEntry) error {
	steps := []step{
		s.table.update(accountKey(of), "SET grants = list_append(if_not_exists(grants, :none), :grant)",
			"attribute_exists(pk) AND (attribute_not_exists(grants) OR size(grants) < :most)",
			values{":none": []grantItem{}, ":grant": grantItems([]account.Grant{g}), ":most": admin.MaxGrants},
			func(item map[string]types.AttributeValue) error {
				if item == nil {
					return fault.StaffMissing
				}
				return ErrManyGrants
			}),
		s.table.put(adminToItem(of, g), absent, nil, means(errThere)),
	}
	return s.table.transact(ctx, append(steps, s.table.audit(auditOf(e))...)...)
}

// ErrManyGrants says that a person holds as many grants as anybody may.
var ErrManyGrants = errors.New("the person holds as many grants as anybody may")

// held is the condition that an account's grants are exactly these.
func held(grants []account.Grant) (string, values) {
	if len(grants) == 0 {
		return "(attribute_not_exists(grants) OR size(grants) = :none)", values{":none": 0}
	}
	return "grants = :held", values{":held": grantItems(grants)}
}

// kept holds keepers to be what they were found to be. One may keep two roots.
func (s *Store) kept(keepers []admin.Keeper) []step {
	var steps []step
	seen := map[staff.EmployeeCode]bool{}
	for _, k := range keepers {
		steps = append(steps, s.table.check(adminKey(k.Grant.Org, k.Staff, k.Grant.ID), "attribute_exists(pk)", nil, means(admin.ErrRevised)))
		if !seen[k.Staff] {
			seen[k.Staff] = true
			steps = append(steps, s.working(k.Staff))
		}
	}
	return steps
}

// working holds a person to be in service and not frozen.
func (s *Store) working(c staff.EmployeeCode) step {
	return s.table.check(staffKey(c), "employment = :here AND account_state <> :frozen",
		values{":here": string(staff.InService), ":frozen": string(staff.Frozen)}, means(admin.ErrRevised))
}
