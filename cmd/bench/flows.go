package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/argon2id"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
	"chaoxi/shared/fault"
	"chaoxi/shared/optional"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/staff"
)

const (
	flowRuns    = 9
	flowPeople  = 300
	consoleRuns = 5 // fewer than the texts that a phone gets in a day
)

// flows counts what each step of the product asks of the table: the use cases,
// as the functions are wired with them, on the demo register.
func flows(ctx context.Context, out io.Writer) (bool, error) {
	db, err := local.StartDynamoDB(ctx, func(s string) { say("%s", s) })
	if err != nil {
		return false, err
	}
	defer db.Close()
	r, err := newRegister(ctx, db, flowPeople, flowPeople)
	if err != nil {
		return false, err
	}
	defer r.remove()

	w := &walk{ctx: ctx, register: r, kept: staff.NewOrgCache()}
	pending := r.where(func(p staff.Staff) bool { return p.CanActivate() && p.Complete() })
	active := r.where(func(p staff.Staff) bool { return p.CanSignIn() && p.Complete() })
	if len(pending) < flowRuns || len(active) < flowRuns {
		return false, fmt.Errorf("of %d people %d are pending and %d active", len(r.people), len(pending), len(active))
	}
	for i := range flowRuns {
		if err := errors.Join(w.activate(pending[i]), w.recover(active[i])); err != nil {
			return false, err
		}
	}
	if err := w.administer(); err != nil {
		return false, err
	}
	return w.report(out), nil
}

// walk takes people through their flows and keeps what each step took.
type walk struct {
	kept *staff.OrgCache // what one instance of a function keeps
	ctx  context.Context
	*register
	steps []*step
}

// step is one row: all runs of one step.
type step struct {
	name  string
	limit int // of sequential trips; 0 is none
	runs  []cost
}

// do runs a step. Another answer than want, nil for success, is a failure.
func (w *walk) do(name string, limit int, want error, run func() error) error {
	c, err := w.measure(run)
	if !errors.Is(err, want) {
		return fmt.Errorf("%s: %w", name, err)
	}
	i := slices.IndexFunc(w.steps, func(s *step) bool { return s.name == name })
	if i < 0 {
		i, w.steps = len(w.steps), append(w.steps, &step{name: name, limit: limit})
	}
	w.steps[i].runs = append(w.steps[i].runs, c)
	return nil
}

func (w *walk) sendCode() account.SendCode {
	return account.SendCode{Store: w.store, Sender: w.texts, Keys: keys, Settings: settings, Now: w.now, Random: rand.Reader}
}

func (w *walk) again(name string, ticket account.Secret) error {
	w.ahead += settings.TextInterval + time.Second
	return w.do(name, 3, nil, func() error { _, err := w.sendCode().Again(w.ctx, call, ticket.Reveal(), ""); return err })
}

func (w *walk) setPassword(name string, ticket account.Secret, device, password string) error {
	uc := account.SetPassword{Store: w.store, Hasher: argon2id.Hasher{}, Sender: w.texts, Keys: keys, Settings: settings, Pinyin: pinyin.Read, Now: w.now, Random: rand.Reader}
	return w.do(name, 4, nil, func() error {
		_, err := uc.Run(w.ctx, call, account.SetPasswordInput{
			Ticket: ticket.Reveal(), Code: w.texts.code(), Password: password, ConfirmPassword: password, Device: device, DeviceName: "bench",
		})
		return err
	})
}

func (w *walk) signIn() account.Login {
	return account.Login{Store: w.store, Kept: w.kept, Hasher: argon2id.Hasher{}, Sender: w.texts, Keys: keys, Settings: settings, Now: w.now, Random: rand.Reader}
}

func (w *walk) login(name string, most int, want error, in account.LoginInput) (account.LoginResult, error) {
	var done account.LoginResult
	err := w.do(name, most, want, func() (err error) { done, err = w.signIn().Run(w.ctx, call, in); return err })
	return done, err
}

// secondStep signs in where a code is asked for, and has it texted.
func (w *walk) secondStep(name string, in account.LoginInput) (account.Secret, error) {
	done, err := w.login(name, 4, nil, in)
	if err == nil && done.SecondStep == nil {
		err = fmt.Errorf("%s: no second step", name)
	}
	if err != nil {
		return account.Secret{}, err
	}
	return done.SecondStep.Ticket, w.again("send-code: second step", done.SecondStep.Ticket)
}

