package dynamo_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/jobs"
	"chaoxi/shared/optional"

	mrand "math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/staff"
)

// town is the demo register in a table whose stream is followed by hand.
type town struct {
	*testing.T
	db    *dynamodb.Client
	table string
	store *maintain.Store
	call  audit.Call

	homes map[staff.EmployeeCode]staff.Post // where people's main posts are at first

	mu  sync.Mutex
	ids int
}

// townTime is to come, or the table's time to live takes items away.
var townTime = time.Date(2040, 3, 2, 8, 0, 0, 0, time.UTC)

func newTown(t *testing.T, seed func(context.Context, *dynamodb.Client, string) error) *town {
	t.Helper()
	t.Parallel()
	w := &town{T: t, call: audit.Call{Address: "192.0.2.7", ID: "req-1"}}
	w.db, w.table = dynamotest.New(t)
	w.store = maintain.Over(w.db, w.table, dynamotest.AtOnce)
	w.must(seed(t.Context(), w.db, w.table))
	return w
}

func (w *town) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *town) person(name string) account.Person {
	w.Helper()
	c, _, err := w.store.FindName(w.Context(), staff.ParseSignInName(name), "-")
	w.must(err)
	return w.read(c)
}

func (w *town) read(c staff.EmployeeCode) account.Person {
	w.Helper()
	p, err := w.store.Person(w.Context(), c)
	w.must(err)
	return p
}

func (w *town) entry(actor, subject staff.EmployeeCode, action audit.Action, changes ...audit.Change) audit.Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return audit.Entry{ID: fmt.Sprintf("entry%d", w.ids), At: townTime, Actor: actor, Subject: audit.OfStaff(subject), Action: action, Changes: changes, Call: w.call}
}

// edited is p with one more version, to be written by Change.
func (w *town) edited(p account.Person, edit func(*staff.Staff)) admin.Change {
	now := p.Staff.Clone()
	now.Revision++
	now.Version++
	edit(&now)
	return admin.Change{Was: p.Staff, Now: now, Audit: w.entry(p.Staff.Code, p.Staff.Code, audit.UpdateStaff), Grants: -1}
}

// live does a bit of everything that leaves its traces in the table.
func (w *town) live() {
	w.Helper()
	ctx := w.Context()
	boss := w.person("chenjing").Staff.Code

	zhangmin := w.person("zhangmin")
	w.must(w.store.Change(ctx, w.edited(zhangmin, func(s *staff.Staff) {
		s.Name, s.Pinyin = "张小敏", staff.Pinyin{Syllables: []string{"zhang", "xiao", "min"}}
		s.Phone, _ = staff.ParsePhone("13700000044")
		s.Posts[1].Active = false
	})))
	// Of the edit and the phone the second was read before the first was written.
	before := w.person("chenjing")
	w.must(w.store.Change(ctx, w.edited(before, func(s *staff.Staff) { s.HomeAddress = "临江区" })))
	ticket := w.ticket(before, "13700000099")
	w.must(w.store.PutTicket(ctx, ticket))
	w.must(w.store.ReplacePhone(ctx, account.PhoneReplacement{Ticket: ticket, Was: before.Staff, Audit: w.entry(before.Staff.Code, before.Staff.Code, audit.ChangePhone)}))
	if now := w.person("chenjing").Staff; now.HomeAddress == "" || now.Version != before.Staff.Version+2 || now.Phone != ticket.Phone {
		w.Errorf("the record is %+v", now)
	}

	fresh := w.person("wangfang")
	fresh.Staff.Code, _ = staff.NewEmployeeCode(rand.Reader)
	fresh.Staff.Account, _ = staff.ParseAccount("13700000055") // a number, and their own
	fresh.Staff.Phone, _ = staff.ParsePhone("13700000055")
	fresh.Staff.Loaded = 0
	w.must(w.store.Register(ctx, fresh, w.entry(boss, fresh.Staff.Code, "add_staff")))

	// Out and in again; the request that linwei made before stays as it was left.
	linwei := w.person("linwei")
	w.request(linwei, "request-of-linwei")
	linwei = w.person("linwei")
	gone := linwei.Staff.Clone()
	gone.Revision, gone.Version, gone.Employment, gone.State = gone.Revision+1, gone.Version+1, staff.Left, staff.Pending
	gone.Phone, gone.FormerPhone, gone.Posts[0].Active = staff.Phone{}, gone.Phone, false
	w.must(w.store.ChangeState(ctx, admin.StateChange{
		Was: linwei.Staff, Now: gone, Audit: w.entry(boss, gone.Code, audit.Leave), Grants: linwei.Account.Grants, EndSessions: true, EndAccount: true,
	}))
	back := gone.Clone()
	back.Revision, back.Version, back.Employment = back.Revision+1, back.Version+1, staff.InService
	back.Phone, back.FormerPhone, back.Posts[0].Active = back.FormerPhone, staff.Phone{}, true
	w.must(w.store.ChangeState(ctx, admin.StateChange{Was: gone, Now: back, Audit: w.entry(boss, back.Code, audit.Reinstate)}))

	zhouqiang := w.person("zhouqiang")
	w.must(w.store.ReplacePassword(ctx, account.PasswordReplacement{Staff: zhouqiang.Staff.Code, Epoch: zhouqiang.Account.Epoch, Hash: "hash", At: townTime, Audit: w.entry(zhouqiang.Staff.Code, zhouqiang.Staff.Code, audit.ChangePassword)}))
	zhouqiang = w.person("zhouqiang")
	finance := account.Grant{ID: "grant-on-finance", Type: account.UnitGrant, Org: zhouqiang.Staff.Posts[0].Unit, Added: []account.Permission{account.PIIReveal}}
	w.must(w.store.Grant(ctx, zhouqiang.Staff.Code, finance, w.entry(boss, zhouqiang.Staff.Code, "add_grant")))
	w.request(zhouqiang, "request-of-zhouqiang")
	one := account.Session{Hash: "a session", ID: "s", Staff: zhouqiang.Staff.Code, Client: account.App, Epoch: 1, CreatedAt: townTime, LastUsed: townTime, Dies: townTime.Add(time.Hour)}
	w.must(w.store.StartSession(ctx, one, w.call, &account.Device{MAC: "a device", Until: townTime.Add(time.Hour), Epoch: 1}, account.SignInState{}.TakeSlot(one, account.Defaults())))
	w.must(w.store.PutTicket(ctx, w.ticket(zhouqiang, "13700000077")))
	_, err := w.store.SwapFailures(ctx, "somebody", account.Failures{}, account.Failures{Count: 1, Revision: 1, First: townTime})
	w.must(err)
	w.must(w.store.ReserveBudget(ctx, account.Reservation{At: townTime}, account.SMSLimits{Budget: 9}))
}

