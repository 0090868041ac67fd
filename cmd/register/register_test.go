package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

type desk struct {
	*testing.T
	tool
	out, err bytes.Buffer
	faults   *dynamotest.Faults
	db       *dynamodb.Client // without faults
}

// newDesk has an empty table, or one with the demo register.
func newDesk(t *testing.T, people int) *desk {
	t.Helper()
	return newDeskWith(t, func(ctx context.Context, db *dynamodb.Client, table string) error {
		if people < 0 {
			return nil
		}
		return demo.Seed(ctx, db, table, people, func(string) {})
	})
}

// newDeskWith has what seed puts into its table.
func newDeskWith(t *testing.T, seed func(ctx context.Context, db *dynamodb.Client, table string) error) *desk {
	t.Helper()
	d := &desk{T: t, faults: dynamotest.NewFaults()}
	plain, table := dynamotest.New(t)
	d.db = plain
	db := dynamotest.Client(*plain.Options().BaseEndpoint, d.faults.Option)
	if err := seed(t.Context(), plain, table); err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	d.tool = tool{
		Store: maintain.Over(db, table, dynamotest.AtOnce), Table: table, Settings: account.Defaults(), Now: func() time.Time { return noon },
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }, Random: rand.Reader, In: strings.NewReader(""), Out: &d.out, Err: &d.err,
	}
	return d
}

// run runs a command line of flags without spaces in them, and returns what it said.
func (d *desk) run(line string) (string, error) {
	d.Helper()
	d.out.Reset()
	args := strings.Fields(line)
	err := commands[args[0]](d.Context(), d.tool, args[1:])
	return d.out.String(), err
}

func (d *desk) want(line string, said ...string) {
	d.Helper()
	out, err := d.run(line)
	if err != nil {
		d.Fatalf("%s: %v\n%s", line, err, out)
	}
	for _, s := range said {
		if !strings.Contains(out, s) {
			d.Errorf("%s said\n%swithout %q", line, out, s)
		}
	}
}

func (d *desk) refused(line, why string) {
	d.Helper()
	if out, err := d.run(line); err == nil || !strings.Contains(err.Error(), why) {
		d.Errorf("%s: %v (and said %q), want something about %q", line, err, out, why)
	}
}

func (d *desk) person(name string) account.Person {
	d.Helper()
	c, _, err := d.Store.FindName(d.Context(), staff.ParseSignInName(name), "-")
	if err != nil {
		d.Fatal(err)
	}
	p, err := d.Store.Person(d.Context(), c)
	if err != nil {
		d.Fatal(err)
	}
	return p
}

const chenjing = "bootstrap -name 陈静 -account ChenJing -phone 13700000001 -org-name 浙江省 -division 330000"

func TestBootstrap(t *testing.T) {
	t.Parallel()
	d := newDesk(t, -1)
	d.want(chenjing, "Organisation: added 浙江省", "Super: registered 陈静 (chenjing)")
	p := d.person("13700000001")
	roots, err := d.Store.Roots(t.Context())
	if err != nil || len(roots) != 1 || roots[0].Division != "330000" {
		t.Fatalf("roots: %+v, %v", roots, err)
	}
	if !p.Staff.CanActivate() || !p.Staff.Complete() || strings.Join(p.Staff.Pinyin.Syllables, " ") != "chen jing" {
		t.Errorf("the super cannot activate and go on to sign in: %+v", p.Staff)
	}
	if g := p.Account.Grants; len(g) != 1 || g[0].Type != account.SuperGrant || g[0].Org != roots[0].Code || p.Account.Epoch != 1 {
		t.Errorf("account: %+v", p.Account)
	}
	if all, err := d.Store.Dictionaries(t.Context()); err != nil || !all.Allows(staff.DictRole, p.Staff.Posts[0].Role) {
		t.Errorf("dictionaries: %d entries, %v", len(all), err)
	}
	d.want(chenjing, "Nothing to do")
	d.refused(strings.ReplaceAll(chenjing, "ChenJing", "linwei"), "a super already")
	d.want("reindex", "Indexed 1") // no stream here
	d.want("reindex", "Nothing to change")
}

