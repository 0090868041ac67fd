package main

import (
	"context"
	"net/http"

	"chaoxi/shared/httpapi"
	"chaoxi/shared/staff"
)

func routes(list *staff.DictionaryList) httpapi.Routes {
	return httpapi.Routes{"GET /v1/dictionaries": dictionaries(list)}
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
