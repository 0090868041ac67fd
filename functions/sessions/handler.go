package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/wire"
)

func routes(auth httpapi.Auth, uc account.Sessions, stepUp account.StepUp) httpapi.Routes {
	return httpapi.Routes{
		"POST /v1/sessions/step-up":   auth.Caller(beginStepUp(stepUp)),
		"GET /v1/sessions":            auth.Caller(list(uc)),
		"DELETE /v1/sessions/{id}":    auth.Caller(end(uc)),
		"DELETE /v1/sessions/current": auth.Caller(endCurrent(uc)),
		"DELETE /v1/sessions/others":  auth.Caller(endOthers(uc)),
	}
}

type response struct {
	Items []session `json:"items"`
}

type session struct {
	ID         string         `json:"id"`
	DeviceName *string        `json:"deviceName"`
	Client     account.Client `json:"client"`
	CreatedAt  string         `json:"createdAt"`
	LastUsedAt string         `json:"lastUsedAt"`
	Current    bool           `json:"current"`
}

// step is what the client needs to have a code texted and to send it.
type step struct {
	Ticket string `json:"ticket"`
	Phone  string `json:"phone"` // masked
}

func beginStepUp(uc account.StepUp) httpapi.CallerHandler {
	return func(ctx context.Context, r *httpapi.Request, c account.Caller) (httpapi.Answer, error) {
		if _, err := httpapi.Decode[struct{}](r); err != nil {
			return httpapi.Answer{}, err
		}
		next, err := uc.Run(ctx, c)
		if err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusOK, Body: step{next.Ticket.Reveal(), next.Phone.Masked()}}, nil
	}
}

func list(uc account.Sessions) httpapi.CallerHandler {
	return func(ctx context.Context, r *httpapi.Request, c account.Caller) (httpapi.Answer, error) {
		live, err := uc.List(ctx, c)
		if err != nil {
			return httpapi.Answer{}, err
		}
		body := response{Items: make([]session, len(live))}
		for i, s := range live {
			body.Items[i] = session{
				s.ID, wire.Null(s.DeviceName), s.Client, wire.Time(s.CreatedAt), wire.Time(s.LastUsed), s.Hash == c.Session.Hash,
			}
		}
		return httpapi.Answer{Status: http.StatusOK, Body: body}, nil
	}
}

func end(uc account.Sessions) httpapi.CallerHandler {
	return func(ctx context.Context, r *httpapi.Request, c account.Caller) (httpapi.Answer, error) {
		if err := uc.End(ctx, r.Call(), c, r.Path("id")); err != nil {
			return httpapi.Answer{}, err
		}
		if r.Path("id") == c.Session.ID {
			return httpapi.SignedOut(c, http.StatusNoContent, nil), nil
		}
		return httpapi.Answer{Status: http.StatusNoContent}, nil
	}
}

func endCurrent(uc account.Sessions) httpapi.CallerHandler {
	return func(ctx context.Context, r *httpapi.Request, c account.Caller) (httpapi.Answer, error) {
		if err := uc.EndCurrent(ctx, r.Call(), c); err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.SignedOut(c, http.StatusNoContent, nil), nil
	}
}

func endOthers(uc account.Sessions) httpapi.CallerHandler {
	return func(ctx context.Context, r *httpapi.Request, c account.Caller) (httpapi.Answer, error) {
		if err := uc.EndOthers(ctx, r.Call(), c); err != nil {
			return httpapi.Answer{}, err
		}
		return httpapi.Answer{Status: http.StatusNoContent}, nil
	}
}
