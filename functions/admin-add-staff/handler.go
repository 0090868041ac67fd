package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/wire"
)

func routes(auth httpapi.Auth, uc admin.AddStaff) httpapi.Routes {
	return httpapi.Routes{"POST /v1/admin/staff": auth.Admin(account.StaffEdit, add(uc))}
}

type request struct {
	wire.PersonEdit
	Posts             []wire.PostEdit `json:"posts"`
	SendActivationSMS bool            `json:"sendActivationSms"`
}

func (in request) edit() admin.Edit {
	e := in.PersonEdit.Edit()
	for _, p := range in.Posts {
		e.Posts = append(e.Posts, p.Edit())
	}
	return e
}

type response struct {
	EmployeeCode  string               `json:"employeeCode"`
	Version       int64                `json:"version"`
	ActivationSMS account.SMSState     `json:"activationSms,omitempty"`
	Warnings      []httpapi.FieldError `json:"warnings,omitempty"`
}

// add answers 201 if it has added the person, and 200 with the same if the same request,
// by its Idempotency-Key, had added them before.
func add(uc admin.AddStaff) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		in, err := httpapi.Decode[request](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		key, digest, err := r.IdempotencyKey()
		if err != nil {
			return httpapi.Answer{}, err
		}
		added, err := uc.Run(ctx, r.Call(), by, in.edit(), in.SendActivationSMS, admin.RequestKey{Key: key, Digest: digest})
		if err != nil {
			return httpapi.Answer{}, err
		}
		answer := httpapi.Answer{Status: http.StatusOK, Body: response{added.Code.String(), added.Version, added.SMS, r.FieldErrors(added.Warnings)}}
		if added.New {
			answer.Status = http.StatusCreated
		}
		return answer, nil
	}
}
