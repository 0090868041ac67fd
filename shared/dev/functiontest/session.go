package functiontest

import (
	"context"
	"slices"
	"strings"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/staff"
)

// SignIn begins a session for the account name, as if the second step had been
// passed, and returns the headers that name it: those of the app with its token, or
// those of our own page with its cookie.
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
	if err := w.Store.StartSession(context.Background(), s, nil, p.TakeSlot(s, w.Settings)); err != nil {
		w.T.Fatal(err)
	}
	token := account.Token{Staff: s.Staff, Secret: secret}.Reveal()
	if !client.Page() {
		return map[string]string{"Authorization": "Bearer " + token}
	}
	cookie, _, _ := strings.Cut(httpapi.SignIn(account.SignedIn{Token: account.Token{Staff: s.Staff, Secret: secret}, Session: s})[0], ";")
	return map[string]string{"X-Client": string(client), "Sec-Fetch-Site": "same-origin", "Cookie": cookie}
}

// SignedIn reports whether the session that SignIn made these headers for is good.
func (w *World) SignedIn(headers map[string]string) bool {
	_, err := w.CallerOf(headers)
	return err == nil
}

// CallerOf returns who is calling with these headers.
func (w *World) CallerOf(headers map[string]string) (account.Caller, error) {
	by, token := account.App, strings.TrimPrefix(headers["Authorization"], "Bearer ")
	if page := account.Client(headers["X-Client"]); page.Page() {
		by = page
		_, token, _ = strings.Cut(headers["Cookie"], "=")
	}
	return w.Auth().Run(context.Background(), by, token)
}

// Auth returns the use case that finds out who is calling, wired as in the functions.
func (w *World) Auth() account.Authorize {
	return account.Authorize{Store: w.Store, Settings: w.Settings, Now: w.Now}
}

// WantUse sends a request some minutes after the sign-in of the person who has the
// account name, and fails the test unless it is noted as a use of their session, of
// administration if administers.
func (w *World) WantUse(name string, administers bool, send func()) {
	w.T.Helper()
	w.Pass(5 * time.Minute)
	send()
	sessions, err := w.Store.Sessions(context.Background(), w.Person(name).Staff.Code)
	if err != nil {
		w.T.Fatal(err)
	}
	if !slices.ContainsFunc(sessions, func(s account.Session) bool {
		return s.LastUsed.Equal(w.Now()) && s.Administered.Equal(w.Now()) == administers
	}) {
		w.T.Errorf("no session of %s was used now: %+v", name, sessions)
	}
}
