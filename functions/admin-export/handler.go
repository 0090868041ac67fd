package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/roster"
	"chaoxi/shared/wire"
)

func routes(auth httpapi.Auth, uc admin.Export) httpapi.Routes {
	return httpapi.Routes{"GET /v1/admin/exports": auth.Admin(account.StaffRead, export(uc))}
}

// mediaTypes are the media types of files.
var mediaTypes = map[string]string{
	string(roster.CSV):  "text/csv; charset=utf-8",
	string(roster.XLSX): "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

func export(uc admin.Export) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		params, err := r.Params(append(wire.SearchParams, "format")...)
		if err != nil {
			return httpapi.Answer{}, err
		}
		in, err := wire.SearchInput(params)
		if err != nil {
			return httpapi.Answer{}, err
		}
		file, err := uc.Run(ctx, r.Call(), by, admin.ExportInput{Format: params["format"], Search: in})
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusOK, Body: httpapi.File{Content: file.Content, Type: mediaTypes[params["format"]], SaveAs: file.Name}}, nil
	}
}
