package main

import (
	"context"
	"log/slog"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/meter"
	"chaoxi/shared/staff"
)

type handler struct {
	Log    *slog.Logger
	Index  staff.Indexer
	Queue  account.IndexQueue
	Audit  admin.IndexAudit
	Totals *staff.Totals
}

// follow does what follows from the changes of one item, if anything does. What it
// writes comes from the table as read, not from the changes.
func (h handler) follow(ctx context.Context, changes []dynamo.Change) error {
	switch first := changes[0].(type) {
	case dynamo.StaffChanged:
		return h.person(ctx, first.Code, changes)
	case dynamo.RecoveryChanged:
		return h.Queue.Run(ctx, first.ID)
	case dynamo.CountChanged:
		return h.Totals.Run(ctx, first.Org)
	case dynamo.TotalChanged:
		return h.Totals.Above(ctx, first.Org)
	case dynamo.AuditWritten, dynamo.AuditTouched:
		return h.audit(ctx, changes)
	}
	return nil
}

// person brings the index of a person up to date and, if others are now the
// person's administrators, the queues that the person's recovery request is in.
func (h handler) person(ctx context.Context, c staff.EmployeeCode, changes []dynamo.Change) error {
	if _, err := h.Index.Run(ctx, c); err != nil {
		return err
	}
	for _, ch := range changes {
		before, after, err := ch.(dynamo.StaffChanged).Sides()
		if err != nil {
			return err
		}
		isNew := before.Code.IsZero() // and has no request yet
		if !isNew && after.SeenElsewhere(before) {
			return h.Queue.OfPerson(ctx, c)
		}
	}
	return nil
}

// audit tells of an entry that somebody touched, and puts a new one into the logs
// of the organisations above its subject. Nobody changes an entry, so what the
// stream says of a new one is what there is.
func (h handler) audit(ctx context.Context, changes []dynamo.Change) error {
	for _, ch := range changes {
		if t, ok := ch.(dynamo.AuditTouched); ok {
			h.Log.ErrorContext(ctx, "audit touched", "event", t.Event, "pk", t.PK, "sk", t.SK, "sequence", t.Sequence, "by", t.By)
			meter.Count(ctx, meter.AuditTouched, 1)
		}
	}
	for _, ch := range changes {
		if w, ok := ch.(dynamo.AuditWritten); ok {
			if err := h.Audit.Run(ctx, w.Entry); err != nil {
				return err
			}
		}
	}
	return nil
}
