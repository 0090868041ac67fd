package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/httpapi"
)

func routes(uc account.SendCode) httpapi.Routes {
	return httpapi.Routes{"POST /v1/codes": sendCode(uc)}
}

// request either begins an activation (purpose, account, name) or asks for another
// code (ticket alone).
type request struct {
	Purpose string `json:"purpose"`
	Account string `json:"account"`
	Name    string `json:"name"`
	Ticket  string `json:"ticket"`

	Device *httpapi.DeviceBody `json:"device"` // the one that asks; may be left out
}

type response struct {
	Ticket    string `json:"ticket"`
	Phone     string `json:"phone"`     // masked
	ResendIn  int    `json:"resendIn"`  // seconds
	ExpiresIn int    `json:"expiresIn"` // seconds
}

func sendCode(uc account.SendCode) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Answer, error) {
		in, err := httpapi.Decode[request](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		device, err := r.AskingDevice(in.Device)
		if err != nil {
			return httpapi.Answer{}, err
		}
		sent, err := in.run(ctx, uc, r.Call(), device)
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusAccepted, Body: response{
			sent.Ticket.Reveal(), sent.Phone.Masked(), int(sent.ResendIn.Seconds()), int(sent.ExpiresIn.Seconds()),
		}}, nil
	}
}

// run calls the use case for which the request has the fields.
func (in request) run(ctx context.Context, uc account.SendCode, call audit.Call, device string) (account.Sent, error) {
	var f fault.Fields
	switch {
	case in.Ticket != "" && (in.Purpose != "" || in.Account != "" || in.Name != ""):
		f.Add("ticket", fault.Invalid) // a ticket stands alone
		return account.Sent{}, f.Err()
	case in.Ticket != "":
		return uc.Again(ctx, call, in.Ticket, device)
	case in.Purpose == "":
		f.Add("purpose", fault.Required)
		return account.Sent{}, f.Err()
	case in.Purpose != string(account.ForActivation):
		f.Add("purpose", fault.NotChoice)
		return account.Sent{}, f.Err()
	}
	return uc.Activate(ctx, call, in.Account, in.Name, device)
}
