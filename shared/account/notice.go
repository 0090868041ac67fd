package account

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"chaoxi/shared/staff"
)

// Notice is a text without a code, about something that was done. Carriers
// register it like those with a code, so its sentence is fixed, too.
type Notice struct {
	purpose Purpose
	text    string
}

// The notices.
var (
	// PhoneChanged goes to the number that was the person's until now. It does
	// not name the new one: the old one may be in other hands already.
	PhoneChanged = Notice{purpose: ForPhoneNotice, text: "您的账号绑定手机号已更换，本号码不能再用于登录。如非本人操作，请立即联系所在单位管理员。"}
	// PasswordSet goes to the phone on file when a password is replaced, by a code or by
	// the one before it. Nobody is told of an activation: the very phone that would be
	// told has just been read for its code, and the texts would be needed for those who
	// activate next.
	PasswordSet = Notice{purpose: ForPasswordNotice, text: "您的账号密码已重新设置，已登录的设备均已退出。如非本人操作，请立即联系所在单位管理员。"}
	// NewDevice tells of the first sign-in on a device.
	NewDevice = Notice{purpose: ForDeviceNotice, text: "您的账号刚刚在一台新设备上登录。如非本人操作，请立即修改密码，并联系所在单位管理员。"}
	// GrantGiven tells somebody who has got a grant.
	GrantGiven = Notice{purpose: ForGrantNotice, text: "您的账号刚刚被授予管理员权限。如您并不知情，请立即联系所在单位管理员。"}
	// RequestApproved and RequestRejected tell the decision of a recovery request.
	// They go to the number on file, which an administrator has just confirmed, or
	// did not believe.
	RequestApproved = Notice{purpose: ForDecision, text: "您的账号找回申请已通过，请尽快在申请页面获取验证码并设置新密码。如非本人申请，请立即联系所在单位管理员。"}
	RequestRejected = Notice{purpose: ForDecision, text: "您的账号找回申请未通过，原因请在申请页面查看，或联系所在单位管理员。如非本人申请，请忽略本短信。"}
	// Invitation asks a person to activate. It names neither person nor account:
	// the number on the register may be somebody else's.
	Invitation = Notice{purpose: ForInvitation, text: "您所在单位已为您登记工作账号，请打开客户端，点击“新账号激活”完成激活。如非本人，请忽略本短信。"}
)

// noticePatience is how long an answer waits for a notice to be handed over.
const noticePatience = 3 * time.Second

// SMSState says what became of a text.
type SMSState string

// The states.
const (
	SMSSent    SMSState = "sent"     // handed over
	SMSNotSent SMSState = "not_sent" // certainly not sent: over a limit, or refused
	SMSUnknown SMSState = "unknown"  // handed over, but without an answer: it may have been sent
)

// SMSOutcome is what became of a text, with the reason if it was not sent: ErrSMSRefused
// of the carrier, a limit's fault, that of a table that is down, or that of its turn.
type SMSOutcome struct {
	State SMSState
	Why   error
}

// Told is the state that is told to who asked for one text. A text without an answer
// has most likely been sent, so they are told that it was.
func (o SMSOutcome) Told() SMSState {
	if o.State == SMSUnknown {
		return SMSSent
	}
	return o.State
}

// Notices sends notices.
type Notices struct {
	Store    SMSStore
	Sender   Sender
	Keys     Keys
	Settings Settings
}

// After runs do and then sends the notice. Its error is do's, and then nothing was sent:
// a text that cannot be sent undoes nothing.
//
// It reserves the text's place while do runs, so that the text costs no extra
// trip, and releases the place if do fails. An invitation counts by phone, as codes
// do; a notice of something done to somebody counts by that person, whatever the
// number: otherwise a phone that is changed to and fro would text without end.
func (n Notices) After(ctx context.Context, do func() error, notice Notice, who staff.EmployeeCode, to staff.Phone, now time.Time) (SMSOutcome, error) {
	return n.AtTurn(ctx, do, func() error { return nil }, notice, who, to, now)
}

// AtTurn does what After does, but awaits the text's turn before it is sent. If the turn
// does not come, the text is not sent.
func (n Notices) AtTurn(ctx context.Context, do, turn func() error, notice Notice, who staff.EmployeeCode, to staff.Phone, now time.Time) (SMSOutcome, error) {
	quota := smsQuota{n.Store, n.Settings}
	place := Reservation{Phone: to, Purpose: notice.purpose, At: now, Counted: n.Keys.MAC("phone", to.E164())}
	if notice.purpose.notifies() {
		place.Counted = n.Keys.MAC("notices", who.String())
	}
	var refusal error
	err := parallel(do, func() error { place, refusal = quota.reserve(ctx, place); return nil })
	if err != nil {
		quota.release(ctx, place)
		return SMSOutcome{State: SMSNotSent, Why: err}, err
	}
	if refusal != nil {
		slog.WarnContext(ctx, "no place for a notice", "purpose", string(notice.purpose), "phone", to, "err", refusal)
		return SMSOutcome{State: SMSNotSent, Why: refusal}, nil
	}
	if err := turn(); err != nil {
		quota.release(ctx, place)
		return SMSOutcome{State: SMSNotSent, Why: err}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, noticePatience)
	defer cancel()
	err = n.Sender.Send(ctx, to, notice.text)
	if err == nil {
		return SMSOutcome{State: SMSSent}, nil
	}
	slog.ErrorContext(ctx, "a notice was not sent, or without an answer", "purpose", string(notice.purpose), "phone", to, "err", err)
	if errors.Is(err, ErrSMSRefused) {
		quota.release(ctx, place)
		return SMSOutcome{State: SMSNotSent, Why: err}, nil
	}
	return SMSOutcome{State: SMSUnknown}, nil
}
