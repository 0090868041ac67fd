package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/meter"
	"chaoxi/shared/wire"
)

func routes(uc account.VerifyLogin) httpapi.Routes {
	return httpapi.Routes{"POST /v1/sessions/verify": verify(uc)}
}

type request struct {
	Ticket      string `json:"ticket"`
	Code        string `json:"code"`
	TrustDevice bool   `json:"trustDevice"`
}

func verify(uc account.VerifyLogin) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Answer, error) {
		in, err := httpapi.Decode[request](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		done, err := uc.Run(ctx, r.Call(), account.VerifyLoginInput{Ticket: in.Ticket, Code: in.Code, TrustDevice: in.TrustDevice, From: r.Origin()})
		if err != nil {
			return httpapi.Answer{}, err
		}
		if done.Renewed {
			return httpapi.Answer{Status: http.StatusOK, Body: wire.SessionOf(done), Cookies: httpapi.SignIn(done)}, nil
		}
		meter.Count(ctx, meter.SignIns, 1)
		return httpapi.Answer{Status: http.StatusCreated, Body: wire.SessionOf(done), Cookies: httpapi.SignIn(done)}, nil
	}
}
