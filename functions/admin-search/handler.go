package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/staff"
	"chaoxi/shared/wire"
)

func routes(auth httpapi.Auth, uc admin.Search) httpapi.Routes {
	return httpapi.Routes{"GET /v1/admin/staff": auth.Admin(account.StaffRead, search(uc))}
}

type page struct {
	Items []item `json:"items"`
	Next  string `json:"next,omitempty"`
}

type item struct {
	EmployeeCode string             `json:"employeeCode"`
	Name         string             `json:"name"`
	Account      string             `json:"account"`
	Phone        *string            `json:"phone"` // masked
	Employment   staff.Employment   `json:"employment"`
	AccountState staff.AccountState `json:"accountState"`
	Complete     bool               `json:"complete"`
	Posts        []post             `json:"posts"`
}

type post struct {
	UnitName string        `json:"unitName"`
	OrgName  string        `json:"orgName"`
	JobType  staff.JobType `json:"jobType"`
	Title    *string       `json:"title"`
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
	p := page{Items: make([]item, len(found.People)), Next: found.Next}
	for i, s := range found.People {
		p.Items[i] = item{
			EmployeeCode: s.Code.String(), Name: s.Name, Account: s.Account.Masked(), Phone: wire.Null(s.Phone.Masked()),
			Employment: s.Employment, AccountState: s.State, Complete: s.Complete(), Posts: []post{},
		}
		for _, o := range s.VisiblePosts() {
			p.Items[i].Posts = append(p.Items[i].Posts, post{found.Orgs.Name(o.Unit), found.Orgs.Name(o.Org), o.JobType, wire.Null(o.Title)})
		}
	}
	return p
}
