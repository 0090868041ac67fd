package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/staff"
)

// Sender hands a text to the carrier.
type Sender interface {
	// Send fails with ErrSMSRefused if the carrier has certainly not sent the
	// text. After any other error the text may have been sent.
	Send(ctx context.Context, to staff.Phone, text string) error
}

// ErrSMSRefused says that a text was not sent and never will be.
var ErrSMSRefused = errors.New("the text was refused")

// Reservation is the place of one text in the counts that limit texts. It is
// reserved before the text is sent, and released if the text is not sent.
type Reservation struct {
	Phone   staff.Phone
	Counted string // what the text is counted by, a MAC of the phone; "" for a text that only the budget counts
	Purpose Purpose
	Source  string // the address that asked for the text; "" if it is not counted
	At      time.Time
	Before  time.Time // of the text before this one, zero if none

	phone, budget, address bool // which counts have it
}

// beijing is the time of all China. A sentence that says "tomorrow" means the
// reader's tomorrow.
var beijing = time.FixedZone("CST", 8*60*60)

// Day is the day of t in China, as 20261123, and when it ends. Texts are counted
// by that day.
func Day(t time.Time) (name string, end time.Time) {
	t = t.In(beijing)
	return t.Format("20060102"), time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, beijing)
}

// SMSLimits are the limits on texts.
type SMSLimits struct {
	Interval     time.Duration // between two to one phone
	ADay, Budget int           // to one phone, and of the whole system in a day
	AnHour       int           // that one address may ask for
}

// smsLimits are those of one purpose. Second steps and step-ups may use the whole
// budget; all other texts stop before it is used up.
func (s Settings) smsLimits(p Purpose) SMSLimits {
	l := SMSLimits{Interval: s.TextInterval, ADay: s.TextsADay, Budget: s.SMSDailyBudget, AnHour: s.AddressHourly}
	if p != ForSignIn && p != ForStepUp {
		l.Budget = int(float64(l.Budget) * s.BudgetSecondStepsShare)
	}
	return l
}

// SMSStore counts texts. Each count is one conditional update. Where its limit
// is reached, it refuses and counts nothing.
type SMSStore interface {
	// ReserveForPhone refuses with CodeTooSoon or CodeDailyLimit, and fills in Before.
	ReserveForPhone(context.Context, Reservation, SMSLimits) (Reservation, error)
	// ReserveBudget refuses with SMSUnavailable.
	ReserveBudget(context.Context, Reservation, SMSLimits) error
	// ReserveForAddress refuses with RateLimited.
	ReserveForAddress(context.Context, Reservation, SMSLimits) error
	ReleaseForPhone(context.Context, Reservation) error
	ReleaseBudget(context.Context, Reservation) error
	ReleaseForAddress(context.Context, Reservation) error
}

// smsQuota reserves places for texts.
type smsQuota struct {
	store    SMSStore
	settings Settings
}

// reserve counts a text by phone, budget and address, all at once. If one of them
// refuses, reserve releases the others.
func (q smsQuota) reserve(ctx context.Context, r Reservation) (Reservation, error) {
	l := q.settings.smsLimits(r.Purpose)
	reserved := r // the phone's call writes this one while the others read r
	var phone, budget, address error
	var g errgroup.Group
	if r.Counted != "" {
		g.Go(func() error { reserved, phone = q.reservePhone(ctx, r, l); return nil })
	}
	g.Go(func() error { budget = q.store.ReserveBudget(ctx, r, l); return nil })
	if r.Source != "" {
		g.Go(func() error { address = q.store.ReserveForAddress(ctx, r, l); return nil })
	}
	g.Wait()
	reserved.budget, reserved.address = budget == nil, r.Source != "" && address == nil
	if err := cmp.Or(phone, address, budget); err != nil { // the person's own limit explains most
		q.release(ctx, reserved)
		return r, fmt.Errorf("count a text: %w", err)
	}
	return reserved, nil
}

// reservePhone counts a text by phone alone.
func (q smsQuota) reservePhone(ctx context.Context, r Reservation, l SMSLimits) (Reservation, error) {
	r, err := q.store.ReserveForPhone(ctx, r, l)
	r.phone = err == nil
	return r, err
}

// release gives back what was counted for a text that is not sent. It goes on
// even if the caller's time is up. If it fails, it only logs: the person has to
// wait a minute longer for the next text.
func (q smsQuota) release(ctx context.Context, r Reservation) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	var g errgroup.Group
	if r.phone {
		g.Go(func() error { return q.store.ReleaseForPhone(ctx, r) })
	}
	if r.budget {
		g.Go(func() error { return q.store.ReleaseBudget(ctx, r) })
	}
	if r.address {
		g.Go(func() error { return q.store.ReleaseForAddress(ctx, r) })
	}
	if err := g.Wait(); err != nil {
		slog.ErrorContext(ctx, "a text's count was not given back", "purpose", string(r.Purpose), "err", err)
	}
}
