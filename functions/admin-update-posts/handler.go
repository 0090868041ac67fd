package main

import (
	"context"
	"fmt"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/optional"
	"chaoxi/shared/wire"
)

func routes(auth httpapi.Auth, uc admin.UpdatePosts) httpapi.Routes {
	return httpapi.Routes{"PATCH /v1/admin/staff/{employeeCode}": auth.Admin(account.StaffEdit, update(uc))}
}

type request struct {
	Version int64 `json:"version"`
	wire.PersonEdit
	Posts        []post   `json:"posts"`
	RemovedPosts []string `json:"removedPosts"`
}

type post struct {
	ID optional.Value[string] `json:"id"`
	wire.PostEdit
}

func (in request) edit() admin.Edit {
	e := in.PersonEdit.Edit()
	e.Version, e.Removed = in.Version, in.RemovedPosts
	for _, p := range in.Posts {
		edit := p.PostEdit.Edit()
		edit.ID = p.ID
		e.Posts = append(e.Posts, edit)
	}
	return e
}

type response struct {
	Message      string               `json:"message"`
	UpdatedPosts int                  `json:"updatedPosts"`
	Complete     bool                 `json:"complete"`
	Version      int64                `json:"version"`
	Warnings     []httpapi.FieldError `json:"warnings,omitempty"`
}

func update(uc admin.UpdatePosts) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		// Open also reads the organisations that the body names, so the body is decoded
		// first. But callers who may not see the person get that answer, and not the
		// flaws of the body.
		in, wrong := httpapi.Decode[request](r)
		e := in.edit()
		t, err := uc.Load(ctx, by, r.Path("employeeCode"), e)
		if err != nil {
			return httpapi.Answer{}, err
		}
		if wrong != nil {
			return httpapi.Answer{}, wrong
		}
		done, err := uc.Run(ctx, r.Call(), by, t, e)
		if err != nil {
			return httpapi.Answer{}, wire.WithCurrent(by.Caller(), err)
		}
		return httpapi.Answer{Status: http.StatusOK, Body: response{
			fmt.Sprintf("提交成功，更新职务 %d 个", done.Posts), done.Posts, done.Complete, done.Version, r.FieldErrors(done.Warnings),
		}}, nil
	}
}
