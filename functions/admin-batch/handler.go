package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/jobs"
	"chaoxi/shared/wire"
)

func routes(auth httpapi.Auth, jobs admin.Jobs, batch admin.MakeBatch) httpapi.Routes {
	return httpapi.Routes{
		"POST /v1/admin/staff/batch": auth.Admin(account.StaffBatch, begin(batch)),
		"GET /v1/admin/jobs":         auth.AnyAdmin(list(jobs)),
		"GET /v1/admin/jobs/{id}":    auth.AnyAdmin(get(jobs)),
		"DELETE /v1/admin/jobs/{id}": auth.AnyAdmin(stop(jobs)),
	}
}

type request struct {
	Action string       `json:"action"`
	Reason string       `json:"reason"`
	People []string     `json:"employeeCodes"`
	Search *wire.Search `json:"search"`
}

// begin answers 202 with the job. The same request again, by its Idempotency-Key, is
// answered with the same job.
func begin(uc admin.MakeBatch) httpapi.AdminHandler {
	return func(ctx context.Context, r *httpapi.Request, by account.Permitted) (httpapi.Answer, error) {
		in, err := httpapi.Decode[request](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		key, digest, err := r.IdempotencyKey()
		if err != nil {
			return httpapi.Answer{}, err
		}
		batch := admin.BatchInput{Action: in.Action, Reason: in.Reason, People: in.People}
		if in.Search != nil {
			search := in.Search.Input()
			batch.Search = &search
		}
		id, err := uc.Run(ctx, r.Call(), by, batch, admin.RequestKey{Key: key, Digest: digest})
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusAccepted, Body: struct {
			ID string `json:"id"`
		}{id}}, nil
	}
}

type page struct {
	Items []summary `json:"items"`
	Next  string    `json:"next,omitempty"`
}

type summary struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind"`
	State     jobs.State `json:"state"`
	Code      string     `json:"code,omitempty"`   // why the job has failed, or has stopped by itself
	DryRun    bool       `json:"dryRun,omitempty"` // of an import
	Total     int        `json:"total"`
	Done      int        `json:"done"`
	Failed    int        `json:"failed"`
	CreatedAt string     `json:"createdAt"`
	Owner     *owner     `json:"owner,omitempty"` // nil for the caller's own
}

type owner struct {
	EmployeeCode string `json:"employeeCode"`
	Name         string `json:"name"`
}

func summaryOf(j admin.SeenJob) summary {
	s := summary{j.ID, j.Kind, j.CurrentState(), j.Code, admin.IsDryRun(j.Job), j.Expected(), j.Done, j.Failed, wire.Time(j.CreatedAt), nil}
	if j.OwnerName != "" {
		s.Owner = &owner{j.Owner.String(), j.OwnerName}
	}
	return s
}

// job is the answer about one job, with a page of its results.
type job struct {
	summary
	Ignored []string `json:"ignoredColumns,omitempty"` // of an import
	Results []result `json:"results"`
	Next    string   `json:"next,omitempty"`
}

type result struct {
	Row          int                  `json:"row,omitempty"`
	EmployeeCode string               `json:"employeeCode,omitempty"`
	Name         string               `json:"name"`
	Outcome      jobs.Outcome         `json:"outcome"`
	Created      bool                 `json:"created,omitempty"`
	Code         string               `json:"code,omitempty"`
	Errors       []httpapi.FieldError `json:"errors,omitempty"`
	Warnings     []httpapi.FieldError `json:"warnings,omitempty"`
	Changes      []changed            `json:"changes,omitempty"`
}

type changed struct {
	Field string  `json:"field"`
	Old   *string `json:"old"`
	New   *string `json:"new"`
}

// list answers the caller's own jobs, and to a super also those of the people whom
// the super sees.
func list(uc admin.Jobs) httpapi.CallerHandler {
	return func(ctx context.Context, r *httpapi.Request, c account.Caller) (httpapi.Answer, error) {
		limit, cursor, err := paging(r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		found, err := uc.List(ctx, c, limit, cursor)
		if err != nil {
			return httpapi.Answer{}, err
		}
		body := page{Items: make([]summary, len(found.Jobs)), Next: found.Next}
		for i, j := range found.Jobs {
			body.Items[i] = summaryOf(j)
		}
		return httpapi.Answer{Status: http.StatusOK, Body: body}, nil
	}
}

// paging returns the parameters limit and cursor.
func paging(r *httpapi.Request) (limit int, cursor string, err error) {
	params, err := r.Params("limit", "cursor")
	if err != nil {
		return 0, "", err
	}
	limit, err = params.Limit()
	return limit, params["cursor"], err
}

func get(uc admin.Jobs) httpapi.CallerHandler {
	return func(ctx context.Context, r *httpapi.Request, c account.Caller) (httpapi.Answer, error) {
		j, err := uc.Load(ctx, c, r.Path("id"))
		if err != nil {
			return httpapi.Answer{}, err
		}
		limit, cursor, err := paging(r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		results, next, err := uc.Results(ctx, c, j.Job, limit, cursor)
		if err != nil {
			return httpapi.Answer{}, err
		}
		body := job{summary: summaryOf(j), Ignored: admin.IgnoredColumns(j.Job), Results: make([]result, len(results)), Next: next}
		for i, one := range results {
			body.Results[i] = result{Row: one.Row, EmployeeCode: one.Staff.String(), Name: one.Name, Outcome: one.Outcome, Created: one.Created, Code: one.Code, Errors: r.FieldErrors(one.Errors), Warnings: r.FieldErrors(one.Warnings)}
			for _, ch := range one.Changes {
				body.Results[i].Changes = append(body.Results[i].Changes, changed{ch.Field, wire.Null(ch.Old), wire.Null(ch.New)})
			}
		}
		return httpapi.Answer{Status: http.StatusOK, Body: body}, nil
	}
}

func stop(uc admin.Jobs) httpapi.CallerHandler {
	return func(ctx context.Context, r *httpapi.Request, c account.Caller) (httpapi.Answer, error) {
		j, err := uc.Load(ctx, c, r.Path("id"))
		if err != nil {
			return httpapi.Answer{}, err
		}
		if err := uc.Stop(ctx, c, j.Job); err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusNoContent}, nil
	}
}
