package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/fault"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/wire"
)

type useCases struct {
	me       account.Me
	password account.ChangePassword
	phone    account.ChangePhone
}

func routes(auth httpapi.Auth, uc useCases) httpapi.Routes {
	return httpapi.Routes{
		"GET /v1/me":           auth.Caller(record(uc.me)),
		"POST /v1/me/password": auth.Caller(changePassword(uc.password)),
		"POST /v1/me/phone":    auth.Caller(changePhone(uc.phone)),
		"GET /v1/me/sign-ins":  auth.Caller(signIns(uc.me)),
	}
}

func record(uc account.Me) httpapi.CallerHandler {
	return func(ctx context.Context, r *httpapi.Request, c account.Caller) (httpapi.Answer, error) {
		self, err := uc.Record(ctx, c)
		if err != nil {
			return httpapi.Answer{}, err
		}
		// People see of themselves what administrators see of them, and the date of birth.
		t := admin.Target{Person: account.Person{Staff: self.Staff}, Orgs: self.Orgs, Locked: self.Locked}
		return httpapi.Answer{Status: http.StatusOK, Body: wire.RecordOf(c, t)}, nil
	}
}

// passwordRequest has the fields of account.ChangePasswordInput. It is converted to
// that type, which does not compile if the fields differ.
type passwordRequest struct {
	CurrentPassword string `json:"currentPassword"`
	Password        string `json:"password"`
	ConfirmPassword string `json:"confirmPassword"`
}

type done struct {
	Message string `json:"message"`
}

func changePassword(uc account.ChangePassword) httpapi.CallerHandler {
	return func(ctx context.Context, r *httpapi.Request, c account.Caller) (httpapi.Answer, error) {
		in, err := httpapi.Decode[passwordRequest](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		if err := uc.Run(ctx, r.Call(), c, account.ChangePasswordInput(in)); err != nil {
			return httpapi.Answer{}, err
		}
		return signedOut(c, "密码修改成功，请使用新密码登录"), nil
	}
}

// phoneRequest either begins the change of a phone (currentPassword, areaCode, phone)
// or finishes it (ticket, code).
type phoneRequest struct {
	CurrentPassword string `json:"currentPassword"`
	AreaCode        string `json:"areaCode"`
	Phone           string `json:"phone"`
	Ticket          string `json:"ticket"`
	Code            string `json:"code"`
}

type codeSent struct {
	Ticket    string `json:"ticket"`
	Phone     string `json:"phone"`     // masked
	ResendIn  int    `json:"resendIn"`  // seconds
	ExpiresIn int    `json:"expiresIn"` // seconds
}

func changePhone(uc account.ChangePhone) httpapi.CallerHandler {
	return func(ctx context.Context, r *httpapi.Request, c account.Caller) (httpapi.Answer, error) {
		if err := uc.Admit(c); err != nil { // this 403 comes before all that is wrong with the body
			return httpapi.Answer{}, err
		}
		in, err := httpapi.Decode[phoneRequest](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		begins, finishes := in.CurrentPassword+in.AreaCode+in.Phone != "", in.Ticket+in.Code != ""
		switch {
		case begins && finishes:
			return httpapi.Answer{}, fault.FieldInvalid.AtField("ticket", fault.Invalid) // it either begins or finishes
		case finishes:
			if err := uc.Finish(ctx, r.Call(), c, in.Ticket, in.Code); err != nil {
				return httpapi.Answer{}, err
			}
			return signedOut(c, "手机号更换成功，请重新登录"), nil
		}
		sent, err := uc.Begin(ctx, r.Call(), c, account.NewPhoneInput{CurrentPassword: in.CurrentPassword, AreaCode: in.AreaCode, Phone: in.Phone})
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusAccepted, Body: codeSent{
			sent.Ticket.Reveal(), sent.Phone.Masked(), int(sent.ResendIn.Seconds()), int(sent.ExpiresIn.Seconds()),
		}}, nil
	}
}

// signedOut answers a message, and takes the caller's session cookie away, since the
// change has ended all sessions.
func signedOut(c account.Caller, message string) httpapi.Answer {
	return httpapi.SignedOut(c, http.StatusOK, done{message})
}

func signIns(uc account.Me) httpapi.CallerHandler {
	return func(ctx context.Context, r *httpapi.Request, c account.Caller) (httpapi.Answer, error) {
		params, err := r.Params("limit", "cursor")
		if err != nil {
			return httpapi.Answer{}, err
		}
		limit, err := params.Limit()
		if err != nil {
			return httpapi.Answer{}, err
		}
		lines, next, err := uc.SignIns(ctx, c, limit, params["cursor"])
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusOK, Body: wire.SignInsOf(lines, next)}, nil
	}
}
