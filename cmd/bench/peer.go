package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

const (
	// peerLimit is what this system may take at the most, as a share of the peer. Below
	// peerJudged people a search of either says more of its requests than of itself.
	peerLimit  = 0.2
	peerJudged = 10_000

	peerImport = 1000 // people of the file that both import
	peerPeople = 20   // who sign in, in turn
	peerRuns   = 50   // of each page
	peerPage   = 20   // people
	// A Java server gets faster for a while: its warming is longer than anything of ours.
	peerWarmSignIns, peerWarmPages = 1500, 100
)

// keycloaks measures Keycloak beside this system.
func keycloaks(ctx context.Context, out io.Writer) (held bool, err error) {
	sizes, err := peopleSetting("1000,10000,30000")
	if err != nil {
		return false, err
	}
	say("importing %d people here", peerImport)
	imported, err := importOnce(ctx, peerImport, false)
	if err != nil {
		return false, fmt.Errorf("import: %w", err)
	}
	theirs, err := startKeycloak(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, theirs.close()) }()
	c := &contest{theirs: theirs, register: &register{}}
	started, err := theirs.process()
	if err != nil {
		return false, err
	}
	if c.system, err = local.Start(ctx, local.Options{
		Seed: func(ctx context.Context, db *dynamodb.Client, table string, _ func(string)) error {
			c.register.store = maintain.Over(db, table)
			var err error
			c.register.demo, err = demo.Begin(ctx, db, table, sizes[len(sizes)-1])
			return err
		},
		NoStream: true, // nothing that is measured follows from a change, and the register grows in half the time
		Progress: func(s string) { say("%s", s) },
	}); err != nil {
		return false, err
	}
	defer c.system.Close()
	c.ours = &driver{system: c.system, http: &http.Client{}}
	if err := theirs.begin(ctx, keycloakRealm); err != nil {
		return false, err
	}

	pages := newTable(fmt.Sprintf("A page of %d people, over HTTP (median of %d, in turn)", peerPage, peerRuns),
		"page", "of people", "found", "Keycloak ms", "ours ms", "ratio", "at most", "")
	for i, size := range sizes {
		if err := c.grow(ctx, size); err != nil {
			return false, err
		}
		if i == 0 {
			if held, err = c.signIns(ctx, out); err != nil {
				return false, fmt.Errorf("sign in: %w", err)
			}
		}
		fast, err := c.pages(ctx, size, pages)
		if err != nil {
			return false, err
		}
		held = held && fast
	}
	pages.print(out)

	say("importing %d people there", peerImport)
	took, err := theirs.importPeople(ctx, peerImport)
	if err != nil {
		return false, fmt.Errorf("import: %w", err)
	}
	t := newTable(fmt.Sprintf("An import of %d people", peerImport), "what", "people/s", "s")
	t.add("Keycloak, names and phones", fmt.Sprintf("%.0f", peerImport/took.Seconds()), fmt.Sprintf("%.1f", took.Seconds()))
	t.add("ours, with posts, rules, audit, index and counts", fmt.Sprintf("%.0f", peerImport/imported.took.Seconds()), fmt.Sprintf("%.1f", imported.took.Seconds()))
	t.print(out)
	return held, c.memory(out, started)
}

// contest is this system and a peer with the same people.
type contest struct {
	system   *local.System
	ours     *driver
	register *register
	session  string // of our administrator
	theirs   *keycloak
}

// grow brings both to that many people, and signs our administrator in.
func (c *contest) grow(ctx context.Context, size int) error {
	if err := c.register.grow(ctx, size); err != nil {
		return err
	}
	say("bringing them to Keycloak")
	if err := c.theirs.add(ctx, c.register.people); err != nil {
		return err
	}
	if c.session != "" {
		return nil
	}
	boss, err := c.register.person(superAccount)
	if err != nil {
		return err
	}
	var session struct{ Token string }
	err = c.ours.secondStep(ctx, boss, &session)
	c.session = session.Token
	return err
}

// signInCPU is what a sign-in of ours takes of the CPU, and one of theirs.
type signInCPU struct{ function, hash, table, standIns, theirs time.Duration }

