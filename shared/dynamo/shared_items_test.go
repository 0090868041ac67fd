package dynamo_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/sam"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/seed"
	"chaoxi/shared/staff"
)

// crowd is a register of people who have nothing in common but the top of the tree:
// each has a county, a unit, an address and a device of their own. All units but the
// last have an administrator; for the last one it is the super on the top.
type crowd struct {
	*world.World
	people []*member
	mu     sync.Mutex
	codes  map[string]string // the last one that was texted to a phone
}

// member is one of them, with what the steps so far have given.
type member struct {
	account.Person
	call    audit.Call
	device  string
	ticket  string
	token   string
	request account.Raised
	ends    string // a session
}

// crowded is so large that a copy or share, which people are given at random, is never
// the same for all.
const crowded = 10

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	w := &crowd{World: world.New(t, nil), codes: map[string]string{}}
	dictionaries, err := seed.Dictionaries()
	w.Must(err)
	w.Must(w.Store.LoadDictionaries(t.Context(), dictionaries))
	org := func(name string, above staff.Org) staff.Org {
		code, err := staff.NewOrgCode(rand.Reader)
		w.Must(err)
		o := staff.Org{Code: code, Name: name, Type: staff.UnitOrg, Division: "330000", Order: 1, Version: 1}
		if above.Code.IsZero() {
			o.Path = []staff.OrgCode{code}
			return o
		}
		return o.Under(above)
	}
	phones := 0
	person := func(name string, state staff.AccountState, at staff.Org, grants ...account.Grant) account.Person {
		phones++
		p := account.Person{
			Staff: staff.Staff{
				Revision: 1, Version: 1, Name: "王小明", Pinyin: pinyin.Read("王小明"), Gender: "1", BudgetedPost: "BIAN_ZHI_QI_TA", JobLevel: "ZHI_JI_QI_TA",
				Employment: staff.InService, State: state, RegisteredAt: world.Start.Add(-time.Hour), ActivatedAt: world.Start.Add(-time.Hour),
			},
			Account: account.Account{Password: "clear:" + oldPassword, PasswordSetAt: world.Start.Add(-time.Hour), Epoch: 1, DeviceEpoch: 1, Grants: grants},
		}
		var err error
		p.Staff.Code, err = staff.NewEmployeeCode(rand.Reader)
		w.Must(err)
		p.Staff.Account, err = staff.ParseAccount(fmt.Sprintf("%s%d", name, len(w.people)))
		w.Must(err)
		p.Staff.Phone, err = staff.ParsePhone(fmt.Sprintf("139%08d", phones))
		w.Must(err)
		post := staff.Post{Unit: at.Code, Org: at.Code, JobType: staff.MainJob, Role: "REN_YUAN_JU_SE_QI_TA", Order: 1, Active: true}
		post.ID, err = staff.NewPostID(rand.Reader)
		w.Must(err)
		p.Staff.Posts = []staff.Post{post}
		return p
	}
	root := org("浙江省", staff.Org{})
	orgs := []staff.Org{root}
	all := []account.Person{person("super", staff.Active, root, account.Grant{ID: "top", Type: account.SuperGrant, Org: root.Code})}
	for i := range crowded {
		county := org(fmt.Sprintf("第%d县", i), root)
		unit := org(fmt.Sprintf("第%d局", i), county)
		orgs = append(orgs, county, unit)
		m := &member{Person: person("one", staff.Pending, unit), call: audit.Call{Address: fmt.Sprintf("192.0.2.%d", i), ID: "req-1"}, device: fmt.Sprintf("a-device-of-their-own-%d", i)}
		if i < crowded-1 {
			all = append(all, person("administrator", staff.Active, unit, account.Grant{ID: fmt.Sprint("on", i), Type: account.UnitGrant, Org: unit.Code}))
		}
		all = append(all, m.Person)
		w.people = append(w.people, m)
	}
	known := staff.Orgs{}
	for _, o := range orgs {
		known[o.Code] = o
	}
	w.Must(w.Store.LoadOrgs(t.Context(), orgs, known))
	w.Must(w.Store.LoadUnindexed(t.Context(), all))
	return w
}

// Send implements account.Sender.
func (w *crowd) Send(_ context.Context, to staff.Phone, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.codes[to.E164()] = regexp.MustCompile("[0-9]{6}").FindString(text)
	return nil
}

