package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	random "math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

const (
	timingSamples = 100 // of each side of a pair
	timingWarm    = 10  // that do not count
	// A pair is told apart if one side is slower so much more often than the other, and
	// chance brings that about so rarely.
	tellsFrom, tellsBelow = 0.05, 0.001
)

// timings asks whether the time of an answer tells strangers what its text does not.
// Each pair of questions has one answer; both are asked in turn, of the real functions
// behind the stand-in gateway, each time about another name, and from one client, so
// that nothing waits for anything else. How often one side is the slower one is the figure:
// 0.5 tells nothing.
func timings(ctx context.Context, out io.Writer) (bool, error) {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("BENCH_SAMPLES"), strconv.Itoa(timingSamples)))
	if err != nil || n < 10 {
		return false, fmt.Errorf("BENCH_SAMPLES is no number of samples: %q", os.Getenv("BENCH_SAMPLES"))
	}
	system, err := local.Start(ctx, local.Options{
		Seed:      demo.SeedingNamed,
		Processes: 1,
		Progress:  func(s string) { say("%s", s) },
	})
	if err != nil {
		return false, err
	}
	defer system.Close()
	c, err := newCrowd(ctx, maintain.Over(system.DB, system.Table))
	if err != nil {
		return false, err
	}
	s := stopwatch{&driver{system: system, http: &http.Client{}}, c}

	t := newTable(fmt.Sprintf("What strangers can tell by time (%d requests a side)", n), "question", "p50 ms", "and", "p50 ms", "the second is slower", "by chance (p)", "")
	held := true
	for _, p := range pairs() {
		say("%s", p.name)
		first, second, err := s.measure(ctx, p, n)
		if err != nil {
			return false, fmt.Errorf("%s: %w", p.name, err)
		}
		r := mannWhitney(first, second)
		same := max(r.slower, 1-r.slower) <= 0.5+tellsFrom || r.p >= tellsBelow
		held = held && same
		t.add(p.name+": "+p.first.name, ms(median(first)), p.second.name, ms(median(second)), fmt.Sprintf("%.3f", r.slower), fmt.Sprintf("%.4f", r.p), verdict(same))
	}
	t.print(out)
	return held, nil
}

// pair is two questions that have one answer.
type pair struct {
	name          string
	path          string
	code          string // of the answer
	first, second askedOf
}

// askedOf is whom one question of a pair is about. Body is the request about the n-th name.
type askedOf struct {
	name string
	is   func(*account.Person) // nil: nobody has the name
	body func(name, phone string) m
}

// pairs are what is compared.
func pairs() []pair {
	password := func(password string) func(string, string) m {
		return func(name, _ string) m {
			return m{"account": name, "password": password, "client": account.App, "device": m{"id": "a-device-that-nobody-knows", "name": "bench"}}
		}
	}
	wrong, right := password("Chaoxi#4928"), password(demo.Password)
	byPhone := func(_, phone string) m { return wrong(phone, "") }
	activate := func(full string) func(string, string) m {
		return func(name, _ string) m {
			return m{"purpose": account.ForActivation, "account": name, "name": full}
		}
	}
	recovery := func(full string) func(string, string) m {
		return func(name, _ string) m { return m{"account": name, "name": full} }
	}
	const other = "周小慢"
	signIn := func(name string, second askedOf) pair {
		return pair{"sign-in, " + name, "/v1/sessions", "credentials_wrong", askedOf{"nobody", nil, second.body}, second}
	}
	lookup := func(name, path string, second askedOf) pair {
		return pair{name, path, "name_or_account_wrong", askedOf{"nobody", nil, second.body}, second}
	}
	return []pair{
		signIn("wrong password", askedOf{"nobody, again", nil, wrong}), // what there is to see where there is nothing
		signIn("wrong password", askedOf{"active", active, wrong}),
		signIn("wrong password", askedOf{"active, five sessions", signedIn, wrong}),
		signIn("wrong password, by phone", askedOf{"active", active, byPhone}),
		signIn("wrong password", askedOf{"pending", pending, wrong}),
		signIn("right password", askedOf{"frozen", frozen, right}),
		signIn("right password", askedOf{"left", left, right}),
		lookup("activation, wrong name", "/v1/codes", askedOf{"active", active, activate(other)}),
		lookup("activation, wrong name", "/v1/codes", askedOf{"pending", pending, activate(other)}),
		lookup("activation, right name", "/v1/codes", askedOf{"frozen", frozen, activate(crowdName)}),
		lookup("activation, right name", "/v1/codes", askedOf{"left", left, activate(crowdName)}),
		lookup("recovery, wrong name", "/v1/recovery", askedOf{"active", active, recovery(other)}),
		lookup("recovery, wrong name", "/v1/recovery", askedOf{"pending", pending, recovery(other)}),
		lookup("recovery, right name", "/v1/recovery", askedOf{"frozen", frozen, recovery(crowdName)}),
		lookup("recovery, right name", "/v1/recovery", askedOf{"left", left, recovery(crowdName)}),
	}
}

func active(*account.Person) {}

// signedIn is somebody active with as many sessions as anybody has (newCrowd.add).
func signedIn(p *account.Person) { p.Account.Slots = make([]account.SessionSlot, 5) }

