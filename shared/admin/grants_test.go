package admin

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"slices"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

var update = flag.Bool("update", false, "rewrite the golden file instead of checking it")

// TestGrantRules pins what each type of grant holds and what can be added to it. The
// console shows these rules as they stand in the file; a test of the pages compares.
func TestGrantRules(t *testing.T) {
	const file = "testdata/grants.json"
	rules := struct {
		Types   map[account.GrantType][]account.Permission `json:"types"`
		Addable []account.Permission                       `json:"addable"`
	}{map[account.GrantType][]account.Permission{}, addable}
	for _, kind := range []account.GrantType{account.SuperGrant, account.UnitGrant, account.AuditGrant} {
		rules.Types[kind] = account.Grant{Type: kind}.Permissions()
	}
	got, err := json.MarshalIndent(rules, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(golden) {
		t.Errorf("the rules are\n%s\nand %s has\n%s", got, file, golden)
	}
}

func TestGrantOf(t *testing.T) {
	const nothing = account.Permission("")
	tests := []struct {
		name   string
		kind   account.GrantType
		added  []string
		kept   []account.Permission
		fields []string
	}{
		{"a type alone", account.UnitGrant, nil, nil, nil},
		{"all that can be added, in the order of the list", account.UnitGrant, []string{"pii.reveal", "audit.read", "admin.grant"}, []account.Permission{account.AdminGrant, account.AuditRead, account.PIIReveal}, nil},
		{"what the type has", account.AuditGrant, []string{"audit.read", "staff.read", "pii.reveal"}, []account.Permission{account.PIIReveal}, nil},
		{"what a super has", account.SuperGrant, []string{"pii.reveal"}, nil, nil},
		{"what cannot be added", account.AuditGrant, []string{"pii.reveal", "staff.edit"}, nil, []string{"permissions[1]"}},
		{"what there is not", account.UnitGrant, []string{string(nothing), "root"}, nil, []string{"permissions[0]", "permissions[1]"}},
		{"one twice", account.UnitGrant, []string{"pii.reveal", "pii.reveal"}, nil, []string{"permissions[1]"}},
		{"no type", "", nil, nil, []string{"type"}},
		{"another type", "owner", nil, nil, []string{"type"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, err := grantOf(tt.kind, data.Code, tt.added)
			if got := fieldsOf(err); !slices.Equal(got, tt.fields) {
				t.Fatalf("wrong are %v, want %v", got, tt.fields)
			}
			if err == nil && (!slices.Equal(g.Added, tt.kept) || g.Type != tt.kind || g.Org != data.Code) {
				t.Errorf("%+v", g)
			}
		})
	}
}

func TestMayGrant(t *testing.T) {
	super, unit := grant(account.SuperGrant, district), grant(account.UnitGrant, district, account.AdminGrant)
	tests := []struct {
		name   string
		caller account.Caller
		g      account.Grant
		may    bool
	}{
		{"a super gives a super where they are one", caller(super), grant(account.SuperGrant, district), true},
		{"a super gives below", caller(super), grant(account.UnitGrant, team, account.PIIReveal), true},
		{"a super gives above", caller(super), grant(account.UnitGrant, province), false},
		{"a super gives beside", caller(grant(account.SuperGrant, data)), grant(account.UnitGrant, finance), false},
		{"a unit administrator gives what they hold", caller(unit), grant(account.UnitGrant, data, account.AdminGrant), true},
		{"a unit administrator gives more than they hold", caller(unit), grant(account.UnitGrant, data, account.PIIReveal), false},
		{"a unit administrator gives another type with more", caller(unit), grant(account.AuditGrant, data), false},
		{"who may not grant", caller(grant(account.UnitGrant, district)), grant(account.UnitGrant, data), false},
		{"who may grant elsewhere", caller(grant(account.UnitGrant, district), grant(account.AuditGrant, finance, account.AdminGrant)), grant(account.UnitGrant, data), false},
		{"two grants together", caller(grant(account.UnitGrant, data), grant(account.AuditGrant, district, account.AdminGrant)), grant(account.UnitGrant, data, account.AuditRead), true},
		{"an organisation that is not there", caller(super), grant(account.UnitGrant, org("无", staff.UnitOrg)), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := mayGrant(tt.caller, employee(1), tt.g, tree[tt.g.Org])
			if (err == nil) != tt.may || err != nil && !errors.Is(err, fault.PermissionDenied) {
				t.Errorf("%v", err)
			}
			if err := mayGrant(tt.caller, tt.caller.Staff, tt.g, tree[tt.g.Org]); !errors.Is(err, fault.PermissionDenied) {
				t.Errorf("to themselves: %v", err)
			}
		})
	}
}