func (w *walk) verify(name string, ticket account.Secret, from account.Origin) (account.SignedIn, error) {
	uc := account.VerifyLogin{Store: w.store, Kept: w.kept, Sender: w.texts, Keys: keys, Settings: settings, Now: w.now, Random: rand.Reader}
	var done account.SignedIn
	err := w.do(name, 4, nil, func() (err error) {
		done, err = uc.Run(w.ctx, call, account.VerifyLoginInput{
			Ticket: ticket.Reveal(), Code: w.texts.code(), TrustDevice: true, From: from,
		})
		return err
	})
	return done, err
}

func (w *walk) index(name string, p staff.Staff) error {
	uc := staff.Indexer{Store: w.store, Now: w.now, Random: rand.Reader}
	return w.do(name, 0, nil, func() error { _, err := uc.Run(w.ctx, p.Code); return err })
}

// activate is flow A, then B from a device that is known and from one that is not.
func (w *walk) activate(p staff.Staff) error {
	var sent account.Sent
	err := w.do("send-code: activation", 4, nil, func() (err error) {
		sent, err = w.sendCode().Activate(w.ctx, call, p.Account.String(), p.Name, "")
		return err
	})
	if err != nil {
		return err
	}
	if err := w.again("send-code: again", sent.Ticket); err != nil {
		return err
	}
	known, fresh := "the-device-of-"+p.Account.String()+"-at-home", "the-device-of-"+p.Account.String()+"-at-work"
	if err := w.setPassword("set-password: activation", sent.Ticket, known, demo.Password); err != nil {
		return err
	}
	if err := w.index("index-staff: after an activation", p); err != nil {
		return err
	}
	in := account.LoginInput{Account: p.Account.String(), Password: demo.Password, Device: known, DeviceName: "bench", Client: account.App}
	if _, err := w.signIn().Run(w.ctx, call, in); err != nil { // from now on the device is one that was used of late
		return err
	}
	if _, err := w.login("login: known device", 3, nil, in); err != nil {
		return err
	}
	wrong := in
	wrong.Password = "Chaoxi#4928"
	if _, err := w.login("login: wrong password", 3, fault.CredentialsWrong, wrong); err != nil {
		return err
	}
	in.Device = fresh
	ticket, err := w.secondStep("login: new device", in)
	if err != nil {
		return err
	}
	done, err := w.verify("verify-login", ticket, account.NoPage)
	if err != nil {
		return err
	}
	if err := w.authorise("an authorised call", done.Token); err != nil {
		return err
	}
	w.ahead += settings.AppIdle / 30
	return w.authorise("an authorised call: its use noted", done.Token)
}

func (w *walk) authorise(name string, t account.Token) error {
	uc := account.Authorize{Store: w.store, Settings: settings, Now: w.now}
	return w.do(name, 0, nil, func() error {
		c, err := uc.Run(w.ctx, account.App, t.Reveal())
		if err != nil {
			return err
		}
		if note := uc.Use(c, false); note != nil {
			return note(w.ctx)
		}
		return nil
	})
}

// recover is flow C: by the phone, and by the administrators.
func (w *walk) recover(p staff.Staff) error {
	options := account.RecoveryOptions{Store: w.store, Keys: keys, Settings: settings, Now: w.now, Random: rand.Reader}
	raise := account.RaiseRecovery{Store: w.store, Keys: keys, Settings: settings, Now: w.now, Random: rand.Reader}
	var begun account.Recovery
	var raised account.Raised
	err := w.do("recovery-options", 6, nil, func() (err error) {
		begun, err = options.Run(w.ctx, call, p.Account.String(), p.Name, "")
		return err
	})
	if err != nil {
		return err
	}
	err = w.do("raise-recovery", 4, nil, func() (err error) {
		raised, err = raise.Run(w.ctx, call, account.RaiseRecoveryInput{Ticket: begun.Ticket.Reveal(), Reason: "换了手机"})
		return err
	})
	if err != nil {
		return err
	}
	queue := account.IndexQueue{Store: w.store}
	if err := w.do("index-staff: a request in its queues", 0, nil, func() error { return queue.Run(w.ctx, raised.ID) }); err != nil {
		return err
	}
	err = w.do("raise-recovery: follow", 1, nil, func() error {
		_, _, err := raise.Follow(w.ctx, call, raised.ID, raised.Ticket.Reveal())
		return err
	})
	if err != nil {
		return err
	}
	if err := w.again("send-code: recovery", begun.Ticket); err != nil {
		return err
	}
	return w.setPassword("set-password: recovery", begun.Ticket, "the-device-of-"+p.Account.String()+"-anew", "Chaoxi#4929")
}