// code is the code that was texted to a phone last.
func (w *crowd) code(to staff.Phone) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.codes[to.E164()]
}

// step is a request of a member's, with what they do before it.
type step struct {
	route string
	run   func(*crowd, *member) error
}

// ownSteps are the requests of the public, and of people about themselves, in an order
// in which one person can make them.
func ownSteps() []step {
	return []step{
		{"POST /v1/codes", func(w *crowd, m *member) error { // activation
			sent, err := w.sendCode().Activate(w.Context(), m.call, m.Staff.Account.String(), m.Staff.Name, "")
			m.ticket = sent.Ticket.Reveal()
			return err
		}},
		{"POST /v1/password", func(w *crowd, m *member) error { return w.setPassword(m, newPassword) }},
		{"POST /v1/sessions", func(w *crowd, m *member) error { return w.signIn(m, newPassword) }},
		{"GET /v1/me", func(w *crowd, m *member) error {
			return w.asMember(m, func(c account.Caller) error {
				_, err := account.Me{Store: w.Store, Keys: w.Keys, Now: w.Now}.Record(w.Context(), c)
				return err
			})
		}},
		{"GET /v1/me/sign-ins", func(w *crowd, m *member) error {
			return w.asMember(m, func(c account.Caller) error {
				_, _, err := account.Me{Store: w.Store, Keys: w.Keys, Now: w.Now}.SignIns(w.Context(), c, 20, "")
				return err
			})
		}},
		{"GET /v1/sessions", func(w *crowd, m *member) error {
			return w.asMember(m, func(c account.Caller) error {
				all, err := w.sessions().List(w.Context(), c)
				m.ends = all[0].ID
				return err
			})
		}},
		{"DELETE /v1/sessions/others", func(w *crowd, m *member) error {
			return w.asMember(m, func(c account.Caller) error { return w.sessions().EndOthers(w.Context(), w.Call, c) })
		}},
		{"POST /v1/sessions/step-up", func(w *crowd, m *member) error {
			return w.asMember(m, func(c account.Caller) error {
				next, err := account.StepUp{Store: w.Store, Settings: account.Defaults(), Now: w.Now, Random: rand.Reader}.Run(w.Context(), c)
				m.ticket = next.Ticket.Reveal()
				return err
			})
		}},
		{"POST /v1/sessions/verify", func(w *crowd, m *member) error { // of the step-up
			if _, err := w.sendCode().Again(w.Context(), m.call, m.ticket, ""); err != nil {
				return err
			}
			return w.verify(m)
		}},
		{"POST /v1/me/phone", func(w *crowd, m *member) error {
			return w.asMember(m, func(c account.Caller) error {
				number := fmt.Sprintf("138%s", m.Staff.Phone.National()[3:])
				sent, err := w.changePhone().Begin(w.Context(), m.call, c, account.NewPhoneInput{CurrentPassword: newPassword, AreaCode: "+86", Phone: number})
				if err != nil {
					return err
				}
				m.Staff.Phone, err = staff.ParsePhone(number)
				w.Must(err)
				return w.changePhone().Finish(w.Context(), m.call, c, sent.Ticket.Reveal(), w.code(m.Staff.Phone))
			})
		}},
		{"POST /v1/sessions", func(w *crowd, m *member) error { // the device is not known any more
			if err := w.signIn(m, newPassword); err != nil {
				return err
			}
			_, err := w.sendCode().Again(w.Context(), m.call, m.ticket, "")
			return err
		}},
		{"POST /v1/sessions/verify", func(w *crowd, m *member) error { return w.verify(m) }},
		{"POST /v1/me/password", func(w *crowd, m *member) error {
			return w.asMember(m, func(c account.Caller) error {
				uc := account.ChangePassword{Store: w.Store, Hasher: plainHasher{}, Sender: w, Keys: w.Keys, Settings: account.Defaults(), Pinyin: pinyin.Read, Now: w.Now, Random: rand.Reader}
				return uc.Run(w.Context(), m.call, c, account.ChangePasswordInput{CurrentPassword: newPassword, Password: "Guihua#4826", ConfirmPassword: "Guihua#4826"})
			})
		}},
		{"POST /v1/recovery", func(w *crowd, m *member) error { return w.recover(m) }},
		{"POST /v1/recovery/requests", func(w *crowd, m *member) error {
			uc := account.RaiseRecovery{Store: w.Store, Keys: w.Keys, Settings: account.Defaults(), Now: w.Now, Random: rand.Reader}
			var err error
			m.request, err = uc.Run(w.Context(), m.call, account.RaiseRecoveryInput{Ticket: m.ticket, Reason: "手机丢失"})
			return err
		}},
		{"GET /v1/recovery/requests/{id}", func(w *crowd, m *member) error {
			uc := account.RaiseRecovery{Store: w.Store, Keys: w.Keys, Settings: account.Defaults(), Now: w.Now, Random: rand.Reader}
			_, _, err := uc.Follow(w.Context(), m.call, m.request.ID, m.request.Ticket.Reveal())
			return err
		}},
		{"POST /v1/password", func(w *crowd, m *member) error { // recovery by phone
			if err := w.recover(m); err != nil {
				return err
			}
			if _, err := w.sendCode().Again(w.Context(), m.call, m.ticket, ""); err != nil {
				return err
			}
			return w.setPassword(m, "Shuixian#5937")
		}},
		{"DELETE /v1/sessions/{id}", func(w *crowd, m *member) error {
			if err := w.signIn(m, "Shuixian#5937"); err != nil {
				return err
			}
			return w.asMember(m, func(c account.Caller) error {
				all, err := w.sessions().List(w.Context(), c)
				if err != nil {
					return err
				}
				return w.sessions().End(w.Context(), w.Call, c, all[0].ID)
			})
		}},
		{"DELETE /v1/sessions/current", func(w *crowd, m *member) error {
			if err := w.signIn(m, "Shuixian#5937"); err != nil {
				return err
			}
			return w.asMember(m, func(c account.Caller) error { return w.sessions().EndCurrent(w.Context(), w.Call, c) })
		}},
		{"GET /v1/dictionaries", func(w *crowd, m *member) error {
			_, err := (&staff.DictionaryList{Store: w.Store, Now: w.Now}).Run(w.Context())
			return err
		}},
	}
}

