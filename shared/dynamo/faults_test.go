package dynamo_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/sam"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/seed"
	"chaoxi/shared/staff"
)

// write is a request that changes something. TestFaults breaks each of its calls
// in turn, in every way in which a call can fail.
type write struct {
	name  string
	route string // of the template; "" for what the stream starts

	// lay says what the request finds: the person and the organisation that each
	// case has to itself, which are loaded for all cases at once. Then does the rest
	// just before the request.
	lay  func(*victim)
	then func(*victim)

	// ask sends the request, as a client does that may have sent it before.
	ask func(*victim, *maintain.Store) error
	// again is what that client is told where the first request was carried out
	// and its answer lost; "" is success. With over it may be told so whatever has
	// failed, and starts over. Wait is how long it waits before.
	again string
	over  bool
	wait  time.Duration

	done  func(*victim) error // whether what was asked for is so, once
	audit trail
}

// trail is how many entries a request leaves in the audit.
type trail int

const (
	once    trail = iota
	each          // one whenever it is carried out
	nothing       // none
)

// victim is what one case is about: a person and an organisation of its own, so
// that the cases of one table leave each other alone.
type victim struct {
	*battered
	n      int
	who    *account.Person
	orgs   []staff.Org // the first one is it, the others are inside
	passed time.Duration

	subject  string // of the audit
	id       string // what the request names, or was answered
	token    string // of who asks, where that is the person
	sessions []string
}

// battered is a town whose writes meet faults.
type battered struct {
	*town
	keys          account.Keys
	boss, deputy  account.Caller // the super; and who may do all, but is none
	data, finance staff.Org      // units
	section       staff.Org      // an institution of data's
	away          staff.Post     // in a third unit

	mu    sync.Mutex
	texts map[string][]string // by number
	n     int                 // victims
}

func newBattered(t *testing.T) *battered {
	t.Helper()
	w := &battered{town: newTown(t, demo.SeedNamed), texts: map[string][]string{}, keys: account.Keys{Current: []byte("a key for the tests of what fails")}}
	dictionaries, err := seed.Dictionaries()
	w.must(err)
	w.must(w.store.LoadDictionaries(t.Context(), dictionaries))
	chenjing := w.person("chenjing")
	w.boss, w.away = account.Caller{Staff: chenjing.Staff.Code, Epoch: chenjing.Account.Epoch, Grants: chenjing.Account.Grants}, chenjing.Staff.Posts[0]
	data, finance := w.person("linwei").Staff.Posts[0], w.person("zhouqiang").Staff.Posts[0]
	orgs, err := w.store.Orgs(t.Context(), []staff.OrgCode{data.Unit, data.Org, finance.Unit})
	w.must(err)
	deputy := w.person("zhouqiang")
	w.deputy = account.Caller{Staff: deputy.Staff.Code, Epoch: deputy.Account.Epoch, Grants: []account.Grant{
		{ID: "deputy", Type: account.UnitGrant, Org: w.boss.Grants[0].Org, Added: []account.Permission{account.AdminGrant, account.AuditRead, account.PIIReveal}},
	}}
	w.must(w.store.Grant(t.Context(), deputy.Staff.Code, w.deputy.Grants[0], w.entry(w.boss.Staff, deputy.Staff.Code, audit.Grant)))
	w.data, w.section, w.finance = orgs[data.Unit], orgs[data.Org], orgs[finance.Unit]
	return w
}

// Send implements account.Sender.
func (w *battered) Send(_ context.Context, to staff.Phone, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts[to.E164()] = append(w.texts[to.E164()], text)
	return nil
}

func (w *battered) sent(to staff.Phone) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.texts[to.E164()])
}

// inClear hashes in no time.
type inClear struct{}

func (inClear) Hash(password string) (string, error) { return "clear:" + password, nil }
func (inClear) Verify(encoded, password string) (bool, error) {
	return encoded == "clear:"+password, nil
}
func (inClear) Outdated(string) bool { return false }
func (inClear) Dummy() string        { return "clear" }

const oldPassword, newPassword = "Lanhua#8253", "Chunfeng#6174"

// somebody is the victim: active, complete, with two posts.
func (v *victim) somebody() {
	v.Helper()
	p := account.Person{
		Staff: staff.Staff{
			Revision: 1, Version: 1, Name: "王小明", Pinyin: pinyin.Read("王小明"), Gender: "1", BudgetedPost: "BIAN_ZHI_QI_TA", JobLevel: "ZHI_JI_QI_TA",
			Employment: staff.InService, State: staff.Active, RegisteredAt: townTime.Add(-time.Hour), ActivatedAt: townTime.Add(-time.Hour),
		},
		Account: account.Account{Password: "clear:" + oldPassword, PasswordSetAt: townTime.Add(-time.Hour), Epoch: 1, DeviceEpoch: 1},
	}
	var err error
	p.Staff.Code, err = staff.NewEmployeeCode(rand.Reader)
	v.must(err)
	p.Staff.Account, err = staff.ParseAccount(fmt.Sprintf("victim%d", v.n))
	v.must(err)
	p.Staff.Phone = v.number("139")
	for i, at := range []staff.Post{{Unit: v.data.Code, Org: v.section.Code, JobType: staff.MainJob}, {Unit: v.finance.Code, Org: v.finance.Code, JobType: staff.ConcurrentJob}} {
		at.ID, err = staff.NewPostID(rand.Reader)
		v.must(err)
		at.Role, at.Order, at.Active = "REN_YUAN_JU_SE_QI_TA", 1+i, true
		p.Staff.Posts = append(p.Staff.Posts, at)
	}
	v.who, v.subject = &p, p.Staff.Code.String()
}

