package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/httpapi"
)

// request is the body of POST /v1/recovery.
type request struct {
	Account string `json:"account"`
	Name    string `json:"name"`
}

type response struct {
	Ticket         string     `json:"ticket"`
	Methods        []string   `json:"methods"`
	Phone          string     `json:"phone"`
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

// methods are 通过手机号找回密码 and 通过管理员找回密码. Everybody has both: the phone is
// on file, and a request reaches whoever administers the unit when it is read.
var methods = []string{"phone", "administrator"}

func routes(uc account.RecoveryOptions) httpapi.Routes {
	return httpapi.Routes{"POST /v1/recovery": func(ctx context.Context, r *httpapi.Request) (httpapi.Answer, error) {
		in, err := httpapi.Decode[request](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		out, err := uc.Run(ctx, r.Call(), in.Account, in.Name)
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusOK, Body: responseOf(out)}, nil
	}}
}

func responseOf(r account.Recovery) response {
	body := response{Ticket: r.Ticket.Reveal(), Methods: methods, Phone: r.Phone.Masked(), Administrators: []contact{}}
	for _, a := range r.Administrators {
		body.Administrators = append(body.Administrators, contact{a.Name, a.Unit, httpapi.Text(a.OfficePhone)})
	}
	if r.Request.ID != "" {
		body.Request = &requested{r.Request.ID, r.State}
	}
	return body
}
