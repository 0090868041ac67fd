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

func routes(auth httpapi.Auth, queue admin.RecoveryQueue, uc admin.DecideRecovery) httpapi.Routes {
	return httpapi.Routes{
		"GET /v1/admin/recovery-requests":                auth.Admin(account.StaffEdit, list(queue)),
		"POST /v1/admin/recovery-requests/{id}/decision": auth.Admin(account.StaffEdit, decide(uc)),
	}
}

type page struct {
	Items []item `json:"items"`
	Open  int    `json:"open"`
	Next  string `json:"next,omitempty"`
}

type item struct {
	ID        string                `json:"id"`
	State     account.RecoveryState `json:"state"`
	Reason    string                `json:"reason"`
	CreatedAt string                `json:"createdAt"`
	ExpiresAt string                `json:"expiresAt"`
	DecidedAt string                `json:"decidedAt,omitempty"`
	DecidedBy string                `json:"decidedBy,omitempty"`
	Rejection string                `json:"rejection,omitempty"`
	MayDecide bool                  `json:"mayDecide"`

	EmployeeCode string             `json:"employeeCode"`
	Name         string             `json:"name"`
	Account      string             `json:"account"`
	Phone        *string            `json:"phone"` // masked
	Employment   staff.Employment   `json:"employment"`
	AccountState staff.AccountState `json:"accountState"`
	Posts        []wire.SearchPost  `json:"posts"`
}

func list(uc admin.RecoveryQueue) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		params, err := r.Params("state", "limit", "cursor")
		if err != nil {
			return httpapi.Answer{}, err
		}
		limit, err := params.Limit()
		if err != nil {
			return httpapi.Answer{}, err
		}
		found, err := uc.Run(ctx, by, params["state"], limit, params["cursor"])
		if err != nil {
			return httpapi.Answer{}, err
		}
		p := page{Items: make([]item, len(found.Requests)), Open: found.Open, Next: found.Next}
		for i, one := range found.Requests {
			p.Items[i] = itemOf(one, found.Orgs)
		}
		return httpapi.Answer{Status: http.StatusOK, Body: p}, nil
	}
}

func itemOf(l admin.ListedRequest, orgs staff.Orgs) item {
	s := l.Person.Staff
	it := item{
		ID: l.Request.ID, State: l.State, Reason: l.Request.Reason, CreatedAt: wire.Time(l.Request.Created), ExpiresAt: wire.Time(l.Request.Expires),
		Rejection: l.Request.Rejection, MayDecide: l.MayDecide,
		EmployeeCode: s.Code.String(), Name: s.Name, Account: s.Account.Masked(), Phone: wire.Null(s.Phone.Masked()), Employment: s.Employment, AccountState: s.State,
		Posts: wire.SearchPosts(s, orgs),
	}
	if !l.Request.Decided.IsZero() {
		it.DecidedAt, it.DecidedBy = wire.Time(l.Request.Decided), l.Request.DecidedBy.String()
	}
	return it
}

// request has the fields of admin.DecisionInput.
type request struct {
	Decision       string `json:"decision"`
	PhoneConfirmed bool   `json:"phoneConfirmed"`
	HowConfirmed   string `json:"howConfirmed"`
	Reason         string `json:"reason"`
}

type response struct {
	ID          string                `json:"id"`
	State       account.RecoveryState `json:"state"`
	DecidedAt   string                `json:"decidedAt"`
	DecisionSMS account.SMSState      `json:"decisionSms,omitempty"`
}

func decide(uc admin.DecideRecovery) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		k, err := uc.Load(ctx, by, r.Path("id"))
		if err != nil {
			return httpapi.Answer{}, err
		}
		in, err := httpapi.Decode[request](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		done, err := uc.Run(ctx, r.Call(), by, k, admin.DecisionInput(in))
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusOK, Body: response{done.Request.ID, done.Request.State, wire.Time(done.Request.Decided), done.SMS}}, nil
	}
}
