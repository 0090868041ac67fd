package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/argon2id"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// cheap compares without work, and counts what it has compared in vain.
type cheap struct {
	account.Hasher
	mu    sync.Mutex
	wrong int
}

func (c *cheap) Verify(_, typed string) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if typed != password {
		c.wrong++
	}
	return typed == password, nil
}

func (c *cheap) Outdated(string) bool { return false }

// TestRace sends a thousand requests at once for one person, from many addresses and
// devices: guesses at the password and at codes, and demands for texts. Whatever their
// order, no more is compared or sent than the rules allow, and the owner signs in on
// the known device all the while.
func TestRace(t *testing.T) {
	t.Parallel()
	w := functiontest.New(t)
	// Addresses and the lives of codes do not help here.
	w.Settings.AddressFailures, w.Settings.CodeLife, w.Settings.TicketLife = 1_000_000, 24*time.Hour, 24*time.Hour
	h := &cheap{Hasher: argon2id.Hasher{}}
	serve := world{World: w, Function: w.Serve(routes(account.Login{Store: w.Store, Kept: staff.NewOrgCache(), Hasher: h, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}))}
	serve.trust(t, "zhouqiang", device)
	send := account.SendCode{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	set := account.SetPassword{Store: w.Store, Hasher: h, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	options := account.RecoveryOptions{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	call := func(i int) audit.Call { return audit.Call{Address: fmt.Sprintf("203.0.%d.%d", i/200, i%200)} }

	// Seven flows of strangers who know account and name, each with a code.
	var tickets []string
	for i := range 7 {
		w.Pass(time.Minute)
		r, err := options.Run(t.Context(), call(i), "zhouqiang", "周强", "")
		if err == nil {
			_, err = send.Again(t.Context(), call(i), r.Ticket.Reveal(), "")
		}
		if err != nil {
			t.Fatal(err)
		}
		tickets = append(tickets, r.Ticket.Reveal())
	}
	wrong := w.Texts.Wrong()
	w.Pass(time.Minute)
	try := func(i int, ticket, code string) error {
		_, err := set.Run(context.Background(), call(i), account.SetPasswordInput{Ticket: ticket, Code: code, Password: "Lanhua#8253", ConfirmPassword: "Lanhua#8253"})
		return err
	}

	owner := func(done <-chan struct{}) (signIns int) {
		for {
			c := signingIn("zhouqiang", password)
			if r := serve.Do(c); r.Status != 201 {
				t.Errorf("the owner is answered %d %s", r.Status, r.Raw)
			}
			signIns++
			select {
			case <-done:
				return signIns
			default:
			}
		}
	}
	var mu sync.Mutex
	codesWrong, texts := 0, 0
	stranger := func(i int) {
		switch i % 4 {
		case 0, 1:
			c := with(signingIn("zhouqiang", fmt.Sprint("wrong", i)), "app", fmt.Sprintf("%022d", i%40))
			c.SourceIP = call(i).Address
			switch r := serve.Do(c); {
			case r.Status == 401 && strings.Contains(r.Raw, "credentials_wrong"), r.Status == 429 && strings.Contains(r.Raw, "locked"):
			case r.Status == 429 && strings.Contains(r.Raw, "busy"):
			default:
				t.Errorf("a guess is answered %d %s", r.Status, r.Raw)
			}
		case 2:
			err := try(i, tickets[i/4%6], wrong) // the last ticket stays whole
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, fault.CodeWrong):
				codesWrong++
			case errors.Is(err, fault.CodeTriesSpent), errors.Is(err, fault.Busy), errors.Is(err, fault.TicketInvalid):
			default:
				t.Errorf("a code is answered %v", err)
			}
		case 3:
			_, err := send.Again(context.Background(), call(i), tickets[6], "")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				texts++
			case errors.Is(err, fault.CodeTooSoon), errors.Is(err, fault.CodeDailyLimit), errors.Is(err, fault.CodeTriesSpent), errors.Is(err, fault.TicketInvalid), errors.Is(err, fault.Busy):
			default:
				t.Errorf("asking for a text is answered %v", err)
			}
		}
	}
	together := func(n int) {
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() { stranger(i) })
		}
		all.Wait()
	}

	done, signIns := make(chan struct{}), make(chan int)
	go func() { signIns <- owner(done) }()
	together(1000)
	if h.wrong > 5 {
		t.Errorf("%d wrong passwords were compared before the lock", h.wrong)
	}
	close(done)
	if n := <-signIns; n < 2 {
		t.Errorf("the owner has signed in %d times meanwhile", n)
	}
	if texts > 1 {
		t.Errorf("%d texts within a minute", texts)
	}
	for _, ticket := range tickets[:6] { // whoever was told busy comes again
		for range 5 {
			if errors.Is(try(0, ticket, wrong), fault.CodeWrong) {
				codesWrong++
			}
		}
	}
	if codesWrong > 24 { // the twenty-fifth is answered otherwise
		t.Errorf("%d wrong codes were compared in a day", codesWrong)
	}
	if err := try(0, tickets[6], w.Texts.Code()); !errors.Is(err, fault.CodeTriesSpent) {
		t.Errorf("the right code of another ticket: %v", err)
	}
	// Wave after wave, each after the lock before it.
	for range 8 {
		w.Pass(31 * time.Minute)
		together(40)
	}
	if h.wrong > 30 {
		t.Errorf("%d wrong passwords were compared in a day", h.wrong)
	}
	if n := w.Texts.Count(); n > 1+10 { // one of the owner's second step
		t.Errorf("%d texts in a day", n)
	}
	serve.Do(signingIn("zhouqiang", password)).Want(201, "")
}
