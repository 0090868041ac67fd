package account

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"chaoxi/shared/staff"
)

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
	err := parallel(do, func() error { turn, refusal = t.reserve(ctx, turn); return nil })
	if err != nil {
		t.release(ctx, turn)
		return false, err
	}
	if refusal != nil {
		slog.WarnContext(ctx, "no place for a notice", "purpose", string(turn.Purpose), "phone", turn.Phone, "err", refusal)
		return false, nil
	}
	err = n.Sender.Send(ctx, to, notice.text)
	refused := errors.Is(err, ErrTextRefused)
	if refused {
		t.release(ctx, turn)
	}
	if err != nil {
		slog.ErrorContext(ctx, "a notice was not sent, or without an answer", "purpose", string(turn.Purpose), "phone", turn.Phone, "err", err)
	}
	return !refused, nil
}
