package account

import (
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
	// Send fails with ErrTextRefused if the text is certainly not sent. After
	// any other error it may have been.
	Send(ctx context.Context, to staff.Phone, text string) error
}

// ErrTextRefused says that a text was not sent and never will be.
var ErrTextRefused = errors.New("the text was refused")

// Turn is a place in the queue of texts: what was counted for a text about to
// be sent, kept to be given back should it not be.
type Turn struct {
	Phone   staff.Phone
	Counted string // MAC of the phone: what it is counted by, "" if it is not
	Purpose Purpose
	Source  string // "" if the address is not counted
	At      time.Time
	Before  time.Time // of the text before it, zero if none

	phone, budget, address bool // what was counted
}

// beijing is the time of all China: "tomorrow" in a sentence is the reader's.
var beijing = time.FixedZone("CST", 8*60*60)

// Day is the day that t lies in, as 20261123, and when it ends. Texts are counted
// by it.
func Day(t time.Time) (name string, end time.Time) {
	t = t.In(beijing)
	return t.Format("20060102"), time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, beijing)
}

// TextLimits is what texts are counted against.
type TextLimits struct {
	Interval     time.Duration
	ADay, Budget int
	AnHour       int
}

// TextStore counts texts. Each count is one conditional update that refuses and
// counts nothing when its limit is reached.
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

// texts counts and sends the texts of this package.
type texts struct {
	store    TextStore
	send     Sender
	settings Settings
}

// textLimits are those of one purpose. All but second steps stop while there is
// budget left.
func (s Settings) textLimits(p Purpose) TextLimits {
	l := TextLimits{Interval: s.TextInterval, ADay: s.TextsADay, Budget: s.SMSDailyBudget, AnHour: s.AddressHourly}
	if p != ForSignIn {
		l.Budget = int(float64(l.Budget) * s.BudgetSecondStepsShare)
	}
	return l
}

// reserve counts a text in all places at once, or in none: what one place took
// while another refused is released.
func (t texts) reserve(ctx context.Context, turn Turn) (Turn, error) {
	l := t.settings.textLimits(turn.Purpose)
	taken := turn // by the phone: the other calls look at turn meanwhile
	var phone, budget, address error
	var g errgroup.Group
	if turn.Counted != "" {
		g.Go(func() error { taken, phone = t.reservePhone(ctx, turn, l); return nil })
	}
	g.Go(func() error { budget = t.store.TakeBudget(ctx, turn, l); return nil })
	if turn.Source != "" {
		g.Go(func() error { address = t.store.TakeAddressTurn(ctx, turn, l); return nil })
	}
	g.Wait()
	taken.budget, taken.address = budget == nil, turn.Source != "" && address == nil
	for _, err := range []error{phone, address, budget} { // the person's own limit explains most
		if err != nil {
			t.release(ctx, taken)
			return turn, fmt.Errorf("count a text: %w", err)
		}
	}
	return taken, nil
}

// reservePhone counts a text by the phone alone.
func (t texts) reservePhone(ctx context.Context, turn Turn, l TextLimits) (Turn, error) {
	turn, err := t.store.TakePhoneTurn(ctx, turn, l)
	turn.phone = err == nil
	return turn, err
}

// release gives back whatever was counted for a text that is not sent. It goes on
// when the caller's time is up. What it cannot give back costs the person a
// minute, so that is logged and no more.
func (t texts) release(ctx context.Context, turn Turn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	var g errgroup.Group
	if turn.phone {
		g.Go(func() error { return t.store.ReturnPhoneTurn(ctx, turn) })
	}
	if turn.budget {
		g.Go(func() error { return t.store.ReturnBudget(ctx, turn) })
	}
	if turn.address {
		g.Go(func() error { return t.store.ReturnAddressTurn(ctx, turn) })
	}
	if err := g.Wait(); err != nil {
		slog.ErrorContext(ctx, "a text's count was not given back", "purpose", string(turn.Purpose), "err", err)
	}
}