// number is one of the victim's own.
func (v *victim) number(begin string) staff.Phone {
	v.Helper()
	p, err := staff.ParsePhone(fmt.Sprintf("%s%08d", begin, v.n))
	v.must(err)
	return p
}

// place is the organisation that is the victim.
func (v *victim) place() {
	v.Helper()
	c, err := staff.NewOrgCode(rand.Reader)
	v.must(err)
	o := staff.Org{Code: c, Name: fmt.Sprintf("故障%d科", v.n), Type: staff.InstitutionOrg, Division: v.data.Division, Order: 100 + v.n, Version: 1}.Under(v.data)
	v.orgs, v.subject = []staff.Org{o}, c.String()
}

// inside is one more, in the one that is the victim.
func (v *victim) inside(name string) {
	v.Helper()
	c, err := staff.NewOrgCode(rand.Reader)
	v.must(err)
	v.orgs = append(v.orgs, staff.Org{Code: c, Name: name, Type: staff.InstitutionOrg, Division: v.data.Division, Order: 1, Version: 1}.Under(v.orgs[0]))
}

func (v *victim) now() time.Time { return townTime.Add(v.passed) }

// is says what is not as wanted.
func is(as bool, what string, values ...any) error {
	if as {
		return nil
	}
	return fmt.Errorf(what, values...)
}

// held reads the victim as it is now.
func (v *victim) held() account.Person {
	v.Helper()
	return v.read(v.who.Staff.Code)
}

func (v *victim) placed(codes ...staff.OrgCode) staff.Orgs {
	v.Helper()
	orgs, err := v.store.Orgs(v.Context(), codes)
	v.must(err)
	return orgs
}

// calls asks as the victim with a session whose use is to be noted, as a
// function does: beside the work, and the work counts if that fails.
func (v *victim) calls(s *maintain.Store, do func(account.Caller) error) error {
	c, touch, err := account.Authorize{Store: s, Settings: account.Defaults(), Now: v.now}.Run(v.Context(), v.token)
	if err != nil {
		return err
	}
	var beside sync.WaitGroup
	if touch != nil {
		beside.Go(func() { _ = touch(v.Context()) })
	}
	err = do(c)
	beside.Wait()
	return err
}

// signedIn gives the victim some sessions, last used so long ago; the first is the
// one that asks.
func (v *victim) signedIn(sessions int, ago time.Duration) {
	v.Helper()
	for i := range sessions {
		secret, err := account.NewSecret(rand.Reader)
		v.must(err)
		id, err := staff.NewID(rand.Reader)
		v.must(err)
		h, err := v.store.SignInState(v.Context(), v.who.Staff.Code)
		v.must(err)
		one := account.Session{
			Hash: secret.Hash(), ID: id, Staff: v.who.Staff.Code, Client: account.App, Epoch: 1, CreatedAt: townTime.Add(-time.Hour), LastUsed: townTime.Add(-ago), Dies: townTime.Add(time.Hour),
		}
		v.must(v.store.StartSession(v.Context(), one, v.call, nil, h.TakeSlot(one, account.Defaults())))
		if i == 0 {
			v.token = account.Token{Staff: v.who.Staff.Code, Secret: secret}.Reveal()
		}
		v.sessions = append(v.sessions, id)
	}
}

// remain says which of the sessions are left.
func (v *victim) remain(want ...string) error {
	all, err := v.store.Sessions(v.Context(), v.who.Staff.Code)
	v.must(err)
	var left []string
	for _, s := range all {
		left = append(left, s.ID)
	}
	slices.Sort(left)
	slices.Sort(want)
	return is(slices.Equal(left, want), "the sessions %v are left, want %v", left, want)
}

// bossMay is the super as one who holds p.
func (v *victim) bossMay(p account.Permission) account.Permitted { return first(v.boss.Permit(p)) }

func (v *victim) open(s *maintain.Store, p account.Permission) (admin.Target, error) {
	return admin.LoadTarget{Store: s, Keys: v.keys, Now: v.now}.Run(v.Context(), v.bossMay(p), v.subject)
}

// update is the edit of a person as an administrator submits it.
func (v *victim) update(s *maintain.Store, e admin.Edit) error {
	uc := admin.UpdatePosts{
		Store: s, Dictionaries: &staff.DictionaryList{Store: s, Now: v.now}, Notices: account.Notices{Store: s, Sender: v, Keys: v.keys, Settings: account.Defaults()},
		Keys: v.keys, Now: v.now, Random: rand.Reader, Pinyin: pinyin.Read,
	}
	e.Version = 1
	t, err := uc.Load(v.Context(), v.bossMay(account.StaffEdit), v.subject, e)
	if err != nil {
		return err
	}
	_, err = uc.Run(v.Context(), v.call, v.bossMay(account.StaffEdit), t, e)
	return err
}

// edits is a row of updating somebody.
func edits(name string, edit func(*victim) admin.Edit, done func(*victim, account.Person) error) write {
	return write{
		name: name, route: "PATCH /v1/admin/staff/{employeeCode}", lay: (*victim).somebody, again: "version_conflict",
		ask: func(v *victim, s *maintain.Store) error { return v.update(s, edit(v)) },
		done: func(v *victim) error {
			p := v.held()
			return errors.Join(is(p.Staff.Version == 2, "version %d", p.Staff.Version), done(v, p))
		},
	}
}