// signIns measures sign-ins of the same people, in turn.
func (c *contest) signIns(ctx context.Context, out io.Writer) (bool, error) {
	people := c.register.where(func(p staff.Staff) bool { return p.State == staff.Active && p.Complete() })
	if len(people) < peerPeople {
		return false, fmt.Errorf("%d people are active, fewer than %d", len(people), peerPeople)
	}
	people = people[:peerPeople]
	for _, p := range people {
		if err := c.ours.secondStep(ctx, p, nil); err != nil {
			return false, err
		}
	}
	say("warming Keycloak by %d sign-ins", peerWarmSignIns)
	for n := range peerWarmSignIns {
		if err := c.theirs.signIn(ctx, people[n%len(people)]); err != nil {
			return false, err
		}
	}
	var all []signInCPU
	for range 1 + cpuRounds {
		one, err := c.signInRound(ctx, people)
		if err != nil {
			return false, err
		}
		all = append(all, one)
	}
	all = all[1:] // our processes have started in the first one
	of := func(number func(signInCPU) time.Duration) time.Duration { return middle(all, number) }
	theirs, beyond := of(func(s signInCPU) time.Duration { return s.theirs }), of(func(s signInCPU) time.Duration { return s.function - s.hash })
	ratio := float64(beyond) / float64(theirs)
	t := newTable(fmt.Sprintf("CPU of a sign-in (ms; median of %d rounds of %d, in turn)", cpuRounds, len(people)), "process", "CPU", "beyond the hash", "ratio", "at most", "")
	t.add("Keycloak, its hash next to nothing", ms(theirs), ms(theirs), "", "", "")
	t.add("our function", ms(of(func(s signInCPU) time.Duration { return s.function })), ms(beyond), fmt.Sprintf("%.2f", ratio), units(peerLimit), verdict(ratio <= peerLimit))
	t.add("beside it: DynamoDB Local", ms(of(func(s signInCPU) time.Duration { return s.table })), "", "", "", "")
	t.add("beside it: gateway and client", ms(of(func(s signInCPU) time.Duration { return s.standIns })), "", "", "", "")
	t.print(out)
	return ratio <= peerLimit, nil
}

// signInRound signs everybody in, here and there.
func (c *contest) signInRound(ctx context.Context, people []staff.Staff) (signInCPU, error) {
	var one signInCPU
	var err error
	if one.hash, err = oneHash(); err != nil {
		return one, err
	}
	before, err := children()
	if err != nil {
		return one, err
	}
	self := cpu(syscall.RUSAGE_SELF)
	for _, p := range people {
		if err := c.ours.call(ctx, http.MethodPost, "/v1/sessions", "", signIn(p), http.StatusCreated, nil); err != nil {
			return one, err
		}
	}
	self = cpu(syscall.RUSAGE_SELF) - self
	between, err := children()
	if err != nil {
		return one, err
	}
	for _, p := range people {
		if err := c.theirs.signIn(ctx, p); err != nil {
			return one, err
		}
	}
	after, err := children()
	if err != nil {
		return one, err
	}
	n := time.Duration(len(people))
	one.theirs = (after[c.theirs.pid].ticks - between[c.theirs.pid].ticks) / n
	delete(between, c.theirs.pid) // it is as much of Java as DynamoDB Local
	took := used(before, between)
	one.function, one.table, one.standIns = took["login"]/n, took["java"]/n, self/n
	return one, nil
}

// pageOfBoth is a page that both are asked for: by the queries of each, in turn.
type pageOfBoth struct {
	name         string
	judged       bool
	ours, theirs []url.Values
}

// pages adds rows of the register as it is.
func (c *contest) pages(ctx context.Context, size int, t *table) (bool, error) {
	at, cursor, err := c.end(ctx)
	if err != nil {
		return false, err
	}
	from := func(n int) []url.Values { return []url.Values{{"first": {strconv.Itoa(n)}}} }
	all := []pageOfBoth{
		{name: "the list, at its start", ours: []url.Values{{}}, theirs: from(0)},
		{name: fmt.Sprintf("the list, from %d on", at), ours: []url.Values{{"cursor": {cursor}}}, theirs: from(at)},
	}
	for _, s := range []struct {
		name  string
		texts []string
	}{{"inside of names: a common character", commonTexts(c.register.people)}, {"inside of names: what one person has", rareTexts(c.register.people)}} {
		one := pageOfBoth{name: s.name, judged: size >= peerJudged}
		for _, text := range s.texts {
			one.ours, one.theirs = append(one.ours, url.Values{"q": {text}}), append(one.theirs, url.Values{"search": {"*" + text + "*"}})
		}
		all = append(all, one)
	}
	held := true
	for _, a := range all {
		if len(a.ours) == 0 {
			say("nobody to search for: %s", a.name)
			continue
		}
		found, ours, theirs, err := c.ask(ctx, a)
		if err != nil {
			return false, fmt.Errorf("%s: %w", a.name, err)
		}
		ratio := float64(ours) / float64(theirs)
		most, word := "", ""
		if a.judged {
			held = held && ratio <= peerLimit
			most, word = units(peerLimit), verdict(ratio <= peerLimit)
		}
		t.add(a.name, strconv.Itoa(len(c.register.people)), fmt.Sprintf("%.1f", found), ms(theirs), ms(ours), fmt.Sprintf("%.2f", ratio), most, word)
	}
	return held, nil
}

