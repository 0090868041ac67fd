package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/staff"
)

func routes(auth httpapi.Auth, uc admin.ChangeState) httpapi.Routes {
	return httpapi.Routes{"POST /v1/admin/staff/{employeeCode}/state": auth.Admin(account.StaffEdit, change(uc))}
}

type request struct {
	Action admin.StateAction `json:"action"`
	Reason string            `json:"reason"`
}

type response struct {
	Employment   staff.Employment   `json:"employment"`
	AccountState staff.AccountState `json:"accountState"`
	Version      int64              `json:"version"`
}

func change(uc admin.ChangeState) httpapi.AdminHandler {
	open := admin.LoadTarget{Store: uc.Store, Keys: uc.Keys, Now: uc.Now}
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		t, err := open.Run(ctx, by, r.Path("employeeCode"))
		if err != nil {
			return httpapi.Answer{}, err
		}
		in, err := httpapi.Decode[request](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		s, err := uc.Run(ctx, r.Call(), by, t, admin.StateInput(in))
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusOK, Body: response{s.Employment, s.State, s.Version}}, nil
	}
}