func (w *crowd) sendCode() account.SendCode {
	return account.SendCode{Store: w.Store, Sender: w, Keys: w.Keys, Settings: account.Defaults(), Now: w.Now, Random: rand.Reader}
}

func (w *crowd) changePhone() account.ChangePhone {
	return account.ChangePhone{Store: w.Store, Dictionaries: &staff.DictionaryList{Store: w.Store, Now: w.Now}, Hasher: plainHasher{}, Sender: w, Keys: w.Keys, Settings: account.Defaults(), Now: w.Now, Random: rand.Reader}
}

func (w *crowd) sessions() account.Sessions {
	return account.Sessions{Store: w.Store, Settings: account.Defaults(), Now: w.Now}
}

func (w *crowd) recover(m *member) error {
	uc := account.RecoveryOptions{Store: w.Store, Keys: w.Keys, Settings: account.Defaults(), Now: w.Now, Random: rand.Reader}
	r, err := uc.Run(w.Context(), m.call, m.Staff.Account.String(), m.Staff.Name, "")
	if err == nil && len(r.Administrators) != 1 {
		return fmt.Errorf("administrators %+v", r.Administrators)
	}
	m.ticket = r.Ticket.Reveal()
	return err
}

func (w *crowd) setPassword(m *member, password string) error {
	uc := account.SetPassword{Store: w.Store, Hasher: plainHasher{}, Sender: w, Keys: w.Keys, Settings: account.Defaults(), Pinyin: pinyin.Read, Now: w.Now, Random: rand.Reader}
	_, err := uc.Run(w.Context(), m.call, account.SetPasswordInput{
		Ticket: m.ticket, Code: w.code(m.Staff.Phone), Password: password, ConfirmPassword: password, Device: m.device, DeviceName: "手机",
	})
	return err
}

// verify sends the code of the ticket, and takes the token of the session.
func (w *crowd) verify(m *member) error {
	uc := account.VerifyLogin{Store: w.Store, Sender: w, Keys: w.Keys, Settings: account.Defaults(), Now: w.Now, Random: rand.Reader}
	in, err := uc.Run(w.Context(), m.call, account.VerifyLoginInput{Ticket: m.ticket, Code: w.code(m.Staff.Phone), TrustDevice: true})
	m.token = in.Token.Reveal()
	return err
}

