package main

import (
	"context"
	"fmt"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/httpapi"
)

func routes(auth httpapi.Auth, uc admin.UpdatePosts) httpapi.Routes {
	return httpapi.Routes{"PATCH /v1/admin/staff/{employeeCode}": auth.Admin(update(uc))}
}

type (
	text   = httpapi.Optional[string]
	number = httpapi.Optional[int]
)

type request struct {
	Version         int64    `json:"version"`
	Name            text     `json:"name"`
	Account         text     `json:"account"`
	AreaCode        text     `json:"areaCode"`
	Phone           text     `json:"phone"`
	ShortNumber     text     `json:"shortNumber"`
	Gender          text     `json:"gender"`
	IDCard          text     `json:"idCard"`
	BirthDate       text     `json:"birthDate"`
	BudgetedPost    text     `json:"budgetedPost"`
	JobLevel        text     `json:"jobLevel"`
	HomeAddress     text     `json:"homeAddress"`
	PoliticalStatus text     `json:"politicalStatus"`
	Posts           []post   `json:"posts"`
	RemovedPosts    []string `json:"removedPosts"`
}

type post struct {
	ID            text   `json:"id"`
	Unit          text   `json:"unit"`
	Org           text   `json:"org"`
	JobType       text   `json:"jobType"`
	Title         text   `json:"title"`
	Role          text   `json:"role"`
	Order         number `json:"order"`
	Email         text   `json:"email"`
	OfficePhone   text   `json:"officePhone"`
	OfficeAddress text   `json:"officeAddress"`
}

type field = admin.Field[string]

func (in request) edit() admin.Edit {
	e := admin.Edit{
		Version: in.Version,
		Name:    field(in.Name), Account: field(in.Account), AreaCode: field(in.AreaCode), Phone: field(in.Phone),
		ShortNumber: field(in.ShortNumber), Gender: field(in.Gender), IDCard: field(in.IDCard),
		BirthDate: field(in.BirthDate), BudgetedPost: field(in.BudgetedPost), JobLevel: field(in.JobLevel),
		HomeAddress: field(in.HomeAddress), PoliticalStatus: field(in.PoliticalStatus),
		Removed: in.RemovedPosts,
	}
	for _, p := range in.Posts {
		e.Posts = append(e.Posts, admin.PostEdit{
			ID: field(p.ID), Unit: field(p.Unit), Org: field(p.Org), JobType: field(p.JobType),
			Title: field(p.Title), Role: field(p.Role), Order: admin.Field[int](p.Order),
			Email: field(p.Email), OfficePhone: field(p.OfficePhone), OfficeAddress: field(p.OfficeAddress),
		})
	}
	return e
}

type response struct {
	Message      string `json:"message"`
	UpdatedPosts int    `json:"updatedPosts"`
	Complete     bool   `json:"complete"`
	Version      int64  `json:"version"`
}

func update(uc admin.UpdatePosts) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, c account.Caller) (httpapi.Answer, error) {
		// The body is read first, for the organisations that it names, but what is
		// wrong with it is said only to who may see the person.
		in, wrong := httpapi.Decode[request](r)
		e := in.edit()
		t, err := uc.Open(ctx, c, r.Path("employeeCode"), e)
		if err != nil {
			return httpapi.Answer{}, err
		}
		if wrong != nil {
			return httpapi.Answer{}, wrong
		}
		done, err := uc.Run(ctx, r.Call(), c, t, e)
		if err != nil {
			return httpapi.Answer{}, httpapi.WithCurrent(err)
		}
		return httpapi.Answer{Status: http.StatusOK, Body: response{
			fmt.Sprintf("提交成功，更新职务 %d 个", done.Posts), done.Posts, done.Complete, done.Version,
		}}, nil
	}
}
