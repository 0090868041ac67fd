package dynamo_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/seed"
	"chaoxi/shared/staff"
)

// faultWorld is the register that the cases of one table of faults share. The random
// tests use it, too.
type faultWorld struct {
	*world.World
	super, deputy account.Caller // the deputy may do all that a super may, but is none
	data, finance staff.Org      // units
	section       staff.Org      // an institution of data's
	elsewhere     staff.Post     // in a third unit

	mu    sync.Mutex
	texts map[string][]string // by number
	cases int
}

func newFaultWorld(t *testing.T) *faultWorld {
	t.Helper()
	w := &faultWorld{World: world.New(t, demo.SeedNamed), texts: map[string][]string{}}
	dictionaries, err := seed.Dictionaries()
	w.Must(err)
	w.Must(w.Store.LoadDictionaries(t.Context(), dictionaries))
	chenjing := w.Person("chenjing")
	w.super, w.elsewhere = account.Caller{Staff: chenjing.Staff.Code, Epoch: chenjing.Account.Epoch, Grants: chenjing.Account.Grants}, chenjing.Staff.Posts[0]
	data, finance := w.Person("linwei").Staff.Posts[0], w.Person("zhouqiang").Staff.Posts[0]
	orgs := w.Orgs(data.Unit, data.Org, finance.Unit)
	deputy := w.Person("zhouqiang")
	w.deputy = account.Caller{Staff: deputy.Staff.Code, Epoch: deputy.Account.Epoch, Grants: []account.Grant{
		{ID: "deputy", Type: account.UnitGrant, Org: w.super.Grants[0].Org, Added: []account.Permission{account.AdminGrant, account.AuditRead, account.PIIReveal}},
	}}
	w.Must(w.Store.Grant(t.Context(), deputy.Staff.Code, w.deputy.Grants[0], w.Entry(w.super.Staff, deputy.Staff.Code, audit.Grant)))
	w.data, w.section, w.finance = orgs[data.Unit], orgs[data.Org], orgs[finance.Unit]
	return w
}

// Send implements account.Sender.
func (w *faultWorld) Send(_ context.Context, to staff.Phone, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts[to.E164()] = append(w.texts[to.E164()], text)
	return nil
}

// sent are the texts to a number.
func (w *faultWorld) sent(to staff.Phone) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.texts[to.E164()])
}

// superWith is the super as one who holds p.
func (w *faultWorld) superWith(p account.Permission) account.Permitted {
	return must(w.super.Permit(p))
}

// mover does the jobs that move organisations.
func (w *faultWorld) mover(s *maintain.Store, now func() time.Time) admin.MoveOrg {
	return admin.MoveOrg{Store: s, Indexer: staff.Indexer{Store: s, Now: now, Random: rand.Reader}, Queue: account.IndexQueue{Store: s}, Now: now}
}

// finishMoves ends all moves at a time that has passed, so that the next one finds
// them off the list.
func (w *faultWorld) finishMoves() error {
	_, err := w.mover(w.Store, func() time.Time { return world.Start.Add(-time.Hour) }).Finish(w.Context())
	return err
}

// orgsNamed is how many organisations a name leads to.
func (w *faultWorld) orgsNamed(name string) int {
	w.Helper()
	found, err := w.Store.OrgsNamed(w.Context(), staff.NameKey(name))
	w.Must(err)
	return len(found)
}

// faultCase is one request with one fault. It has a person or an organisation of its
// own, so that the cases of one table leave each other alone.
type faultCase struct {
	*faultWorld
	n      int             // no other case of the table has it
	person *account.Person // as loaded; nil if there is none
	orgs   []staff.Org     // as loaded; all others are in the first one
	passed time.Duration   // on the case's own clock

	subject  string // whom the audit entry is about
	id       string // what the request names, or was answered
	token    string // of the person, as whom the request is sent
	sessions []string
}

