package maintain_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// checkWorld is a register whose stream is followed by hand, and whose items can be
// damaged.
type checkWorld struct{ *world.World }

func newCheckWorld(t *testing.T, seed world.Seed) checkWorld {
	t.Helper()
	return checkWorld{world.New(t, seed)}
}

// edited is a change of p that writes one more version.
func (w checkWorld) edited(p account.Person, edit func(*staff.Staff)) admin.Change {
	now := p.Staff.Clone()
	now.Revision++
	now.Version++
	edit(&now)
	return admin.Change{Was: p.Staff, Now: now, Audit: w.Entry(p.Staff.Code, p.Staff.Code, audit.UpdateStaff), Grants: -1}
}

// writeEverything does a bit of everything that leaves its traces in the table.
func (w checkWorld) writeEverything() {
	w.Helper()
	ctx := w.Context()
	boss := w.Person("chenjing").Staff.Code

	zhangmin := w.Person("zhangmin")
	w.Must(w.Store.Change(ctx, w.edited(zhangmin, func(s *staff.Staff) {
		s.Name, s.Pinyin = "张小敏", staff.Pinyin{Syllables: []string{"zhang", "xiao", "min"}}
		s.Phone, _ = staff.ParsePhone("13700000044")
		s.Posts[1].Active = false
	})))
	// Of the edit and the phone the second was read before the first was written.
	before := w.Person("chenjing")
	w.Must(w.Store.Change(ctx, w.edited(before, func(s *staff.Staff) { s.HomeAddress = "临江区" })))
	ticket := w.ticket(before, "13700000099")
	w.Must(w.Store.PutTicket(ctx, ticket))
	w.Must(w.Store.ReplacePhone(ctx, account.PhoneReplacement{Ticket: ticket, Was: before.Staff, Audit: w.Entry(before.Staff.Code, before.Staff.Code, audit.ChangePhone)}))
	if now := w.Person("chenjing").Staff; now.HomeAddress == "" || now.Version != before.Staff.Version+2 || now.Phone != ticket.Phone {
		w.Errorf("the record is %+v", now)
	}

	fresh := w.Person("wangfang")
	fresh.Staff.Code, _ = staff.NewEmployeeCode(rand.Reader)
	fresh.Staff.Account, _ = staff.ParseAccount("13700000055") // a number, and their own
	fresh.Staff.Phone, _ = staff.ParsePhone("13700000055")
	fresh.Staff.Loaded = 0
	w.Must(w.Store.Register(ctx, fresh, w.Entry(boss, fresh.Staff.Code, "add_staff")))

	// Out and in again; the request that linwei made before stays as it was left.
	linwei := w.Person("linwei")
	w.request(linwei, "request-of-linwei")
	linwei = w.Person("linwei")
	gone := linwei.Staff.Clone()
	gone.Revision, gone.Version, gone.Employment, gone.State = gone.Revision+1, gone.Version+1, staff.Left, staff.Pending
	gone.Phone, gone.FormerPhone, gone.Posts[0].Active = staff.Phone{}, gone.Phone, false
	w.Must(w.Store.ChangeState(ctx, admin.StateChange{
		Was: linwei.Staff, Now: gone, Audit: w.Entry(boss, gone.Code, audit.Leave), Grants: linwei.Account.Grants, EndSessions: true, EndAccount: true,
	}))
	back := gone.Clone()
	back.Revision, back.Version, back.Employment = back.Revision+1, back.Version+1, staff.InService
	back.Phone, back.FormerPhone, back.Posts[0].Active = back.FormerPhone, staff.Phone{}, true
	w.Must(w.Store.ChangeState(ctx, admin.StateChange{Was: gone, Now: back, Audit: w.Entry(boss, back.Code, audit.Reinstate)}))

	zhouqiang := w.Person("zhouqiang")
	w.Must(w.Store.ReplacePassword(ctx, account.PasswordReplacement{Staff: zhouqiang.Staff.Code, Epoch: zhouqiang.Account.Epoch, Hash: "hash", At: world.Start, Audit: w.Entry(zhouqiang.Staff.Code, zhouqiang.Staff.Code, audit.ChangePassword)}))
	zhouqiang = w.Person("zhouqiang")
	finance := account.Grant{ID: "grant-on-finance", Type: account.UnitGrant, Org: zhouqiang.Staff.Posts[0].Unit, Added: []account.Permission{account.PIIReveal}}
	w.Must(w.Store.Grant(ctx, zhouqiang.Staff.Code, finance, w.Entry(boss, zhouqiang.Staff.Code, "add_grant")))
	w.request(zhouqiang, "request-of-zhouqiang")
	one := account.Session{Hash: "a session", ID: "s", Staff: zhouqiang.Staff.Code, Client: account.App, Epoch: zhouqiang.Account.Epoch, CreatedAt: world.Start, LastUsed: world.Start, Dies: world.Start.Add(time.Hour)}
	proved := w.ticket(zhouqiang, "13700000007")
	w.Must(w.Store.PutTicket(ctx, proved))
	w.Must(w.Store.StartProved(ctx, proved, one, []account.SignIn{{ID: one.ID, At: one.CreatedAt, Outcome: account.WasSignedIn, Client: one.Client}}, &account.Device{MAC: "a device", Until: world.Start.Add(time.Hour), Epoch: 1}, account.SignInState{}.TakeSlot(one, account.Defaults())))
	w.Must(w.Store.PutTicket(ctx, w.ticket(zhouqiang, "13700000077")))
	_, err := w.Store.SwapFailures(ctx, "somebody", account.Failures{}, account.Failures{Count: 1, Revision: 1, First: world.Start})
	w.Must(err)
	_, err = w.Store.ReserveBudget(ctx, account.Reservation{At: world.Start}, account.SMSLimits{Budget: account.Budget{Shards: 1, Day: 9}})
	w.Must(err)
}

