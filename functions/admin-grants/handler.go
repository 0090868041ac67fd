package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/httpapi"
)

func routes(auth httpapi.Auth, l admin.ListGrants, g admin.GiveGrant, r admin.RevokeGrant) httpapi.Routes {
	return httpapi.Routes{
		"GET /v1/admin/grants":         auth.Admin(account.AdminGrant, list(l)),
		"POST /v1/admin/grants":        auth.Admin(account.AdminGrant, give(g)),
		"DELETE /v1/admin/grants/{id}": auth.Admin(account.AdminGrant, revoke(r)),
	}
}

type page struct {
	Items []item `json:"items"`
	Next  string `json:"next,omitempty"`
}

type item struct {
	ID           string               `json:"id"`
	EmployeeCode string               `json:"employeeCode"`
	Name         string               `json:"name"`
	Type         account.GrantType    `json:"type"`
	Org          string               `json:"org"`
	OrgName      string               `json:"orgName"`
	Permissions  []account.Permission `json:"permissions"`
}

func list(uc admin.ListGrants) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		params, err := r.Params("org", "employeeCode", "limit", "cursor")
		if err != nil {
			return httpapi.Answer{}, err
		}
		limit, err := params.Limit()
		if err != nil {
			return httpapi.Answer{}, err
		}
		found, err := uc.Run(ctx, by, admin.GrantFilter{Org: params["org"], EmployeeCode: params["employeeCode"]}, limit, params["cursor"])
		if err != nil {
			return httpapi.Answer{}, err
		}
		body := page{Items: make([]item, len(found.Grants)), Next: found.Next}
		for i, g := range found.Grants {
			ref := account.GrantRef{Staff: g.Staff.Code, ID: g.Grant.ID}
			body.Items[i] = item{ref.String(), g.Staff.Code.String(), g.Staff.Name, g.Grant.Type, g.Org.Code.String(), g.Org.Name, g.Grant.Permissions()}
		}
		return httpapi.Answer{Status: http.StatusOK, Body: body}, nil
	}
}

type request struct {
	EmployeeCode string            `json:"employeeCode"`
	Type         account.GrantType `json:"type"`
	Org          string            `json:"org"`
	Permissions  []string          `json:"permissions"` // beyond those that the type has
}

type response struct {
	ID string `json:"id"`
}

// give answers 201 if it has given the grant, and 200 if the person had it before.
func give(uc admin.GiveGrant) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		in, err := httpapi.Decode[request](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		ref, fresh, err := uc.Run(ctx, r.Call(), by, admin.GrantInput(in))
		if err != nil {
			return httpapi.Answer{}, err
		}
		answer := httpapi.Answer{Status: http.StatusOK, Body: response{ref.String()}}
		if fresh {
			answer.Status = http.StatusCreated
		}
		return answer, nil
	}
}

func revoke(uc admin.RevokeGrant) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		if err := uc.Run(ctx, r.Call(), by, r.Path("id")); err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusNoContent}, nil
	}
}