// Now is the case's own clock.
func (c *faultCase) Now() time.Time { return c.World.Now().Add(c.passed) }

const oldPassword, newPassword = "Lanhua#8253", "Chunfeng#6174"

// withPerson gives the case a person: active, complete, with two posts.
func (c *faultCase) withPerson() {
	c.Helper()
	p := account.Person{
		Staff: staff.Staff{
			Revision: 1, Version: 1, Name: "王小明", Pinyin: pinyin.Read("王小明"), Gender: "1", BudgetedPost: "BIAN_ZHI_QI_TA", JobLevel: "ZHI_JI_QI_TA",
			Employment: staff.InService, State: staff.Active, RegisteredAt: world.Start.Add(-time.Hour), ActivatedAt: world.Start.Add(-time.Hour),
		},
		Account: account.Account{Password: "clear:" + oldPassword, PasswordSetAt: world.Start.Add(-time.Hour), Epoch: 1, DeviceEpoch: 1},
	}
	var err error
	p.Staff.Code, err = staff.NewEmployeeCode(rand.Reader)
	c.Must(err)
	p.Staff.Account, err = staff.ParseAccount(c.account())
	c.Must(err)
	p.Staff.Phone = c.phone("139")
	for i, at := range []staff.Post{{Unit: c.data.Code, Org: c.section.Code, JobType: staff.MainJob}, {Unit: c.finance.Code, Org: c.finance.Code, JobType: staff.ConcurrentJob}} {
		at.ID, err = staff.NewPostID(rand.Reader)
		c.Must(err)
		at.Role, at.Order, at.Active = "REN_YUAN_JU_SE_QI_TA", 1+i, true
		p.Staff.Posts = append(p.Staff.Posts, at)
	}
	c.person, c.subject = &p, p.Staff.Code.String()
}

// account is the account name of the case's person.
func (c *faultCase) account() string { return fmt.Sprintf("case%d", c.n) }

// phone is a number of the case's own, by its first digits.
func (c *faultCase) phone(begin string) staff.Phone {
	c.Helper()
	p, err := staff.ParsePhone(fmt.Sprintf("%s%08d", begin, c.n))
	c.Must(err)
	return p
}

// withOrg gives the case an organisation.
func (c *faultCase) withOrg() {
	c.Helper()
	code, err := staff.NewOrgCode(rand.Reader)
	c.Must(err)
	o := staff.Org{Code: code, Name: fmt.Sprintf("故障%d科", c.n), Type: staff.InstitutionOrg, Division: c.data.Division, Order: 100 + c.n, Version: 1}.Under(c.data)
	c.orgs, c.subject = []staff.Org{o}, code.String()
}

// withChildOrg gives the case one more organisation, in the first one.
func (c *faultCase) withChildOrg(name string) {
	c.Helper()
	code, err := staff.NewOrgCode(rand.Reader)
	c.Must(err)
	c.orgs = append(c.orgs, staff.Org{Code: code, Name: name, Type: staff.InstitutionOrg, Division: c.data.Division, Order: 1, Version: 1}.Under(c.orgs[0]))
}

// personNow is the case's person as stored now.
func (c *faultCase) personNow() account.Person {
	c.Helper()
	return c.PersonOf(c.person.Staff.Code)
}

// orgNow is the case's organisation as stored now.
func (c *faultCase) orgNow() staff.Org {
	c.Helper()
	return c.Orgs(c.orgs[0].Code)[c.orgs[0].Code]
}

// loadTarget is the target of a request of the super's, the case's person.
func (c *faultCase) loadTarget(s *maintain.Store, p account.Permission) (admin.Target, error) {
	return admin.LoadTarget{Store: s, Keys: c.Keys, Now: c.Now}.Run(c.Context(), c.superWith(p), c.subject)
}

// want is nil, or says what is not as it should be.
func want(ok bool, otherwise string, values ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(otherwise, values...)
}
