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

// codeTexts are the only texts that carry a code: fixed sentences, because
// carriers register them, and short enough for one part (≤ 70 characters).
var codeTexts = map[Purpose]string{
	ForActivation: "验证码%s，用于激活账号，%d分钟内有效。请勿告知他人。",
	ForRecovery:   "验证码%s，用于找回密码，%d分钟内有效。请勿告知他人。",
	ForRequest:    "验证码%s，用于找回密码，%d分钟内有效。请勿告知他人。",
	ForSignIn:     "验证码%s，用于登录二次验证，%d分钟内有效。请勿告知他人。",
	ForPhone:      "验证码%s，用于更换绑定手机号，%d分钟内有效。请勿告知他人。",
}

// Notice is a text without a code, about something that was done: a fixed
// sentence too, for the same reasons.
type Notice struct {
	purpose Purpose
	text    string
	limited bool // counted by phone like a code, and not in the day's budget alone
}

// The notices.
var (
	// PhoneChanged goes to the number that was the person's until now. It does
	// not name the new one: the old one may be in other hands already.
	PhoneChanged = Notice{purpose: ForPhone, text: "您的账号绑定手机号已更换，本号码不能再用于登录。如非本人操作，请立即联系所在单位管理员。"}
	// Invitation asks a person to activate. It names neither person nor account:
	// the number on the register may be somebody else's.
	Invitation = Notice{purpose: ForInvitation, text: "您所在单位已为您登记工作账号，请打开客户端，点击“新账号激活”完成激活。如非本人，请忽略本短信。", limited: true}
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

// take counts a text in all places at once, or in none: what one place took
// while another refused is given back.
func (t texts) take(ctx context.Context, turn Turn) (Turn, error) {
	l := t.settings.textLimits(turn.Purpose)
	taken := turn // by the phone: the other calls look at turn meanwhile
	var phone, budget, address error
	var g errgroup.Group
	if turn.Counted != "" {
		g.Go(func() error { taken, phone = t.store.TakePhoneTurn(ctx, turn, l); return nil })
	}
	g.Go(func() error { budget = t.store.TakeBudget(ctx, turn, l); return nil })
	if turn.Source != "" {
		g.Go(func() error { address = t.store.TakeAddressTurn(ctx, turn, l); return nil })
	}
	g.Wait()
	for _, err := range []error{phone, address, budget} { // the person's own limit explains most
		if err != nil {
			t.giveBack(ctx, taken, phone == nil, budget == nil, address == nil)
			return taken, fmt.Errorf("count a text: %w", err)
		}
	}
	return taken, nil
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

// giveBack undoes take. It goes on when the caller's time is up, and what it
// cannot undo costs the person a minute, so that is logged and no more.
func (t texts) giveBack(ctx context.Context, turn Turn, phone, budget, address bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	var g errgroup.Group
	if phone && turn.Counted != "" {
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
	err := t.send.Send(ctx, turn.Phone, fmt.Sprintf(codeTexts[turn.Purpose], digits, int((t.settings.CodeLife+time.Minute-1)/time.Minute)))
	switch {
	case errors.Is(err, ErrTextRefused):
		slog.ErrorContext(ctx, "text refused", "purpose", string(turn.Purpose), "phone", turn.Phone, "err", err)
		return true
	case err != nil:
		slog.WarnContext(ctx, "text sent without an answer", "purpose", string(turn.Purpose), "phone", turn.Phone, "err", err)
	}
	return false
}

// Notices sends notices.
type Notices struct {
	Store    TextStore
	Sender   Sender
	Keys     Keys
	Settings Settings
}

// After tells a phone of something once do has done it, and reports whether the
// text was sent, or may have been. Its error is that of do: a text that cannot
// be sent undoes nothing.
//
// The text's place is taken beside do, to save a trip, and given back if do
// fails.
func (n Notices) After(ctx context.Context, do func() error, notice Notice, to staff.Phone, now time.Time) (bool, error) {
	t := texts{n.Store, n.Sender, n.Settings}
	turn := Turn{Phone: to, Purpose: notice.purpose, At: now}
	if notice.limited {
		turn.Counted = n.Keys.MAC("phone", to.E164())
	}
	var refusal error
	err := parallel(do, func() error { turn, refusal = t.take(ctx, turn); return nil })
	if err != nil {
		if refusal == nil {
			t.giveBack(ctx, turn, true, true, true)
		}
		return false, err
	}
	if refusal != nil {
		slog.WarnContext(ctx, "no place for a notice", "purpose", string(turn.Purpose), "phone", turn.Phone, "err", refusal)
		return false, nil
	}
	err = n.Sender.Send(ctx, to, notice.text)
	refused := errors.Is(err, ErrTextRefused)
	if refused {
		t.giveBack(ctx, turn, true, true, true)
	}
	if err != nil {
		slog.ErrorContext(ctx, "a notice was not sent, or without an answer", "purpose", string(turn.Purpose), "phone", turn.Phone, "err", err)
	}
	return !refused, nil
}
