package account

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// codeTexts are the only texts that carry a code. Carriers register each sentence,
// so the sentences are fixed. Each fits into one part of a text (70 characters).
var codeTexts = map[Purpose]string{
	ForActivation: "验证码%s，用于激活账号，%d分钟内有效。请勿告知他人。",
	ForRecovery:   "验证码%s，用于找回密码，%d分钟内有效。请勿告知他人。",
	ForRequest:    "验证码%s，用于找回密码，%d分钟内有效。请勿告知他人。",
	ForSignIn:     "验证码%s，用于登录二次验证，%d分钟内有效。请勿告知他人。",
	ForStepUp:     "验证码%s，用于身份验证，%d分钟内有效。请勿告知他人。",
	ForPhone:      "验证码%s，用于更换绑定手机号，%d分钟内有效。请勿告知他人。",
}

// CodeStore is what texting a code asks of storage.
type CodeStore interface {
	SMSStore
	TicketWriter
	CodeTriesReader
	// DropTicket removes a ticket whose text was never sent.
	DropTicket(context.Context, Ticket) error
	// ReplaceCode writes now's code if the ticket still has was's code, else it
	// fails with TicketInvalid.
	ReplaceCode(ctx context.Context, was, now Ticket) error
}

// Sent is what is answered to a request for a code.
type Sent struct {
	Ticket    Secret
	Phone     staff.Phone
	ResendIn  time.Duration
	ExpiresIn time.Duration
}

// codeSender texts the codes of tickets.
type codeSender struct {
	store  CodeStore
	sender Sender
	random io.Reader
	// enter, if set, writes of what is asked for into the audit. It runs beside the
	// writing of the ticket, after the limits and before the text.
	enter func(context.Context) error
}

// send texts a code for t and writes t: as a new ticket if was is the zero Ticket,
// else in the place of was. It runs beside while it reserves the text's place,
// and sends nothing if beside fails, or if the person has no tries of codes left today.
func (c codeSender) send(ctx context.Context, try attempt, was, t Ticket, beside func(context.Context) error) (Sent, error) {
	place, err := c.reserve(ctx, try, t, beside)
	if err != nil {
		return Sent{}, err
	}
	return c.sendAt(ctx, place, try, was, t)
}

// reserve takes the place of a text for t. It runs beside meanwhile, and takes none if that
// fails, or if the person has no tries of codes left today.
func (c codeSender) reserve(ctx context.Context, try attempt, t Ticket, beside func(context.Context) error) (Reservation, error) {
	quota := smsQuota{c.store, try.settings}
	place := Reservation{Phone: t.Phone, Counted: t.counted(try.keys), Purpose: t.Purpose, Source: try.source, sender: try.sender, At: try.now}
	err := parallel(
		func() error { return c.closed(ctx, try, t) },
		func() (err error) { place, err = quota.reserve(ctx, place); return err },
		func() error { return beside(ctx) },
	)
	if err != nil {
		quota.release(ctx, place)
	}
	return place, err
}

// sendAt is send once a place is taken. It gives that back if nothing is sent.
func (c codeSender) sendAt(ctx context.Context, place Reservation, try attempt, was, t Ticket) (Sent, error) {
	quota := smsQuota{c.store, try.settings}
	digits, err := newCode(c.random)
	if err != nil {
		quota.release(ctx, place)
		return Sent{}, err
	}
	t.Code, t.CodeExpires, t.VerifiedUntil = try.keys.MAC(codeLabel, t.ID.Reveal(), digits), try.now.Add(try.settings.CodeLife), time.Time{}
	isNew := was.Purpose == ""
	err = parallel(
		func() error {
			if isNew {
				return c.store.PutTicket(ctx, t)
			}
			return c.store.ReplaceCode(ctx, was, t)
		},
		func() error {
			if c.enter == nil {
				return nil
			}
			return c.enter(ctx)
		},
	)
	if err != nil {
		quota.release(ctx, place)
		return Sent{}, fmt.Errorf("write the ticket: %w", err)
	}
	if refused := c.text(ctx, t, digits, try.settings.CodeLife); refused {
		quota.release(ctx, place)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if isNew {
			err = c.store.DropTicket(ctx, t)
		} else {
			err = c.store.ReplaceCode(ctx, t, was)
		}
		return Sent{}, fault.SMSUnavailable.Because(err)
	}
	return Sent{Ticket: t.ID, Phone: t.Phone, ResendIn: try.settings.TextInterval, ExpiresIn: try.settings.CodeLife}, nil
}

// closed says why no code of the ticket could be entered today.
func (c codeSender) closed(ctx context.Context, try attempt, t Ticket) error {
	tries, err := c.store.CodeTries(ctx, t.codeKey(try.keys), try.now)
	if err != nil {
		return fmt.Errorf("read the tries of the day: %w", err)
	}
	return untilTomorrow(tries.refusal(try.now, try.settings.CodeTriesADay), try.now)
}

// text sends the digits. It reports whether the text is certainly not sent.
func (c codeSender) text(ctx context.Context, t Ticket, digits string, life time.Duration) (refused bool) {
	err := c.sender.Send(ctx, t.Phone, fmt.Sprintf(codeTexts[t.Purpose], digits, int((life+time.Minute-1)/time.Minute)))
	switch {
	case errors.Is(err, ErrSMSRefused):
		slog.ErrorContext(ctx, "text refused", "purpose", string(t.Purpose), "phone", t.Phone, "err", err)
		return true
	case err != nil:
		slog.WarnContext(ctx, "text sent without an answer", "purpose", string(t.Purpose), "phone", t.Phone, "err", err)
	}
	return false
}