func TestGiving(t *testing.T) {
	here := func(s staff.AccountState, grants ...account.Grant) Target {
		return Target{Person: account.Person{Staff: staff.Staff{Code: employee(1), Employment: staff.InService, State: s}, Account: account.Account{Grants: grants}}}
	}
	gone := here(staff.Pending)
	gone.Staff.Employment = staff.Left
	full := make([]account.Grant, MaxGrants)
	for i := range full {
		full[i] = grant(account.AuditGrant, finance)
	}
	in := GrantInput{Type: account.UnitGrant, Permissions: []string{"pii.reveal"}}
	same := grant(account.UnitGrant, data, account.PIIReveal)
	tests := []struct {
		name   string
		in     GrantInput
		target Target
		org    staff.Org
		had    bool
		err    error
	}{
		{"to somebody active", in, here(staff.Active), data, false, nil},
		{"to somebody pending", in, here(staff.Pending), data, false, nil},
		{"to somebody frozen", in, here(staff.Frozen), data, false, fault.StateConflict},
		{"to somebody who has left", in, gone, data, false, fault.StateConflict},
		{"on what is closed", in, here(staff.Active), closed, false, fault.OrgClosed},
		{"the same again", in, here(staff.Active, same), data, true, nil},
		{"the same with less", in, here(staff.Active, grant(account.UnitGrant, data)), data, false, nil},
		{"the same elsewhere", in, here(staff.Active, same), finance, false, nil},
		{"one too many", in, here(staff.Active, full...), data, false, fault.StateConflict},
		{"the same again, of as many as can be", in, here(staff.Active, append(slices.Clone(full[1:]), same)...), data, true, nil},
		{"of no type", GrantInput{}, here(staff.Frozen), data, false, fault.FieldInvalid},
		{"more than is held, on what is closed", GrantInput{Type: account.AuditGrant}, here(staff.Frozen), closed, false, fault.PermissionDenied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := caller(grant(account.UnitGrant, district, account.AdminGrant, account.PIIReveal))
			g, had, err := tt.in.apply(c, tt.target, tt.org)
			if had != tt.had || !errors.Is(err, tt.err) || had && g.ID != same.ID {
				t.Errorf("%+v, had %v, %v", g, had, err)
			}
		})
	}
}

// supers is a SuperReader by hand.
type supers struct {
	granted []account.Granted
	people  map[staff.EmployeeCode]staff.Staff
	asked   int
}

func (s *supers) GrantsOn(context.Context, []staff.OrgCode) ([]account.Granted, error) {
	s.asked++
	return slices.Clone(s.granted), nil
}

func (s *supers) People(context.Context, []staff.EmployeeCode) (map[staff.EmployeeCode]staff.Staff, error) {
	return s.people, nil
}

func TestKeepers(t *testing.T) {
	root, inside := grant(account.SuperGrant, province), grant(account.SuperGrant, district)
	in := func(s staff.AccountState) staff.Staff { return staff.Staff{Employment: staff.InService, State: s} }
	full := grant(account.UnitGrant, province, account.AdminGrant, account.AuditRead, account.PIIReveal)
	tests := []struct {
		name    string
		caller  account.Caller
		lost    account.Grant
		granted []account.Granted
		keeper  staff.EmployeeCode // zero: none is needed
		err     error
		asked   int
	}{
		{"not of the top", caller(root), inside, nil, staff.EmployeeCode{}, nil, 0},
		{"not a super", caller(root), full, nil, staff.EmployeeCode{}, nil, 0},
		{"the caller is one", caller(inside, root), root, nil, employee(100), nil, 0},
		{"another is one", caller(full), root, []account.Granted{{Staff: employee(1), Grant: root}, {Staff: employee(2), Grant: root}}, employee(2), nil, 1},
		{"only the one who is about to lose it", caller(full), root, []account.Granted{{Staff: employee(1), Grant: root}}, staff.EmployeeCode{}, fault.LastSuper, 1},
		{"only somebody frozen", caller(full), root, []account.Granted{{Staff: employee(3), Grant: root}}, staff.EmployeeCode{}, fault.LastSuper, 1},
		{"only somebody who has all permissions", caller(full), root, []account.Granted{{Staff: employee(2), Grant: full}}, staff.EmployeeCode{}, fault.LastSuper, 1},
		{"somebody pending", caller(full), root, []account.Granted{{Staff: employee(3), Grant: root}, {Staff: employee(4), Grant: root}}, employee(4), nil, 1},
		{"a super further down is none", caller(full, inside), root, nil, staff.EmployeeCode{}, fault.LastSuper, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := &supers{granted: tt.granted, people: map[staff.EmployeeCode]staff.Staff{
				employee(1): in(staff.Active), employee(2): in(staff.Active), employee(3): in(staff.Frozen), employee(4): in(staff.Pending),
			}}
			target := Target{Person: account.Person{Staff: staff.Staff{Code: employee(1)}}, Orgs: tree}
			found, err := remainingSupers(context.Background(), store, tt.caller, target, []account.Grant{tt.lost, tt.lost})
			if !errors.Is(err, tt.err) || store.asked != tt.asked {
				t.Fatalf("%v, asked %d times", err, store.asked)
			}
			var keeper staff.EmployeeCode
			if len(found) > 0 {
				keeper = found[0].Staff
			}
			if keeper != tt.keeper || len(found) > 1 || keeper != (staff.EmployeeCode{}) && found[0].Grant.Org != province.Code {
				t.Errorf("kept by %+v", found)
			}
		})
	}
}

func TestOneOf(t *testing.T) {
	for _, tt := range []struct {
		name   string
		params []named
		fields []string
	}{
		{"none", []named{{"org", ""}, {"employeeCode", ""}}, []string{"org"}},
		{"one", []named{{"org", ""}, {"employeeCode", "x"}}, nil},
		{"two", []named{{"org", "y"}, {"employeeCode", "x"}}, []string{"employeeCode"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := fieldsOf(oneOf(tt.params...)); !slices.Equal(got, tt.fields) {
				t.Errorf("wrong are %v", got)
			}
		})
	}
}
