package account

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// codeTexts are the only texts that carry a code: fixed sentences, because
// carriers register them, and short enough for one part (≤ 70 characters).
var codeTexts = map[Purpose]string{
	ForActivation: "验证码%s，用于激活账号，%d分钟内有效。请勿告知他人。",
	ForRecovery:   "验证码%s，用于找回密码，%d分钟内有效。请勿告知他人。",
	ForRequest:    "验证码%s，用于找回密码，%d分钟内有效。请勿告知他人。",
	ForSignIn:     "验证码%s，用于登录二次验证，%d分钟内有效。请勿告知他人。",
	ForPhone:      "验证码%s，用于更换绑定手机号，%d分钟内有效。请勿告知他人。",
}

// phoneChangedText goes to the number that was the person's until now. It does
// not name the new one: the old one may be in other hands already.
const phoneChangedText = "您的账号绑定手机号已更换，本号码不能再用于登录。如非本人操作，请立即联系所在单位管理员。"

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
	Counted string // MAC of the phone: what it is counted by
	Purpose Purpose
	Source  string // "" if the address is not counted
	At      time.Time
	Before  time.Time // of the text before it, zero if none
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

// texts counts and sends codes for the use cases of this package.
type texts struct {
	store    TextStore
	send     Sender
	settings Settings
}

// take counts a text in all places at once, or in none: what one place took
// while another refused is given back.
func (t texts) take(ctx context.Context, turn Turn) (Turn, error) {
	l := t.settings.textLimits(turn.Purpose)
	var phone, budget, address error
	var g errgroup.Group
	g.Go(func() error { turn.Before, phone = before(t.store.TakePhoneTurn(ctx, turn, l)); return nil })
	g.Go(func() error { budget = t.store.TakeBudget(ctx, turn, l); return nil })
	if turn.Source != "" {
		g.Go(func() error { address = t.store.TakeAddressTurn(ctx, turn, l); return nil })
	}
	g.Wait()
	for _, err := range []error{phone, address, budget} { // the person's own limit explains most
		if err != nil {
			t.giveBack(ctx, turn, phone == nil, budget == nil, address == nil)
			return turn, fmt.Errorf("count a text: %w", err)
		}
	}
	return turn, nil
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

func before(t Turn, err error) (time.Time, error) { return t.Before, err }

// giveBack undoes take. It goes on when the caller's time is up, and what it
// cannot undo costs the person a minute, so that is logged and no more.
func (t texts) giveBack(ctx context.Context, turn Turn, phone, budget, address bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	var g errgroup.Group
	if phone {
		g.Go(func() error { return t.store.ReturnPhoneTurn(ctx, turn) })
	}
	if budget {
		g.Go(func() error { return t.store.ReturnBudget(ctx, turn) })
	}
	if address && turn.Source != "" {
		g.Go(func() error { return t.store.ReturnAddressTurn(ctx, turn) })
	}
	if err := g.Wait(); err != nil {
		slog.ErrorContext(ctx, "a text's count was not given back", "purpose", string(turn.Purpose), "err", err)
	}
}

// code sends digits. It reports whether the text is certainly not sent.
func (t texts) code(ctx context.Context, turn Turn, digits string) (refused bool) {
	err := t.send.Send(ctx, turn.Phone, fmt.Sprintf(codeTexts[turn.Purpose], digits, int(t.settings.CodeLife.Minutes())))
	switch {
	case errors.Is(err, ErrTextRefused):
		slog.ErrorContext(ctx, "text refused", "purpose", string(turn.Purpose), "phone", turn.Phone, "err", err)
		return true
	case err != nil:
		slog.WarnContext(ctx, "text sent without an answer", "purpose", string(turn.Purpose), "phone", turn.Phone, "err", err)
	}
	return false
}

// notice sends a text without a code, in a place of the day's budget that was
// taken for it, or not if takeErr is why there was none. What it tells of is done
// already, so what keeps it from being sent is logged and no more.
func (t texts) notice(ctx context.Context, turn Turn, text string, takeErr error) {
	if takeErr != nil {
		slog.ErrorContext(ctx, "no budget for a notice", "purpose", string(turn.Purpose), "phone", turn.Phone, "err", takeErr)
		return
	}
	err := t.send.Send(ctx, turn.Phone, text)
	if errors.Is(err, ErrTextRefused) {
		t.giveBack(ctx, turn, false, true, false)
	}
	if err != nil {
		slog.ErrorContext(ctx, "a notice was not sent, or without an answer", "purpose", string(turn.Purpose), "phone", turn.Phone, "err", err)
	}
}

// retryIn is how a limit that refuses until end is answered.
func retryIn(e *fault.Error, end, now time.Time) error { return e.After(end.Sub(now)) }