func (w *town) ticket(p account.Person, phone string) account.Ticket {
	w.Helper()
	id, err := account.NewSecret(rand.Reader)
	w.must(err)
	to, err := staff.ParsePhone(phone)
	w.must(err)
	return account.Ticket{ID: id, Purpose: account.ForPhone, Staff: p.Staff.Code, Phone: to, Epoch: p.Account.Epoch, Expires: townTime.Add(time.Hour), Code: "mac"}
}

func (w *town) request(p account.Person, id string) {
	w.Helper()
	r := account.RecoveryRequest{ID: id, Staff: p.Staff.Code, State: account.RecoveryPending, Reason: "手机丢了", Created: townTime, Expires: townTime.Add(7 * 24 * time.Hour)}
	w.must(w.store.RaiseRequest(w.Context(), p.Account, account.RaisedRequest{
		Request: r, Mark: account.LastRecovery{ID: id, Day: townTime, Count: 1}, Ticket: w.ticket(p, p.Staff.Phone.E164()), Audit: w.entry(p.Staff.Code, p.Staff.Code, audit.RaiseRecovery),
	}))
}

// follow does what the stream brings about, for everything that there is.
func (w *town) follow(ctx context.Context) error {
	queue := account.IndexQueue{Store: w.store}
	var orgs []staff.OrgCode
	for _, item := range w.items(ctx) {
		_, id, _ := strings.Cut(at(item, "pk"), "#")
		var err error
		switch at(item, "kind") {
		case table.StaffKind:
			err = w.index(ctx, id)
		case table.RecoveryKind:
			err = queue.Run(ctx, id)
		case table.AuditKind:
			var e audit.Entry
			if e, err = table.AuditFromItem(item); err == nil {
				err = admin.IndexAudit{Store: w.store}.Run(ctx, e)
			}
		case "org":
			var o staff.OrgCode
			o, err = staff.ParseOrgCode(id)
			orgs = append(orgs, o)
		}
		if err != nil {
			return err
		}
	}
	return w.rollUp(ctx, orgs...)
}

