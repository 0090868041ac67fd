package main

import (
	"context"

	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo"
)

// followAudit puts a new entry of the audit into the logs of the organisations
// above its subject. An entry is never changed, so what the stream says of it is
// what there is.
func followAudit(ix admin.IndexAudit) follow {
	return func(ctx context.Context, _ string, changes []change) error {
		for _, ch := range changes {
			if ch.before != nil || ch.after == nil {
				continue
			}
			e, err := dynamo.AuditFromItem(ch.after)
			if err != nil {
				return err
			}
			if err := ix.Run(ctx, e); err != nil {
				return err
			}
		}
		return nil
	}
}