func (w checkWorld) ticket(p account.Person, phone string) account.Ticket {
	w.Helper()
	id, err := account.NewSecret(rand.Reader)
	w.Must(err)
	to, err := staff.ParsePhone(phone)
	w.Must(err)
	return account.Ticket{ID: id, Purpose: account.ForPhone, Staff: p.Staff.Code, Phone: to, Epoch: p.Account.Epoch, Expires: world.Start.Add(time.Hour), Code: "mac"}
}

func (w checkWorld) request(p account.Person, id string) {
	w.Helper()
	r := account.RecoveryRequest{ID: id, Staff: p.Staff.Code, State: account.RecoveryPending, Reason: "手机丢了", Created: world.Start, Expires: world.Start.Add(7 * 24 * time.Hour)}
	w.Must(w.Store.RaiseRequest(w.Context(), p.Account, account.RaisedRequest{
		Request: r, Mark: account.LastRecovery{ID: id, Day: world.Start, Count: 1}, Ticket: w.ticket(p, p.Staff.Phone.E164()), Audit: w.Entry(p.Staff.Code, p.Staff.Code, audit.RaiseRecovery),
	}))
}

// followStream does what the stream brings about, for everything that there is.
func (w checkWorld) followStream(ctx context.Context) error {
	queue := account.IndexQueue{Store: w.Store}
	var orgs []staff.OrgCode
	for _, item := range w.allItems() {
		_, id, _ := strings.Cut(table.KeyOf(item).PK, "#")
		var err error
		switch table.Str(item["kind"]) {
		case table.StaffKind:
			err = w.index(ctx, id)
		case table.RecoveryKind:
			err = queue.Run(ctx, id)
		case table.AuditKind:
			var e audit.Entry
			if e, err = table.AuditFromItem(item); err == nil {
				err = admin.IndexAudit{Store: w.Store}.Run(ctx, e)
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
func (w checkWorld) rollUp(ctx context.Context, orgs ...staff.OrgCode) error {
	known, err := w.Store.Orgs(ctx, orgs)
	if err != nil {
		return err
	}
	slices.SortFunc(orgs, func(a, b staff.OrgCode) int { return len(known[b].Path) - len(known[a].Path) })
	for _, o := range orgs {
		if _, err := (staff.RollUp{Store: w.Store}).Run(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

func (w checkWorld) index(ctx context.Context, code string) error {
	c, err := staff.ParseEmployeeCode(code)
	if err != nil {
		return err
	}
	if _, err := (staff.Indexer{Store: w.Store, Now: time.Now, Random: rand.Reader}).Run(ctx, c); err != nil {
		return err
	}
	return account.IndexQueue{Store: w.Store}.OfPerson(ctx, c)
}

// allItems is the whole table.
func (w checkWorld) allItems() []table.Item {
	w.Helper()
	var all []table.Item
	in := &dynamodb.ScanInput{TableName: &w.Table, ConsistentRead: aws.Bool(true)}
	for {
		out, err := w.DB.Scan(w.Context(), in)
		w.Must(err)
		all = append(all, out.Items...)
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			return all
		}
	}
}

func key(pk, sk string) table.Key { return table.Key{PK: pk, SK: sk} }

func (w checkWorld) item(k table.Key) table.Item {
	w.Helper()
	item, err := w.Items.GetItem(w.Context(), k)
	w.Must(err)
	return item
}

func (w checkWorld) remove(k table.Key) {
	w.Helper()
	w.Must(w.Items.DeleteItem(w.Context(), k))
}

// set gives an item an attribute; path may lead into a list, as "posts[0].org" does.
func (w checkWorld) set(k table.Key, path string, v any) {
	w.Helper()
	before, name, nested := strings.Cut(path, ".")
	if before += "."; !nested {
		before, name = "", path
	}
	_, err := w.Items.UpdateItem(w.Context(), table.Update{
		Key: k, Expression: fmt.Sprintf("SET %s#n = :v", before), Names: map[string]string{"#n": name}, Values: table.Values{":v": v},
	})
	w.Must(err)
}

// unset takes an attribute from an item.
func (w checkWorld) unset(k table.Key, name string) {
	w.Helper()
	_, err := w.Items.UpdateItem(w.Context(), table.Update{Key: k, Expression: "REMOVE #n", Names: map[string]string{"#n": name}})
	w.Must(err)
}

// copy writes an item again under another key, with some attributes changed.
func (w checkWorld) copy(from, to table.Key, change table.Values) {
	w.Helper()
	item := w.item(from)
	for name, v := range to.AV() {
		item[name] = v
	}
	for name, v := range change.AV() {
		item[name] = v
	}
	w.Put(item)
}
