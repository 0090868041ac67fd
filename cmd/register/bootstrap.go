package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/seed"
	"chaoxi/shared/staff"
)

// first has the flags of bootstrap: the first super administrator, and the top of the
// tree.
type first struct {
	name, account, phone         string
	orgName, division            string
	title                        string
	budgetedPost, jobLevel, role string
}

// bootstrap puts into an empty table what nobody could add on the console: the
// dictionaries, the top of the tree, and the first super. The super then activates
// the account like everybody else.
//
// An interrupted run can be started again: each step is one transaction, or leaves
// entries alone that are there. If the tree has a super already, bootstrap refuses:
// further supers are made by supers, on the console.
func bootstrap(ctx context.Context, t tool, args []string) error {
	var in first
	fs := t.flags("bootstrap")
	fs.StringVar(&in.name, "name", "", "the first super's name (姓名)")
	fs.StringVar(&in.account, "account", "", "sign-in name (账号)")
	fs.StringVar(&in.phone, "phone", "", "phone that activation codes go to")
	fs.StringVar(&in.orgName, "org-name", "", "name of the organisation at the top of the tree, if there is none yet")
	fs.StringVar(&in.division, "division", "", "its division, six digits of GB/T 2260 (330000)")
	fs.StringVar(&in.title, "title", "系统管理员", "the super's title (职务)")
	fs.StringVar(&in.budgetedPost, "budgeted-post", "BIAN_ZHI_QI_TA", "code of 人员编制")
	fs.StringVar(&in.jobLevel, "job-level", "ZHI_JI_QI_TA", "code of 职级")
	fs.StringVar(&in.role, "role", "REN_YUAN_JU_SE_CHAO_JI_YONG_HU", "code of 人员角色")
	if err := parse(fs, args); err != nil {
		return err
	}
	person, err := in.person(t)
	if err != nil {
		return err
	}
	return t.bootstrap(ctx, in, person)
}