// TestBootstrapGoesOn: whatever call fails, the next run finishes the work.
func TestBootstrapGoesOn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, -1)
	for _, kind := range []dynamotest.Kind{dynamotest.NotSent, dynamotest.AnswerLost} {
		d.faults.Set(dynamotest.Fault{Kind: kind, Op: "TransactWriteItems", Call: 1, Attempts: dynamotest.Always})
		if _, err := d.run(chenjing); err == nil {
			t.Errorf("fault %d went unnoticed", kind)
		}
	}
	d.faults.Set()
	d.want(chenjing, "chenjing")
	roots, err := d.Store.Roots(t.Context())
	if err != nil || len(roots) != 1 {
		t.Fatalf("roots: %+v, %v", roots, err)
	}
	if granted, err := d.Store.GrantsOn(t.Context(), []staff.OrgCode{roots[0].Code}); err != nil || len(granted) != 1 {
		t.Errorf("granted: %+v, %v", granted, err)
	}
}

func TestBootstrapRefuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t, -1)
	for line, why := range map[string]string{
		"bootstrap": "-name: is missing",
		"bootstrap -name 陈静 -account x -phone 13700000001":                                                  "-account",
		"bootstrap -name 陈静 -account chenjing -phone 12345":                                                 "-phone",
		"bootstrap -name 陈静 -account 13700000002 -phone 13700000001":                                        "looks like a phone",
		"bootstrap -name 陈静 -account chenjing -phone 13700000001":                                           "-org-name: is missing",
		"bootstrap -name 陈静 -account chenjing -phone 13700000001 -org-name 浙江省 -division 33":                "-division",
		"bootstrap -name 陈静 -account chenjing -phone 13700000001 -org-name 浙江省 -division 330000 -role ROLE": "-role",
		"bootstrap -name 陈静 extra":                                                                          errUsage.Error(),
	} {
		d.refused(line, why)
	}
	if roots, err := d.Store.Roots(t.Context()); err != nil || len(roots) > 0 {
		t.Errorf("something was made all the same: %+v, %v", roots, err)
	}
}

// TestBootstrapOnALoadedRegister: a super can be made of somebody who is there.
func TestBootstrapOnALoadedRegister(t *testing.T) {
	t.Parallel()
	from, d := newDesk(t, 0), newDesk(t, -1)
	p := from.person("zhouqiang")
	roots, err := from.Store.Roots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Store.LoadOrgs(t.Context(), roots, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Store.LoadPeople(t.Context(), []account.Person{p}, nil); err != nil {
		t.Fatal(err)
	}
	const line = "bootstrap -name 周强 -account zhouqiang -phone 13700000007"
	d.refused(strings.ReplaceAll(line, "周强", "周小强"), "somebody else's")
	d.refused(strings.ReplaceAll(line, "13700000007", "13700000008"), "somebody else's")
	d.refused(line+" -org-name 江苏省", "the top of the tree is 浙江省")
	d.want(line, "浙江省", "granted to 周强")
	if g := d.person("zhouqiang").Account.Grants; len(g) != 1 || g[0].Org != roots[0].Code {
		t.Errorf("grants: %+v", g)
	}
	d.want(line, "Nothing to do")
}

func TestCheck(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 8)
	state := filepath.Join(t.TempDir(), "state")
	const line = "check -slices 4 -settle 0s -state "
	d.want(line+state, "15 people", ": 0 findings.")
	if said := d.err.String(); !strings.Contains(said, "4 of 4 parts: ") {
		t.Errorf("progress: %s", said)
	}
	if _, err := os.Stat(state); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the state file stays: %v", err)
	}

	// A register that is not sound: a version without its entry, a name that leads
	// nowhere. What is printed shows neither.
	p := d.person("zhouqiang").Staff
	now := p.Clone()
	now.Account, _ = staff.ParseAccount("zhouqiang2")
	now.Version, now.Revision = p.Version+2, p.Revision+1
	e := audit.Entry{ID: "e", At: d.Now(), Actor: p.Code, Subject: audit.OfStaff(p.Code), Action: "update_staff"}
	if err := d.Store.Change(t.Context(), admin.Change{Was: p, Now: now, Audit: e, Grants: -1}); err != nil {
		t.Fatal(err)
	}
	out, err := d.run(line + state)
	if !errors.Is(err, errUnsound) || !strings.Contains(out, "version\tAUDIT#OF#"+p.Code.String()) || !strings.Contains(out, "behind\tINDEX#") {
		t.Errorf("%v\n%s", err, out)
	}
	if strings.Contains(out, "zhouqiang") || strings.Contains(out, "周强") {
		t.Errorf("it tells who it is: %s", out)
	}

	// Interrupted after a part, it goes on with the others.
	cut := d.tool
	cut.Out, cut.Err = io.Discard, interrupt(func() {
		d.faults.Set(dynamotest.Fault{Kind: dynamotest.NotSent, Op: "Scan", Attempts: dynamotest.Always})
	})
	if err := check(t.Context(), cut, strings.Fields("-slices 4 -at-once 1 -settle 0s -state "+state)); err == nil || !strings.Contains(err.Error(), "-state "+state) {
		t.Errorf("interrupted: %v", err)
	}
	d.faults.Set()
	d.err.Reset()
	d.run(line + state)
	if said := d.err.String(); strings.Contains(said, "1 of 4 parts") || !strings.Contains(said, "4 of 4 parts") {
		t.Errorf("progress of the second run: %s", said)
	}
	d.refused("check -slices 0", errUsage.Error())
	if err := os.WriteFile(state, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.refused("check -state "+state, "state of an earlier run")
}

