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

// IndexAudit puts an entry into the log of every organisation above its subject,
// for questions about an organisation and a time. It is started by the entry's
// own writing, may be started twice, and adds the same rows each time.
//
// The subject stands where it stands when the entry is indexed, well under a
// second after it was written, and where the entry itself says that it stood
// before or after: a person who was moved is in the logs of both places, whether
// a post went to another organisation or ended, and so is one who has left.
type IndexAudit struct{ Store IndexAuditStore }

// IndexAuditStore is what IndexAudit asks of storage.
type IndexAuditStore interface {
	account.OrgReader
	account.PersonReader
	// AddToLogs adds the entry to the logs of organisations. One that has it
	// already stays as it is.
	AddToLogs(ctx context.Context, e audit.Entry, orgs []staff.OrgCode) error
}

// Run indexes one entry. One about something that stands nowhere in the tree is
// in no organisation's log.
func (ix IndexAudit) Run(ctx context.Context, e audit.Entry) error {
	var stands []staff.OrgCode
	var posts []staff.Post
	if c, ok := e.Subject.Staff(); ok {
		p, err := ix.Store.Person(ctx, c)
		if err != nil {
			return fmt.Errorf("index the audit of %s: %w", e.Subject, err)
		}
		for _, post := range p.Staff.VisiblePosts() {
			stands = append(stands, post.Org)
		}
		posts = p.Staff.Posts
	} else if o, ok := e.Subject.Org(); ok {
		stands = append(stands, o)
	}
	if len(stands) == 0 {
		return nil
	}
	for _, change := range e.Changes {
		for _, post := range posts { // also one that ended: its organisation is not what changed
			if strings.HasPrefix(change.Field, postField(post.ID)) {
				stands = append(stands, post.Org)
			}
		}
		for _, s := range []string{change.Old, change.New} {
			if o, err := staff.ParseOrgCode(s); err == nil {
				stands = append(stands, o)
			}
		}
	}
	orgs, err := ix.Store.Orgs(ctx, stands)
	if err != nil {
		return fmt.Errorf("index the audit of %s: read organisations: %w", e.Subject, err)
	}
	var logs []staff.OrgCode
	for _, o := range stands {
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
