package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/wire"
)

func routes(auth httpapi.Auth, open admin.LoadTarget, uc admin.Reveal, history account.SignInHistory) httpapi.Routes {
	return httpapi.Routes{
		"GET /v1/admin/staff/{employeeCode}":          auth.Admin(account.StaffRead, get(open)),
		"GET /v1/admin/staff/{employeeCode}/sign-ins": auth.Admin(account.StaffRead, signIns(open, history)),
		"POST /v1/admin/staff/{employeeCode}/reveal":  auth.Admin(account.PIIReveal, reveal(uc)),
	}
}

func get(open admin.LoadTarget) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		t, err := open.Run(ctx, by, r.Path("employeeCode"))
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusOK, Body: wire.RecordOf(by.Caller(), t)}, nil
	}
}

// signIns answers the sign-in history of a person in sight.
func signIns(open admin.LoadTarget, history account.SignInHistory) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		t, err := open.Run(ctx, by, r.Path("employeeCode"))
		if err != nil {
			return httpapi.Answer{}, err
		}
		params, err := r.Params("limit", "cursor")
		if err != nil {
			return httpapi.Answer{}, err
		}
		limit, err := params.Limit()
		if err != nil {
			return httpapi.Answer{}, err
		}
		lines, next, err := history.Page(ctx, by.Caller(), t.Staff.Code, limit, params["cursor"])
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusOK, Body: wire.SignInsOf(lines, next)}, nil
	}
}

type request struct {
	Fields []string `json:"fields"`
	Reason string   `json:"reason"`
}

type response struct {
	Values map[string]*string `json:"values"`
}

func reveal(uc admin.Reveal) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		t, err := uc.Load(ctx, by, r.Path("employeeCode"))
		if err != nil {
			return httpapi.Answer{}, err
		}
		in, err := httpapi.Decode[request](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		values, err := uc.Run(ctx, r.Call(), by, t, admin.RevealInput(in))
		if err != nil {
			return httpapi.Answer{}, err
		}
		body := response{map[string]*string{}}
		for field, value := range values {
			body.Values[field] = wire.Null(value)
		}
		return httpapi.Answer{Status: http.StatusOK, Body: body}, nil
	}
}