// rollUp brings totals up to date, from the bottom of the tree.
func (w *town) rollUp(ctx context.Context, orgs ...staff.OrgCode) error {
	known, err := w.store.Orgs(ctx, orgs)
	if err != nil {
		return err
	}
	slices.SortFunc(orgs, func(a, b staff.OrgCode) int { return len(known[b].Path) - len(known[a].Path) })
	for _, o := range orgs {
		if _, err := (staff.RollUp{Store: w.store}).Run(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

func (w *town) index(ctx context.Context, code string) error {
	c, err := staff.ParseEmployeeCode(code)
	if err != nil {
		return err
	}
	if _, err := (staff.Indexer{Store: w.store, Now: time.Now, Random: rand.Reader}).Run(ctx, c); err != nil {
		return err
	}
	return account.IndexQueue{Store: w.store}.OfPerson(ctx, c)
}

type stored = table.Item

func (w *town) items(ctx context.Context) []stored {
	var all []stored
	in := &dynamodb.ScanInput{TableName: &w.table, ConsistentRead: aws.Bool(true)}
	for {
		out, err := w.db.Scan(ctx, in)
		if err != nil {
			w.Error(err)
			return nil
		}
		all = append(all, out.Items...)
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			return all
		}
	}
}

func at(item stored, name string) string {
	switch v := item[name].(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return v.Value
	}
	return ""
}

// check is a whole run, and what it finds in one line each.
func (w *town) check(more func(*maintain.Check)) ([]string, maintain.CheckReport) {
	w.Helper()
	var found []string
	uc := maintain.Check{Store: w.store, Now: func() time.Time { return townTime }, Report: func(f maintain.Finding) {
		found = append(found, f.What+" "+f.Key+": "+f.Want)
	}, Slices: 2}
	if more != nil {
		more(&uc)
	}
	report, err := uc.Run(w.Context(), maintain.CheckReport{})
	w.must(err)
	if report.Findings != len(found) {
		w.Errorf("%d findings, of which %d were told", report.Findings, len(found))
	}
	slices.Sort(found)
	return found, report
}

func (w *town) sound(when string) maintain.CheckReport {
	w.Helper()
	found, report := w.check(nil)
	if len(found) > 0 || report.InMotion > 0 {
		w.Fatalf("%s: %d in motion, found\n%s", when, report.InMotion, strings.Join(found, "\n"))
	}
	return report
}

func TestCheckFindsNothing(t *testing.T) {
	w := newTown(t, func(ctx context.Context, db *dynamodb.Client, table string) error {
		return demo.Seed(ctx, db, table, 12, func(string) {})
	})
	if r := w.sound("as loaded"); r.People != 19 || r.Orgs < 100 || len(r.Done) != 2 {
		t.Errorf("%+v", r)
	}
}

// TestCheckFinds breaks one thing after the other, each by one direct write.
func TestCheckFinds(t *testing.T) {
	w := newTown(t, demo.SeedNamed)
	w.must(w.follow(t.Context()))
	w.live()
	if found, r := w.check(func(uc *maintain.Check) { uc.Unfollowed = true }); len(found) > 0 || r.InMotion > 0 {
		t.Errorf("before the indexer: %+v\n%s", r, strings.Join(found, "\n"))
	}
	if found, _ := w.check(nil); len(found) == 0 {
		t.Error("it does not see that the indexer is behind")
	}
	w.must(w.follow(t.Context()))
	w.sound("before")

	boss, zhang, zhou, lin, left := w.person("chenjing"), w.person("zhangmin"), w.person("zhouqiang"), w.person("linwei"), w.person("sunli")
	byKind := map[string][]stored{}
	for _, item := range w.items(t.Context()) {
		byKind[at(item, "kind")] = append(byKind[at(item, "kind")], item)
	}
	one := func(kind string, holds func(pk, sk string) bool) [2]string {
		t.Helper()
		for _, item := range byKind[kind] {
			if pk, sk := at(item, "pk"), at(item, "sk"); holds(pk, sk) {
				return [2]string{pk, sk}
			}
		}
		t.Fatalf("no item of kind %s", kind)
		return [2]string{}
	}
	of := func(p account.Person) string { return p.Staff.Code.String() }
	person := func(p account.Person) [2]string { return [2]string{"STAFF#" + of(p), "STAFF"} }
	login := func(p account.Person) [2]string { return [2]string{"STAFF#" + of(p), "ACCOUNT"} }
	org := zhou.Staff.Posts[0].Org.String()
	home := [2]string{"ORG#" + org, "ORG"}
	unit := zhou.Staff.Posts[0].Unit.String()
	nobody := "GE_" + strings.Repeat("0", 32)
	nowhere := "GO_" + strings.Repeat("0", 32)
	name := func(p account.Person) [2]string { return [2]string{"NAME#" + p.Staff.Account.String(), "NAME"} }
	phone := func(p account.Person) [2]string { return [2]string{"PHONE#" + p.Staff.Phone.E164(), "NAME"} }
	version := one("audit_of", func(pk, _ string) bool { return pk == "AUDIT#OF#"+of(zhang) })
	given := one("admin", func(pk, _ string) bool { return pk == "ORG#"+unit })
	row := one("row", func(pk, sk string) bool { return strings.HasPrefix(pk, "FIND#") && strings.HasSuffix(sk, of(zhou)) })
	listed := one("row", func(pk, sk string) bool {
		return strings.HasPrefix(pk, "LIST#"+zhang.Staff.Posts[0].Org.String()) && strings.HasSuffix(sk, of(zhang))
	})
	todo := one("row", func(pk, sk string) bool { return strings.HasPrefix(pk, "TODO#") && strings.HasSuffix(sk, of(zhang)) })
	child := one("child", func(_, sk string) bool { return strings.HasSuffix(sk, org) })
	head := one("division", func(string, string) bool { return true })
	queued := one("queue", func(_, sk string) bool { return strings.HasSuffix(sk, "request-of-zhouqiang") })
	request := [2]string{"RECOVERY#request-of-zhouqiang", "REQUEST"}
	by := one("audit_by", func(pk, sk string) bool { return sk == version[1] })
	in := one("audit_in", func(pk, sk string) bool {
		return sk == version[1] && strings.Contains(pk, boss.Account.Grants[0].Org.String())
	})

	set := func(k [2]string, name string, v any) func() {
		return func() { w.write(k, "SET #n = :v", name, w.av(v)) }
	}
	drop := func(k [2]string) func() { return func() { w.remove(k) } }
	list := func(k [2]string, i int, member string, v any) func() { // of a person's post
		return func() { w.write(k, fmt.Sprintf("SET posts[%d].#n = :v", i), member, w.av(v)) }
	}
	copied := func(from, to [2]string, change map[string]any) func() {
		return func() { w.copy(from, to, change) }
	}
	for _, tt := range []struct {
		name   string
		touch  [2]string // restored afterwards
		damage func()
		want   string // the findings, each as it begins
	}{
		{"an account name is missing", name(zhou), drop(name(zhou)), "name NAME#…: a name that leads to " + of(zhou)},
		{"a phone is missing", phone(zhou), drop(phone(zhou)), "name PHONE#+86 137*****007: a name that leads to " + of(zhou)},
		{"a phone is somebody else's", phone(zhou), set(phone(zhou), "owner", of(lin)), "name PHONE#+86 137*****007: a name that leads to " + of(zhou) + "\nname PHONE#+86 137*****007: no name that " + of(lin) + " does not have"},
		{"a name too many", [2]string{"NAME#former", "NAME"}, copied(name(zhou), [2]string{"NAME#former", "NAME"}, nil), "name NAME#…: no name that " + of(zhou) + " does not have"},
		{"a phone of somebody who has left", [2]string{"PHONE#" + left.Staff.FormerPhone.E164(), "NAME"}, copied(name(left), [2]string{"PHONE#" + left.Staff.FormerPhone.E164(), "NAME"}, nil), "name PHONE#+86 137*****006: no name that " + of(left)},
		{"a name of nobody", [2]string{"NAME#nobody", "NAME"}, copied(name(zhou), [2]string{"NAME#nobody", "NAME"}, map[string]any{"owner": nobody}), "name NAME#…: no name of " + nobody},

		{"no main post", person(zhou), list(person(zhou), 0, "job_type", "concurrent"), "index INDEX#" + of(zhou) + " INDEX: what the person comes to\nrecord STAFF#" + of(zhou) + " STAFF: one active main post, not 0"},
		{"two main posts", person(zhang), func() { list(person(zhang), 1, "active", true)(); list(person(zhang), 1, "job_type", "main")() }, "holds\nindex INDEX#" + of(zhang) + "\nrecord STAFF#" + of(zhang) + " STAFF: one active main post, not 2"},
		{"a post of somebody who has left", person(left), list(person(left), 0, "active", true), "holds ORG#\nrecord STAFF#" + of(left) + " STAFF: no active posts"},
		{"a post in no organisation", person(zhang), list(person(zhang), 1, "org", nowhere), "index INDEX#" + of(zhang) + "\npost STAFF#" + of(zhang) + " STAFF: of the post " + zhang.Staff.Posts[1].ID.String() + ", an organisation " + nowhere},
		{"a post under another unit", person(zhou), list(person(zhou), 0, "unit", zhang.Staff.Posts[0].Unit.String()), "index INDEX#" + of(zhou) + "\npost STAFF#" + of(zhou) + " STAFF: of the post " + zhou.Staff.Posts[0].ID.String() + ", the unit"},
		{"no phone", person(zhou), set(person(zhou), "phone_national", ""), "index INDEX#" + of(zhou) + "\nname PHONE#+86 137*****007: no name that " + of(zhou) + "\nrecord STAFF#" + of(zhou) + " STAFF: a phone"},
		{"a state that there is not", person(left), set(person(left), "account_state", "asleep"), "index INDEX#" + of(left) + "\nrecord STAFF#" + of(left) + " STAFF: an account state that there is\nrecord STAFF#" + of(left) + " STAFF: the account state pending"},
		{"a record that cannot be read", person(zhou), set(person(zhou), "account", "a#b"), "item STAFF#" + of(zhou) + " STAFF: an item that can be read"},

		{"no account", login(zhang), drop(login(zhang)), "account STAFF#" + of(zhang) + " ACCOUNT: the account of the person"},
		{"no password", login(zhang), set(login(zhang), "password_hash", ""), "account STAFF#" + of(zhang) + " ACCOUNT: a password, as the person has activated"},
		{"a password of somebody pending", login(lin), set(login(lin), "password_hash", "hash"), "account STAFF#" + of(lin) + " ACCOUNT: no password, as the person has not activated"},
		{"a mark without its request", login(zhang), set(login(zhang), "recovery", map[string]any{"id": "lost", "day_ms": townTime.UnixMilli(), "count": 1}), "request STAFF#" + of(zhang) + " ACCOUNT: the request lost that is its last one"},

		{"a grant under the person alone", given, drop(given), "grant ORG#" + unit + " ADMIN#" + of(zhou) + "#grant-on-finance: the grant that " + of(zhou) + " holds"},
		{"a grant under the organisation alone", [2]string{given[0], "ADMIN#" + of(zhang) + "#x"}, copied(given, [2]string{given[0], "ADMIN#" + of(zhang) + "#x"}, map[string]any{"staff": of(zhang), "grant": "x"}), "grant ORG#" + unit + " ADMIN#" + of(zhang) + "#x: no grant that " + of(zhang) + " does not hold"},
		{"a grant that says more on one side", given, set(given, "type", "super"), "grant ORG#" + unit + " ADMIN#" + of(zhou) + "#grant-on-finance: the grant that"},

		{"a session of nobody", [2]string{"STAFF#" + nobody, "SESSION#x"}, copied([2]string{"STAFF#" + of(zhou), "SESSION#a session"}, [2]string{"STAFF#" + nobody, "SESSION#x"}, nil), "owner STAFF#" + nobody + " SESSION#x…: nothing of " + nobody},
		{"a device of nobody", [2]string{"STAFF#" + nobody, "DEVICE#x"}, copied([2]string{"STAFF#" + of(zhou), "DEVICE#a device"}, [2]string{"STAFF#" + nobody, "DEVICE#x"}, nil), "owner STAFF#" + nobody + " DEVICE#x…: nothing of " + nobody},
		{"an account of nobody", [2]string{"STAFF#" + nobody, "ACCOUNT"}, copied(login(left), [2]string{"STAFF#" + nobody, "ACCOUNT"}, nil), "owner STAFF#" + nobody + " ACCOUNT: nothing of " + nobody},

		{"a version is not audited", version, drop(version), "audit AUDIT#BY#" + of(zhang) + " " + version[1] + ": the entry under its subject, too\naudit AUDIT#IN#\nversion AUDIT#OF#" + of(zhang) + ": one entry about version 2, not 0"},
		{"a version is audited twice", [2]string{version[0], version[1] + "2"}, copied(version, [2]string{version[0], version[1] + "2"}, nil), "audit AUDIT#BY#" + of(zhang) + " " + version[1] + "2: the entry AUDIT#OF#\naudit AUDIT#OF#" + of(zhang) + " " + version[1] + "2: the entry in the log\nversion AUDIT#OF#" + of(zhang) + ": one entry about version 2, not 2"},
		{"an entry is not under its actor", by, drop(by), "audit AUDIT#BY#" + of(zhang) + " " + version[1] + ": the entry AUDIT#OF#" + of(zhang) + " " + version[1]},
		{"an entry says something else under its actor", by, set(by, "reason", "无"), "audit AUDIT#BY#" + of(zhang) + " " + version[1] + ": the entry AUDIT#OF#"},
		{"an entry is in no log", in, drop(in), "audit AUDIT#OF#" + of(zhang) + " " + version[1] + ": the entry in the log of its organisations, too"},
		{"a log says something else", in, set(in, "action", "x"), "audit AUDIT#IN#"},

		{"a row is missing", row, drop(row), "index FIND#"},
		{"a row says something else", row, set(row, "name_key", "x"), "index FIND#"},
		{"a row too many", [2]string{row[0], "周强强#" + of(zhou)}, copied(row, [2]string{row[0], "周强强#" + of(zhou)}, nil), "row FIND#"},
		{"a row of nobody", [2]string{listed[0], "1#" + nobody}, copied(listed, [2]string{listed[0], "1#" + nobody}, nil), "row LIST#"},
		{"a place in a list is missing", listed, drop(listed), "index LIST#"},
		{"not on a to-do list", todo, drop(todo), "index TODO#"},
		{"a record of the index is missing", [2]string{"INDEX#" + of(zhou), "INDEX"}, drop([2]string{"INDEX#" + of(zhou), "INDEX"}), "behind INDEX#" + of(zhou) + " INDEX: revision 1 of the person, not 0\ncount ORG#" + org},
		{"a record of the index says something else", [2]string{"INDEX#" + of(zhou), "INDEX"}, set([2]string{"INDEX#" + of(zhou), "INDEX"}, "entries", []any{}), "index INDEX#" + of(zhou) + " INDEX: what the person comes to"},
		{"the index is behind", person(zhang), set(person(zhang), "revision", 99), "behind INDEX#" + of(zhang) + " INDEX: revision 99"},
		{"a count is wrong", [2]string{home[0], "COUNT"}, set([2]string{home[0], "COUNT"}, "people", 99), "count ORG#" + org + " COUNT: \ntotal ORG#" + org + " TOTAL: "},
		{"a count is missing", [2]string{home[0], "COUNT"}, drop([2]string{home[0], "COUNT"}), "count ORG#" + org + " COUNT: \ntotal ORG#" + org + " TOTAL: "},
		{"a count of nobody", [2]string{"ORG#" + nowhere, "COUNT"}, copied([2]string{home[0], "COUNT"}, [2]string{"ORG#" + nowhere, "COUNT"}, nil), "owner ORG#" + nowhere + " COUNT: no numbers of " + nowhere},
		{"posts held are wrong", [2]string{home[0], "HOLDS"}, set([2]string{home[0], "HOLDS"}, "posts", 99), "holds ORG#" + org + " HOLDS: "},
		{"children held are wrong", [2]string{"ORG#" + unit, "HOLDS"}, set([2]string{"ORG#" + unit, "HOLDS"}, "children", 0), "holds ORG#" + unit + " HOLDS: "},
		{"closed in one place alone", [2]string{home[0], "HOLDS"}, set([2]string{home[0], "HOLDS"}, "closed", true), "holds ORG#" + org + " HOLDS: "},

		{"an organisation is in no list", child, drop(child), "org_row ORG#" + unit + " " + child[1] + ": a row that leads to " + org},
		{"an organisation is in two lists", [2]string{"ORG#" + unit, "CHILD#0000000999#" + org}, copied(child, [2]string{"ORG#" + unit, "CHILD#0000000999#" + org}, nil), "org_row ORG#" + unit + " CHILD#0000000999#" + org + ": no row that leads to " + org},
		{"a place for no organisation", [2]string{"ORG#" + unit, "CHILD#0000000999#" + nowhere}, copied(child, [2]string{"ORG#" + unit, "CHILD#0000000999#" + nowhere}, nil), "org_row ORG#" + unit + " CHILD#0000000999#" + nowhere},
		{"a name that leads to another organisation", [2]string{"FINDORG#某局", org}, copied(child, [2]string{"FINDORG#某局", org}, map[string]any{"kind": "org_name"}), "org_row FINDORG#… " + org + ": no row"},
		{"a division without its top", head, drop(head), "org_row DIVISION#"},
		{"an organisation elsewhere in the order", home, set(home, "sort_order", 77), "org_row ORG#" + unit + " CHILD#\nindex INDEX#"},
		{"a height that there is not", [2]string{"ORG#" + unit, "TOTAL"}, set([2]string{"ORG#" + unit, "TOTAL"}, "height", 5), "total ORG#\ntotal ORG#"}, // its own, and by it that of the one above
		{"an organisation under another parent's path", home, set(home, "path", []any{boss.Account.Grants[0].Org.String(), unit, org}), "org ORG#" + org + " ORG: the path of the parent\nindex INDEX#\nrequest QUEUE#"},

		{"a request is in no queue", queued, drop(queued), "request QUEUE#"},
		{"a request is in a queue too many", [2]string{queued[0], strings.Replace(queued[1], "pending", "rejected", 1)}, copied(queued, [2]string{queued[0], strings.Replace(queued[1], "pending", "rejected", 1)}, nil), "request QUEUE#"},
		{"a row of no request", [2]string{queued[0], queued[1] + "x"}, copied(queued, [2]string{queued[0], queued[1] + "x"}, nil), "request QUEUE#"},
		{"an open request that is not the last", [2]string{"RECOVERY#another", "REQUEST"}, copied(request, [2]string{"RECOVERY#another", "REQUEST"}, map[string]any{"id": "another"}), "request RECOVERY#another REQUEST: the person's last request, as it is open"},
		{"a request of nobody", [2]string{"RECOVERY#another", "REQUEST"}, copied(request, [2]string{"RECOVERY#another", "REQUEST"}, map[string]any{"id": "another", "staff": nobody}), "request RECOVERY#another REQUEST: no request of " + nobody},

		{"an item of an unknown kind", [2]string{"STAFF#" + of(zhou), "NOTE"}, copied(person(zhou), [2]string{"STAFF#" + of(zhou), "NOTE"}, map[string]any{"kind": "note"}), `item STAFF#` + of(zhou) + ` NOTE: no item of this kind and key (kind "note")`},
		{"an item of an unknown key", [2]string{"WHO#张敏", "13700000004"}, copied(name(zhou), [2]string{"WHO#张敏", "13700000004"}, nil), `item WHO#…: no item of this kind and key (kind "name")`},
		{"an item without a kind", home, func() { w.write(home, "REMOVE #n", "kind", nil) }, "item ORG#" + org + " ORG: no item of this kind and key (kind \"\")\nholds ORG#" + unit + "\ntotal ORG#" + unit},
	} {
		t.Run(tt.name, func(t *testing.T) {
			was := w.get(tt.touch)
			tt.damage()
			found, _ := w.check(nil)
			if was == nil {
				w.remove(tt.touch)
			} else {
				w.put(was)
			}
			want := strings.Split(tt.want, "\n")
			fits := func(list, other []string, fit func(a, b string) bool) bool {
				return !slices.ContainsFunc(list, func(a string) bool {
					return !slices.ContainsFunc(other, func(b string) bool { return fit(a, b) })
				})
			}
			// What hangs on one item in several places is found in each of them.
			if !fits(found, want, strings.HasPrefix) || !fits(want, found, func(w, f string) bool { return strings.HasPrefix(f, w) }) {
				t.Errorf("found\n%s\nwant\n%s", strings.Join(found, "\n"), tt.want)
			}
		})
	}
	w.sound("after")
}

func (w *town) av(v any) types.AttributeValue {
	switch v := v.(type) {
	case string:
		return &types.AttributeValueMemberS{Value: v}
	case int:
		return &types.AttributeValueMemberN{Value: strconv.Itoa(v)}
	case int64:
		return &types.AttributeValueMemberN{Value: strconv.FormatInt(v, 10)}
	case bool:
		return &types.AttributeValueMemberBOOL{Value: v}
	case []any:
		l := &types.AttributeValueMemberL{Value: []types.AttributeValue{}}
		for _, one := range v {
			l.Value = append(l.Value, w.av(one))
		}
		return l
	case map[string]any:
		m := &types.AttributeValueMemberM{Value: stored{}}
		for name, one := range v {
			m.Value[name] = w.av(one)
		}
		return m
	}
	w.Fatalf("a %s cannot be stored here", reflect.TypeOf(v))
	return nil
}

func keyAV(k [2]string) stored {
	return stored{"pk": &types.AttributeValueMemberS{Value: k[0]}, "sk": &types.AttributeValueMemberS{Value: k[1]}}
}

func (w *town) get(k [2]string) stored {
	w.Helper()
	out, err := w.db.GetItem(w.Context(), &dynamodb.GetItemInput{TableName: &w.table, Key: keyAV(k), ConsistentRead: aws.Bool(true)})
	w.must(err)
	return out.Item
}

func (w *town) put(item stored) {
	w.Helper()
	_, err := w.db.PutItem(w.Context(), &dynamodb.PutItemInput{TableName: &w.table, Item: item})
	w.must(err)
}

func (w *town) remove(k [2]string) {
	w.Helper()
	_, err := w.db.DeleteItem(w.Context(), &dynamodb.DeleteItemInput{TableName: &w.table, Key: keyAV(k)})
	w.must(err)
}

func (w *town) write(k [2]string, expression, name string, v types.AttributeValue) {
	w.Helper()
	in := &dynamodb.UpdateItemInput{TableName: &w.table, Key: keyAV(k), UpdateExpression: &expression, ExpressionAttributeNames: map[string]string{"#n": name}}
	if v != nil {
		in.ExpressionAttributeValues = stored{":v": v}
	}
	_, err := w.db.UpdateItem(w.Context(), in)
	w.must(err)
}

func (w *town) copy(from, to [2]string, change map[string]any) {
	w.Helper()
	item := w.get(from)
	for name, v := range keyAV(to) {
		item[name] = v
	}
	for name, v := range change {
		item[name] = w.av(v)
	}
	w.put(item)
}

// TestCheckOfAMove: while an organisation moves, what its job has still to see to
// is not found; that the job was given up is.
func TestCheckOfAMove(t *testing.T) {
	w := newTown(t, demo.SeedNamed)
	w.live()
	w.must(w.follow(t.Context()))
	ctx, boss, data := t.Context(), w.person("chenjing"), w.person("zhangmin").Staff.Posts[0].Unit
	clock := func() time.Time { return townTime }
	orgs := admin.EditOrgs{Store: w.store, Now: clock, Random: rand.Reader}
	move := admin.MoveOrg{Store: w.store, Indexer: staff.Indexer{Store: w.store, Now: time.Now, Random: rand.Reader}, Queue: account.IndexQueue{Store: w.store}, Now: clock}
	by := first(account.Caller{Staff: boss.Staff.Code, Grants: boss.Account.Grants}.Permit(account.OrgEdit))
	org := func(c staff.OrgCode) staff.Org {
		known, err := w.store.Orgs(ctx, []staff.OrgCode{c})
		w.must(err)
		return known[c]
	}
	moveTo := func(parent staff.OrgCode) jobs.Job {
		o := org(data)
		_, id, err := orgs.Update(ctx, w.call, by, o, admin.OrgEdit{Version: o.Version, Parent: optional.Value[string]{Set: true, Value: parent.String()}})
		w.must(err)
		job, err := w.store.Job(ctx, id)
		w.must(err)
		return job
	}
	heading := org(org(data).Parent())
	added, _, err := orgs.Add(ctx, w.call, by, admin.OrgInput{
		Name: "新分类", Type: "group", Parent: heading.Parent().String(), Division: heading.Division, Order: optional.Value[int]{Set: true, Value: 60},
	})
	w.must(err)
	w.must(w.follow(ctx))
	w.sound("an organisation more")

	moveTo(added.Org.Code)
	w.must(w.rollUp(ctx, heading.Code, added.Org.Code))
	if found, _ := w.check(nil); len(found) > 0 { // but for the log, which nobody has written yet
		if len(found) > 1 || !strings.HasPrefix(found[0], "audit AUDIT#OF#"+data.String()) {
			t.Errorf("begun: found\n%s", strings.Join(found, "\n"))
		}
	}
	if n, err := move.Finish(ctx); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	w.must(w.follow(ctx))
	w.sound("there")

	job := moveTo(heading.Code)
	w.must(w.follow(ctx))
	w.sound("on the way back")
	w.write([2]string{"JOB#" + job.ID, "JOB"}, "SET #n = :v", "job_state", w.av("failed"))
	if found, _ := w.check(nil); len(found) != 1 || !strings.HasPrefix(found[0], "job JOB#"+job.ID+" JOB: the move of "+data.String()) {
		t.Errorf("given up: found\n%s", strings.Join(found, "\n"))
	}
	if n, err := move.Finish(ctx); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	w.must(w.follow(ctx))
	w.sound("back")
	w.remove([2]string{"JOB#" + job.ID, "CHUNK#000001"})
	line := ""
	for _, item := range w.items(ctx) {
		if at(item, "pk") == "JOBS" && strings.HasSuffix(at(item, "sk"), job.ID) {
			line = at(item, "sk")
		}
	}
	w.remove([2]string{"JOBS", line})
	want := []string{"job JOB#" + job.ID + " JOB: 1 chunks and 0 of them done, not 0 and 0", "job JOBS " + line + ": a line about the job " + job.ID}
	if found, _ := w.check(nil); !slices.Equal(found, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(found, "\n"), strings.Join(want, "\n"))
	}
}

// TestCheckBesideWriters: people are edited, come and go, the indexer follows,
// and what is found meanwhile is nothing.
func TestCheckBesideWriters(t *testing.T) {
	w := newTown(t, demo.SeedNamed)
	w.live()
	w.must(w.follow(t.Context()))
	names := []string{"zhangmin", "zhouqiang", "wangfang", "zhaolei"}
	boss := w.person("chenjing")
	w.homes = map[staff.EmployeeCode]staff.Post{}
	var counted []staff.OrgCode
	count := func(p staff.Post) {
		orgs, err := w.store.Orgs(t.Context(), []staff.OrgCode{p.Org})
		w.must(err)
		for _, o := range orgs[p.Org].Path {
			if !slices.Contains(counted, o) {
				counted = append(counted, o)
			}
		}
	}
	count(boss.Staff.Posts[0])
	for _, name := range names {
		p := w.person(name).Staff
		w.homes[p.Code] = p.Posts[0]
		count(p.Posts[0])
	}

	type event struct {
		code  string
		entry audit.Entry
	}
	over := make(chan struct{})
	followed := make(chan struct{})
	events := make(chan event, 10) // who writes waits for who follows
	var writers, followers sync.WaitGroup
	for i := range 3 {
		writers.Go(func() {
			r := mrand.New(mrand.NewPCG(7, uint64(i)))
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				default:
				}
				p := w.person(names[r.IntN(len(names))])
				var err error
				c := w.edited(p, func(s *staff.Staff) { s.JobLevel = []string{"", "ZHI_JI_QI_TA"}[n%2] })
				switch r.IntN(4) {
				case 0:
					c.Now.Phone, _ = staff.ParsePhone(fmt.Sprintf("1390000%02d%02d", i, n%100))
					c.EndAll = true
				case 1:
					to := boss.Staff.Posts[0]
					if p.Staff.Posts[0].Org == to.Org {
						to = w.homes[p.Staff.Code]
					}
					c.Now.Posts[0].Unit, c.Now.Posts[0].Org = to.Unit, to.Org
				}
				if n%5 == 4 && len(p.Account.Grants) < 3 {
					g := account.Grant{ID: fmt.Sprintf("g%d-%d", i, n), Type: account.AuditGrant, Org: boss.Account.Grants[0].Org}
					c.Audit = w.entry(boss.Staff.Code, p.Staff.Code, "add_grant")
					err = w.store.Grant(t.Context(), p.Staff.Code, g, c.Audit)
				} else {
					err = w.store.Change(t.Context(), c)
				}
				switch {
				case err == nil:
					if c.Audit.Action == audit.UpdateStaff {
						c.Audit.Version = c.Now.Version // as the stream hands it on
					}
					events <- event{p.Staff.Code.String(), c.Audit}
				case !errors.Is(err, admin.ErrRevised):
					t.Error(err)
					return
				}
			}
		})
	}
	followers.Go(func() {
		for e := range events {
			if err := errors.Join(w.index(t.Context(), e.code), admin.IndexAudit{Store: w.store}.Run(t.Context(), e.entry)); err != nil {
				t.Error(err)
			}
		}
		close(followed)
	})
	followers.Go(func() {
		for last := false; !last; {
			select {
			case <-followed:
				last = true
			default:
			}
			if err := w.rollUp(t.Context(), counted...); err != nil {
				t.Error(err)
			}
		}
	})
	for range 2 {
		found, r := w.check(func(uc *maintain.Check) { uc.Settle = time.Minute })
		if len(found) > 0 {
			t.Errorf("%d in motion, found\n%s", r.InMotion, strings.Join(found, "\n"))
		}
	}
	close(over)
	writers.Wait()
	close(events)
	followers.Wait()
	w.sound("at rest")
}