func pending(p *account.Person) {
	p.Staff.State, p.Staff.ActivatedAt, p.Account.Password, p.Account.PasswordSetAt = staff.Pending, time.Time{}, "", time.Time{}
}

func frozen(p *account.Person) { p.Staff.State, p.Staff.FrozenFrom = staff.Frozen, staff.Active }

func left(p *account.Person) {
	pending(p)
	p.Staff.Employment, p.Staff.Phone, p.Staff.FormerPhone = staff.Left, staff.Phone{}, p.Staff.Phone
	for i := range p.Staff.Posts {
		p.Staff.Posts[i].Active = false
	}
}

// stopwatch measures answers.
type stopwatch struct {
	*driver
	crowd *crowd
}

// measure asks both questions of the pair in turn, n times each, in an order that is
// drawn anew each time.
func (s stopwatch) measure(ctx context.Context, p pair, n int) (first, second []time.Duration, err error) {
	type request struct {
		body []byte
		took *[]time.Duration
	}
	sides := [2][]request{}
	for i, side := range []askedOf{p.first, p.second} {
		took := []*[]time.Duration{&first, &second}[i]
		names, err := s.crowd.add(ctx, n+timingWarm, side.is)
		if err != nil {
			return nil, nil, err
		}
		for _, name := range names {
			body, err := json.Marshal(side.body(name[0], name[1]))
			if err != nil {
				return nil, nil, err
			}
			sides[i] = append(sides[i], request{body, took})
		}
	}
	for i := range n + timingWarm {
		both := []request{sides[0][i], sides[1][i]}
		if random.IntN(2) == 0 {
			both[0], both[1] = both[1], both[0]
		}
		for _, r := range both {
			took, err := s.time(ctx, p, r.body)
			if err != nil {
				return nil, nil, err
			}
			if i >= timingWarm {
				*r.took = append(*r.took, took)
			}
		}
	}
	return first, second, nil
}

// time is how long one answer takes, of which the code must be the pair's.
func (s stopwatch) time(ctx context.Context, p pair, body []byte) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.system.URL+p.path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	began := time.Now()
	res, err := s.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	took := time.Since(began)
	if err != nil {
		return 0, err
	}
	if !bytes.Contains(raw, []byte(`"code":"`+p.code+`"`)) {
		return 0, fmt.Errorf("answered %d %s", res.StatusCode, raw)
	}
	return took, nil
}

// crowd makes people who differ in nothing but what a pair is about.
type crowd struct {
	store *maintain.Store
	model account.Person
	made  int
}

const crowdName = "周小满"

// newCrowd makes people after one of the demo register.
func newCrowd(ctx context.Context, store *maintain.Store) (*crowd, error) {
	code, _, err := store.FindName(ctx, staff.ParseSignInName("zhouqiang"), "none")
	if err != nil {
		return nil, err
	}
	model, err := store.Person(ctx, code)
	if err == nil && model.Staff.Code.IsZero() {
		err = errors.New("zhouqiang is not on the register")
	}
	return &crowd{store: store, model: model}, err
}

// add returns n new names, each an account and a phone. Without is nobody has them.
func (c *crowd) add(ctx context.Context, n int, is func(*account.Person)) ([][2]string, error) {
	var names [][2]string
	var people []account.Person
	for range n {
		c.made++
		name := [2]string{fmt.Sprintf("crowd%07d", c.made), fmt.Sprintf("138%08d", c.made)}
		names = append(names, name)
		if is == nil {
			continue
		}
		p := account.Person{Staff: c.model.Staff.Clone(), Account: c.model.Account}
		var errs [3]error
		p.Staff.Name = crowdName
		p.Staff.Code, errs[0] = staff.NewEmployeeCode(rand.Reader)
		p.Staff.Account, errs[1] = staff.ParseAccount(name[0])
		p.Staff.Phone, errs[2] = staff.ParsePhone(name[1])
		is(&p)
		if err := errors.Join(errs[:]...); err != nil {
			return nil, err
		}
		people = append(people, p)
	}
	sessions := make([]int, len(people))
	for i := range people {
		sessions[i], people[i].Account.Slots = len(people[i].Account.Slots), nil
	}
	if err := c.store.LoadUnindexed(ctx, people); err != nil {
		return nil, err
	}
	for i, p := range people {
		if err := c.signIn(ctx, p, sessions[i]); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// signIn begins sessions of somebody.
func (c *crowd) signIn(ctx context.Context, p account.Person, sessions int) error {
	state := account.SignInState{Person: p}
	for range sessions {
		secret, err := account.NewSecret(rand.Reader)
		if err != nil {
			return err
		}
		id, err := staff.NewID(rand.Reader)
		if err != nil {
			return err
		}
		now := time.Now()
		one := account.Session{Hash: secret.Hash(), ID: id, Staff: p.Staff.Code, Client: account.App, DeviceName: "手机", Epoch: p.Account.Epoch, CreatedAt: now, LastUsed: now, Dies: now.Add(time.Hour)}
		if err := c.store.StartSession(ctx, one, nil, state.TakeSlot(one, settings)); err != nil {
			return err
		}
		if state, err = c.store.SignInState(ctx, p.Staff.Code); err != nil {
			return err
		}
	}
	return nil
}