// adds is a row of adding somebody.
func adds(name string, invite bool) write {
	return write{
		name: name, route: "POST /v1/admin/staff", lay: func(v *victim) {},
		ask: func(v *victim, s *maintain.Store) error {
			uc := admin.AddStaff{
				Store: s, Dictionaries: &staff.DictionaryList{Store: s, Now: v.now}, Notices: account.Notices{Store: s, Sender: v, Keys: v.keys, Settings: account.Defaults()},
				Now: v.now, Random: rand.Reader, Pinyin: pinyin.Read,
			}
			added, err := uc.Run(v.Context(), v.call, v.bossMay(account.StaffEdit), admin.Edit{
				Name: set("王小明"), Account: set(fmt.Sprintf("victim%d", v.n)), AreaCode: set("+86"), Phone: set(v.number("139").National()), Gender: set("1"),
				BudgetedPost: set("BIAN_ZHI_QI_TA"), JobLevel: set("ZHI_JI_QI_TA"),
				Posts: []admin.PostEdit{{Unit: set(v.data.Code.String()), Org: set(v.section.Code.String()), JobType: set("main"), Role: set("REN_YUAN_JU_SE_QI_TA"), Order: set(1)}},
			}, invite)
			v.id = added.Code.String()
			return err
		},
		done: func(v *victim) error {
			p := v.person(fmt.Sprintf("victim%d", v.n))
			v.subject = p.Staff.Code.String()
			texts := len(v.sent(v.number("139")))
			return errors.Join(
				is(!p.Staff.Code.IsZero() && v.subject == v.id, "%q was answered, and %q is there", v.id, v.subject),
				is(v.person(v.number("139").E164()).Staff.Code == p.Staff.Code, "the phone leads elsewhere"),
				is(p.Staff.Version == 1 && len(p.Staff.Posts) == 1 && p.Account.Epoch == 1, "%+v", p),
				is(texts <= 1 && (invite || texts == 0), "%d texts", texts),
			)
		},
	}
}

// states is a row of changing somebody's state.
func states(action admin.StateAction, lay func(*victim), done func(account.Person) error) write {
	row := write{
		name: string(action), route: "POST /v1/admin/staff/{employeeCode}/state", again: "state_conflict",
		lay: func(v *victim) {
			v.somebody()
			if lay != nil {
				lay(v)
			}
		},
		ask: func(v *victim, s *maintain.Store) error {
			t, err := v.open(s, account.StaffEdit)
			if err != nil {
				return err
			}
			_, err = admin.ChangeState{Store: s, Keys: v.keys, Now: v.now, Random: rand.Reader}.Run(v.Context(), v.call, v.bossMay(account.StaffEdit), t, admin.StateInput{Action: action, Reason: "接到通知"})
			return err
		},
		done: func(v *victim) error { return done(v.held()) },
	}
	if action == admin.Unlock {
		row.again, row.audit = "", each // it may be asked for at any time
	}
	return row
}

// rearranges is a row of changing an organisation.
func rearranges(name string, edit func(*victim) admin.OrgEdit, done func(*victim, staff.Org) error) write {
	return write{
		name: name, route: "PATCH /v1/admin/orgs/{orgCode}", lay: (*victim).place, again: "version_conflict",
		ask: func(v *victim, s *maintain.Store) error {
			uc := admin.EditOrgs{Store: s, Now: v.now, Random: rand.Reader}
			o, err := uc.Load(v.Context(), v.bossMay(account.OrgEdit), v.subject)
			if err != nil {
				return err
			}
			e := edit(v)
			e.Version = 1
			_, _, err = uc.Update(v.Context(), v.call, v.bossMay(account.OrgEdit), o, e)
			return err
		},
		done: func(v *victim) error {
			o := v.placed(v.orgs[0].Code)[v.orgs[0].Code]
			return errors.Join(is(o.Version == 2, "version %d", o.Version), done(v, o), v.movesEnd())
		},
	}
}

// movesEnd plays the end of the jobs, and lets the moves leave the list.
func (w *battered) movesEnd() error {
	_, err := w.mover(w.store, func() time.Time { return townTime.Add(-time.Hour) }).Finish(w.Context())
	return err
}

func (w *battered) mover(s *maintain.Store, now func() time.Time) admin.MoveOrg {
	return admin.MoveOrg{Store: s, Indexer: staff.Indexer{Store: s, Now: now, Random: rand.Reader}, Queue: account.IndexQueue{Store: s}, Now: now}
}

// named are how many organisations a name leads to.
func (w *battered) named(name string) int {
	w.Helper()
	found, err := w.store.OrgsNamed(w.Context(), staff.NameKey(name))
	w.must(err)
	return len(found)
}

