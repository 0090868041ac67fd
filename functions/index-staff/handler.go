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
	Cards  admin.NoteSharedCard
	Others others // nil if other systems are told nothing
}

// others are the other systems, and what they are told of. feed.Publisher tells them.
type others interface {
	Staff(ctx context.Context, before, after staff.Staff) error
	Org(ctx context.Context, before, after staff.Org) error
}

// follow updates what depends on the item that has changed. It takes from the changes
// which item that is, and reads everything else from the table. Only what it tells other
// systems it takes from the changes, in their order.
func (h handler) follow(ctx context.Context, changes []dynamo.Change) error {
	switch first := changes[0].(type) {
	case dynamo.StaffChanged:
		return h.person(ctx, first.Code, changes)
	case dynamo.OrgChanged:
		return tell(ctx, h.Others, changes, dynamo.OrgChanged.Sides, others.Org)
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
// person's recovery request into the right queues. With another ID card, the person may
// share it.
func (h handler) person(ctx context.Context, c staff.EmployeeCode, changes []dynamo.Change) error {
	if _, err := h.Index.Run(ctx, c); err != nil {
		return err
	}
	moved, card := false, false
	for _, ch := range changes {
		before, after, err := ch.(dynamo.StaffChanged).Sides()
		if err != nil {
			return err
		}
		isNew := before.Code.IsZero() // a new person has no recovery request
		moved = moved || !isNew && after.SeenElsewhere(before)
		card = card || admin.MayShareCard(before, after)
	}
	if card {
		if _, err := h.Cards.Run(ctx, c); err != nil {
			return err
		}
	}
	if moved {
		if err := h.Queue.OfPerson(ctx, c); err != nil {
			return err
		}
	}
	return tell(ctx, h.Others, changes, dynamo.StaffChanged.Sides, others.Staff)
}

// tell tells other systems of each change. It comes last, so that a stream which takes
// nothing holds up nothing of our own.
func tell[C dynamo.Change, T any](ctx context.Context, to others, changes []dynamo.Change, sides func(C) (before, after T, err error), of func(to others, ctx context.Context, before, after T) error) error {
	if to == nil {
		return nil
	}
	for _, ch := range changes {
		before, after, err := sides(ch.(C))
		if err != nil {
			return err
		}
		if err := of(to, ctx, before, after); err != nil {
			return err
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
