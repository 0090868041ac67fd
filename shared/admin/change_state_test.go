package admin

import (
	"errors"
	"slices"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

func phone(s string) staff.Phone {
	p, err := staff.ParsePhone(s)
	if err != nil {
		panic(err)
	}
	return p
}

func TestStateActionApplies(t *testing.T) {
	here := func(s, from staff.AccountState) staff.Staff {
		return staff.Staff{
			Revision: 7, Version: 3, Employment: staff.InService, State: s, FrozenFrom: from, Phone: phone("13700000001"), ActivatedAt: time.Unix(1, 0),
			Posts: []staff.Post{post(data, staff.MainJob, true), post(finance, staff.ConcurrentJob, true), post(team, staff.MainJob, false)},
		}
	}
	gone := here(staff.Pending, "")
	gone.Employment, gone.Phone, gone.FormerPhone = staff.Left, staff.Phone{}, gone.Phone
	for i := range gone.Posts {
		gone.Posts[i].Active = false
	}
	phoneless, homeless, goneFrozen := gone.Clone(), gone.Clone(), gone.Clone()
	goneFrozen.State, goneFrozen.FrozenFrom = staff.Frozen, staff.Pending
	phoneless.FormerPhone = staff.Phone{}
	homeless.Posts = homeless.Posts[1:2]

	tests := []struct {
		name   string
		action StateAction
		was    staff.Staff
		fits   bool
		work   staff.Employment
		state  staff.AccountState
		from   staff.AccountState
		active int // posts
	}{
		{"freeze an active person", Freeze, here(staff.Active, ""), true, staff.InService, staff.Frozen, staff.Active, 2},
		{"freeze a pending person", Freeze, here(staff.Pending, ""), true, staff.InService, staff.Frozen, staff.Pending, 2},
		{"freeze a frozen person", Freeze, here(staff.Frozen, staff.Active), false, "", "", "", 0},
		{"freeze who has left", Freeze, gone, false, "", "", "", 0},
		{"unfreeze to active", Unfreeze, here(staff.Frozen, staff.Active), true, staff.InService, staff.Active, "", 2},
		{"unfreeze to pending", Unfreeze, here(staff.Frozen, staff.Pending), true, staff.InService, staff.Pending, "", 2},
		{"unfreeze from nobody knows what", Unfreeze, here(staff.Frozen, ""), true, staff.InService, staff.Pending, "", 2},
		{"unfreeze an active person", Unfreeze, here(staff.Active, ""), false, "", "", "", 0},
		{"unfreeze who has left", Unfreeze, gone, false, "", "", "", 0},
		{"an active person leaves", Leave, here(staff.Active, ""), true, staff.Left, staff.Pending, "", 0},
		{"a frozen person leaves", Leave, here(staff.Frozen, staff.Active), true, staff.Left, staff.Frozen, staff.Pending, 0},
		{"reinstate who left frozen", Reinstate, goneFrozen, true, staff.InService, staff.Frozen, staff.Pending, 1},
		{"unfreeze who left frozen", Unfreeze, goneFrozen, false, "", "", "", 0},
		{"who has left leaves", Leave, gone, false, "", "", "", 0},
		{"reinstate who has left", Reinstate, gone, true, staff.InService, staff.Pending, "", 1},
		{"reinstate without a phone on file", Reinstate, phoneless, true, staff.InService, staff.Pending, "", 1},
		{"reinstate without a main post", Reinstate, homeless, false, "", "", "", 0},
		{"reinstate who is here", Reinstate, here(staff.Active, ""), false, "", "", "", 0},
		{"unlock an active person", Unlock, here(staff.Active, ""), true, staff.InService, staff.Active, "", 2},
		{"unlock a pending person", Unlock, here(staff.Pending, ""), false, "", "", "", 0},
		{"unlock a frozen person", Unlock, here(staff.Frozen, staff.Active), false, "", "", "", 0},
		{"unlock who has left", Unlock, gone, false, "", "", "", 0},
		{"something else", "promote", here(staff.Active, ""), false, "", "", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := tt.was.Clone()
			s, fits := tt.action.apply(tt.was)
			if fits != tt.fits {
				t.Fatalf("fits: %v", fits)
			}
			if !slices.Equal(tt.was.Posts, before.Posts) {
				t.Error("the posts of the person read were changed in place")
			}
			if !fits {
				return
			}
			if s.Employment != tt.work || s.State != tt.state || s.FrozenFrom != tt.from || len(s.ActivePosts()) != tt.active {
				t.Errorf("%s, %s from %q, %d active posts", s.Employment, s.State, s.FrozenFrom, len(s.ActivePosts()))
			}
			rises := int64(1)
			if tt.action == Unlock {
				rises = 0
			}
			if s.Version != 3+rises || s.Revision != 7+rises {
				t.Errorf("version %d, revision %d", s.Version, s.Revision)
			}
			if left := s.Employment == staff.Left; (left != s.Phone.IsZero() || left == s.FormerPhone.IsZero()) && tt.name != "reinstate without a phone on file" {
				t.Errorf("phone %v, former phone %v", s.Phone, s.FormerPhone)
			}
			if main, ok := s.MainPost(); !ok || main.Org != data.Code {
				t.Errorf("the main post is in %v", main.Org)
			}
		})
	}
}

