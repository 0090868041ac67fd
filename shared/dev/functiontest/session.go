package functiontest

import (
	"context"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

// SignIn begins a session for the account name, as if the second step had been
// passed, and returns the header with its token.
func (w *World) SignIn(name string, client account.Client) map[string]string {
	w.T.Helper()
	p, err := w.Store.SignInState(context.Background(), w.Person(name).Staff.Code)
	if err != nil {
		w.T.Fatal(err)
	}
	secret, err := account.NewSecret(w.Random)
	if err != nil {
		w.T.Fatal(err)
	}
	id, err := staff.NewID(w.Random)
	if err != nil {
		w.T.Fatal(err)
	}
	s := account.Session{
		Hash: secret.Hash(), ID: id, Staff: p.Staff.Code, Client: client, Epoch: p.Account.Epoch,
		CreatedAt: w.Now(), LastUsed: w.Now(), ProvedAt: w.Now(), Dies: w.Now().Add(w.Settings.AppLife),
	}
	if err := w.Store.StartSession(context.Background(), s, audit.Call{}, nil, p.TakeSlot(s, w.Settings)); err != nil {
		w.T.Fatal(err)
	}
	return map[string]string{"Authorization": "Bearer " + account.Token{Staff: s.Staff, Secret: secret}.Reveal()}
}

// Auth returns the use case that finds out who is calling, wired as in the functions.
func (w *World) Auth() account.Authorize {
	return account.Authorize{Store: w.Store, Settings: w.Settings, Now: w.Now}
}
