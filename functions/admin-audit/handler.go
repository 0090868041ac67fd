package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/wire"
)

func routes(auth httpapi.Auth, uc admin.AuditLog, whole admin.RevealAudit) httpapi.Routes {
	return httpapi.Routes{
		"GET /v1/admin/audit":             auth.Admin(account.AuditRead, read(uc)),
		"GET /v1/admin/audit/{id}/reveal": auth.Admin(account.PIIReveal, reveal(whole)),
	}
}

type page struct {
	Items []item `json:"items"`
	Next  string `json:"next,omitempty"`
}

type item struct {
	ID        string   `json:"id"`
	At        string   `json:"at"`
	Actor     string   `json:"actor"`
	Action    string   `json:"action"`
	Subject   string   `json:"subject"`
	Changes   []change `json:"changes"`
	SourceIP  string   `json:"sourceIp"`
	RequestID string   `json:"requestId"`
	Reason    string   `json:"reason,omitempty"`
}

// change is one changed field. Its values are masked: the audit stores them so. Hidden
// says that they can be revealed, and that they differ.
type change struct {
	Field  string  `json:"field"`
	Old    *string `json:"old"`
	New    *string `json:"new"`
	Hidden bool    `json:"hidden,omitempty"`
}

func changeOf(c audit.Change) change {
	return change{c.Field, wire.Null(c.Old), wire.Null(c.New), c.Hidden}
}

func read(uc admin.AuditLog) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		params, err := r.Params("employeeCode", "actor", "org", "from", "to", "limit", "cursor")
		if err != nil {
			return httpapi.Answer{}, err
		}
		limit, err := params.Limit()
		if err != nil {
			return httpapi.Answer{}, err
		}
		found, err := uc.Run(ctx, by, admin.AuditFilter{
			EmployeeCode: params["employeeCode"], Actor: params["actor"], Org: params["org"], From: params["from"], To: params["to"],
		}, limit, params["cursor"])
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusOK, Body: pageOf(found)}, nil
	}
}

func pageOf(found admin.AuditPage) page {
	p := page{Items: make([]item, len(found.Entries)), Next: found.Next}
	for i, e := range found.Entries {
		p.Items[i] = item{
			ID: e.ID, At: wire.Time(e.At), Actor: e.Actor.String(), Action: string(e.Action), Subject: string(e.Subject), Changes: []change{},
			SourceIP: e.Call.Address, RequestID: e.Call.ID, Reason: e.Reason,
		}
		for _, ch := range e.Changes {
			p.Items[i].Changes = append(p.Items[i].Changes, changeOf(ch))
		}
	}
	return p
}

type revealed struct {
	Values []change `json:"values"`
}

func reveal(uc admin.RevealAudit) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		e, err := uc.Load(ctx, by, r.Path("id"))
		if err != nil {
			return httpapi.Answer{}, err
		}
		params, err := r.Params("reason")
		if err != nil {
			return httpapi.Answer{}, err
		}
		values, err := uc.Run(ctx, r.Call(), by, e, params["reason"])
		if err != nil {
			return httpapi.Answer{}, err
		}
		body := revealed{Values: []change{}}
		for _, v := range values {
			body.Values = append(body.Values, changeOf(v))
		}
		return httpapi.Answer{Status: http.StatusOK, Body: body}, nil
	}
}
