// Command apifuzz sends requests to the running system that schemathesis makes of
// openapi.yaml, valid and invalid ones, and fails if an answer is not what the
// document says:
//
//	apifuzz [run…]   all runs, or those with these names: public, administrator
//
// Each run has a system of its own, with the demo register. It is repeatable: SEED,
// 1 without the setting, decides which requests are sent. The functions' lines are in
// build/api-fuzz.
//
// It works from the top of the module, where `make build` has built the functions.
// The settings of schemathesis are in schemathesis.toml beside this file, and what it
// takes for a failure without reason is in hooks.py. docs/testing.md tells more.
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
	"chaoxi/shared/dev/venv"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // so that a second Ctrl-C ends the process at once
	err := command(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "apifuzz:", err)
		os.Exit(1)
	}
}

// run is one run of schemathesis.
type run struct {
	name   string
	signIn bool     // as the super administrator
	leaves []string // the operations that it leaves out
}

var runs = []run{
	{name: "public"},
	{name: "administrator", signIn: true, leaves: []string{ // they end the session of the run
		"sessions.end", "sessions.end-current", "me.password",
	}},
}

func command(ctx context.Context, names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(runs, func(r run) bool { return r.name == name }) {
			return fmt.Errorf("no run %q", name)
		}
	}
	if err := errors.Join(venv.Missing(ctx, "."), os.MkdirAll(logs, 0o755)); err != nil {
		return err
	}
	if err := venv.Install(ctx, ".", say); err != nil {
		return err
	}
	var failed []error
	for _, r := range runs {
		if len(names) > 0 && !slices.Contains(names, r.name) {
			continue
		}
		began := time.Now()
		if err := r.do(ctx); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", r.name, err))
		}
		say(fmt.Sprintf("%s took %.0f s", r.name, time.Since(began).Seconds()))
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failed...)
}

// logs is the folder for the lines of functions.
var logs = filepath.Join("build", "api-fuzz")

// people is how many invented people the register has: enough for more than a page.
const people = 60