// administer is flow D. Every call is authorised first, as the functions do.
func (w *walk) administer() error {
	edited, err := w.person(editAccount)
	if err != nil {
		return err
	}
	var session account.SignedIn
	for range consoleRuns {
		ticket, err := w.secondStep("login: console", account.LoginInput{Account: superAccount, Password: demo.Password, Client: account.Console})
		if err != nil {
			return err
		}
		if session, err = w.verify("verify-login", ticket, account.OwnPage); err != nil {
			return err
		}
	}

	authorised := func(name string, limit int, p account.Permission, run func(account.Permitted) error) error {
		auth := account.Authorize{Store: w.store, Settings: settings, Now: w.now}
		return w.do(name, 1+limit, nil, func() error {
			caller, err := auth.Run(w.ctx, account.Console, session.Token.Reveal())
			if err := errors.Join(err, auth.Administrator(caller)); err != nil {
				return err
			}
			by, err := caller.Permit(p)
			if err != nil {
				return err
			}
			return run(by)
		})
	}
	search := admin.Search{Store: w.store, Keys: keys, Now: w.now, Kept: staff.NewOrgCache()}
	open := admin.LoadTarget{Store: w.store, Keys: keys, Now: w.now}
	update := admin.UpdatePosts{
		Store: w.store, Dictionaries: &staff.DictionaryList{Store: w.store, Now: w.now}, Keys: keys, Now: w.now, Random: rand.Reader, Pinyin: pinyin.Read,
	}
	for i := range flowRuns {
		for _, k := range kinds(w.register, w.root) {
			if len(k.inputs) == 0 || k.page > 0 {
				continue
			}
			in := k.inputs[i%len(k.inputs)]
			err := authorised("admin-search: "+k.name, k.trips, account.StaffRead, func(by account.Permitted) error {
				_, err := search.Run(w.ctx, by, in, pageSizes[0], "")
				return err
			})
			if err != nil {
				return err
			}
		}
		var target admin.Target
		err := authorised("admin-get-staff", 2, account.StaffRead, func(by account.Permitted) (err error) {
			target, err = open.Run(w.ctx, by, edited.Code.String())
			return err
		})
		if err != nil {
			return err
		}
		err = authorised("admin-update-posts: 2 posts", 3, account.StaffEdit, func(by account.Permitted) error {
			e := completion(target.Staff, i)
			t, err := update.Load(w.ctx, by, edited.Code.String(), e)
			if err != nil {
				return err
			}
			_, err = update.Run(w.ctx, call, by, t, e)
			return err
		})
		if err != nil {
			return err
		}
		name := "index-staff: after an edit of posts"
		if i == 0 {
			name = "index-staff: after a record was completed"
		}
		if err := w.index(name, edited); err != nil {
			return err
		}
	}
	return nil
}

// completion fills in what the record lacks and gives both posts a title.
func completion(s staff.Staff, i int) admin.Edit {
	given := func(v string) optional.Value[string] { return optional.Value[string]{Set: true, Value: v} }
	e := admin.Edit{Version: s.Version, BudgetedPost: given("BIAN_ZHI_GONG_WU_YUAN_BIAN_ZHI"), JobLevel: given("ZHI_JI_YI_JI_DIAO_YAN_YUAN")}
	for _, p := range s.ActivePosts() {
		e.Posts = append(e.Posts, admin.PostEdit{
			ID: given(p.ID.String()), Title: given(fmt.Sprintf("科员%d", i)), Role: given("REN_YUAN_JU_SE_PU_TONG_YONG_HU"),
		})
	}
	return e
}

func (w *walk) report(out io.Writer) bool {
	t := newTable(fmt.Sprintf("What a step asks of the table (median of %d runs)", flowRuns),
		"step", "trips", "at most", "calls", "RRU", "WRU", "ms", "")
	held := true
	costs := map[string]cost{}
	for _, s := range w.steps {
		c := s.median()
		costs[s.name] = c
		limit, word := "", ""
		if s.limit > 0 {
			limit, word = fmt.Sprint(s.limit), verdict(c.trips <= s.limit)
			held = held && c.trips <= s.limit
		}
		t.add(s.name, fmt.Sprint(c.trips), limit, fmt.Sprint(c.calls), units(c.read), units(c.write), ms(c.took), word)
	}
	t.print(out)
	prices(out, costs)
	return held
}

// median is the middle of every number by itself.
func (s *step) median() cost {
	return cost{
		trips: middle(s.runs, func(c cost) int { return c.trips }),
		calls: middle(s.runs, func(c cost) int { return c.calls }),
		read:  middle(s.runs, func(c cost) float64 { return c.read }),
		write: middle(s.runs, func(c cost) float64 { return c.write }),
		took:  middle(s.runs, func(c cost) time.Duration { return c.took }),
	}
}
