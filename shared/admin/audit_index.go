package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

// IndexAudit adds an entry to the log of every organisation above its subject,
// so that the log of an organisation can be read. The stream starts it for each
// new entry. It may run twice for one entry and adds the same rows each time.
//
// A person who was moved is in the logs of both places. The subject's
// organisations are those where it is when the entry is indexed, well under a
// second after the write, and those that the entry itself names: in a field
// that changed, or by a post that changed or ended.
type IndexAudit struct{ Store IndexAuditStore }

// IndexAuditStore is what IndexAudit asks of storage.
type IndexAuditStore interface {
	account.OrgReader
	account.PersonReader
	// AddToLogs adds the entry to the logs of organisations. A log that has it
	// already stays as it is.
	AddToLogs(ctx context.Context, e audit.Entry, orgs []staff.OrgCode) error
}

// Run indexes one entry. If its subject has no place in the tree, it is in no
// organisation's log.
func (ix IndexAudit) Run(ctx context.Context, e audit.Entry) error {
	places := orgsNamed(e)
	if o, ok := e.Subject.Org(); ok {
		places = append(places, o)
	} else if c, ok := e.Subject.Staff(); !ok {
		return nil
	} else if e.Action != audit.AddStaff || len(places) == 0 { // the entry of somebody new names all their organisations
		p, err := ix.Store.Person(ctx, c)
		if err != nil {
			return fmt.Errorf("index the audit of %s: %w", e.Subject, err)
		}
		visible := p.Staff.VisiblePosts()
		if len(visible) == 0 {
			return nil
		}
		for _, post := range visible {
			places = append(places, post.Org)
		}
		for _, change := range e.Changes {
			for _, post := range p.Staff.Posts { // also one that ended, whose organisation is not among the changes
				if strings.HasPrefix(change.Field, postField(post.ID)) {
					places = append(places, post.Org)
				}
			}
		}
	}
	orgs, err := ix.Store.Orgs(ctx, places)
	if err != nil {
		return fmt.Errorf("index the audit of %s: read organisations: %w", e.Subject, err)
	}
	var logs []staff.OrgCode
	for _, o := range places {
		for _, above := range orgs[o].Path {
			if !slices.Contains(logs, above) {
				logs = append(logs, above)
			}
		}
	}
	if err := ix.Store.AddToLogs(ctx, e, logs); err != nil {
		return fmt.Errorf("index the audit of %s: add to %d logs: %w", e.Subject, len(logs), err)
	}
	return nil
}

// orgsNamed are the organisations that the changes of an entry name.
func orgsNamed(e audit.Entry) []staff.OrgCode {
	var named []staff.OrgCode
	for _, change := range e.Changes {
		for _, s := range []string{change.Old, change.New} {
			if o, err := staff.ParseOrgCode(s); err == nil {
				named = append(named, o)
			}
		}
	}
	return named
}