// signIn signs in with a password, to a session or to the ticket of a second step.
func (w *crowd) signIn(m *member, password string) error {
	uc := account.Login{Store: w.Store, Hasher: plainHasher{}, Sender: w, Keys: w.Keys, Settings: account.Defaults(), Now: w.Now, Random: rand.Reader}
	in, err := uc.Run(w.Context(), m.call, account.LoginInput{Account: m.Staff.Account.String(), Password: password, Device: m.device, DeviceName: "手机", Client: account.App})
	switch {
	case err != nil:
		return err
	case in.SecondStep != nil:
		m.ticket = in.SecondStep.Ticket.Reveal()
	default:
		m.token = in.SignedIn.Token.Reveal()
	}
	return nil
}

// asMember does something in the member's session, whose use is noted as in a function.
func (w *crowd) asMember(m *member, do func(account.Caller) error) error {
	auth := account.Authorize{Store: w.Store, Settings: account.Defaults(), Now: w.Now}
	c, err := auth.Run(w.Context(), account.App, m.token)
	if err != nil {
		return err
	}
	if touch := auth.Use(c, false); touch != nil {
		w.Must(touch(w.Context()))
	}
	return do(c)
}

// TestNoItemIsEverybodys: no request of the public, and none of people about
// themselves, names a partition that it names for everybody else, too.
func TestNoItemIsEverybodys(t *testing.T) {
	t.Parallel()
	w := newCrowd(t)
	w.Counter.Hold = 0 // trips do not matter
	for _, s := range ownSteps() {
		w.Clock = w.Clock.Add(2 * time.Minute) // until the next code may be texted
		var common map[string]int
		for _, m := range w.people {
			cost := w.Cost(func() {
				if err := s.run(w, m); err != nil {
					t.Fatalf("%s: %v", s.route, err)
				}
			})
			if len(cost.Partitions) == 0 {
				t.Errorf("%s reads and writes nothing", s.route)
			}
			if common == nil {
				common = cost.Partitions
				continue
			}
			maps.DeleteFunc(common, func(pk string, _ int) bool { return cost.Partitions[pk] == 0 })
		}
		if len(common) > 0 {
			t.Errorf("%s of everybody names %v", s.route, slices.Sorted(maps.Keys(common)))
		}
	}
}

// TestOwnStepsAreAll: each route that is not of the administration is one of them.
func TestOwnStepsAreAll(t *testing.T) {
	template, err := sam.Load(filepath.Join("..", "..", "template.yaml"), sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for _, s := range ownSteps() {
		tried[s.route] = true
	}
	for _, f := range template.Functions {
		for _, r := range f.Routes {
			k := r.Key()
			if strings.Contains(k, " /v1/admin/") || !strings.Contains(k, " /v1/") || k == "GET /v1/health" {
				continue
			}
			if !tried[k] {
				t.Errorf("no step tries %s", k)
			}
			delete(tried, k)
		}
	}
	for route := range tried {
		t.Errorf("%s is no route", route)
	}
}

// TestMovesAreThrottled: while no read of the list of moves is answered, everybody goes
// on as ever. Only administration waits.
func TestMovesAreThrottled(t *testing.T) {
	t.Parallel()
	w := newCrowd(t)
	w.Faults.Set(dynamotest.Fault{Kind: dynamotest.Throttled, Attempts: dynamotest.Always, Partition: "ORGMOVES"})
	for _, s := range ownSteps() {
		w.Clock = w.Clock.Add(2 * time.Minute)
		for _, m := range w.people[crowded-2:] {
			if err := s.run(w, m); err != nil {
				t.Errorf("%s: %v", s.route, err)
			}
		}
	}
	if w.Faults.Hits() > 0 {
		t.Errorf("%d reads of the moves", w.Faults.Hits())
	}
	if _, err := w.Store.Orgs(t.Context(), w.people[0].Staff.Orgs()); err == nil || w.Faults.Hits() == 0 {
		t.Errorf("administration: %v after %d attempts", err, w.Faults.Hits())
	}
}
