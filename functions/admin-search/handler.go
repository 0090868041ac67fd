package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/wire"
)

func routes(auth httpapi.Auth, uc admin.Search) httpapi.Routes {
	return httpapi.Routes{"GET /v1/admin/staff": auth.Admin(account.StaffRead, search(uc))}
}

type page struct {
	Items []wire.SearchItem `json:"items"`
	Next  string            `json:"next,omitempty"`
}

func search(uc admin.Search) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		params, err := r.Params(append(wire.SearchParams, "limit", "cursor")...)
		if err != nil {
			return httpapi.Answer{}, err
		}
		in, err := wire.SearchInput(params)
		if err != nil {
			return httpapi.Answer{}, err
		}
		limit, err := params.Limit()
		if err != nil {
			return httpapi.Answer{}, err
		}
		found, err := uc.Run(ctx, by, in, limit, params["cursor"])
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusOK, Body: pageOf(found)}, nil
	}
}

func pageOf(found admin.Found) page {
	p := page{Items: make([]wire.SearchItem, len(found.People)), Next: found.Next}
	for i, s := range found.People {
		p.Items[i] = wire.SearchItemOf(s, found.Orgs)
	}
	return p
}