// ask asks both in turn. They must find the same number of people.
func (c *contest) ask(ctx context.Context, a pageOfBoth) (found float64, ours, theirs time.Duration, err error) {
	var here, there []time.Duration
	for n := range peerWarmPages + peerRuns {
		which := n % len(a.ours)
		people, took, err := c.page(ctx, a.ours[which])
		if err != nil {
			return 0, 0, 0, err
		}
		query := a.theirs[which]
		query.Set("max", strconv.Itoa(peerPage))
		others, tookThem, err := c.theirs.page(ctx, query)
		if err != nil {
			return 0, 0, 0, err
		}
		if people != others || people == 0 {
			return 0, 0, 0, fmt.Errorf("%v finds %d people, and %v of Keycloak %d", a.ours[which], people, query, others)
		}
		if n >= peerWarmPages {
			here, there, found = append(here, took), append(there, tookThem), found+float64(people)
		}
	}
	return found / peerRuns, median(here), median(there), nil
}

// page asks the whole system for people.
func (c *contest) page(ctx context.Context, query url.Values) (int, time.Duration, error) {
	query.Set("limit", strconv.Itoa(peerPage))
	var found struct{ Items []json.RawMessage }
	took, err := timed(ctx, c.ours.http, c.system.URL+"/v1/admin/staff?"+query.Encode(), c.session, &found)
	return len(found.Items), took, err
}

// end is a place of the list before its end, and our cursor there.
func (c *contest) end(ctx context.Context) (at int, cursor string, err error) {
	const step = 100
	for at+2*step <= len(c.register.people) {
		query := url.Values{"limit": {strconv.Itoa(step)}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		var found struct {
			Items []json.RawMessage
			Next  string
		}
		if _, err := timed(ctx, c.ours.http, c.system.URL+"/v1/admin/staff?"+query.Encode(), c.session, &found); err != nil {
			return 0, "", err
		}
		if found.Next == "" {
			return 0, "", fmt.Errorf("the list ends after %d people of %d", at+len(found.Items), len(c.register.people))
		}
		at, cursor = at+len(found.Items), found.Next
	}
	return at, cursor, nil
}

// timed reads an answer, and says how long it took to come.
func timed(ctx context.Context, client *http.Client, address, token string, out any) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	began := time.Now()
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	took := time.Since(began)
	if err != nil || res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s is answered %d %s (%w)", req.URL.Path, res.StatusCode, raw, err)
	}
	return took, json.Unmarshal(raw, out)
}

// commonTexts are the characters of given names that most people have.
func commonTexts(people []staff.Staff) []string {
	texts := common(people, 2, func(p staff.Staff) []string { return characters(p)[1:] })
	return texts[:min(len(texts), searchTexts)]
}

// rareTexts are given names of two characters that stand in the name of one person.
func rareTexts(people []staff.Staff) []string {
	count := map[string]int{}
	given := map[string]bool{}
	for _, p := range people {
		letters := characters(p)
		if len(letters) == 3 {
			given[letters[1]+letters[2]] = true
		}
		for i := range len(letters) - 1 {
			count[letters[i]+letters[i+1]]++
		}
	}
	texts := slices.DeleteFunc(slices.Sorted(maps.Keys(given)), func(text string) bool { return count[text] != 1 })
	return texts[:min(len(texts), searchTexts)]
}

// memory prints what all hold when nobody asks anything. Of ours those functions have a
// process that were asked before.
func (c *contest) memory(out io.Writer, started child) error {
	all, err := children()
	if err != nil {
		return err
	}
	t := newTable("Resident memory at rest", "process", "MB")
	t.add("Keycloak, just started", mb(started.now))
	t.add(fmt.Sprintf("Keycloak, with %d people", len(c.register.people)+peerImport), mb(all[c.theirs.pid].now))
	delete(all, c.theirs.pid)
	most, together, processes := map[string]int{}, 0, 0
	for _, one := range all {
		most[one.program] = max(most[one.program], one.now)
		if one.program != "java" {
			together, processes = together+one.now, processes+1
		}
	}
	for _, function := range []string{"admin-search", "login"} {
		t.add("our function "+function, mb(most[function]))
	}
	t.add(fmt.Sprintf("all %d processes of our functions that were asked", processes), mb(together))
	t.add("beside them: DynamoDB Local", mb(most["java"]))
	t.print(out)
	return nil
}
