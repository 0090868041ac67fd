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
	// Send fails with ErrTextRefused if the carrier has certainly not sent the
	// text. After any other error the text may have been sent.
	Send(ctx context.Context, to staff.Phone, text string) error
}

// ErrTextRefused says that a text was not sent and never will be.
var ErrTextRefused = errors.New("the text was refused")

// Turn is the place of one text in the counts that limit texts. It is
// reserved before the text is sent, and released if the text is not sent.
type Turn struct {
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

// TextLimits are the limits on texts.
type TextLimits struct {
	Interval     time.Duration // between two to one phone
	ADay, Budget int           // to one phone, and of the whole system in a day
	AnHour       int           // that one address may ask for
}

// textLimits are those of one purpose. Second steps may use the whole budget; all
// other texts stop before it is used up.
func (s Settings) textLimits(p Purpose) TextLimits {
	l := TextLimits{Interval: s.TextInterval, ADay: s.TextsADay, Budget: s.SMSDailyBudget, AnHour: s.AddressHourly}
	if p != ForSignIn {
		l.Budget = int(float64(l.Budget) * s.BudgetSecondStepsShare)
	}
	return l
}

// TextStore counts texts. Each count is one conditional update. Where its limit
// is reached, it refuses and counts nothing.
type TextStore interface {
	// TakePhoneTurn refuses with CodeTooSoon or CodeDailyLimit, and fills in Before.
	TakePhoneTurn(context.Context, Turn, TextLimits) (Turn, error)
	// TakeBudget refuses with SMSUnavailable.
	TakeBudget(context.Context, Turn, TextLimits) error
	// TakeAddressTurn refuses with RateLimited.
	TakeAddressTurn(context.Context, Turn, TextLimits) error
	ReturnPhoneTurn(context.Context, Turn) error
	ReturnBudget(context.Context, Turn) error
	ReturnAddressTurn(context.Context, Turn) error
}

// smsQuota reserves places for texts.
type smsQuota struct {
	store    TextStore
	settings Settings
}

// reserve counts a text by phone, budget and address, all at once. If one of them
// refuses, reserve releases the others.
func (q smsQuota) reserve(ctx context.Context, r Turn) (Turn, error) {
	l := q.settings.textLimits(r.Purpose)
	reserved := r // the phone's call writes this one while the others read r
	var phone, budget, address error
	var g errgroup.Group
	if r.Counted != "" {
		g.Go(func() error { reserved, phone = q.reservePhone(ctx, r, l); return nil })
	}
	g.Go(func() error { budget = q.store.TakeBudget(ctx, r, l); return nil })
	if r.Source != "" {
		g.Go(func() error { address = q.store.TakeAddressTurn(ctx, r, l); return nil })
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
func (q smsQuota) reservePhone(ctx context.Context, r Turn, l TextLimits) (Turn, error) {
	r, err := q.store.TakePhoneTurn(ctx, r, l)
	r.phone = err == nil
	return r, err
}

// release gives back what was counted for a text that is not sent. It goes on
// even if the caller's time is up. If it fails, it only logs: the person has to
// wait a minute longer for the next text.
func (q smsQuota) release(ctx context.Context, r Turn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	var g errgroup.Group
	if r.phone {
		g.Go(func() error { return q.store.ReturnPhoneTurn(ctx, r) })
	}
	if r.budget {
		g.Go(func() error { return q.store.ReturnBudget(ctx, r) })
	}
	if r.address {
		g.Go(func() error { return q.store.ReturnAddressTurn(ctx, r) })
	}
	if err := g.Wait(); err != nil {
		slog.ErrorContext(ctx, "a text's count was not given back", "purpose", string(r.Purpose), "err", err)
	}
}
