package main

import (
	"context"
	"net/http"

	"chaoxi/shared/account"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/wire"
)

func routes(uc account.RaiseRecovery) httpapi.Routes {
	return httpapi.Routes{
		"POST /v1/recovery/requests":     raise(uc),
		"GET /v1/recovery/requests/{id}": follow(uc),
	}
}

// request has the fields of account.RaiseRecoveryInput. It is converted to that type,
// which does not compile if the fields differ.
type request struct {
	Ticket string `json:"ticket"`
	Reason string `json:"reason"`
}

type raised struct {
	ID             string                `json:"id"`
	State          account.RecoveryState `json:"state"`
	RecoveryTicket string                `json:"recoveryTicket"`
}

// raise answers 201 if it has made a new request, and 200 if the person's request was
// open before.
func raise(uc account.RaiseRecovery) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Answer, error) {
		in, err := httpapi.Decode[request](r)
		if err != nil {
			return httpapi.Answer{}, err
		}
		out, err := uc.Run(ctx, r.Call(), account.RaiseRecoveryInput(in))
		if err != nil {
			return httpapi.Answer{}, err
		}
		answer := httpapi.Answer{Status: http.StatusOK, Body: raised{out.ID, out.State, out.Ticket.Reveal()}}
		if out.New {
			answer.Status = http.StatusCreated
		}
		return answer, nil
	}
}

type followed struct {
	ID        string                `json:"id"`
	State     account.RecoveryState `json:"state"`
	DecidedAt string                `json:"decidedAt,omitempty"`
	Reason    string                `json:"reason,omitempty"` // why the request was rejected
}

// follow answers the state of a request to whoever has its recovery ticket.
func follow(uc account.RaiseRecovery) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Answer, error) {
		request, state, err := uc.Follow(ctx, r.Call(), r.Path("id"), r.Header("Recovery-Ticket"))
		if err != nil {
			return httpapi.Answer{}, err
		}
		body := followed{ID: request.ID, State: state, Reason: request.Rejection}
		if !request.Decided.IsZero() {
			body.DecidedAt = wire.Time(request.Decided)
		}
		return httpapi.Answer{Status: http.StatusOK, Body: body}, nil
	}
}
