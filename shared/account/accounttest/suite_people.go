package accounttest

import (
	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

func (s *suite) people() {
	unit, section, none := s.org(1), s.org(2), s.org(3)
	s.PutOrgs(
		staff.Org{Code: unit, Name: "数据局", Type: staff.UnitOrg, Division: "330000", Path: []staff.OrgCode{unit}, Version: 1},
		staff.Org{Code: section, Name: "综合科", Type: staff.InstitutionOrg, Division: "330000", Path: []staff.OrgCode{unit, section}, Version: 1},
	)
	onUnit := account.Grant{ID: "g1", Type: account.UnitGrant, Org: unit, Added: []account.Permission{account.PIIReveal}}
	onSection := account.Grant{ID: "g2", Type: account.AuditGrant, Org: section}
	a := s.person(func(p *account.Person) { p.Account.Grants = []account.Grant{onUnit, onSection} })
	b := s.person(func(p *account.Person) { p.Account.Grants = []account.Grant{onSection} })

	s.run("one", func(s *suite) {
		got := s.read(a.Staff.Code)
		same(s, "account", got.Account, a.Account)
		same(s, "name, phone and state", []any{got.Staff.Name, got.Staff.Phone, got.Staff.State, got.Staff.Account}, []any{a.Staff.Name, a.Staff.Phone, a.Staff.State, a.Staff.Account})
		same(s, "nobody", s.read(s.stranger()), account.Person{})
	})
	s.run("several", func(s *suite) {
		got, err := s.People(s.Context(), []staff.EmployeeCode{a.Staff.Code, s.stranger(), b.Staff.Code})
		s.must(err)
		if len(got) != 2 || got[a.Staff.Code].Account != a.Staff.Account || got[b.Staff.Code].Account != b.Staff.Account {
			s.Errorf("%+v", got)
		}
		got, err = s.People(s.Context(), nil)
		s.must(err)
		same(s, "of no codes", len(got), 0)
	})
	s.run("organisations", func(s *suite) {
		got, err := s.StoredOrgs(s.Context(), []staff.OrgCode{section, none})
		s.must(err)
		if len(got) != 1 || got[section].Name != "综合科" || got[section].Parent() != unit {
			s.Errorf("%+v", got)
		}
		got, err = s.StoredOrgs(s.Context(), nil)
		s.must(err)
		same(s, "of no codes", len(got), 0)
	})
	s.run("grants", func(s *suite) {
		for _, tt := range []struct {
			on   []staff.OrgCode
			want []account.Granted
		}{
			{[]staff.OrgCode{unit}, []account.Granted{{Staff: a.Staff.Code, Grant: onUnit}}},
			{[]staff.OrgCode{section, unit}, []account.Granted{{Staff: a.Staff.Code, Grant: onSection}, {Staff: b.Staff.Code, Grant: onSection}, {Staff: a.Staff.Code, Grant: onUnit}}},
			{[]staff.OrgCode{none}, nil},
			{nil, nil},
		} {
			got, err := s.GrantsOn(s.Context(), tt.on)
			s.must(err)
			same(s, "grants", got, tt.want)
		}
	})
	s.run("the state for signing in of nobody", func(s *suite) {
		got, err := s.SignInState(s.Context(), s.stranger())
		s.must(err)
		same(s, "state", got, account.SignInState{})
	})
}

func (s *suite) names() {
	ctx := s.Context()
	p := s.person()
	asPhone := s.person(func(p *account.Person) {
		name, err := staff.ParseAccount(p.Staff.Phone.National())
		s.must(err)
		p.Staff.Account = name
	})
	failures := account.Failures{Count: 2, First: noon, DayCount: 3, Day: noon, Revision: 1}
	_, err := s.SwapFailures(ctx, "second", account.Failures{}, failures)
	s.must(err)
	s.must(s.AddAddressFailure(ctx, "a", noon))
	s.must(s.AddAddressCall(ctx, "a", noon))
	s.must(s.AddAddressCall(ctx, "a", noon))

	for _, tt := range []struct {
		name, typed string
		owner       staff.EmployeeCode
	}{
		{"an account", "user1", p.Staff.Code},
		{"an account in upper case with spaces", " USER1 ", p.Staff.Code},
		{"a phone", "13700000001", p.Staff.Code},
		{"a phone with its area", "+86 137 0000 0001", p.Staff.Code},
		{"an account that is the phone", "13700000002", asPhone.Staff.Code},
		{"nobody's account", "user9", staff.EmployeeCode{}},
		{"nobody's phone", "13700000009", staff.EmployeeCode{}},
		{"no name at all", "王芳", staff.EmployeeCode{}},
		{"an employee code", p.Staff.Code.String(), staff.EmployeeCode{}},
	} {
		s.run(tt.name, func(s *suite) {
			name := staff.ParseSignInName(tt.typed)
			known, err := s.FindSignIn(ctx, name, []string{"first", "second"}, "a", noon)
			s.must(err)
			same(s, "what is known", known, account.Known{Owner: tt.owner, Failures: []account.Failures{{}, failures}, Use: account.AddressUse{Failures: 1, Calls: 2}})
			owner, one, err := s.FindName(ctx, name, "second")
			s.must(err)
			same(s, "owner", owner, tt.owner)
			same(s, "failures", one, failures)
		})
	}
	s.run("a person beside a phone", func(s *suite) {
		for _, tt := range []struct {
			phone staff.Phone
			owner staff.EmployeeCode
		}{
			{p.Staff.Phone, p.Staff.Code}, {asPhone.Staff.Phone, asPhone.Staff.Code}, {s.phone(99), staff.EmployeeCode{}}, {staff.Phone{}, staff.EmployeeCode{}},
		} {
			got, f, owner, err := s.PersonBeside(ctx, p.Staff.Code, "second", tt.phone)
			s.must(err)
			same(s, "person", got, s.read(p.Staff.Code))
			same(s, "failures", f, failures)
			same(s, "owner", owner, tt.owner)
		}
		got, f, _, err := s.PersonBeside(ctx, s.stranger(), "first", staff.Phone{})
		s.must(err)
		same(s, "nobody", got, account.Person{})
		same(s, "no failures", f, account.Failures{})
	})
	s.run("what is around", func(s *suite) {
		s.PutOrgs(staff.Org{Code: s.org(1), Name: "数据局", Type: staff.UnitOrg, Path: []staff.OrgCode{s.org(1)}})
		orgs, all, err := s.StoredAround(ctx, []staff.OrgCode{s.org(1), s.org(2)}, []string{"second", "first"})
		s.must(err)
		same(s, "failures", all, []account.Failures{failures, {}})
		if len(orgs) != 1 || orgs[s.org(1)].Name != "数据局" {
			s.Errorf("%+v", orgs)
		}
	})
}
