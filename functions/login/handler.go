package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/meter"
	"chaoxi/shared/wire"
)

func routes(uc account.Login) httpapi.Routes {
	return httpapi.Routes{"POST /v1/sessions": login(uc)}
}

type request struct {
	Account  string              `json:"account"`
	Password string              `json:"password"`
	Device   *httpapi.DeviceBody `json:"device"`
	Client   string              `json:"client"`
}

func login(uc account.Login) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Answer, error) {
		in, err := httpapi.Decode[request](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		client := account.Client(in.Client)
		if client.Known() { // CrossSite is answered before any flaw of the fields
			if err := r.Origin().Admit(client); err != nil {
				return httpapi.Answer{}, err
			}
		}
		if client == account.App && in.Device == nil {
			in.Device = &httpapi.DeviceBody{} // has no id, so Device refuses it: the app has no cookie instead
		}
		secret, name, cookies, err := r.Device(client.Page(), in.Device, func() (account.Secret, error) { return account.NewSecret(uc.Random) })
		if err != nil {
			return httpapi.Answer{}, err
		}
		done, err := uc.Run(ctx, r.Call(), account.LoginInput{
			Account: in.Account, Password: in.Password, Device: secret, DeviceName: name, Client: client,
		})
		if err != nil {
			return httpapi.Answer{}, err
		}
		if next := done.SecondStep; next != nil {
			return httpapi.Answer{Cookies: cookies}, fault.SecondFactorRequired.With("ticket", next.Ticket.Reveal()).With("phone", next.Phone.Masked())
		}
		meter.Count(ctx, meter.SignIns, 1)
		return httpapi.Answer{Status: http.StatusCreated, Body: wire.SessionOf(*done.SignedIn), Cookies: append(httpapi.SignIn(*done.SignedIn), cookies...)}, nil
	}
}
