package dynamo_test

import (
	"crypto/rand"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// recoveryWorld is a small register: 临江区数据局 with a section, whose unit
// administrator is 林伟, and 临江区财政局 without one; 陈静 is super on the root.
type recoveryWorld struct {
	*world.World

	root, district, data, section, finance, province staff.OrgCode
	people                                           map[string]account.Person // by account
	grants                                           int
}

func newRecoveryWorld(t *testing.T) *recoveryWorld {
	t.Helper()
	w := &recoveryWorld{World: world.New(t, nil), people: map[string]account.Person{}}

	w.root = w.org("浙江省")
	w.province = w.org("省数据局", w.root)
	w.district = w.org("临江区", w.root)
	w.data = w.org("临江区数据局", w.root, w.district)
	w.section = w.org("综合科", w.root, w.district, w.data)
	w.finance = w.org("临江区财政局", w.root, w.district)

	w.person("chenjing", "陈静", staff.Active, w.post(staff.MainJob, w.province, w.province, "0571-80000001"))
	w.person("linwei", "林伟", staff.Active, w.post(staff.ConcurrentJob, w.finance, w.finance, "0571-80000009"), w.post(staff.MainJob, w.data, w.data, "0571-80000002"))
	w.person("wangfang", "王芳", staff.Pending, w.post(staff.MainJob, w.data, w.section, ""))
	w.person("zhangmin", "张敏", staff.Active, w.post(staff.ConcurrentJob, w.finance, w.finance, ""), w.post(staff.MainJob, w.data, w.section, ""))
	w.person("zhaolei", "赵磊", staff.Frozen, w.post(staff.MainJob, w.finance, w.finance, "0571-80000005"))
	w.person("sunli", "孙丽", staff.Active, w.post(staff.MainJob, w.data, w.data, "0571-80000006"))
	w.person("zhouqiang", "周强", staff.Active, w.post(staff.MainJob, w.finance, w.finance, ""))
	w.edit("sunli", func(p *account.Person) { p.Staff.Employment = staff.Left })
	w.grant("chenjing", account.SuperGrant, w.root)
	w.grant("linwei", account.UnitGrant, w.data)
	w.grant("zhaolei", account.UnitGrant, w.finance)
	w.grant("sunli", account.UnitGrant, w.data)
	w.grant("zhouqiang", account.AuditGrant, w.finance)
	return w
}

func (w *recoveryWorld) org(name string, above ...staff.OrgCode) staff.OrgCode {
	w.Helper()
	c, err := staff.NewOrgCode(rand.Reader)
	w.Must(err)
	w.Put(table.OrgToItem(staff.Org{Code: c, Name: name, Type: staff.UnitOrg, Path: append(slices.Clone(above), c)}))
	return c
}

func (w *recoveryWorld) post(j staff.JobType, unit, org staff.OrgCode, phone string) staff.Post {
	w.Helper()
	id, err := staff.NewPostID(rand.Reader)
	w.Must(err)
	return staff.Post{ID: id, Unit: unit, Org: org, JobType: j, OfficePhone: phone, Active: true}
}

func (w *recoveryWorld) person(name, full string, state staff.AccountState, posts ...staff.Post) staff.EmployeeCode {
	w.Helper()
	c, err := staff.NewEmployeeCode(rand.Reader)
	w.Must(err)
	login, err := staff.ParseAccount(name)
	w.Must(err)
	phone, err := staff.ParsePhone(fmt.Sprintf("1370000%04d", len(w.people)+1))
	w.Must(err)
	p := account.Person{
		Staff:   staff.Staff{Code: c, Name: full, Account: login, Phone: phone, Employment: staff.InService, State: state, Posts: posts},
		Account: account.Account{Password: "hash", Epoch: 4},
	}
	w.people[name] = p
	w.Put(table.NameItem(table.AccountNameKey(login), c))
	w.Put(table.NameItem(table.PhoneNameKey(phone), c))
	w.edit(name, func(*account.Person) {})
	return c
}

// edit changes a person as they are stored now.
func (w *recoveryWorld) edit(name string, change func(*account.Person)) {
	w.Helper()
	p := w.PersonOf(w.code(name))
	if p.Staff.Code.IsZero() {
		p = w.people[name]
	}
	change(&p)
	w.Put(table.StaffToItem(p.Staff))
	w.Put(table.AccountToItem(p.Staff.Code, p.Account))
}

func (w *recoveryWorld) code(name string) staff.EmployeeCode { return w.people[name].Staff.Code }

func (w *recoveryWorld) grant(name string, t account.GrantType, org staff.OrgCode, added ...account.Permission) {
	w.Helper()
	w.grants++
	g := account.Grant{ID: fmt.Sprintf("grant%017d", w.grants), Type: t, Org: org, Added: added}
	w.Put(table.AdminToItem(w.code(name), g))
	w.edit(name, func(p *account.Person) { p.Account.Grants = append(p.Account.Grants, g) })
}

func (w *recoveryWorld) options() account.RecoveryOptions {
	return account.RecoveryOptions{Store: w.Store, Keys: w.Keys, Settings: account.Defaults(), Now: w.Now, Random: rand.Reader}
}

func (w *recoveryWorld) raising() account.RaiseRecovery {
	return account.RaiseRecovery{Store: w.Store, Keys: w.Keys, Settings: account.Defaults(), Now: w.Now, Random: rand.Reader}
}

// begin is the first step of a recovery, for its ticket.
func (w *recoveryWorld) begin(name string) account.Recovery {
	w.Helper()
	r, err := w.options().Run(w.Context(), w.Call, name, w.people[name].Staff.Name, "")
	w.Must(err)
	return r
}

func (w *recoveryWorld) raise(t account.Secret) (account.Raised, error) {
	return w.raising().Run(w.Context(), w.Call, account.RaiseRecoveryInput{Ticket: t.Reveal(), Reason: " 换了手机号 "})
}

func (w *recoveryWorld) raised(name string) account.Raised {
	w.Helper()
	r, err := w.raise(w.begin(name).Ticket)
	w.Must(err)
	return r
}

// decide changes a request as the administrators' side does.
func (w *recoveryWorld) decide(id string, change func(*account.RecoveryRequest)) {
	w.Helper()
	r := w.request(id)
	change(&r)
	w.Put(table.RecoveryToItem(r))
}

func (w *recoveryWorld) request(id string) account.RecoveryRequest {
	w.Helper()
	r, err := w.Store.RecoveryRequest(w.Context(), id)
	w.Must(err)
	return r
}

func approve(w *recoveryWorld) func(*account.RecoveryRequest) {
	return func(r *account.RecoveryRequest) {
		r.State, r.Decided, r.Expires = account.RecoveryApproved, w.Clock, w.Clock.Add(24*time.Hour)
		r.Phone, r.Epoch = w.people["zhangmin"].Staff.Phone, 4
	}
}

func reject(w *recoveryWorld) func(*account.RecoveryRequest) {
	return func(r *account.RecoveryRequest) {
		r.State, r.Decided, r.Rejection = account.RecoveryRejected, w.Clock, "电话核实未能确认本人"
	}
}

// keysOfKind are the keys of all items of a kind, sorted.
func (w *recoveryWorld) keysOfKind(kind string) []string {
	w.Helper()
	var keys []string
	pages := dynamodb.NewScanPaginator(w.DB, &dynamodb.ScanInput{
		TableName: &w.Table, FilterExpression: aws.String("kind = :kind"), ConsistentRead: aws.Bool(true),
		ExpressionAttributeValues: table.Values{":kind": kind}.AV(),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.Context())
		w.Must(err)
		for _, item := range page.Items {
			k := table.KeyOf(item)
			keys = append(keys, k.PK+" "+k.SK)
		}
	}
	slices.Sort(keys)
	return keys
}
