package dynamo_test

import (
	"crypto/rand"
	"fmt"
	mrand "math/rand/v2"
	"slices"
	"sync"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/staff"
)

// randomWorld is for workers who do things at random to the same few people and
// organisations, all at once. Each may be answered that another one was first.
type randomWorld struct {
	*faultWorld
	expected []string // codes of the errors that may be answered

	mu      sync.Mutex
	answers map[string]int // how often each was given
}

func newRandomWorld(t *testing.T, expected ...string) *randomWorld {
	t.Helper()
	return &randomWorld{faultWorld: newFaultWorld(t), expected: expected, answers: map[string]int{}}
}

// rounds has some workers do something at the same time, n times. After each round
// check looks at what has become of it.
func (w *randomWorld) rounds(n, workers int, something func(*mrand.Rand) (string, error), check func()) {
	w.Helper()
	seed := mrand.Uint64()
	for round := range n {
		var all sync.WaitGroup
		for i := range workers {
			all.Go(func() { w.note(something(mrand.New(mrand.NewPCG(seed, uint64(round*workers+i))))) })
		}
		all.Wait()
		check()
		if w.Failed() {
			break
		}
	}
	w.Logf("seed %d: %v", seed, w.answers)
	w.Agrees("after all rounds", world.Unfollowed)
}

func (w *randomWorld) note(what string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[what+" "+errorCode(err)]++
	if err != nil && !slices.Contains(w.expected, errorCode(err)) {
		w.Errorf("%s: %v", what, err)
	}
}

// TestOrgsAtRandom: organisations are added, renamed, reordered, moved into each
// other and closed, while people are put into them and taken out, all at once.
func TestOrgsAtRandom(t *testing.T) {
	t.Parallel()
	w := newRandomWorld(t, "version_conflict", "state_conflict", "org_missing", "org_closed", "org_name_taken", "field_invalid", "idempotency_conflict", "rate_limited", "unavailable")
	uc := admin.EditOrgs{Store: w.Store, Now: w.Now, Random: rand.Reader}
	people := admin.UpdatePosts{
		Store: w.Store, Dictionaries: &staff.DictionaryList{Store: w.Store, Now: w.Now}, Notices: account.Notices{Store: w.Store, Sender: w, Keys: w.Keys, Settings: account.Defaults()},
		Keys: w.Keys, Now: w.Now, Random: rand.Reader, Pinyin: pinyin.Read,
	}
	editsOrgs, editsStaff := must(w.super.Permit(account.OrgEdit)), must(w.super.Permit(account.StaffEdit))
	var lock sync.Mutex
	orgs := []staff.OrgCode{w.data.Code}
	some := func(r *mrand.Rand) staff.OrgCode {
		lock.Lock()
		defer lock.Unlock()
		return orgs[r.IntN(len(orgs))]
	}
	add := func(r *mrand.Rand) (string, error) {
		made, added, err := uc.Add(t.Context(), w.Call, editsOrgs, admin.OrgInput{
			Name: fmt.Sprintf("%c科", '甲'+rune(r.IntN(9))), Type: "institution", Parent: some(r).String(), Order: set(1 + r.IntN(99)), Request: admin.RequestKey{Key: fmt.Sprint(r.IntN(40)), Digest: fmt.Sprint(r.IntN(2))},
		})
		if err == nil && added {
			lock.Lock()
			defer lock.Unlock()
			orgs = append(orgs, made.Org.Code)
		}
		return "add", err
	}
	for range 4 {
		w.note(add(mrand.New(mrand.NewPCG(1, uint64(len(orgs))))))
	}
	update := func(r *mrand.Rand, what string, e admin.OrgEdit) (string, error) {
		o, err := uc.Load(t.Context(), editsOrgs, some(r).String())
		if err != nil || o.Code == w.data.Code {
			return what, err
		}
		e.Version = o.Version
		_, _, err = uc.Update(t.Context(), w.Call, editsOrgs, o, e)
		return what, err
	}
	post := func(r *mrand.Rand, name string) (string, error) {
		s := must(w.Store.Person(t.Context(), w.code(name))).Staff
		e := admin.Edit{Version: s.Version}
		last := s.ActivePosts()[len(s.ActivePosts())-1]
		what := "take in"
		switch to := set(some(r).String()); {
		case last.JobType == staff.MainJob || r.IntN(3) == 0:
			e.Posts = []admin.PostEdit{{Unit: set(w.data.Code.String()), Org: to, JobType: set("attached"), Role: set("REN_YUAN_JU_SE_QI_TA"), Order: set(1)}}
		case r.IntN(2) == 0:
			what, e.Posts = "put elsewhere", []admin.PostEdit{{ID: set(last.ID.String()), Unit: set(w.data.Code.String()), Org: to}}
		default:
			what, e.Removed = "let go", []string{last.ID.String()}
		}
		target, err := people.Load(t.Context(), editsStaff, s.Code.String(), e)
		if err == nil {
			_, err = people.Run(t.Context(), w.Call, editsStaff, target, e)
		}
		return what, err
	}
	w.rounds(24, 5, func(r *mrand.Rand) (string, error) {
		switch r.IntN(9) {
		case 0:
			return add(r)
		case 1:
			return update(r, "rename", admin.OrgEdit{Name: set(fmt.Sprintf("%c处", '甲'+rune(r.IntN(9))))})
		case 2:
			return update(r, "reorder", admin.OrgEdit{Order: set(1 + r.IntN(99))})
		case 3:
			return update(r, "move", admin.OrgEdit{Parent: set(some(r).String())})
		case 4:
			o, err := uc.Load(t.Context(), editsOrgs, some(r).String())
			if err == nil && o.Code != w.data.Code {
				err = uc.Close(t.Context(), w.Call, editsOrgs, o, 0)
			}
			return "close", err
		case 5: // what a job does
			_, err := w.mover(w.Store, w.Now).Finish(t.Context())
			return "bring along", err
		}
		return post(r, []string{"zhouqiang", "linwei"}[r.IntN(2)])
	}, func() {
		_, err := w.mover(w.Store, w.Now).Finish(t.Context())
		w.Must(err)
		open := w.Orgs(orgs...)
		orgs = slices.DeleteFunc(orgs, func(c staff.OrgCode) bool { return open[c].Closed })
	})
}

