package dynamo

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/staff"
)

// ChangeGrants is G2: both sides of a grant that begins or ends, the keepers and
// the caller it stands on, of one that begins also its holder and organisation;
// the audit.
func (s *Store) ChangeGrants(ctx context.Context, c admin.GrantChange) error {
	condition, v := held(c.Was)
	does := "REMOVE grants"
	if now := c.Now(); len(now) > 0 {
		does, v[":now"] = "SET grants = :now", grantItems(now)
	}
	steps := append(s.kept(c.Keepers), s.update(accountKey(c.Staff), does, condition, v, means(admin.ErrRevised)))
	if c.Given != nil {
		steps = append(steps, s.working(c.Staff), s.put(adminToItem(c.Staff, *c.Given), absent, nil, means(errThere)))
		steps = append(steps, s.standing(admin.Change{Open: []staff.OrgCode{c.Given.Org}})...)
	} else {
		steps = append(steps, s.remove(adminKey(c.Taken.Org, c.Staff, c.Taken.ID), "", nil, nil))
	}
	holds, hv := held(c.Caller.Grants)
	hv[":epoch"] = c.Caller.Epoch
	steps = append(steps, s.check(accountKey(c.Caller.Staff), "epoch = :epoch AND "+holds, hv, means(admin.ErrRevised)))
	return s.transact(ctx, append(steps, s.audit(auditOf(c.Audit))...)...)
}

// GrantsPage is G3: grants on one organisation by holder, a page at a time.
func (s *Store) GrantsPage(ctx context.Context, org staff.OrgCode, after string, limit int) ([]account.Granted, string, error) {
	if after != "" {
		after = adminPrefix + after
	}
	items, last, err := s.page(ctx, orgPK(org), adminPrefix, after, limit)
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
