package main

import (
	"context"
	"net/http"
	"strconv"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/fault"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/optional"
	"chaoxi/shared/wire"
)

func routes(auth httpapi.Auth, l admin.ListOrgs, e admin.EditOrgs) httpapi.Routes {
	return httpapi.Routes{
		"GET /v1/admin/orgs":              auth.Admin(account.StaffRead, list(l)),
		"POST /v1/admin/orgs":             auth.Admin(account.OrgEdit, add(e)),
		"PATCH /v1/admin/orgs/{orgCode}":  auth.Admin(account.OrgEdit, update(e)),
		"DELETE /v1/admin/orgs/{orgCode}": auth.Admin(account.OrgEdit, end(e)),
	}
}

type page struct {
	Items []wire.Org `json:"items"`
	Next  string     `json:"next,omitempty"`
}

func list(uc admin.ListOrgs) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		params, err := r.Params("parent", "q", "limit", "cursor")
		if err != nil {
			return httpapi.Answer{}, err
		}
		limit, err := params.Limit()
		if err != nil {
			return httpapi.Answer{}, err
		}
		found, err := uc.Run(ctx, by, admin.OrgFilter{Parent: params["parent"], Q: params["q"]}, limit, params["cursor"])
		if err != nil {
			return httpapi.Answer{}, err
		}
		body := page{Items: make([]wire.Org, len(found.Orgs)), Next: found.Next}
		for i, o := range found.Orgs {
			body.Items[i] = wire.OrgOf(o)
		}
		return httpapi.Answer{Status: http.StatusOK, Body: body}, nil
	}
}

type request struct {
	Name     string                 `json:"name"`
	Type     string                 `json:"type"`
	Parent   string                 `json:"parent"`
	Division optional.Value[string] `json:"division"`
	Order    optional.Value[int]    `json:"order"`
}

// add answers 201 if it has added the organisation, and 200 with the same if the same
// request, by its Idempotency-Key, had added it before.
func add(uc admin.EditOrgs) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		in, err := httpapi.Decode[request](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		key, digest, err := r.IdempotencyKey()
		if err != nil {
			return httpapi.Answer{}, err
		}
		o, added, err := uc.Add(ctx, r.Call(), by, admin.OrgInput{
			Name: in.Name, Type: in.Type, Parent: in.Parent, Division: in.Division, Order: in.Order, Request: admin.RequestKey{Key: key, Digest: digest},
		})
		switch {
		case err != nil:
			return httpapi.Answer{}, err
		case !added:
			return httpapi.Answer{Status: http.StatusOK, Body: wire.OrgOf(o)}, nil
		}
		return httpapi.Answer{Status: http.StatusCreated, Body: wire.OrgOf(o)}, nil
	}
}

type change struct {
	Version  int64                  `json:"version"`
	Name     optional.Value[string] `json:"name"`
	Parent   optional.Value[string] `json:"parent"`
	Division optional.Value[string] `json:"division"`
	Order    optional.Value[int]    `json:"order"`
}

// started names the job of a move.
type started struct {
	ID string `json:"id"`
}

// update answers 202 with the id of a job if the organisation has got another parent,
// and otherwise 200 with the organisation. Another division or order starts a job,
// too, but that job changes nothing of what this answer shows.
func update(uc admin.EditOrgs) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		was, err := uc.Load(ctx, by, r.Path("orgCode"))
		if err != nil {
			return httpapi.Answer{}, err
		}
		in, err := httpapi.Decode[change](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		e := admin.OrgEdit{
			Version: in.Version, Name: in.Name, Parent: in.Parent, Division: in.Division,
			Order: in.Order,
		}
		now, job, err := uc.Update(ctx, r.Call(), by, was, e)
		if err != nil {
			return httpapi.Answer{}, wire.WithCurrentOrg(err)
		}
		if now.Org.Parent() != was.Parent() {
			return httpapi.Answer{Status: http.StatusAccepted, Body: started{job}}, nil
		}
		return httpapi.Answer{Status: http.StatusOK, Body: wire.OrgOf(now)}, nil
	}
}

func end(uc admin.EditOrgs) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		o, err := uc.Load(ctx, by, r.Path("orgCode"))
		if err != nil {
			return httpapi.Answer{}, err
		}
		params, err := r.Params("version")
		if err != nil {
			return httpapi.Answer{}, err
		}
		var version int64
		if s, ok := params["version"]; ok {
			if version, err = strconv.ParseInt(s, 10, 64); err != nil || version < 1 {
				return httpapi.Answer{}, fault.FieldInvalid.AtField("version", fault.Invalid)
			}
		}
		if err := uc.Close(ctx, r.Call(), by, o, version); err != nil {
			return httpapi.Answer{}, wire.WithCurrentOrg(err)
		}
		return httpapi.Answer{Status: http.StatusNoContent}, nil
	}
}
