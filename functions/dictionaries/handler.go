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

func routes(list *staff.DictionaryList, auth httpapi.Auth, uc admin.EditDictionary) httpapi.Routes {
	return httpapi.Routes{
		"GET /v1/dictionaries":                           dictionaries(list),
		"PUT /v1/admin/dictionaries/{dictionary}/{code}": auth.AnyAdmin(edit(uc)),
	}
}

type response struct {
	Items []item `json:"items"`
}

type item struct {
	Dictionary string `json:"dictionary"`
	Code       string `json:"code"`
	Label      string `json:"label"`
	Order      int    `json:"order"`
	Enabled    bool   `json:"enabled"`
}

func dictionaries(list *staff.DictionaryList) httpapi.Handler {
	return func(ctx context.Context, _ *httpapi.Request) (httpapi.Answer, error) {
		all, err := list.Run(ctx)
		if err != nil {
			return httpapi.Answer{}, err
		}
		items := make([]item, len(all))
		for i, e := range all {
			items[i] = item(e)
		}
		return httpapi.Answer{Status: http.StatusOK, Body: response{items}}, nil
	}
}

type request struct {
	Label   optional.Value[string] `json:"label"`
	Order   optional.Value[int]    `json:"order"`
	Enabled optional.Value[bool]   `json:"enabled"`
}

// edit answers 201 if it has added the entry, and 200 if there was one of this code.
func edit(uc admin.EditDictionary) httpapi.CallerHandler {
	return func(ctx context.Context, r *httpapi.Request, c account.Caller) (httpapi.Answer, error) {
		t, err := uc.Load(ctx, c, r.Path("dictionary"), r.Path("code"))
		if err != nil {
			return httpapi.Answer{}, err
		}
		in, err := httpapi.Decode[request](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		e, added, err := uc.Run(ctx, r.Call(), c, t, admin.DictionaryInput{
			Label: in.Label, Order: in.Order, Enabled: in.Enabled,
		})
		if err != nil {
			return httpapi.Answer{}, err
		}
		answer := httpapi.Answer{Status: http.StatusOK, Body: item(e)}
		if added {
			answer.Status = http.StatusCreated
		}
		return answer, nil
	}
}
