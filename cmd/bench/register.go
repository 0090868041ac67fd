package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
	"chaoxi/shared/dev/sam"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

// register is a table with the demo register in it, and what use cases need to
// work on it. Its clock is ahead of the real one once somebody moved it.
type register struct {
	table   string
	demo    *demo.Register
	size    int // invented people
	counter *dynamotest.Counter
	store   *maintain.Store
	texts   *texts
	root    staff.OrgCode
	people  []staff.Staff // in service, in the order of the list
	orgs    staff.Orgs    // of their posts
	ahead   time.Duration
	remove  func() error
}

var (
	keys     = account.Keys{Current: []byte("a key of thirty-two bytes, or so")}
	settings = func() account.Settings {
		s := account.Defaults()
		s.AddressHourly, s.AddressFailures = 1<<30, 1<<30 // all of the bench comes from one address
		return s
	}()
	call = audit.Call{Address: "192.0.2.1", ID: "bench"}
)

// Who of the contract's demo register is needed.
const (
	superAccount = "chenjing"
	editAccount  = "zhangmin" // two posts
)

// newRegister fills a fresh table with that many invented people. Its tree is
// that of a register of most people.
func newRegister(ctx context.Context, db *local.DynamoDB, size, most int) (*register, error) {
	template, err := sam.Load("template.yaml", sam.Options{})
	if err != nil {
		return nil, err
	}
	table, ok := template.Table("Table")
	if !ok {
		return nil, errors.New("template.yaml has no table called Table")
	}
	var random [4]byte
	rand.Read(random[:])
	r := &register{table: "bench-" + hex.EncodeToString(random[:]), counter: &dynamotest.Counter{}, texts: &texts{}}
	plain := db.Client()
	if err := table.WithoutStream().Create(ctx, plain, r.table); err != nil {
		return nil, err
	}
	r.remove = func() error {
		_, err := plain.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &r.table})
		return err
	}
	r.store = maintain.Over(db.Client(r.counter.Option), r.table)
	if r.demo, err = demo.Begin(ctx, plain, r.table, most); err != nil {
		return nil, fmt.Errorf("begin a register: %w", err)
	}
	return r, r.grow(ctx, size)
}

// grow adds invented people until there are that many, and reads the register.
func (r *register) grow(ctx context.Context, size int) error {
	say("filling a register of %d people", size)
	began := time.Now()
	if err := r.demo.Grow(ctx, size, func(string) {}); err != nil {
		return fmt.Errorf("fill a register: %w", err)
	}
	say("it took %.0f s", time.Since(began).Seconds())
	r.size = size
	return r.look(ctx)
}

// look reads who is in the register.
func (r *register) look(ctx context.Context) error {
	roots, err := r.store.Roots(ctx)
	if err != nil {
		return err
	}
	if len(roots) != 1 {
		return fmt.Errorf("the demo register has %d roots", len(roots))
	}
	r.root, r.orgs, r.people = roots[0].Code, staff.Orgs{}, nil
	by, err := r.administrator(r.root).Permit(account.StaffRead)
	if err != nil {
		return err
	}
	search := admin.Search{Store: r.store, Keys: keys, Now: r.now, Kept: staff.NewOrgCache()}
	for cursor := ""; ; {
		page, err := search.Run(ctx, by, admin.SearchInput{}, 100, cursor)
		if err != nil {
			return fmt.Errorf("list the register: %w", err)
		}
		r.people = append(r.people, page.People...)
		for c, o := range page.Orgs {
			r.orgs[c] = o
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// person is somebody of the demo register by account.
func (r *register) person(account string) (staff.Staff, error) {
	i := slices.IndexFunc(r.people, func(p staff.Staff) bool { return p.Account.String() == account })
	if i < 0 {
		return staff.Staff{}, fmt.Errorf("the demo register has no %s", account)
	}
	return r.people[i], nil
}

// where are people of whom ok holds, the invented ones alone.
func (r *register) where(ok func(staff.Staff) bool) []staff.Staff {
	return slices.DeleteFunc(slices.Clone(r.people), func(p staff.Staff) bool { return named[p.Account.String()] || !ok(p) })
}

var named = map[string]bool{"chenjing": true, "linwei": true, "wangfang": true, "zhangmin": true, "zhaolei": true, "sunli": true, "zhouqiang": true}

// administrator is a caller with a grant on one organisation.
func (r *register) administrator(org staff.OrgCode) account.Caller {
	g := account.Grant{ID: "bench", Type: account.UnitGrant, Org: org}
	if org == r.root {
		g.Type = account.SuperGrant
	}
	return account.Caller{Grants: []account.Grant{g}}
}

func (r *register) now() time.Time { return time.Now().Add(r.ahead) }

// cost is what one run of a step took.
type cost struct {
	trips, calls, people, orgs int
	read, write                float64
	took                       time.Duration
}

// measure runs a step and counts its calls.
func (r *register) measure(step func() error) (cost, error) {
	r.counter.Reset()
	began := time.Now()
	err := step()
	took := time.Since(began)
	c := r.counter.Cost()
	return cost{trips: c.Trips, calls: c.Total(), read: c.Read, write: c.Write, took: took}, err
}

// texts keeps the last text instead of sending it.
type texts struct {
	mu   sync.Mutex
	last string
}

// Send implements account.Sender.
func (t *texts) Send(_ context.Context, _ staff.Phone, text string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = text
	return nil
}

var sixDigits = regexp.MustCompile(`[0-9]{6}`)

// code is the code in the last text.
func (t *texts) code() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return sixDigits.FindString(t.last)
}