// person returns the super without posts. The record is complete, since an incomplete
// person could activate the account but not sign in.
func (in first) person(t tool) (staff.Staff, error) {
	var wrong []error
	note := func(flag string, err error) {
		if err != nil {
			wrong = append(wrong, fmt.Errorf("-%s: %w", flag, err))
		}
	}
	s := staff.Staff{
		Revision: 1, Version: 1, BudgetedPost: in.budgetedPost, JobLevel: in.jobLevel,
		Employment: staff.InService, State: staff.Pending, RegisteredAt: t.Now(),
	}
	var err error
	if s.Name, err = staff.ParseName(in.name); err == nil && s.Name == "" {
		err = errors.New("is missing")
	}
	note("name", err)
	s.Account, err = staff.ParseAccount(in.account)
	note("account", err)
	s.Phone, err = staff.ParsePhone(in.phone)
	note("phone", err)
	if phone, ok := s.Account.AsPhone(); ok && phone != s.Phone {
		note("account", errors.New("looks like a phone number that is not the person's"))
	}
	all, err := seed.Dictionaries()
	if err != nil {
		return staff.Staff{}, err
	}
	for flag, of := range map[string][2]string{
		"budgeted-post": {staff.DictBudgetedPost, in.budgetedPost}, "job-level": {staff.DictJobLevel, in.jobLevel}, "role": {staff.DictRole, in.role},
	} {
		if !all.Allows(of[0], of[1]) {
			note(flag, fmt.Errorf("%q is not in the dictionary %s", of[1], of[0]))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return staff.Staff{}, err
	}
	s.Pinyin = pinyin.Read(s.Name)
	s.Code, err = staff.NewEmployeeCode(t.Random)
	return s, err
}

// bootstrap does the steps for the super s.
func (t tool) bootstrap(ctx context.Context, in first, s staff.Staff) error {
	roots, err := t.Store.Roots(ctx)
	if err != nil {
		return fmt.Errorf("read the tree: %w", err)
	}
	switch done, err := t.superAtWork(ctx, roots, s); {
	case err != nil:
		return err
	case done:
		fmt.Fprintf(t.Out, "%s (%s) is the super already. Nothing to do.\n", s.Name, s.Account.Masked())
		return nil
	}
	if err := t.dictionaries(ctx); err != nil {
		return err
	}
	root, err := t.root(ctx, roots, in, s.Code)
	if err != nil {
		return err
	}
	return t.super(ctx, root, in, s)
}

// superAtWork reports whether s is a super of one of the roots. If somebody else is,
// it returns an error.
func (t tool) superAtWork(ctx context.Context, roots []staff.Org, s staff.Staff) (bool, error) {
	codes := make([]staff.OrgCode, len(roots))
	for i, o := range roots {
		codes[i] = o.Code
	}
	granted, err := t.Store.GrantsOn(ctx, codes)
	if err != nil {
		return false, fmt.Errorf("read the grants: %w", err)
	}
	var supers []staff.EmployeeCode
	for _, g := range granted {
		if g.Grant.Type == account.SuperGrant {
			supers = append(supers, g.Staff)
		}
	}
	if len(supers) == 0 {
		return false, nil
	}
	people, err := t.Store.People(ctx, supers)
	if err != nil {
		return false, fmt.Errorf("read the supers: %w", err)
	}
	for _, p := range people {
		if p.Account == s.Account && p.Phone == s.Phone && p.Is(s.Name) {
			return true, nil
		}
	}
	return false, fmt.Errorf("there is a super already (%s): grants are given on the console", supers[0])
}

// dictionaries adds those entries of package seed that the table does not have.
func (t tool) dictionaries(ctx context.Context) error {
	all, err := seed.Dictionaries()
	if err != nil {
		return err
	}
	added := 0
	for _, e := range all {
		ok, err := t.Store.AddDictionaryEntry(ctx, e)
		if err != nil {
			return fmt.Errorf("add %s to the dictionary %s: %w", e.Code, e.Dictionary, err)
		}
		if ok {
			added++
		}
	}
	fmt.Fprintf(t.Out, "Dictionaries: %d entries added, %d were there.\n", added, len(all)-added)
	return nil
}

// root returns the top of the tree. If there is none, it adds it.
func (t tool) root(ctx context.Context, roots []staff.Org, in first, actor staff.EmployeeCode) (staff.Org, error) {
	if i := slices.IndexFunc(roots, func(o staff.Org) bool { return in.orgName == "" || staff.NameKey(o.Name) == staff.NameKey(in.orgName) }); i >= 0 {
		fmt.Fprintf(t.Out, "Organisation: %s (%s) was there.\n", roots[i].Name, roots[i].Code)
		return roots[i], nil
	}
	name, err := staff.ParseOrgName(in.orgName)
	switch {
	case len(roots) > 0:
		return staff.Org{}, fmt.Errorf("-org-name: the top of the tree is %s", roots[0].Name)
	case err != nil || name == "":
		return staff.Org{}, errors.New("-org-name: is missing, and there is no organisation yet")
	case !staff.IsDivision(in.division):
		return staff.Org{}, errors.New("-division: six digits are needed, and there is no organisation yet")
	}
	code, err := staff.NewOrgCode(t.Random)
	if err != nil {
		return staff.Org{}, err
	}
	root := staff.Org{Code: code, Name: name, Type: staff.UnitOrg, Division: in.division, Order: 1, Version: 1}.Under(staff.Org{})
	e, err := t.audit(actor, audit.OfOrg(code), audit.AddOrg, audit.Change{Field: "name", New: name})
	if err != nil {
		return staff.Org{}, err
	}
	if err := t.Store.PutOrg(ctx, root, "", e); err != nil {
		return staff.Org{}, fmt.Errorf("add the organisation: %w", err)
	}
	fmt.Fprintf(t.Out, "Organisation: added %s (%s).\n", root.Name, root.Code)
	return root, nil
}

// super puts s on the register with the grant. If s is on the register already, it
// adds the grant.
func (t tool) super(ctx context.Context, root staff.Org, in first, s staff.Staff) error {
	id, err := staff.NewID(t.Random)
	if err != nil {
		return err
	}
	grant := account.Grant{ID: id, Type: account.SuperGrant, Org: root.Code}
	post := staff.Post{Unit: root.Code, Org: root.Code, JobType: staff.MainJob, Title: in.title, Role: in.role, Order: 1, Active: true}
	if post.ID, err = staff.NewPostID(t.Random); err != nil {
		return err
	}
	s.Posts = []staff.Post{post}
	e, err := t.audit(s.Code, audit.OfStaff(s.Code), audit.AddStaff, audit.Change{Field: "grants", New: string(grant.Type) + " " + root.Code.String()})
	if err != nil {
		return err
	}
	person := account.Person{Staff: s, Account: account.Account{Epoch: 1, Grants: []account.Grant{grant}}}
	err = t.Store.Register(ctx, person, e)
	if errors.Is(err, fault.AccountTaken) {
		return t.promote(ctx, root, grant, s)
	}
	if err != nil {
		return fmt.Errorf("register %s: %w", s.Account.Masked(), err)
	}
	fmt.Fprintf(t.Out, "Super: registered %s (%s), %s. Now activate the account on that phone.\n", s.Name, s.Account.Masked(), s.Code)
	return nil
}

// promote gives the grant g to s, who is on the register already.
func (t tool) promote(ctx context.Context, root staff.Org, g account.Grant, s staff.Staff) error {
	code, _, err := t.Store.FindName(ctx, staff.ParseSignInName(s.Account.String()), "")
	if err != nil {
		return fmt.Errorf("find %s: %w", s.Account.Masked(), err)
	}
	p, err := t.Store.Person(ctx, code)
	switch {
	case err != nil:
		return fmt.Errorf("read %s: %w", s.Account.Masked(), err)
	case !p.Staff.Is(s.Name) || p.Staff.Phone != s.Phone:
		return fmt.Errorf("the account %s is somebody else's, or has another name or phone on the register", s.Account.Masked())
	case p.Staff.Employment != staff.InService || p.Staff.State == staff.Frozen:
		return fmt.Errorf("%s has left or is frozen", s.Account.Masked())
	}
	e, err := t.audit(code, audit.OfStaff(code), audit.AddGrant, audit.Change{Field: "grants", New: string(g.Type) + " " + root.Code.String()})
	if err != nil {
		return err
	}
	if err := t.Store.Grant(ctx, code, g, e); err != nil {
		return fmt.Errorf("grant: %w", err)
	}
	fmt.Fprintf(t.Out, "Super: granted to %s (%s), %s, who is on the register.\n", s.Name, s.Account.Masked(), code)
	return nil
}

// audit returns an entry for what the operator does. This tool does not know who that
// is; the AWS account keeps a log of its own.
func (t tool) audit(actor staff.EmployeeCode, subject audit.Subject, action audit.Action, changes ...audit.Change) (audit.Entry, error) {
	id, err := staff.NewID(t.Random)
	return audit.Entry{
		ID: id, At: t.Now(), Actor: actor, Subject: subject, Action: action, Changes: changes, Reason: "register bootstrap",
		Call: audit.Call{ID: "register-" + id},
	}, err
}
