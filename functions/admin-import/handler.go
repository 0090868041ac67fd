package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/roster"
)

func routes(auth httpapi.Auth, imports admin.MakeImport, template admin.ImportTemplate) httpapi.Routes {
	return httpapi.Routes{
		"POST /v1/admin/imports":         auth.Admin(account.StaffImport, begin(imports)),
		"GET /v1/admin/imports/template": auth.Admin(account.StaffImport, get(template)),
	}
}

// begin answers 202 with the job, and with the columns that an import does not read. The
// same request again, by its Idempotency-Key, is answered with the same job.
func begin(uc admin.MakeImport) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		file, err := r.File(roster.MaxBytes)
		if err != nil {
			return httpapi.Answer{}, err
		}
		params, err := r.Params("format", "dryRun")
		if err != nil {
			return httpapi.Answer{}, err
		}
		key, digest, err := r.IdempotencyKey()
		if err != nil {
			return httpapi.Answer{}, err
		}
		in := admin.ImportInput{File: file, Format: params["format"], DryRun: params["dryRun"]}
		made, err := uc.Run(ctx, r.Call(), by, in, admin.RequestKey{Key: key, Digest: digest})
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusAccepted, Body: struct {
			ID      string   `json:"id"`
			Ignored []string `json:"ignoredColumns,omitempty"`
		}{made.ID, made.Ignored}}, nil
	}
}

// media are the content types of files.
var media = map[roster.Format]string{
	roster.CSV:  "text/csv; charset=utf-8",
	roster.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// get answers with the file to fill in.
func get(uc admin.ImportTemplate) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, _ account.Permitted) (httpapi.Answer, error) {
		params, err := r.Params("format")
		if err != nil {
			return httpapi.Answer{}, err
		}
		format := roster.Format(params["format"])
		file, err := uc.Run(ctx, format)
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusOK, Body: httpapi.File{Content: file, Type: media[format], SaveAs: "人员导入模板." + string(format)}}, nil
	}
}