// do starts a system, runs schemathesis against it, and ends both.
func (r run) do(ctx context.Context) (err error) {
	log, err := os.Create(filepath.Join(logs, r.name+".log"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	system, err := local.Start(ctx, local.Options{
		Log:  log,
		Seed: demo.Seeding(people),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, system.Close()) }()

	a := &caller{ctx: ctx, system: system}
	if err := a.signIn(); err != nil {
		return err
	}
	if err := a.writeDictionaries(); err != nil {
		return err
	}
	args := []string{
		"--config-file", filepath.Join("cmd", "apifuzz", "schemathesis.toml"),
		"run", "openapi.yaml", "--url", system.URL, "--seed", cmp.Or(os.Getenv("SEED"), "1"),
	}
	for _, id := range r.leaves {
		args = append(args, "--exclude-operation-id", id)
	}
	if r.signIn {
		args = append(args, "--header", "Authorization: Bearer "+a.token)
	}
	cmd := exec.CommandContext(ctx, venv.Tool(".", "st"), args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Run(); err != nil {
		return err
	}
	if err := a.send(http.MethodGet, "/v1/me", nil, http.StatusOK, nil); err != nil {
		return fmt.Errorf("the session has ended during the run, so that little was tried: %w", err)
	}
	return nil
}

// The super administrator of the demo register.
const (
	account = "chenjing"
	phone   = "+8613700000001"
)

var sixDigits = regexp.MustCompile(`[0-9]{6}`)

// caller is the administrator.
type caller struct {
	ctx    context.Context
	system *local.System
	token  string
}

type m = map[string]any

// signIn signs in as the app does, with the code of the second step from the inbox.
func (c *caller) signIn() error {
	var step struct{ Ticket string }
	err := c.send(http.MethodPost, "/v1/sessions", m{
		"account": account, "password": demo.Password, "client": "app",
		"device": m{"id": "api-fuzz-0123456789abcdef", "name": "apifuzz"},
	}, http.StatusUnauthorized, &step)
	if err != nil {
		return err
	}
	if err := c.send(http.MethodPost, "/v1/codes", m{"ticket": step.Ticket}, http.StatusAccepted, nil); err != nil {
		return err
	}
	texts := c.system.Inbox.Texts(phone)
	if len(texts) == 0 {
		return errors.New("sign in: no text has come")
	}
	var session struct{ Token string }
	err = c.send(http.MethodPost, "/v1/sessions/verify", m{
		"ticket": step.Ticket, "code": sixDigits.FindString(texts[0].Text),
	}, http.StatusCreated, &session)
	c.token = session.Token
	return err
}

// item has the members of things in lists that the dictionaries need.
type item struct{ EmployeeCode, OrgCode, ID string }

// writeDictionaries writes the ids of what is on the register for schemathesis, which
// would never guess one. It begins what the register has none of: a recovery request,
// and a move with its job and its audit entry.
func (c *caller) writeDictionaries() error {
	var people, orgs, tops, grants, entries struct{ Items []item }
	if err := errors.Join(
		c.send(http.MethodGet, "/v1/admin/staff?limit=40", nil, http.StatusOK, &people),
		c.send(http.MethodGet, "/v1/admin/orgs?limit=40&q="+url.QueryEscape("局"), nil, http.StatusOK, &orgs),
		c.send(http.MethodGet, "/v1/admin/orgs?limit=1&q="+url.QueryEscape("事业单位"), nil, http.StatusOK, &tops),
		c.send(http.MethodGet, "/v1/admin/grants?employeeCode="+c.code(), nil, http.StatusOK, &grants),
	); err != nil {
		return err
	}
	if len(orgs.Items) == 0 || len(tops.Items) == 0 {
		return errors.New("the register has no organisations")
	}
	var recovery struct{ Ticket string }
	var request struct{ ID, RecoveryTicket string }
	var job item
	if err := errors.Join(
		c.send(http.MethodPost, "/v1/recovery", m{"account": "zhouqiang", "name": "周强"}, http.StatusOK, &recovery),
		c.send(http.MethodPatch, "/v1/admin/orgs/"+orgs.Items[0].OrgCode, m{"version": 1, "parent": tops.Items[0].OrgCode}, http.StatusAccepted, &job),
		c.send(http.MethodGet, "/v1/admin/audit?actor="+c.code(), nil, http.StatusOK, &entries),
	); err != nil {
		return err
	}
	if err := c.send(http.MethodPost, "/v1/recovery/requests", m{"ticket": recovery.Ticket, "reason": "手机丢失"}, http.StatusCreated, &request); err != nil {
		return err
	}
	var codes, places, ids []string
	for _, p := range people.Items {
		codes = append(codes, p.EmployeeCode)
	}
	for _, o := range orgs.Items {
		places = append(places, o.OrgCode)
	}
	for _, i := range slices.Concat(grants.Items, entries.Items, []item{job, {ID: request.ID}}) {
		ids = append(ids, i.ID)
	}
	return errors.Join(dictionary("people", codes), dictionary("orgs", places), dictionary("ids", ids), dictionary("tickets", []string{request.RecoveryTicket}))
}

// code returns the employee code of the administrator.
func (c *caller) code() string {
	code, _, _ := strings.Cut(c.token, ".")
	return code
}

// dictionary writes a dictionary file of schemathesis.
func dictionary(name string, values []string) error {
	var lines strings.Builder
	for _, v := range values {
		fmt.Fprintf(&lines, "%q\n", v)
	}
	return os.WriteFile(filepath.Join(logs, name+".dict"), []byte(lines.String()), 0o644)
}

// send sends a request and decodes the answer, which must have the status. body and
// answer may be nil.
func (c *caller) send(method, path string, body m, status int, answer any) error {
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(c.ctx, method, c.system.URL+path, sent)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != status {
		return fmt.Errorf("%s %s answers %s", method, req.URL.Path, res.Status)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(answer)
}

func say(s string) { fmt.Fprintln(os.Stderr, "apifuzz:", s) }
