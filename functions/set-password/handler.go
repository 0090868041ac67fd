package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/httpapi"
)

func routes(uc account.SetPassword) httpapi.Routes {
	return httpapi.Routes{"POST /v1/password": setPassword(uc)}
}

type request struct {
	Ticket          string              `json:"ticket"`
	Code            string              `json:"code"`
	Password        string              `json:"password"`
	ConfirmPassword string              `json:"confirmPassword"`
	Device          *httpapi.DeviceBody `json:"device"`
}

type response struct {
	Message string `json:"message"`
}

func setPassword(uc account.SetPassword) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Answer, error) {
		page := r.Page() != ""
		if page && r.Origin().Admit(r.Page()) != nil {
			return httpapi.Answer{}, fault.CrossSite
		}
		in, err := httpapi.Decode[request](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		secret, name, cookies, err := r.Device(page, in.Device, func() (account.Secret, error) { return account.NewSecret(uc.Random) })
		if err != nil {
			return httpapi.Answer{}, err
		}
		activated, err := uc.Run(ctx, r.Call(), account.SetPasswordInput{
			Ticket: in.Ticket, Code: in.Code, Password: in.Password, ConfirmPassword: in.ConfirmPassword, Device: secret, DeviceName: name,
		})
		if err != nil {
			return httpapi.Answer{}, err
		}
		message := "密码设置成功，请使用新密码登录"
		if activated {
			message = "账号激活成功，请使用密码登录"
		}
		return httpapi.Answer{Status: http.StatusOK, Body: response{message}, Cookies: cookies}, nil
	}
}