// moved is the row of a worker that does the chunks of a move, one after the other,
// each again when it is not taken. What becomes of people, TestIndexFaults tells.
func moved() write {
	job := func(v *victim) jobs.Job {
		j, err := v.store.Job(v.Context(), v.id)
		v.must(err)
		return j
	}
	return write{
		name: "the chunks of a move", audit: nothing,
		lay: func(v *victim) {
			v.passed = time.Duration(v.n) * 10 * time.Minute // by then the moves before are off the list
			v.place()
			v.inside("内组")
		},
		then: func(v *victim) {
			uc := admin.EditOrgs{Store: v.store, Now: v.now, Random: rand.Reader}
			var err error
			_, v.id, err = uc.Update(v.Context(), v.call, v.bossMay(account.OrgEdit), v.orgs[0], admin.OrgEdit{Version: 1, Parent: set(v.section.Code.String())})
			v.must(err)
			v.subject = v.id
		},
		ask: func(v *victim, s *maintain.Store) error {
			kinds := map[string]jobs.Kind{admin.JobMoveOrg: v.mover(s, v.now)}
			worker := jobs.RunJobs{Store: s, Kinds: kinds, Now: v.now, Random: rand.Reader}
			for j := job(v); j.Finished < j.Chunks; {
				if err := worker.Run(v.Context(), v.id, j.Finished+1); err != nil {
					return err
				}
				was := j.Finished
				if j = job(v); j.Finished == was { // a worker that was not told has it
					v.passed += jobs.ChunkLease
				}
			}
			return nil
		},
		done: func(v *victim) error {
			j := job(v)
			_, moves, err := v.store.OrgsAndMoves(v.Context(), nil)
			v.must(err)
			open := slices.ContainsFunc(moves.List, func(m staff.Move) bool { return m.Done.IsZero() })
			v.must(v.movesEnd()) // for the next
			return is(j.CurrentState() == jobs.Done && j.Failed == 0 && !open, "%+v; the moves are %+v", j, moves)
		},
	}
}

// grants are rows of giving and taking one; the victim of revoking holds it.
func grants(name string, held account.GrantType, by func(*victim) account.Caller) write {
	grant := func(v *victim) account.Grant {
		if held == account.SuperGrant {
			return account.Grant{ID: "super", Type: held, Org: v.boss.Grants[0].Org}
		}
		return account.Grant{ID: "unit", Type: account.UnitGrant, Org: v.finance.Code}
	}
	row := write{
		name: name, route: "POST /v1/admin/grants", lay: (*victim).somebody,
		ask: func(v *victim, s *maintain.Store) error {
			in := admin.GrantInput{EmployeeCode: v.subject, Type: account.UnitGrant, Org: v.finance.Code.String()}
			ref, _, err := admin.GiveGrant{Store: s, Keys: v.keys, Now: v.now, Random: rand.Reader}.Run(v.Context(), v.call, first(by(v).Permit(account.AdminGrant)), in)
			v.id = ref.ID
			return err
		},
		done: func(v *victim) error {
			all := v.held().Account.Grants
			return is(len(all) == 1 && all[0].ID == v.id && all[0].Org == v.finance.Code, "%q was answered, and there is %+v", v.id, all)
		},
	}
	if held == "" {
		return row
	}
	row.route, row.again = "DELETE /v1/admin/grants/{id}", "not_found"
	row.lay = func(v *victim) {
		v.somebody()
		v.who.Account.Grants = []account.Grant{grant(v)}
	}
	row.ask = func(v *victim, s *maintain.Store) error {
		ref := account.GrantRef{Staff: v.who.Staff.Code, ID: grant(v).ID}
		return admin.RevokeGrant{Store: s, Keys: v.keys, Now: v.now, Random: rand.Reader}.Run(v.Context(), v.call, first(by(v).Permit(account.AdminGrant)), ref.String())
	}
	row.done = func(v *victim) error {
		all := v.held().Account.Grants
		return is(len(all) == 0, "there is %+v", all)
	}
	return row
}

// chooses is a row of editing a dictionary.
func chooses(name string, there bool) write {
	code := func(v *victim) string { return fmt.Sprintf("ZHI_JI_GU_ZHANG_%d", v.n) }
	return write{
		name: name, route: "PUT /v1/admin/dictionaries/{dictionary}/{code}",
		lay: func(v *victim) { v.subject = staff.DictJobLevel + "/" + code(v) },
		then: func(v *victim) {
			if there {
				_, err := v.store.AddDictionaryEntry(v.Context(), staff.DictionaryEntry{Dictionary: staff.DictJobLevel, Code: code(v), Label: code(v), Order: 1, Enabled: true})
				v.must(err)
			}
		},
		ask: func(v *victim, s *maintain.Store) error {
			uc := admin.EditDictionary{Store: s, Now: v.now, Random: rand.Reader}
			t, err := uc.Load(v.Context(), v.boss, staff.DictJobLevel, code(v))
			if err != nil {
				return err
			}
			_, _, err = uc.Run(v.Context(), v.call, v.boss, t, admin.DictionaryInput{Label: set(fmt.Sprintf("故障%d级", v.n)), Order: set(1 + v.n), Enabled: set(false)})
			return err
		},
		done: func(v *victim) error {
			all, err := v.store.Dictionaries(v.Context())
			v.must(err)
			want := staff.DictionaryEntry{Dictionary: staff.DictJobLevel, Code: code(v), Label: fmt.Sprintf("故障%d级", v.n), Order: 1 + v.n}
			return is(slices.Contains(all, want), "there is no %+v", want)
		},
	}
}

// ends is a row of ending sessions: of three, the first of which asks.
func ends(route string, left []int, ago time.Duration, again string, end func(account.Sessions, *victim, account.Caller) error) write {
	return write{
		name: route, route: route, lay: (*victim).somebody, again: again, audit: nothing,
		then: func(v *victim) { v.signedIn(3, ago) },
		ask: func(v *victim, s *maintain.Store) error {
			return v.calls(s, func(c account.Caller) error {
				return end(account.Sessions{Store: s, Settings: account.Defaults(), Now: v.now}, v, c)
			})
		},
		done: func(v *victim) error {
			var want []string
			for _, i := range left {
				want = append(want, v.sessions[i])
			}
			return v.remain(want...)
		},
	}
}

