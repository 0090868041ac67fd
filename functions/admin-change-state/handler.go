package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

func routes(auth httpapi.Auth, uc admin.ChangeState) httpapi.Routes {
	return httpapi.Routes{"POST /v1/admin/staff/{employeeCode}/state": auth.Admin(account.StaffEdit, change(uc))}
}

type request struct {
	Action   admin.StateAction      `json:"action"`
	Reason   string                 `json:"reason"`
	Account  optional.Value[string] `json:"account"`
	AreaCode optional.Value[string] `json:"areaCode"`
	Phone    optional.Value[string] `json:"phone"`
	Unit     optional.Value[string] `json:"unit"`
	Org      optional.Value[string] `json:"org"`
}

func (in request) input() admin.StateInput {
	return admin.StateInput{Action: in.Action, Reason: in.Reason, Return: admin.Return{
		Account: in.Account, AreaCode: in.AreaCode, Phone: in.Phone, Unit: in.Unit, Org: in.Org,
	}}
}

type response struct {
	Employment   staff.Employment   `json:"employment"`
	AccountState staff.AccountState `json:"accountState"`
	Version      int64              `json:"version"`
}

func change(uc admin.ChangeState) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		// Load also reads the organisations that the body names, so the body is decoded
		// first. But callers who may not see or change the person get that answer, and not
		// the flaws of the body.
		in, wrong := httpapi.Decode[request](r)
		t, err := uc.Load(ctx, by, r.Path("employeeCode"), in.input())
		if err != nil {
			return httpapi.Answer{}, err
		}
		if wrong != nil {
			return httpapi.Answer{}, wrong
		}
		s, err := uc.Run(ctx, r.Call(), by, t, in.input())
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusOK, Body: response{s.Employment, s.State, s.Version}}, nil
	}
}
