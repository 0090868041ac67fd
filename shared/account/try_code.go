package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// proveCode compares the code as tryCode does. If the code is right and the ticket
// still stands, it returns ticket and person. The code stays good for a while: a
// person whose new password is refused can send another one with the same code. Beside
// is done in the same trip as the tries are given back.
func (a attempt) proveCode(ctx context.Context, store interface {
	TicketStore
	PersonReader
	RequestReader
}, ticket, digits string, fits func(Ticket) error, beside ...func(staff.Staff) error) (Ticket, Person, error) {
	var opened Ticket
	var p Person
	try, err := a.tryCode(ctx, store, ticket, digits, fits, func(ctx context.Context, t Ticket) (err error) {
		opened, p, err = holder(ctx, store, t, a.now)
		return err
	})
	if err != nil {
		return Ticket{}, Person{}, err
	}
	t := try.Ticket
	if !a.now.Before(t.VerifiedUntil) {
		t.VerifiedUntil = a.now.Add(a.settings.VerifiedLife)
	}
	steps := []func() error{
		func() error { return store.VerifyCode(ctx, t, t.VerifiedUntil) },
		func() error { return try.right(ctx) },
	}
	for _, step := range beside {
		steps = append(steps, func() error { return step(p.Staff) })
	}
	err = parallel(steps...)
	if err != nil {
		return Ticket{}, Person{}, fmt.Errorf("verify the code: %w", err)
	}
	opened.VerifiedUntil = t.VerifiedUntil
	return opened, p, opened.opens(p.Staff, p.Account)
}

// codeTry is a try of a code that was right. The caller gives it back: to the ticket,
// unless that is spent, and by right to the person's day.
type codeTry struct {
	Ticket
	store TicketStore
	key   string
	now   time.Time
}

// right gives the try back to the person's day. If that fails, the person has a try
// less today, and the request succeeds all the same.
func (c codeTry) right(ctx context.Context) error {
	if err := c.store.RightCode(ctx, c.key, c.now); err != nil {
		slog.WarnContext(ctx, "a try of the day was not given back", "err", err)
	}
	return nil
}

// abandon gives the try back to ticket and day, because nothing was compared. It goes
// on even if the caller's time is up. If it fails, the try counts as a wrong one.
func (c codeTry) abandon(ctx context.Context, day bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	err := parallel(
		func() error { return c.store.ReturnTry(ctx, c.Ticket) },
		func() error {
			if !day {
				return nil
			}
			return c.right(ctx)
		},
	)
	if err != nil {
		slog.ErrorContext(ctx, "a try of a code was not given back", "err", err)
	}
}

// tryCode counts a try of the ticket, then one of the person's day, and then compares
// the code. It reads what the caller needs, by read, beside the second count. Fits
// says why the ticket is not one for this flow. If nothing is compared, the tries are
// given back: otherwise requests that guess nothing could use up the tries of
// somebody who has the right code.
func (a attempt) tryCode(ctx context.Context, tickets TicketStore, ticket, digits string, fits func(Ticket) error, read func(context.Context, Ticket) error) (codeTry, error) {
	tries := a.settings.CodeTries
	var use AddressUse
	var t Ticket
	var unread, refused error
	parallel(
		func() error { use, unread = a.use(ctx); return nil },
		func() error { t, refused = tickets.TryCode(ctx, ParseSecret(ticket), a.now, tries); return nil },
	)
	counted := refused == nil
	a.spared = a.spared || t.spared()
	limited := a.failures(use)
	if limited != nil && counted && unread == nil {
		if a.spared, unread = a.known(ctx, t); a.spared {
			limited = nil
		}
	}
	try := codeTry{t, tickets, t.codeKey(a.keys), a.now}
	var unfit error
	if limited = cmp.Or(unread, limited); limited == nil && t.Purpose != "" { // what the ticket is for comes before whether it is spent
		unfit = fits(t)
	}
	if cmp.Or(limited, unfit) != nil && counted {
		try.abandon(ctx, false)
	}
	switch {
	case limited != nil:
		return codeTry{}, limited
	case unfit != nil:
		return codeTry{}, a.failed(ctx, unfit)
	case errors.Is(refused, fault.Busy):
		return codeTry{}, refused
	case kindOf(refused) == fault.KindInternal && refused != nil, errors.Is(refused, fault.Unavailable):
		return codeTry{}, fmt.Errorf("count a try: %w", refused)
	case refused != nil:
		return codeTry{}, a.failed(ctx, refused)
	}

	begin := func() error { return tickets.BeginCode(ctx, try.key, a.now, a.settings.CodeTriesADay) }
	var closed error
	parallel(
		func() error { closed = begin(); return nil },
		func() error { unread = read(ctx, t); return nil },
	)
	if errors.Is(closed, fault.CodeTriesSpent) && unread == nil && !t.Known {
		if try.Known, unread = a.known(ctx, t); try.Known { // a known device has a count of its own
			try.key, a.spared = try.codeKey(a.keys), true
			closed = begin()
		}
	}
	if err := cmp.Or(closed, unread); err != nil {
		try.abandon(ctx, closed == nil)
		return codeTry{}, fmt.Errorf("count a try: %w", untilTomorrow(err, a.now))
	}
	if t.has(a.keys, digits) {
		return try, nil
	}
	return codeTry{}, a.wrongCode(ctx, try)
}

// known reports whether the request comes from a known device of the ticket's person.
func (a attempt) known(ctx context.Context, t Ticket) (bool, error) {
	if a.onKnown == nil {
		return false, nil
	}
	known, err := a.onKnown(ctx, t)
	if err != nil {
		return false, fmt.Errorf("read the device: %w", err)
	}
	return known, nil
}

// wrongCode counts a wrong code for ticket, day and address. It returns the answer.
func (a attempt) wrongCode(ctx context.Context, try codeTry) error {
	var ofTicket, ofDay int
	err := parallel(
		func() (err error) { ofTicket, err = try.store.WrongTry(ctx, try.Ticket); return err },
		func() (err error) { ofDay, err = try.store.WrongCode(ctx, try.key, a.now); return err },
		func() error { return a.failed(ctx, nil) },
		func() error {
			if a.tell == nil {
				return nil
			}
			return a.tell(ctx, try.Ticket)
		},
	)
	switch {
	case err != nil:
		return fmt.Errorf("count a wrong code: %w", err)
	case ofDay >= a.settings.CodeTriesADay:
		return untilTomorrow(fault.CodeTriesSpent, a.now)
	case ofTicket >= a.settings.CodeTries:
		return fault.CodeTriesSpent
	}
	return fault.CodeWrong.Remaining(a.settings.CodeTries - ofTicket)
}

// kindOf is the kind of the fault in err. Any other error is internal.
func kindOf(err error) fault.Kind {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return fault.KindInternal
}

// untilTomorrow adds to CodeTriesSpent when the next day begins. It leaves any other
// error as it is.
func untilTomorrow(err error, now time.Time) error {
	if !errors.Is(err, fault.CodeTriesSpent) {
		return err
	}
	_, end := Day(now)
	return fault.CodeTriesSpent.RetryIn(end.Sub(now))
}