func (v *victim) phones(s *maintain.Store) account.ChangePhone {
	return account.ChangePhone{Store: s, Hasher: inClear{}, Sender: v, Keys: v.keys, Settings: patient(), Now: v.now, Random: rand.Reader}
}

// patient are settings by which nobody who comes often is sent away.
func patient() account.Settings {
	s := account.Defaults()
	s.AddressHourly, s.AddressFailures = 1_000_000, 1_000_000
	return s
}

const sixDigits = "246810"

// ticket gives the victim one whose code has been texted.
func (v *victim) ticket(of account.Purpose, phone staff.Phone) {
	v.Helper()
	id, err := account.NewSecret(rand.Reader)
	v.must(err)
	v.id = id.Reveal()
	v.must(v.store.PutTicket(v.Context(), account.Ticket{
		ID: id, Purpose: of, Staff: v.who.Staff.Code, Phone: phone, Epoch: 1, Expires: townTime.Add(time.Hour),
		Code: v.keys.MAC("code", v.id, sixDigits), CodeExpires: townTime.Add(time.Minute),
		Client: account.App, Device: v.keys.MAC("device", v.id), DeviceName: "手机", LockKey: v.keys.MAC("guard", v.id),
	}))
}

// writes are all of them, by the table that they are tried on.
func writes() map[string][]write {
	bossAsks := func(v *victim) account.Caller { return v.boss }
	return map[string][]write{
		"people": {
			adds("add somebody", false),
			adds("add somebody, with a text", true),
			edits("a role", func(v *victim) admin.Edit {
				return admin.Edit{Posts: []admin.PostEdit{{ID: set(v.who.Staff.Posts[1].ID.String()), Role: set("REN_YUAN_JU_SE_PU_TONG_YONG_HU")}}}
			}, func(v *victim, p account.Person) error {
				return is(p.Staff.Posts[1].Role == "REN_YUAN_JU_SE_PU_TONG_YONG_HU" && len(p.Staff.Posts) == 2, "%+v", p.Staff.Posts)
			}),
			edits("a phone", func(v *victim) admin.Edit {
				return admin.Edit{Phone: set(v.number("138").E164())}
			}, func(v *victim, p account.Person) error {
				return errors.Join(
					is(p.Staff.Phone == v.number("138") && p.Account.Epoch == 2 && p.Account.DeviceEpoch == 2, "%+v", p),
					is(len(v.sent(v.number("139"))) <= 1, "%d notices", len(v.sent(v.number("139")))),
				)
			}),
			edits("another unit", func(v *victim) admin.Edit {
				return admin.Edit{Posts: []admin.PostEdit{{ID: set(v.who.Staff.Posts[0].ID.String()), Unit: set(v.away.Unit.String()), Org: set(v.away.Org.String())}}}
			}, func(v *victim, p account.Person) error {
				return is(p.Staff.Posts[0].Org == v.away.Org && len(p.Staff.Posts) == 2, "%+v", p.Staff.Posts)
			}),
			edits("a post less", func(v *victim) admin.Edit {
				return admin.Edit{Removed: []string{v.who.Staff.Posts[1].ID.String()}}
			}, func(v *victim, p account.Person) error {
				return is(len(p.Staff.ActivePosts()) == 1, "%+v", p.Staff.Posts)
			}),
			{
				name: "reveal", route: "POST /v1/admin/staff/{employeeCode}/reveal", lay: (*victim).somebody, audit: each,
				ask: func(v *victim, s *maintain.Store) error {
					t, err := v.open(s, account.PIIReveal)
					if err != nil {
						return err
					}
					shown, err := admin.Reveal{Store: s, Now: v.now, Random: rand.Reader}.Run(v.Context(), v.call, v.bossMay(account.PIIReveal), t, admin.RevealInput{Fields: []string{admin.RevealPhone}, Reason: "核实"})
					v.id = shown[admin.RevealPhone]
					return err
				},
				done: func(v *victim) error { return is(v.id == v.number("139").E164(), "shown is %q", v.id) },
			},
			states(admin.Freeze, nil, func(p account.Person) error {
				return is(p.Staff.State == staff.Frozen && p.Staff.Version == 2 && p.Account.Epoch == 2, "%+v", p)
			}),
			states(admin.Unfreeze, func(v *victim) { v.who.Staff.State, v.who.Staff.FrozenFrom = staff.Frozen, staff.Active }, func(p account.Person) error {
				return is(p.Staff.State == staff.Active && p.Staff.Version == 2, "%+v", p)
			}),
			states(admin.Leave, func(v *victim) {
				v.who.Account.Grants = []account.Grant{{ID: "reads", Type: account.AuditGrant, Org: v.finance.Code}}
			}, func(p account.Person) error {
				return is(p.Staff.Employment == staff.Left && p.Staff.Version == 2 && p.Account.Epoch == 2 && len(p.Account.Grants) == 0 && p.Account.Password == "", "%+v", p)
			}),
			states(admin.Reinstate, func(v *victim) {
				s := &v.who.Staff
				s.Employment, s.State, s.ActivatedAt, s.Phone, s.FormerPhone = staff.Left, staff.Pending, time.Time{}, staff.Phone{}, s.Phone
				s.Posts[0].Active, s.Posts[1].Active = false, false
				v.who.Account.Password, v.who.Account.PasswordSetAt = "", time.Time{}
			}, func(p account.Person) error {
				return is(p.Staff.Employment == staff.InService && p.Staff.Version == 2 && len(p.Staff.ActivePosts()) == 1 && !p.Staff.Phone.IsZero(), "%+v", p)
			}),
			states(admin.Unlock, nil, func(p account.Person) error {
				return is(p.Account.ClearedAt.Equal(townTime) && p.Staff.Version == 1 && p.Account.Epoch == 1, "%+v", p)
			}),
			grants("give a grant", "", bossAsks),
			grants("revoke a grant", account.UnitGrant, bossAsks),
			grants("revoke a super, without being one", account.SuperGrant, func(v *victim) account.Caller { return v.deputy }),
		},
		"organisations and one's own": {
			{
				name: "add one, with a key", route: "POST /v1/admin/orgs", lay: func(*victim) {},
				ask: func(v *victim, s *maintain.Store) error {
					made, _, err := admin.EditOrgs{Store: s, Now: v.now, Random: rand.Reader}.Add(v.Context(), v.call, v.bossMay(account.OrgEdit), admin.OrgInput{
						Name: fmt.Sprintf("新%d科", v.n), Type: "institution", Parent: v.data.Code.String(), Division: v.data.Division, Order: set(100 + v.n), Key: fmt.Sprint("key", v.n),
					})
					v.subject = made.Org.Code.String()
					return err
				},
				done: func(v *victim) error {
					n := v.named(fmt.Sprintf("新%d科", v.n))
					return is(n == 1, "%d have the name", n)
				},
			},
			rearranges("rename one", func(v *victim) admin.OrgEdit { return admin.OrgEdit{Name: set(fmt.Sprintf("改名%d科", v.n))} }, func(v *victim, o staff.Org) error {
				was, now := v.named(v.orgs[0].Name), v.named(o.Name)
				return is(o.Name == fmt.Sprintf("改名%d科", v.n) && was == 0 && now == 1, "%+v; the old name leads to %d, the new one to %d", o, was, now)
			}),
			rearranges("reorder one", func(v *victim) admin.OrgEdit { return admin.OrgEdit{Order: set(5000 + v.n)} }, func(v *victim, o staff.Org) error {
				return is(o.Order == 5000+v.n, "%+v", o)
			}),
			rearranges("move one", func(v *victim) admin.OrgEdit { return admin.OrgEdit{Parent: set(v.section.Code.String())} }, func(v *victim, o staff.Org) error {
				return is(o.Parent() == v.section.Code, "%+v", o)
			}),
			{
				name: "close one", route: "DELETE /v1/admin/orgs/{orgCode}", lay: (*victim).place, again: "org_missing",
				ask: func(v *victim, s *maintain.Store) error {
					uc := admin.EditOrgs{Store: s, Now: v.now, Random: rand.Reader}
					o, err := uc.Load(v.Context(), v.bossMay(account.OrgEdit), v.subject)
					if err != nil {
						return err
					}
					return uc.Close(v.Context(), v.call, v.bossMay(account.OrgEdit), o, 1)
				},
				done: func(v *victim) error {
					o := v.placed(v.orgs[0].Code)[v.orgs[0].Code]
					return is(o.Closed && o.Version == 2, "%+v", o)
				},
			},
			chooses("add a choice", false),
			chooses("change a choice", true),
			{
				name: "change the password", route: "POST /v1/me/password", lay: (*victim).somebody, again: "session_expired",
				then: func(v *victim) { v.signedIn(1, 0) },
				ask: func(v *victim, s *maintain.Store) error {
					uc := account.ChangePassword{Store: s, Hasher: inClear{}, Keys: v.keys, Settings: patient(), Now: v.now, Random: rand.Reader}
					return v.calls(s, func(c account.Caller) error {
						return uc.Run(v.Context(), v.call, c, account.ChangePasswordInput{CurrentPassword: oldPassword, Password: newPassword, ConfirmPassword: newPassword})
					})
				},
				done: func(v *victim) error {
					a := v.held().Account
					return is(a.Password == "clear:"+newPassword && a.Epoch == 2 && len(a.Hashes()) == 2, "%+v", a)
				},
			},
			{
				name: "begin with another phone", route: "POST /v1/me/phone", lay: (*victim).somebody, wait: time.Minute, audit: nothing,
				then: func(v *victim) { v.signedIn(1, 0) },
				ask: func(v *victim, s *maintain.Store) error {
					return v.calls(s, func(c account.Caller) error {
						sent, err := v.phones(s).Begin(v.Context(), v.call, c, account.NewPhoneInput{CurrentPassword: oldPassword, AreaCode: "+86", Phone: v.number("138").National()})
						v.id = sent.Ticket.Reveal()
						return err
					})
				},
				done: func(v *victim) error {
					t, err := v.store.Ticket(v.Context(), account.ParseSecret(v.id))
					v.must(err)
					texts := v.sent(v.number("138"))
					if len(texts) == 0 || len(texts) > 2 {
						return fmt.Errorf("%d texts", len(texts))
					}
					digits := regexp.MustCompile("[0-9]{6}").FindString(texts[len(texts)-1])
					return is(t.Phone == v.number("138") && v.keys.Verify(t.Code, "code", v.id, digits), "the ticket %+v does not take the code that was texted", t)
				},
			},
			{
				name: "finish with it", route: "POST /v1/me/phone", lay: (*victim).somebody, again: "session_expired",
				then: func(v *victim) {
					v.signedIn(1, 0)
					v.ticket(account.ForPhone, v.number("138"))
				},
				ask: func(v *victim, s *maintain.Store) error {
					return v.calls(s, func(c account.Caller) error { return v.phones(s).Finish(v.Context(), v.call, c, v.id, sixDigits) })
				},
				done: func(v *victim) error {
					p := v.held()
					return errors.Join(
						is(p.Staff.Phone == v.number("138") && p.Staff.Version == 2 && p.Account.Epoch == 2 && p.Account.DeviceEpoch == 2, "%+v", p),
						is(len(v.sent(v.number("139"))) <= 1, "%d notices", len(v.sent(v.number("139")))),
					)
				},
			},
			{
				name: "the second step", route: "POST /v1/sessions/verify", lay: (*victim).somebody, again: "ticket_invalid", over: true, audit: nothing,
				then: func(v *victim) { v.ticket(account.ForSignIn, v.number("139")) },
				ask: func(v *victim, s *maintain.Store) error {
					uc := account.VerifyLogin{Store: s, Keys: v.keys, Settings: patient(), Now: v.now, Random: rand.Reader}
					in, err := uc.Run(v.Context(), v.call, account.VerifyLoginInput{Ticket: v.id, Code: sixDigits, TrustDevice: true})
					v.sessions = append(v.sessions, in.Session.ID)
					return err
				},
				done: func(v *victim) error {
					all, err := v.store.Sessions(v.Context(), v.who.Staff.Code)
					v.must(err)
					last := v.sessions[len(v.sessions)-1]
					return is(len(all) <= 1 && (last == "" || len(all) == 1 && all[0].ID == last), "%q was answered, and there is %+v", last, all)
				},
			},
			ends("DELETE /v1/sessions/{id}", []int{0, 2}, 0, "not_found", func(uc account.Sessions, v *victim, c account.Caller) error {
				return uc.End(v.Context(), c, v.sessions[1])
			}),
			ends("DELETE /v1/sessions/current", []int{1, 2}, time.Hour, "session_expired", func(uc account.Sessions, v *victim, c account.Caller) error {
				return uc.EndCurrent(v.Context(), c)
			}),
			ends("DELETE /v1/sessions/others", []int{0}, 0, "", func(uc account.Sessions, v *victim, c account.Caller) error {
				return uc.EndOthers(v.Context(), c)
			}),
		},
		"jobs": {
			moved(),
			{
				name: "stop a job", route: "DELETE /v1/admin/jobs/{id}", lay: (*victim).place, again: "state_conflict", audit: nothing,
				then: func(v *victim) {
					var err error
					v.id, err = staff.NewID(rand.Reader)
					v.must(err)
					job := jobs.Job{ID: v.id, Kind: "batch", Owner: v.boss.Staff, CreatedAt: v.now(), UpdatedAt: v.now(), State: jobs.Queued, Chunks: 1}
					_, moves, err := v.store.OrgsAndMoves(v.Context(), nil)
					v.must(err)
					was, now := v.orgs[0], v.orgs[0]
					now.Version++ // jobs are made with what asks for them
					entry := audit.Entry{ID: v.id, At: v.now(), Actor: v.boss.Staff, Subject: audit.Subject(v.subject), Action: audit.UpdateOrg, Call: v.call}
					v.must(v.store.WriteOrg(v.Context(), admin.OrgChange{
						Was: was, Now: now, WasAbove: v.data.Division, Above: v.data.Division, Moves: moves, NowMoves: moves, Audit: entry, Job: &jobs.NewJob{Job: job, First: []jobs.Chunk{{N: 1}}},
					}))
					v.subject = v.id
				},
				ask: func(v *victim, s *maintain.Store) error {
					uc := admin.Jobs{Store: s, Keys: v.keys, Now: v.now}
					j, err := uc.Load(v.Context(), v.boss, v.id)
					if err != nil {
						return err
					}
					return uc.Stop(v.Context(), j)
				},
				done: func(v *victim) error {
					j, err := v.store.Job(v.Context(), v.id)
					v.must(err)
					return is(j.CurrentState() == jobs.Stopped, "%+v", j)
				},
			},
		},
	}
}

