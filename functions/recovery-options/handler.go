package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/wire"
)

func routes(uc account.RecoveryOptions) httpapi.Routes {
	return httpapi.Routes{"POST /v1/recovery": recoveryOptions(uc)}
}

type request struct {
	Account string `json:"account"`
	Name    string `json:"name"`

	Device *httpapi.DeviceBody `json:"device"` // the one that asks; may be left out
}

type response struct {
	Ticket         string     `json:"ticket"`
	Methods        []string   `json:"methods"`
	Phone          string     `json:"phone"` // masked
	Administrators []contact  `json:"administrators"`
	Request        *requested `json:"request,omitempty"`
}

type contact struct {
	Name        string  `json:"name"`
	Unit        string  `json:"unit"`
	OfficePhone *string `json:"officePhone"`
}

type requested struct {
	ID    string                `json:"id"`
	State account.RecoveryState `json:"state"`
}

// methods are 通过手机号找回密码 and 通过管理员找回密码. Everybody has the second: a request waits in
// the queue of the unit, even if the unit gets its first administrator only later.
func methods(out account.Recovery) []string {
	if out.ByPhone {
		return []string{"phone", "administrator"}
	}
	return []string{"administrator"}
}

func recoveryOptions(uc account.RecoveryOptions) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Answer, error) {
		in, err := httpapi.Decode[request](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		device, err := r.AskingDevice(in.Device)
		if err != nil {
			return httpapi.Answer{}, err
		}
		out, err := uc.Run(ctx, r.Call(), in.Account, in.Name, device)
		if err != nil {
			return httpapi.Answer{}, err
		}
		body := response{Ticket: out.Ticket.Reveal(), Methods: methods(out), Phone: out.Phone.Masked(), Administrators: make([]contact, len(out.Administrators))}
		for i, a := range out.Administrators {
			body.Administrators[i] = contact{a.Name, a.Unit, wire.Null(a.OfficePhone)}
		}
		if out.Request.ID != "" {
			body.Request = &requested{out.Request.ID, out.State}
		}
		return httpapi.Answer{Status: http.StatusOK, Body: body}, nil
	}
}