// interrupt is a place for progress that does something at the first line.
type interrupt func()

func (i interrupt) Write(b []byte) (int, error) { i(); return len(b), nil }

func TestReindexOfTheDemoRegister(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	d.want("reindex", "Looked at 47 people. Nothing to change")
	if d.err.Len() > 0 && !regexp.MustCompile(`-from [\w-]+`).Match(d.err.Bytes()) {
		t.Errorf("progress: %s", &d.err)
	}
	d.refused("reindex -from nowhere", "not a place")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := commands["reindex"](ctx, d.tool, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// TestRecover: the only super begins anew with another phone, or without the password.
func TestRecover(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	const recover = "recover -name 陈静 -account chenjing -phone 13700000099 -reason 当面核验"
	for line, why := range map[string]string{
		"recover -name 陈静 -account chenjing -phone 13700000099":            "a reason is needed",
		"recover -name 陈静 -account chenjing -phone 123 -reason x":          "no phone number",
		"recover -name 陈晶 -account chenjing -phone 13700000099 -reason x":  "nobody on the register",
		"recover -name 陈静 -account nobody -phone 13700000099 -reason x":    "nobody on the register",
		"recover -name 林伟 -account linwei -phone 13700000099 -reason x":    "no super of the top",
		"recover -name 周强 -account zhouqiang -phone 13700000099 -reason x": "no super of the top",
		"recover -name 陈静 -account chenjing -phone 13700000002 -reason x":  "phone_taken",
	} {
		d.refused(line, why)
	}
	was := d.person("chenjing")
	session := account.Session{Staff: was.Staff.Code, ID: "one", Hash: "one", Client: account.App, DeviceName: "手机", Epoch: was.Account.Epoch, CreatedAt: d.Now(), LastUsed: d.Now(), Dies: d.Now().Add(time.Hour)}
	if err := d.Store.StartSession(d.Context(), session, nil, account.SignInState{Person: was}.TakeSlot(session, d.Settings)); err != nil {
		t.Fatal(err)
	}
	was = d.person("chenjing")
	d.want(recover, "Super: 陈静 (chenjing)", "+86 137*****099")
	lines, err := d.Store.SignIns(d.Context(), was.Staff.Code, d.Now().Add(-time.Hour), "", 9)
	if err != nil || len(lines) != 1 || lines[0].Outcome != account.WasSignedOut || lines[0].DeviceName != "手机" || lines[0].Address != "" {
		t.Errorf("the history is %+v, %v", lines, err)
	}
	if strings.Contains(d.out.String(), "13700000099") {
		t.Errorf("it printed the whole phone: %s", &d.out)
	}
	now := d.person("13700000099")
	if s := now.Staff; s.Code != was.Staff.Code || !s.CanActivate() || s.Phone.National() != "13700000099" || s.Version != was.Staff.Version+1 {
		t.Errorf("the record is %+v", s)
	}
	if a := now.Account; a.Password != "" || len(a.Hashes()) != 0 || a.Epoch != was.Account.Epoch+1 || a.DeviceEpoch != was.Account.DeviceEpoch+1 || len(a.Grants) != 1 {
		t.Errorf("the account is %+v", a)
	}
	if c, _, err := d.Store.FindName(d.Context(), staff.ParseSignInName("13700000001"), ""); err != nil || !c.IsZero() {
		t.Errorf("the old number is %s's, %v", c, err)
	}
	d.want(strings.Replace(recover, "0099", "0001", 1), "+86 137*****001") // and back, before activation
}

// TestRecoverTheOnlyOne: while another super of the top can work, the tool does nothing.
func TestRecoverTheOnlyOne(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	const recover = "recover -name 陈静 -account chenjing -phone 13700000001 -reason x"
	root := d.person("chenjing").Account.Grants[0].Org
	second := func(name string, g account.GrantType) {
		id, err := staff.NewID(d.Random)
		if err != nil {
			t.Fatal(err)
		}
		p := d.person(name)
		e := audit.Entry{ID: id, At: d.Now(), Subject: audit.OfStaff(p.Staff.Code), Action: audit.AddGrant}
		if err := d.Store.Grant(d.Context(), p.Staff.Code, account.Grant{ID: id, Type: g, Org: root}, e); err != nil {
			t.Fatal(err)
		}
	}
	second("zhaolei", account.SuperGrant) // is frozen
	second("linwei", account.UnitGrant)
	d.want(recover, "Super: 陈静")
	second("zhouqiang", account.SuperGrant)
	was := d.person("chenjing")
	d.refused(recover, d.person("zhouqiang").Staff.Code.String()+" is a super, too")
	if now := d.person("chenjing"); now.Staff.Version != was.Staff.Version || now.Account.Epoch != was.Account.Epoch {
		t.Error("something was written")
	}
	d.refused("recover -name 赵磊 -account zhaolei -phone 13700000005 -reason x", "is a super, too")
}

// told counts who other systems were told of, until it is broken.
type told struct {
	sync.Mutex
	people, orgs map[string]int
	breaks       int
}

func (o *told) Staff(_ context.Context, before, after staff.Staff) error {
	return o.note(o.people, after.Code.String(), before.Code.IsZero())
}

func (o *told) Org(_ context.Context, before, after staff.Org) error {
	return o.note(o.orgs, after.Code.String(), before.Code.IsZero())
}

func (o *told) note(of map[string]int, id string, isNew bool) error {
	o.Lock()
	defer o.Unlock()
	if o.breaks--; o.breaks == 0 || !isNew {
		return errors.New("the stream takes nothing")
	}
	of[id]++
	return nil
}

func TestPublish(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	d.refused("publish", "FEED_STREAM is missing")
	o := &told{people: map[string]int{}, orgs: map[string]int{}, breaks: 30}
	d.Others = o
	d.refused("publish", "the stream takes nothing")
	d.refused("publish -from nowhere", "not a place")
	d.want("publish", "of 47 people and")
	if len(o.people) != 47 || len(o.orgs) < 20 {
		t.Errorf("%d people and %d organisations were told of", len(o.people), len(o.orgs))
	}

	// By small pages, and from the middle on.
	clear(o.people)
	var places []string
	uc := maintain.Publish{Store: d.Store, To: o, Page: 40, Progress: func(r maintain.PublishReport) { places = append(places, r.From) }}
	all, err := uc.Run(t.Context(), "")
	if err != nil || all.People != 47 || len(o.people) != 47 {
		t.Fatalf("%+v %v", all, err)
	}
	for _, n := range o.people {
		if n != 1 {
			t.Error("somebody was told of twice")
		}
	}
	rest, err := uc.Run(t.Context(), places[len(places)/2])
	if err != nil || rest.People >= all.People || rest.People+rest.Orgs == 0 {
		t.Errorf("%+v %v", rest, err)
	}
}