func (w *randomWorld) code(name string) staff.EmployeeCode {
	c, _, err := w.Store.FindName(w.Context(), staff.ParseSignInName(name), "-")
	return must(c, err)
}

// TestGrantsAtRandom: four people make each other administrators, take it away
// again, freeze each other and have each other leave. A super who can act is left
// after each round.
func TestGrantsAtRandom(t *testing.T) {
	t.Parallel()
	w := newRandomWorld(t, "permission_denied", "state_conflict", "last_super", "not_found", "staff_missing", "session_expired", "phone_taken", "unavailable")
	names := []string{"chenjing", "linwei", "zhangmin", "zhouqiang"}
	var codes []staff.EmployeeCode
	for _, name := range names {
		codes = append(codes, w.code(name))
	}
	root := w.super.Grants[0].Org
	super := func(p account.Person) bool {
		return slices.ContainsFunc(p.Account.Grants, func(g account.Grant) bool { return g.Type == account.SuperGrant && g.Org == root })
	}
	give := admin.GiveGrant{Store: w.Store, Notices: account.Notices{Store: w.Store, Sender: w, Keys: w.Keys, Settings: account.Defaults()}, Keys: w.Keys, Now: w.Now, Random: rand.Reader}
	revoke := admin.RevokeGrant{Store: w.Store, Keys: w.Keys, Now: w.Now, Random: rand.Reader}
	state := admin.ChangeState{Store: w.Store, Keys: w.Keys, Now: w.Now, Random: rand.Reader}
	w.rounds(30, 4, func(r *mrand.Rand) (string, error) {
		// Mostly it is a super who does something; others would be told that they may not.
		var by account.Person
		for _, i := range r.Perm(len(codes)) {
			by = must(w.Store.Person(t.Context(), codes[i]))
			if works(by.Staff) && super(by) || r.IntN(9) == 0 {
				break
			}
		}
		c := account.Caller{Staff: by.Staff.Code, Epoch: by.Account.Epoch, Grants: by.Account.Grants}
		asks := func(p account.Permission, do func(account.Permitted) error) error {
			permitted, err := c.Permit(p)
			if err != nil {
				return err
			}
			return do(permitted)
		}
		to := codes[r.IntN(len(codes))]
		if to == by.Staff.Code { // to nobody oneself, mostly
			to = codes[r.IntN(len(codes))]
		}
		switch n := r.IntN(8); n {
		case 0, 1, 2:
			kind, org := account.SuperGrant, root
			if n == 2 {
				kind, org = account.UnitGrant, w.finance.Code
			}
			return "give " + string(kind), asks(account.AdminGrant, func(by account.Permitted) error {
				_, _, err := give.Run(t.Context(), w.Call, by, admin.GrantInput{EmployeeCode: to.String(), Type: kind, Org: org.String()})
				return err
			})
		case 3, 4:
			held := must(w.Store.Person(t.Context(), to)).Account.Grants
			if len(held) == 0 {
				return "revoke", nil
			}
			return "revoke", asks(account.AdminGrant, func(by account.Permitted) error {
				return revoke.Run(t.Context(), w.Call, by, account.GrantRef{Staff: to, ID: held[r.IntN(len(held))].ID}.String())
			})
		}
		action := []admin.StateAction{admin.Freeze, admin.Unfreeze, admin.Leave, admin.Reinstate}[r.IntN(4)]
		return string(action), asks(account.StaffEdit, func(by account.Permitted) error {
			target, err := admin.LoadTarget{Store: w.Store, Keys: w.Keys, Now: w.Now}.Run(t.Context(), by, to.String())
			if err == nil {
				_, err = state.Run(t.Context(), w.Call, by, target, admin.StateInput{Action: action, Reason: "接到通知"})
			}
			return err
		})
	}, func() {
		supers := 0
		for _, c := range codes {
			if p := w.PersonOf(c); super(p) && works(p.Staff) {
				supers++
			}
		}
		if supers == 0 {
			t.Error("nobody is left")
		}
	})
}

// works reports whether somebody can administer, now or after an activation.
func works(s staff.Staff) bool { return s.Employment == staff.InService && s.State != staff.Frozen }