// Of more than ten ended posts the oldest are dropped, never the main one.
func TestLeavingKeepsTheLastMainPost(t *testing.T) {
	s := staff.Staff{Employment: staff.InService, State: staff.Active, Phone: phone("13700000001")}
	for range staff.MaxActivePosts - 1 {
		s.Posts = append(s.Posts, post(finance, staff.ConcurrentJob, true))
	}
	s.Posts = append(s.Posts, post(data, staff.MainJob, true))
	for range staff.MaxEndedPosts {
		s.Posts = append(s.Posts, post(team, staff.MainJob, false))
	}
	s, _ = Leave.apply(s)
	if main, ok := s.MainPost(); !ok || main.Org != data.Code || len(s.Posts) != staff.MaxEndedPosts {
		t.Errorf("%d posts, the main one in %v", len(s.Posts), main.Org)
	}
}

func TestWhoMayChangeStates(t *testing.T) {
	person := func(grants ...account.Grant) Target {
		s := staff.Staff{Code: employee(1), Employment: staff.InService, Posts: []staff.Post{post(data, staff.MainJob, true), post(finance, staff.ConcurrentJob, true)}}
		return Target{Person: account.Person{Staff: s, Account: account.Account{Grants: grants}}, Orgs: tree}
	}
	tests := []struct {
		name   string
		caller account.Caller
		target Target
		all    bool // but unlock
		unlock bool
	}{
		{"where the main post is", caller(grant(account.UnitGrant, data)), person(), true, true},
		{"where another post is", caller(grant(account.UnitGrant, finance)), person(), false, true},
		{"of an administrator of the same", caller(grant(account.UnitGrant, data)), person(grant(account.UnitGrant, data)), true, true},
		{"of an administrator of more", caller(grant(account.UnitGrant, data)), person(grant(account.UnitGrant, district)), false, false},
		{"of one with a permission more", caller(grant(account.UnitGrant, data)), person(grant(account.UnitGrant, data, account.PIIReveal)), false, false},
		{"of one, covered by two grants", caller(grant(account.UnitGrant, data), grant(account.AuditGrant, district, account.PIIReveal)), person(grant(account.UnitGrant, data, account.PIIReveal)), true, true},
		{"of oneself", account.Caller{Staff: employee(1), Grants: []account.Grant{grant(account.SuperGrant, province)}}, person(), false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, a := range []StateAction{Freeze, Unfreeze, Leave, Reinstate, Unlock} {
				want := tt.all
				if a == Unlock {
					want = tt.unlock
				}
				err := StateInput{Action: a}.allowed(tt.caller, tt.target)
				if (err == nil) != want || err != nil && !errors.Is(err, fault.PermissionDenied) {
					t.Errorf("%s: %v", a, err)
				}
			}
		})
	}
}

