package maintain_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/jobs"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

func TestCheckFindsNothing(t *testing.T) {
	t.Parallel()
	w := newCheckWorld(t, func(ctx context.Context, db *dynamodb.Client, table string) error {
		return demo.Seed(ctx, db, table, 12, func(string) {})
	})
	if r := w.Agrees("as loaded"); r.People != 19 || r.Orgs < 100 || len(r.Done) != 2 {
		t.Errorf("%+v", r)
	}
}

// TestCheckFinds breaks one thing after the other, each by one direct write.
func TestCheckFinds(t *testing.T) {
	t.Parallel()
	w := newCheckWorld(t, demo.SeedNamed)
	w.Must(w.Store.LoadDictionaries(t.Context(), staff.Dictionaries{{Dictionary: staff.DictJobLevel, Code: "ZHI_JI_QI_TA", Label: "其他", Order: 1, Enabled: true}}))
	w.Must(w.followStream(t.Context()))
	w.writeEverything()
	if found, r := w.Check(world.Unfollowed); len(found) > 0 || r.InMotion > 0 {
		t.Errorf("before the indexer: %+v\n%s", r, strings.Join(found, "\n"))
	}
	if found, _ := w.Check(); len(found) == 0 {
		t.Error("it does not see that the indexer is behind")
	}
	w.Must(w.followStream(t.Context()))
	w.Agrees("before")

	boss, zhang, zhou, lin, left := w.Person("chenjing"), w.Person("zhangmin"), w.Person("zhouqiang"), w.Person("linwei"), w.Person("sunli")
	byKind := map[string][]table.Item{}
	for _, item := range w.allItems() {
		byKind[table.Str(item["kind"])] = append(byKind[table.Str(item["kind"])], item)
	}
	one := func(kind string, holds func(pk, sk string) bool) table.Key {
		t.Helper()
		for _, item := range byKind[kind] {
			if pk, sk := table.Str(item["pk"]), table.Str(item["sk"]); holds(pk, sk) {
				return key(pk, sk)
			}
		}
		t.Fatalf("no item of kind %s", kind)
		return table.Key{}
	}
	of := func(p account.Person) string { return p.Staff.Code.String() }
	person := func(p account.Person) table.Key { return key("STAFF#"+of(p), "STAFF") }
	login := func(p account.Person) table.Key { return key("STAFF#"+of(p), "ACCOUNT") }
	org := zhou.Staff.Posts[0].Org.String()
	home := key("ORG#"+org, "ORG")
	unit := zhou.Staff.Posts[0].Unit.String()
	nobody := "GE_" + strings.Repeat("0", 32)
	nowhere := "GO_" + strings.Repeat("0", 32)
	name := func(p account.Person) table.Key { return key("NAME#"+p.Staff.Account.String(), "NAME") }
	phone := func(p account.Person) table.Key { return key("PHONE#"+p.Staff.Phone.E164(), "NAME") }
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
	request := key("RECOVERY#request-of-zhouqiang", "REQUEST")
	entry := one("dictionary", func(pk, _ string) bool { return pk == "DICT#3" })
	by := one("audit_by", func(pk, sk string) bool { return sk == version.SK })
	in := one("audit_in", func(pk, sk string) bool {
		return sk == version.SK && strings.Contains(pk, boss.Account.Grants[0].Org.String())
	})

	set := func(k table.Key, name string, v any) func() {
		return func() { w.set(k, name, v) }
	}
	drop := func(k table.Key) func() { return func() { w.remove(k) } }
	list := func(k table.Key, i int, member string, v any) func() { // of a person's post
		return func() { w.set(k, fmt.Sprintf("posts[%d].%s", i, member), v) }
	}
	copied := func(from, to table.Key, change table.Values) func() {
		return func() { w.copy(from, to, change) }
	}
	for _, tt := range []struct {
		name   string
		touch  table.Key // restored afterwards
		damage func()
		want   string // the findings, each as it begins
	}{
		{"an account name is missing", name(zhou), drop(name(zhou)), "name NAME#…: a name that leads to " + of(zhou)},
		{"a phone is missing", phone(zhou), drop(phone(zhou)), "name PHONE#+86 137*****007: a name that leads to " + of(zhou)},
		{"a phone is somebody else's", phone(zhou), set(phone(zhou), "owner", of(lin)), "name PHONE#+86 137*****007: a name that leads to " + of(zhou) + "\nname PHONE#+86 137*****007: no name that " + of(lin) + " does not have"},
		{"a name too many", key("NAME#former", "NAME"), copied(name(zhou), key("NAME#former", "NAME"), nil), "name NAME#…: no name that " + of(zhou) + " does not have"},
		{"a phone of somebody who has left", key("PHONE#"+left.Staff.FormerPhone.E164(), "NAME"), copied(name(left), key("PHONE#"+left.Staff.FormerPhone.E164(), "NAME"), nil), "name PHONE#+86 137*****006: no name that " + of(left)},
		{"a name of nobody", key("NAME#nobody", "NAME"), copied(name(zhou), key("NAME#nobody", "NAME"), table.Values{"owner": nobody}), "name NAME#…: no name of " + nobody},

		{"no main post", person(zhou), list(person(zhou), 0, "job_type", "concurrent"), "index INDEX#" + of(zhou) + " INDEX: what the person comes to\nrecord STAFF#" + of(zhou) + " STAFF: one active main post, not 0"},
		{"two main posts", person(zhang), func() { list(person(zhang), 1, "active", true)(); list(person(zhang), 1, "job_type", "main")() }, "holds\nindex INDEX#" + of(zhang) + "\nrecord STAFF#" + of(zhang) + " STAFF: one active main post, not 2"},
		{"a post of somebody who has left", person(left), list(person(left), 0, "active", true), "holds ORG#\nrecord STAFF#" + of(left) + " STAFF: no active posts"},
		{"a post in no organisation", person(zhang), list(person(zhang), 1, "org", nowhere), "index INDEX#" + of(zhang) + "\npost STAFF#" + of(zhang) + " STAFF: of the post " + zhang.Staff.Posts[1].ID.String() + ", an organisation " + nowhere},
		{"a post under another unit", person(zhou), list(person(zhou), 0, "unit", zhang.Staff.Posts[0].Unit.String()), "index INDEX#" + of(zhou) + "\npost STAFF#" + of(zhou) + " STAFF: of the post " + zhou.Staff.Posts[0].ID.String() + ", the unit"},
		{"no phone", person(zhou), set(person(zhou), "phone_national", ""), "index INDEX#" + of(zhou) + "\nname PHONE#+86 137*****007: no name that " + of(zhou) + "\nrecord STAFF#" + of(zhou) + " STAFF: a phone"},
		{"a state that there is not", person(left), set(person(left), "account_state", "asleep"), "record STAFF#" + of(left) + " STAFF: an account state that there is\nrecord STAFF#" + of(left) + " STAFF: the account state pending"},
		{"a record that cannot be read", person(zhou), set(person(zhou), "account", "a#b"), "item STAFF#" + of(zhou) + " STAFF: an item that can be read"},

		{"no account", login(zhang), drop(login(zhang)), "account STAFF#" + of(zhang) + " ACCOUNT: the account of the person"},
		{"no password", login(zhang), set(login(zhang), "password_hash", ""), "account STAFF#" + of(zhang) + " ACCOUNT: a password, as the person has activated"},
		{"a password of somebody pending", login(lin), set(login(lin), "password_hash", "hash"), "account STAFF#" + of(lin) + " ACCOUNT: no password, as the person has not activated"},
		{"a mark of a freeze that is over", login(zhang), set(login(zhang), "freeze_mark", map[string]any{"by": of(zhou), "grants": []any{}}), "account STAFF#" + of(zhang) + " ACCOUNT: no mark of a freeze, as the person is not frozen"},
		{"a mark without its request", login(zhang), set(login(zhang), "recovery", map[string]any{"id": "lost", "day_ms": world.Start.UnixMilli(), "count": 1}), "request STAFF#" + of(zhang) + " ACCOUNT: the request lost that is its last one"},

		{"a grant under the person alone", given, drop(given), "grant ORG#" + unit + " ADMIN#" + of(zhou) + "#grant-on-finance: the grant that " + of(zhou) + " holds"},
		{"a grant under the organisation alone", key(given.PK, "ADMIN#"+of(zhang)+"#x"), copied(given, key(given.PK, "ADMIN#"+of(zhang)+"#x"), table.Values{"staff": of(zhang), "grant": "x"}), "grant ORG#" + unit + " ADMIN#" + of(zhang) + "#x: no grant that " + of(zhang) + " does not hold"},
		{"a grant that says more on one side", given, set(given, "type", "super"), "grant ORG#" + unit + " ADMIN#" + of(zhou) + "#grant-on-finance: the grant that"},

		{"a session of nobody", key("STAFF#"+nobody, "SESSION#x"), copied(key("STAFF#"+of(zhou), "SESSION#a session"), key("STAFF#"+nobody, "SESSION#x"), nil), "owner STAFF#" + nobody + " SESSION#x…: nothing of " + nobody},
		{"a device of nobody", key("STAFF#"+nobody, "DEVICE#x"), copied(key("STAFF#"+of(zhou), "DEVICE#a device"), key("STAFF#"+nobody, "DEVICE#x"), nil), "owner STAFF#" + nobody + " DEVICE#x…: nothing of " + nobody},
		{"an account of nobody", key("STAFF#"+nobody, "ACCOUNT"), copied(login(left), key("STAFF#"+nobody, "ACCOUNT"), nil), "owner STAFF#" + nobody + " ACCOUNT: nothing of " + nobody},

		{"a version is not audited", version, drop(version), "audit AUDIT#BY#" + of(zhang) + " " + version.SK + ": the entry under its subject, too\naudit AUDIT#IN#\nversion AUDIT#OF#" + of(zhang) + ": one entry about version 2, not 0"},
		{"a version is audited twice", key(version.PK, version.SK+"2"), copied(version, key(version.PK, version.SK+"2"), nil), "audit AUDIT#BY#" + of(zhang) + " " + version.SK + "2: the entry AUDIT#OF#\naudit AUDIT#OF#" + of(zhang) + " " + version.SK + "2: the entry in the log\nversion AUDIT#OF#" + of(zhang) + ": one entry about version 2, not 2"},
		{"an entry is not under its actor", by, drop(by), "audit AUDIT#BY#" + of(zhang) + " " + version.SK + ": the entry AUDIT#OF#" + of(zhang) + " " + version.SK},
		{"an entry says something else under its actor", by, set(by, "reason", "无"), "audit AUDIT#BY#" + of(zhang) + " " + version.SK + ": the entry AUDIT#OF#"},
		{"an entry is in no log", in, drop(in), "audit AUDIT#OF#" + of(zhang) + " " + version.SK + ": the entry in the log of its organisations, too"},
		{"a log says something else", in, set(in, "action", "x"), "audit AUDIT#IN#"},

		{"a row is missing", row, drop(row), "index FIND#"},
		{"a row says something else", row, set(row, "name_key", "x"), "index FIND#"},
		{"a row too many", key(row.PK, "周强强#"+of(zhou)), copied(row, key(row.PK, "周强强#"+of(zhou)), nil), "row FIND#"},
		{"a row of nobody", key(listed.PK, "1#"+nobody), copied(listed, key(listed.PK, "1#"+nobody), nil), "row LIST#"},
		{"a place in a list is missing", listed, drop(listed), "index LIST#"},
		{"not on a to-do list", todo, drop(todo), "index TODO#"},
		{"a record of the index is missing", key("INDEX#"+of(zhou), "INDEX"), drop(key("INDEX#"+of(zhou), "INDEX")), "behind INDEX#" + of(zhou) + " INDEX: revision 1 of the person, not 0\ncount ORG#" + org},
		{"a record of the index says something else", key("INDEX#"+of(zhou), "INDEX"), set(key("INDEX#"+of(zhou), "INDEX"), "entries", []any{}), "index INDEX#" + of(zhou) + " INDEX: what the person comes to"},
		{"the index is behind", person(zhang), set(person(zhang), "revision", 99), "behind INDEX#" + of(zhang) + " INDEX: revision 99"},
		{"a count is wrong", key(home.PK, "COUNT"), set(key(home.PK, "COUNT"), "people", 99), "count ORG#" + org + " COUNT: \ntotal ORG#" + org + " TOTAL: "},
		{"a count is missing", key(home.PK, "COUNT"), drop(key(home.PK, "COUNT")), "count ORG#" + org + " COUNT: \ntotal ORG#" + org + " TOTAL: "},
		{"a count of nobody", key("ORG#"+nowhere, "COUNT"), copied(key(home.PK, "COUNT"), key("ORG#"+nowhere, "COUNT"), nil), "owner ORG#" + nowhere + " COUNT: no numbers of " + nowhere},
		{"posts held are wrong", key(home.PK, "HOLDS"), set(key(home.PK, "HOLDS"), "posts", 99), "holds ORG#" + org + " HOLDS: "},
		{"children held are wrong", key("ORG#"+unit, "HOLDS"), set(key("ORG#"+unit, "HOLDS"), "children", 0), "holds ORG#" + unit + " HOLDS: "},
		{"closed in one place alone", key(home.PK, "HOLDS"), set(key(home.PK, "HOLDS"), "closed", true), "holds ORG#" + org + " HOLDS: "},

		{"a copy is missing", entry, drop(entry), "copy " + entry.PK + " " + entry.SK + ": the same as in DICT#0 " + entry.SK},
		{"a copy says something else", entry, set(entry, "enabled", false), "copy " + entry.PK + " " + entry.SK + ": the same as in DICT#0 " + entry.SK},
		{"a copy too many", key("DICT#8", entry.SK), copied(entry, key("DICT#8", entry.SK), nil), "copy DICT#8 " + entry.SK + ": no copy of this number"},
		{"a list of moves in one copy alone", key("ORGMOVES#2", "MOVES"), copied(entry, key("ORGMOVES#2", "MOVES"), table.Values{"kind": "moves", "seq": 1, "version": 1}), "copy ORGMOVES#2 MOVES: the same as in ORGMOVES#0 MOVES"},

		{"an organisation is in no list", child, drop(child), "org_row ORG#" + unit + " " + child.SK + ": a row that leads to " + org},
		{"an organisation is in two lists", key("ORG#"+unit, "CHILD#0000000999#"+org), copied(child, key("ORG#"+unit, "CHILD#0000000999#"+org), nil), "org_row ORG#" + unit + " CHILD#0000000999#" + org + ": no row that leads to " + org},
		{"a place for no organisation", key("ORG#"+unit, "CHILD#0000000999#"+nowhere), copied(child, key("ORG#"+unit, "CHILD#0000000999#"+nowhere), nil), "org_row ORG#" + unit + " CHILD#0000000999#" + nowhere},
		{"a name that leads to another organisation", key("FINDORG#某局", org), copied(child, key("FINDORG#某局", org), table.Values{"kind": "org_name"}), "org_row FINDORG#… " + org + ": no row"},
		{"a division without its top", head, drop(head), "org_row DIVISION#"},
		{"an organisation elsewhere in the order", home, set(home, "sort_order", 77), "org_row ORG#" + unit + " CHILD#\nindex INDEX#"},
		{"a height that there is not", key("ORG#"+unit, "TOTAL"), set(key("ORG#"+unit, "TOTAL"), "height", 5), "total ORG#\ntotal ORG#"}, // its own, and by it that of the one above
		{"an organisation under another parent's path", home, set(home, "path", []any{boss.Account.Grants[0].Org.String(), unit, org}), "org ORG#" + org + " ORG: the path of the parent\nindex INDEX#\nrequest QUEUE#"},

		{"a request is in no queue", queued, drop(queued), "request QUEUE#"},
		{"a request is in a queue too many", key(queued.PK, strings.Replace(queued.SK, "pending", "rejected", 1)), copied(queued, key(queued.PK, strings.Replace(queued.SK, "pending", "rejected", 1)), nil), "request QUEUE#"},
		{"a row of no request", key(queued.PK, queued.SK+"x"), copied(queued, key(queued.PK, queued.SK+"x"), nil), "request QUEUE#"},
		{"an open request that is not the last", key("RECOVERY#another", "REQUEST"), copied(request, key("RECOVERY#another", "REQUEST"), table.Values{"id": "another"}), "request RECOVERY#another REQUEST: the person's last request, as it is open"},
		{"a request of nobody", key("RECOVERY#another", "REQUEST"), copied(request, key("RECOVERY#another", "REQUEST"), table.Values{"id": "another", "staff": nobody}), "request RECOVERY#another REQUEST: no request of " + nobody},

		{"an item of an unknown kind", key("STAFF#"+of(zhou), "NOTE"), copied(person(zhou), key("STAFF#"+of(zhou), "NOTE"), table.Values{"kind": "note"}), `item STAFF#` + of(zhou) + ` NOTE: no item of this kind and key (kind "note")`},
		{"an item of an unknown key", key("WHO#张敏", "13700000004"), copied(name(zhou), key("WHO#张敏", "13700000004"), nil), `item WHO#…: no item of this kind and key (kind "name")`},
		{"an item without a kind", home, func() { w.unset(home, "kind") }, "item ORG#" + org + " ORG: no item of this kind and key (kind \"\")\nholds ORG#" + unit + "\ntotal ORG#" + unit},
	} {
		t.Run(tt.name, func(t *testing.T) {
			was := w.item(tt.touch)
			tt.damage()
			found, _ := w.Check()
			if was == nil {
				w.remove(tt.touch)
			} else {
				w.Put(was)
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
	w.Agrees("after")
}

// TestCheckOfAMove: while an organisation moves, what its job has still to see to
// is not found; that the job was given up is.
func TestCheckOfAMove(t *testing.T) {
	t.Parallel()
	w := newCheckWorld(t, demo.SeedNamed)
	w.writeEverything()
	w.Must(w.followStream(t.Context()))
	ctx, boss, data := t.Context(), w.Person("chenjing"), w.Person("zhangmin").Staff.Posts[0].Unit
	orgs := admin.EditOrgs{Store: w.Store, Now: w.Now, Random: rand.Reader}
	move := admin.MoveOrg{Store: w.Store, Indexer: staff.Indexer{Store: w.Store, Now: time.Now, Random: rand.Reader}, Queue: account.IndexQueue{Store: w.Store}, Now: w.Now}
	by, err := account.Caller{Staff: boss.Staff.Code, Epoch: boss.Account.Epoch, Grants: boss.Account.Grants}.Permit(account.OrgEdit)
	w.Must(err)
	org := func(c staff.OrgCode) staff.Org { return w.Orgs(c)[c] }
	moveTo := func(parent staff.OrgCode) jobs.Job {
		o := org(data)
		_, id, err := orgs.Update(ctx, w.Call, by, o, admin.OrgEdit{Version: o.Version, Parent: optional.Value[string]{Set: true, Value: parent.String()}})
		w.Must(err)
		job, err := w.Store.Job(ctx, id)
		w.Must(err)
		return job
	}
	heading := org(org(data).Parent())
	added, _, err := orgs.Add(ctx, w.Call, by, admin.OrgInput{
		Name: "新分类", Type: "group", Parent: heading.Parent().String(), Order: optional.Value[int]{Set: true, Value: 60},
	})
	w.Must(err)
	w.Must(w.followStream(ctx))
	w.Agrees("an organisation more")

	moveTo(added.Org.Code)
	w.Must(w.rollUp(ctx, heading.Code, added.Org.Code))
	if found, _ := w.Check(); len(found) > 0 { // but for the log, which nobody has written yet
		if len(found) > 1 || !strings.HasPrefix(found[0], "audit AUDIT#OF#"+data.String()) {
			t.Errorf("begun: found\n%s", strings.Join(found, "\n"))
		}
	}
	if n, err := move.Finish(ctx); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	w.Must(w.followStream(ctx))
	w.Agrees("there")

	job := moveTo(heading.Code)
	w.Must(w.followStream(ctx))
	w.Agrees("on the way back")
	w.set(key("JOB#"+job.ID, "JOB"), "job_state", "failed")
	if found, _ := w.Check(); len(found) != 1 || !strings.HasPrefix(found[0], "job JOB#"+job.ID+" JOB: the move of "+data.String()) {
		t.Errorf("given up: found\n%s", strings.Join(found, "\n"))
	}
	if n, err := move.Finish(ctx); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	w.Must(w.followStream(ctx))
	w.Agrees("back")
	w.remove(key("JOB#"+job.ID, "CHUNK#000001"))
	line := ""
	for _, item := range w.allItems() {
		if table.Str(item["pk"]) == "JOBS" && strings.HasSuffix(table.Str(item["sk"]), job.ID) {
			line = table.Str(item["sk"])
		}
	}
	w.remove(key("JOBS", line))
	want := []string{"job JOB#" + job.ID + " JOB: 1 chunks and 0 of them done, not 0 and 0", "job JOBS " + line + ": a line about the job " + job.ID}
	if found, _ := w.Check(); !slices.Equal(found, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(found, "\n"), strings.Join(want, "\n"))
	}
}

// TestCheckBesideWriters: people are edited, come and go, the indexer follows,
// and what is found meanwhile is nothing.
func TestCheckBesideWriters(t *testing.T) {
	t.Parallel()
	w := newCheckWorld(t, demo.SeedNamed)
	w.writeEverything()
	w.Must(w.followStream(t.Context()))
	names := []string{"zhangmin", "zhouqiang", "wangfang", "zhaolei"}
	boss := w.Person("chenjing")
	homes := map[staff.EmployeeCode]staff.Post{} // where people's main posts are at first
	var counted []staff.OrgCode
	count := func(p staff.Post) {
		for _, o := range w.Orgs(p.Org)[p.Org].Path {
			if !slices.Contains(counted, o) {
				counted = append(counted, o)
			}
		}
	}
	count(boss.Staff.Posts[0])
	for _, name := range names {
		p := w.Person(name).Staff
		homes[p.Code] = p.Posts[0]
		count(p.Posts[0])
	}

	type event struct {
		code  string
		entry audit.Entry
	}
	events := make(chan event, 10) // who writes waits for who follows
	edit := func(r *mrand.Rand, writer, n int) error {
		p := w.Person(names[r.IntN(len(names))])
		var err error
		c := w.edited(p, func(s *staff.Staff) { s.JobLevel = []string{"", "ZHI_JI_QI_TA"}[n%2] })
		switch r.IntN(4) {
		case 0:
			c.Now.Phone, _ = staff.ParsePhone(fmt.Sprintf("1390000%02d%02d", writer, n%100))
			c.EndAll = true
		case 1:
			to := boss.Staff.Posts[0]
			if p.Staff.Posts[0].Org == to.Org {
				to = homes[p.Staff.Code]
			}
			c.Now.Posts[0].Unit, c.Now.Posts[0].Org = to.Unit, to.Org
		}
		if n%5 == 4 && len(p.Account.Grants) < 3 {
			g := account.Grant{ID: fmt.Sprintf("g%d-%d", writer, n), Type: account.AuditGrant, Org: boss.Account.Grants[0].Org}
			c.Audit = w.Entry(boss.Staff.Code, p.Staff.Code, "add_grant")
			err = w.Store.Grant(t.Context(), p.Staff.Code, g, c.Audit)
		} else {
			err = w.Store.Change(t.Context(), c)
		}
		switch {
		case err == nil:
			if c.Audit.Action == audit.UpdateStaff {
				c.Audit.Version = c.Now.Version // as the stream hands it on
			}
			events <- event{p.Staff.Code.String(), c.Audit}
		case !errors.Is(err, admin.ErrRevised):
			return err
		}
		return nil
	}

	followed := make(chan struct{})
	var followers sync.WaitGroup
	followers.Go(func() {
		for e := range events {
			if err := errors.Join(w.index(t.Context(), e.code), admin.IndexAudit{Store: w.Store}.Run(t.Context(), e.entry)); err != nil {
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
	const writers, edits = 3, 40
	for round := range 2 {
		// Writers end with the check, or after some edits: what is written at every look
		// is looked at again after a pause, which grows each time.
		over := make(chan struct{})
		var begun atomic.Int64
		var work sync.WaitGroup
		for i := range writers {
			work.Go(func() {
				writer := round*writers + i
				r := mrand.New(mrand.NewPCG(7, uint64(writer)))
				for n := 0; begun.Add(1) <= edits; n++ {
					select {
					case <-over:
						return
					default:
					}
					if err := edit(r, writer, n); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		found, r := w.Check(func(uc *maintain.Check) { uc.Settle = time.Minute })
		if len(found) > 0 {
			t.Errorf("%d in motion, found\n%s", r.InMotion, strings.Join(found, "\n"))
		}
		close(over)
		work.Wait()
	}
	close(events)
	followers.Wait()
	w.Agrees("at rest")
}
