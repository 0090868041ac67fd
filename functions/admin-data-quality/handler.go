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

func routes(auth httpapi.Auth, q admin.DataQuality, c admin.ListSharedCards) httpapi.Routes {
	return httpapi.Routes{
		"GET /v1/admin/data-quality":          auth.Admin(account.StaffRead, quality(q)),
		"GET /v1/admin/data-quality/id-cards": auth.Admin(account.StaffRead, idCards(c)),
	}
}

// counts are numbers of people in service.
type counts struct {
	People     int     `json:"people"`
	Incomplete int     `json:"incomplete"`
	ByField    byField `json:"byField"`
}

// byField is how many people lack each field. Somebody may lack several.
type byField struct {
	BudgetedPost int `json:"budgetedPost"`
	JobLevel     int `json:"jobLevel"`
	Role         int `json:"role"`
}

func countsOf(h staff.Headcount) counts {
	return counts{h.People, h.Incomplete, byField{h.BudgetedPost, h.JobLevel, h.Role}}
}

// answer is an organisation, or all tops of the caller's scope together.
type answer struct {
	Org     *string `json:"org"`
	OrgName *string `json:"orgName"`
	counts
	Own      *counts `json:"own"`
	Children []child `json:"children"`
	Next     string  `json:"next,omitempty"`
}

// child is an organisation directly below. Twin is another one beside it that has the
// same name.
type child struct {
	Org     string        `json:"org"`
	OrgName string        `json:"orgName"`
	Type    staff.OrgType `json:"type"`
	counts
	Own         counts  `json:"own"`
	HasChildren bool    `json:"hasChildren"`
	Twin        *string `json:"twin"`
}

// mostChildren is how many children an answer has unless the request says otherwise.
// The others are on further pages.
const mostChildren = 100

func quality(uc admin.DataQuality) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		params, err := r.Params("org", "limit", "cursor")
		if err != nil {
			return httpapi.Answer{}, err
		}
		limit := mostChildren
		if _, said := params["limit"]; said {
			if limit, err = params.Limit(); err != nil {
				return httpapi.Answer{}, err
			}
		}
		q, err := uc.Run(ctx, by, params["org"], limit, params["cursor"])
		if err != nil {
			return httpapi.Answer{}, err
		}
		body := answer{counts: countsOf(q.Total), Children: make([]child, len(q.Children)), Next: q.Next}
		if o := q.Org.Org; !o.Code.IsZero() {
			own := countsOf(q.Org.Own.Headcount)
			body.Org, body.OrgName, body.Own = wire.Null(o.Code.String()), wire.Null(o.Name), &own
		}
		for i, c := range q.Children {
			body.Children[i] = child{
				Org: c.Org.Code.String(), OrgName: c.Org.Name, Type: c.Org.Type, counts: countsOf(c.All.Headcount), Own: countsOf(c.Own.Headcount),
				HasChildren: c.OrgRecord.Children > 0, Twin: wire.Null(c.Twin.String()),
			}
		}
		return httpapi.Answer{Status: http.StatusOK, Body: body}, nil
	}
}

type cardPage struct {
	Items []sharedCard `json:"items"`
	Next  string       `json:"next,omitempty"`
}

// sharedCard is an ID card that two people have. Of a pair across the border of the
// caller's scope it shows one.
type sharedCard struct {
	IDCard string            `json:"idCard"` // masked
	People []wire.SearchItem `json:"people"`
}

func idCards(uc admin.ListSharedCards) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		params, err := r.Params("org", "limit", "cursor")
		if err != nil {
			return httpapi.Answer{}, err
		}
		limit, err := params.Limit()
		if err != nil {
			return httpapi.Answer{}, err
		}
		found, err := uc.Run(ctx, by, params["org"], limit, params["cursor"])
		if err != nil {
			return httpapi.Answer{}, err
		}
		body := cardPage{Items: make([]sharedCard, len(found.Cards)), Next: found.Next}
		for i, c := range found.Cards {
			body.Items[i] = sharedCard{IDCard: c.IDCard, People: make([]wire.SearchItem, len(c.People))}
			for n, p := range c.People {
				body.Items[i].People[n] = wire.SearchItemOf(p, found.Orgs)
			}
		}
		return httpapi.Answer{Status: http.StatusOK, Body: body}, nil
	}
}