// A freeze is lifted only by grants that cover those of who froze.
func TestWhoMayUnfreeze(t *testing.T) {
	by := func(grants ...account.Grant) Target {
		s := staff.Staff{Code: employee(1), Employment: staff.InService, State: staff.Frozen, Posts: []staff.Post{post(data, staff.MainJob, true)}}
		return Target{Person: account.Person{Staff: s, Account: account.Account{Frozen: account.FreezeMark{By: employee(9), Grants: grants}}}, Orgs: tree}
	}
	gone := org("不存在", staff.UnitOrg)
	for _, tt := range []struct {
		name   string
		caller account.Caller
		target Target
		want   string
	}{
		{"nobody known", caller(grant(account.UnitGrant, data)), by(), "ok"},
		{"the same", caller(grant(account.UnitGrant, data)), by(grant(account.UnitGrant, data)), "ok"},
		{"a larger place", caller(grant(account.UnitGrant, data)), by(grant(account.UnitGrant, district)), "permission_denied"},
		{"a permission more", caller(grant(account.UnitGrant, data)), by(grant(account.UnitGrant, data, account.PIIReveal)), "permission_denied"},
		{"a super", caller(grant(account.UnitGrant, province)), by(grant(account.SuperGrant, district)), "permission_denied"},
		{"a super of as much", caller(grant(account.SuperGrant, district)), by(grant(account.SuperGrant, district)), "ok"},
		{"a grant elsewhere, too", caller(grant(account.UnitGrant, data)), by(grant(account.UnitGrant, data), grant(account.UnitGrant, finance)), "permission_denied"},
		{"where nothing is any more", caller(grant(account.SuperGrant, province)), by(grant(account.UnitGrant, gone)), "permission_denied"},
	} {
		for action, want := range map[StateAction]string{Unfreeze: tt.want, Leave: "ok", Reinstate: "ok", Freeze: "ok"} {
			if got := verdict(StateInput{Action: action}.allowed(tt.caller, tt.target)); got != want {
				t.Errorf("%s, %s: %s, want %s", tt.name, action, got, want)
			}
		}
	}
}

func TestStateInput(t *testing.T) {
	tests := []struct {
		name   string
		in     StateInput
		fields []string
	}{
		{"whole", StateInput{Action: Freeze, Reason: " 调查\u200b "}, nil},
		{"empty", StateInput{}, []string{"action", "reason"}},
		{"unknown action, blank reason", StateInput{Action: "promote", Reason: " 　"}, []string{"action", "reason"}},
		{"reason with a control character", StateInput{Action: Leave, Reason: "a\x00b"}, []string{"reason"}},
		{"reason of nothing", StateInput{Action: Leave, Reason: "\u200b。"}, []string{"reason"}},
		{"reason too long", StateInput{Action: Leave, Reason: string(make([]rune, 201))}, []string{"reason"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reason, err := tt.in.check()
			if got := fieldsOf(err); !slices.Equal(got, tt.fields) {
				t.Errorf("wrong are %v, want %v", got, tt.fields)
			}
			if err == nil && reason != "调查" {
				t.Errorf("the reason is %q", reason)
			}
		})
	}
}

// fieldsOf are the fields that err names.
func fieldsOf(err error) []string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return nil
	}
	var paths []string
	for _, field := range f.Fields {
		paths = append(paths, field.Path)
	}
	return paths
}

func TestStateReasonOfTwoLines(t *testing.T) {
	if reason, err := (StateInput{Action: Freeze, Reason: "手机丢失\n请先冻结（急）"}).check(); reason != "手机丢失\n请先冻结（急）" || err != nil {
		t.Errorf("the reason is %q, %v", reason, err)
	}
}
