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
	Shard   int       // of the day's budget, which has counted the text

	sender                 sender // who asks
	phone, budget, address bool   // which counts have it
}

// Recovers reports whether the text is for a recovery, of which the budget keeps a
// count of its own.
func (r Reservation) Recovers() bool { return r.Purpose.recovers() }

// Notifies reports whether the text is a notice of something done.
func (r Reservation) Notifies() bool { return r.Purpose.notifies() }

// SMSLimits are the limits on texts.
type SMSLimits struct {
	Interval time.Duration // between two to one phone
	ADay     int           // to one phone
	AnHour   int           // that one address may ask for
	Budget   Budget        // of the whole system
}

// Budget is what one shard of the day's budget has for texts of one purpose. The
// budget is divided over shards, so that no count is written by every request. Each
// shard keeps to its own part. So all together never send more than the whole.
type Budget struct {
	Shards int
	// Whole is the shard's part of the day's budget, and Day how much of that the
	// purpose may use.
	Whole, Day int
	// Hour is how many texts of all purposes there may be in an hour, 0 for any number.
	Hour int
	// Beyond is how many texts of recoveries there may be in a day when the hour's are
	// sent.
	Beyond int
}

const (
	mostShards = 16
	shardTexts = 6000 // texts of a day that make a shard of their own worth while
)

// smsLimits are those of one purpose. Second steps and step-ups may use the whole
// budget, at any time. All other texts may use a part of it, and stop when the hour's part is sent;
// recoveries go on then out of a part of their own.
func (s Settings) smsLimits(p Purpose) SMSLimits {
	shards := min(mostShards, max(1, s.SMSDailyBudget/shardTexts))
	whole := s.SMSDailyBudget / shards
	part := func(share float64) int { return max(1, int(float64(whole)*share+1e-6)) }
	l := SMSLimits{Interval: s.TextInterval, ADay: s.TextsADay, AnHour: s.AddressHourly, Budget: Budget{Shards: shards, Whole: whole, Day: whole, Hour: part(s.BudgetHour)}}
	switch {
	case p == ForSignIn, p == ForStepUp:
		l.Budget.Hour = 0
	case p.recovers():
		l.Budget.Beyond = part(s.BudgetRecovery)
	case p.notifies():
		l.Interval, l.ADay, l.Budget.Day = 0, s.NoticesADay, part(s.BudgetNotices)
	default:
		l.Budget.Day = part(s.BudgetActivation)
	}
	return l
}

// SMSStore counts texts. Each count is one conditional update. Where its limit
// is reached, it refuses and counts nothing.
type SMSStore interface {
	// ReserveForPhone refuses with CodeTooSoon or CodeDailyLimit, and fills in Before.
	ReserveForPhone(context.Context, Reservation, SMSLimits) (Reservation, error)
	// ReserveBudget refuses with SMSUnavailable, and fills in Shard.
	ReserveBudget(context.Context, Reservation, SMSLimits) (Reservation, error)
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
	l.AnHour = r.sender.times(l.AnHour, q.settings)
	reserved, inBudget := r, r // the calls of phone and budget write these while the others read r
	var phone, budget, address error
	var g errgroup.Group
	if r.Counted != "" {
		g.Go(func() error { reserved, phone = q.reservePhone(ctx, r, l); return nil })
	}
	g.Go(func() error { inBudget, budget = q.store.ReserveBudget(ctx, r, l); return nil })
	if r.Source != "" {
		g.Go(func() error { address = q.store.ReserveForAddress(ctx, r, l); return nil })
	}
	g.Wait()
	reserved.Shard = inBudget.Shard
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
