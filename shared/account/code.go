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

// codeTexts are the only texts that carry a code: fixed sentences, because
// carriers register them, and short enough for one part (≤ 70 characters).
var codeTexts = map[Purpose]string{
	ForActivation: "验证码%s，用于激活账号，%d分钟内有效。请勿告知他人。",
	ForRecovery:   "验证码%s，用于找回密码，%d分钟内有效。请勿告知他人。",
	ForRequest:    "验证码%s，用于找回密码，%d分钟内有效。请勿告知他人。",
	ForSignIn:     "验证码%s，用于登录二次验证，%d分钟内有效。请勿告知他人。",
	ForPhone:      "验证码%s，用于更换绑定手机号，%d分钟内有效。请勿告知他人。",
}

// CodeStore is what texting a code asks of storage.
type CodeStore interface {
	TextStore
	TicketWriter
	// DropTicket removes a ticket whose text was never sent.
	DropTicket(context.Context, Ticket) error
	// ReplaceCode puts now's code in the place of was's. It fails with
	// TicketInvalid if the ticket is gone or its code is no longer was's.
	ReplaceCode(ctx context.Context, was, now Ticket) error
}

// Sent is what the caller of a text is told.
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
}

// send texts a code for t, which replaces was (the zero Ticket if t is new).
// Beside is done along the way.
func (c codeSender) send(ctx context.Context, try attempt, was, t Ticket, beside func(context.Context) error) (Sent, error) {
	digits, err := newCode(c.random)
	if err != nil {
		return Sent{}, err
	}
	t.Code, t.CodeExpires, t.VerifiedUntil = try.keys.MAC(codeLabel, t.ID.Reveal(), digits), try.now.Add(try.settings.CodeLife), time.Time{}

	tx := texts{c.store, c.sender, try.settings}
	turn := Turn{Phone: t.Phone, Counted: try.keys.MAC("phone", t.Phone.E164()), Purpose: t.Purpose, Source: try.source, At: try.now}
	err = parallel(
		func() (err error) { turn, err = tx.reserve(ctx, turn); return err },
		func() error { return beside(ctx) },
	)
	if err != nil {
		tx.release(ctx, turn)
		return Sent{}, err
	}
	isNew := was.Purpose == ""
	if isNew {
		err = c.store.PutTicket(ctx, t)
	} else {
		err = c.store.ReplaceCode(ctx, was, t)
	}
	if err != nil {
		tx.release(ctx, turn)
		return Sent{}, fmt.Errorf("write the ticket: %w", err)
	}
	if tx.code(ctx, turn, digits) {
		tx.release(ctx, turn)
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
