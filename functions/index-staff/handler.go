package main

import (
	"context"
	"log/slog"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
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

// follow updates what depends on the item that has changed. It takes from the changes
// which item that is, and reads everything else from the table.
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

// person brings the index of a person up to date. If the person's posts are now in
// other organisations, other administrators see the person. Then it also puts the
// person's recovery request into the right queues.
func (h handler) person(ctx context.Context, c staff.EmployeeCode, changes []dynamo.Change) error {
	if _, err := h.Index.Run(ctx, c); err != nil {
		return err
	}
	for _, ch := range changes {
		before, after, err := ch.(dynamo.StaffChanged).Sides()
		if err != nil {
			return err
		}
		isNew := before.Code.IsZero() // a new person has no recovery request
		if !isNew && after.SeenElsewhere(before) {
			return h.Queue.OfPerson(ctx, c)
		}
	}
	return nil
}

// audit raises an alarm (AuditTouchedAlarm) if somebody has changed or removed an
// entry, and one (SuperRecoveredAlarm) if the operator has recovered a super: whoever
// can write the table could make themselves one in this way. It counts looks at whole
// numbers, and grants (RevealsAlarm, GrantsAlarm). It puts a new entry into
// the logs of the organisations above its subject.
// It takes the entry from the change, since entries are written once and never
// changed.
func (h handler) audit(ctx context.Context, changes []dynamo.Change) error {
	for _, ch := range changes {
		if t, ok := ch.(dynamo.AuditTouched); ok {
			h.Log.ErrorContext(ctx, "audit touched", "event", t.Event, "pk", t.PK, "sk", t.SK, "sequence", t.Sequence, "by", t.By)
			meter.Count(ctx, meter.AuditTouched, 1)
		}
	}
	for _, ch := range changes {
		if w, ok := ch.(dynamo.AuditWritten); ok {
			switch w.Entry.Action {
			case audit.RecoverSuper:
				h.Log.ErrorContext(ctx, "super recovered", "subject", string(w.Entry.Subject), "entry", w.Entry.ID)
				meter.Count(ctx, meter.SuperRecovered, 1)
			case audit.Reveal:
				meter.Count(ctx, meter.Reveals, 1)
			case audit.Grant, audit.AddGrant:
				meter.Count(ctx, meter.Grants, 1)
			}
			if err := h.Audit.Run(ctx, w.Entry); err != nil {
				return err
			}
		}
	}
	return nil
}