// elsewhere are the steps of those who are not signed in yet, and the functions
// whose tests break their calls: what is lost there follows from limits and texts.
var elsewhere = map[string]string{
	"POST /v1/codes": "send-code", "POST /v1/password": "set-password", "POST /v1/sessions": "login", "POST /v1/recovery": "recovery-options",
	"POST /v1/recovery/requests": "raise-recovery",
}

// TestEveryWriteMeetsFaults holds the rows against the template.
func TestEveryWriteMeetsFaults(t *testing.T) {
	template, err := sam.Load(filepath.Join("..", "..", "template.yaml"), sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for route, function := range elsewhere {
		tests, err := os.ReadFile(filepath.Join("..", "..", "functions", function, "handler_test.go"))
		tried[route] = err == nil && strings.Contains(string(tests), "\nfunc TestFaults(")
	}
	for _, rows := range writes() {
		for _, row := range rows {
			tried[row.route] = true
		}
	}
	delete(tried, "")
	for _, f := range template.Functions {
		for _, r := range f.Routes {
			if r.Method == "" || r.Method == "GET" {
				continue
			}
			if !tried[r.Key()] {
				t.Errorf("%s: no row says what becomes of it when its calls fail", r.Key())
			}
			delete(tried, r.Key())
		}
	}
	for route := range tried {
		t.Errorf("%s is no route", route)
	}
}

// TestFaults fails each call of each write, in every way, and goes on as a client
// would. What was answered is so, what was asked for is done once in the end, and
// the table agrees with itself.
func TestFaults(t *testing.T) {
	for table, rows := range writes() {
		t.Run(table, func(t *testing.T) {
			w := newBattered(t)
			for _, row := range rows {
				w.batter(row)
			}
			found, report := w.check(func(uc *maintain.Check) { uc.Unfollowed = true })
			if len(found) > 0 || report.InMotion > 0 {
				t.Errorf("%d in motion, found\n%s", report.InMotion, strings.Join(found, "\n"))
			}
		})
	}
}

// batter runs a row once without faults, and again for each fault of each of the
// calls that it made then.
func (w *battered) batter(row write) {
	w.Helper()
	if row.then == nil {
		row.then = func(*victim) {}
	}
	var counter dynamotest.Counter
	clean := w.victims(row, 1)[0]
	row.then(clean)
	if err := row.ask(clean, maintain.Over(w.db, w.table, counter.Option)); err != nil {
		w.Errorf("%s: without a fault: %v", row.name, err)
		return
	}
	w.judge(row, clean, "without a fault", 1)
	faults := faultsOf(counter.Cost().Calls)
	for i, v := range w.victims(row, len(faults)) {
		w.strike(row, v, faults[i])
	}
	w.Logf("%s: %d faults of %v", row.name, len(faults), counter.Cost().Calls)
}

// faultsOf are those that calls can meet. A call is found by its operation: those
// that are made side by side come in any order.
func faultsOf(calls map[string]int) []dynamotest.Fault {
	var all []dynamotest.Fault
	for _, op := range slices.Sorted(maps.Keys(calls)) {
		for call := 1; call <= calls[op]; call++ {
			for _, kind := range []dynamotest.Kind{dynamotest.NotSent, dynamotest.TimedOut, dynamotest.Throttled} {
				all = append(all, dynamotest.Fault{Kind: kind, Op: op, Call: call, Attempts: dynamotest.Always})
			}
			if op == "GetItem" || op == "BatchGetItem" || op == "Query" {
				continue // a read whose answer is lost is as one that was not sent
			}
			again := []dynamotest.Kind{dynamotest.AnswerLost}
			if op == "TransactWriteItems" {
				again = append(again, dynamotest.Conflict)
			}
			for _, kind := range again { // once, and the second try finds what the first has done; and for good
				all = append(all, dynamotest.Fault{Kind: kind, Op: op, Call: call}, dynamotest.Fault{Kind: kind, Op: op, Call: call, Attempts: dynamotest.Always})
			}
		}
	}
	return all
}

// victims lays out so many of a row.
func (w *battered) victims(row write, n int) []*victim {
	w.Helper()
	all := make([]*victim, n)
	var people []account.Person
	var orgs []staff.Org
	for i := range all {
		w.n++
		v := &victim{battered: w, n: w.n}
		row.lay(v)
		if v.who != nil {
			people = append(people, *v.who)
		}
		orgs = append(orgs, v.orgs...)
		all[i] = v
	}
	known := staff.Orgs{w.data.Code: w.data}
	for _, o := range orgs {
		known[o.Code] = o
	}
	w.must(w.store.LoadOrgs(w.Context(), orgs, known))
	w.must(w.store.LoadUnindexed(w.Context(), people))
	return all
}

// twice is patience enough: what is broken for good is so at the second try.
func twice(o *dynamodb.Options) { o.Retryer = retry.AddWithMaxAttempts(o.Retryer, 2) }

// strike is one case.
func (w *battered) strike(row write, v *victim, f dynamotest.Fault) {
	w.Helper()
	what := fmt.Sprintf("%s in %s %d", f.Kind, f.Op, f.Call)
	if f.Attempts != dynamotest.Always {
		what += ", once"
	}
	row.then(v)
	faults := dynamotest.NewFaults(f)
	err, asked := row.ask(v, maintain.Over(w.db, w.table, faults.Option, dynamotest.AtOnce, twice)), 1
	switch {
	case faults.Hits() == 0:
		w.Errorf("%s: %s never struck", row.name, what)
	case err != nil && (f.Attempts != dynamotest.Always || !errors.Is(err, fault.Unavailable)):
		w.Errorf("%s: %s is answered %v", row.name, what, err)
	case err != nil:
		v.passed += row.wait
		asked++
		if err := row.ask(v, w.store); err != nil && (f.Kind != dynamotest.AnswerLost && !row.over || code(err) != row.again) {
			w.Errorf("%s: after %s: %v", row.name, what, err)
		}
	}
	w.judge(row, v, what, asked)
}

// judge says whether the victim is as wanted, after so many requests.
func (w *battered) judge(row write, v *victim, what string, asked int) {
	w.Helper()
	if err := row.done(v); err != nil {
		w.Errorf("%s: after %s: %v", row.name, what, err)
	}
	least, most := 1, 1
	switch row.audit {
	case each:
		most = asked
	case nothing:
		least, most = 0, 0
	}
	if n := w.entries(v.subject); n < least || n > most {
		w.Errorf("%s: after %s: %d entries in the audit", row.name, what, n)
	}
}

func (w *battered) entries(subject string) int {
	w.Helper()
	out, err := w.db.Query(w.Context(), &dynamodb.QueryInput{
		TableName: &w.table, KeyConditionExpression: aws.String("pk = :pk"), ConsistentRead: aws.Bool(true),
		ExpressionAttributeValues: stored{":pk": w.av("AUDIT#OF#" + subject)},
	})
	w.must(err)
	return len(out.Items)
}
