package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"chaoxi/shared/account"
	"chaoxi/shared/argon2id"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
	"chaoxi/shared/dev/runtimeapi"
	"chaoxi/shared/dev/sam"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/staff"
)

const (
	cpuRounds = 7
	cpuBatch  = 20
)

// cpus measures what a sign-in computes beside the hash that it is there for:
// the use case in this process, and the function itself, whose processes are
// charged for a known number of requests.
func cpus(ctx context.Context, out io.Writer) (bool, error) {
	db, err := local.StartDynamoDB(ctx, func(s string) { say("%s", s) })
	if err != nil {
		return false, err
	}
	defer db.Close()
	r, err := newRegister(ctx, db, flowPeople, flowPeople)
	if err != nil {
		return false, err
	}
	defer r.remove()
	w := &walk{ctx: ctx, register: r, kept: staff.NewOrgCache()}
	people := r.where(func(p staff.Staff) bool { return p.CanActivate() && p.Complete() })
	if len(people) == 0 {
		return false, errors.New("nobody is pending")
	}
	if err := w.activate(people[0]); err != nil {
		return false, err
	}
	r.ahead = 0
	in := account.LoginInput{
		Account: people[0].Account.String(), Password: demo.Password, Device: "the-device-of-" + people[0].Account.String() + "-at-home", DeviceName: "bench", Client: account.App,
	}

	hasher := argon2id.Hasher{}
	encoded, err := hasher.Hash(demo.Password)
	if err != nil {
		return false, err
	}
	uc := account.Login{Store: r.store, Kept: staff.NewOrgCache(), Hasher: hasher, Keys: keys, Settings: settings, Now: time.Now, Random: rand.Reader}
	verifies := func() error { _, err := hasher.Verify(encoded, demo.Password); return err }
	logins := func() error { _, err := uc.Run(ctx, call, in); return err }
	template, err := sam.Load("template.yaml", sam.Options{})
	if err != nil {
		return false, err
	}
	function := func(name, route string, body any) measured {
		return measured{name: "function " + name, cpu: func() (time.Duration, error) { return perRequest(ctx, template, db, r.table, name, route, body) }}
	}
	body := func(in account.LoginInput) map[string]any {
		return map[string]any{"account": in.Account, "password": in.Password, "client": in.Client, "device": map[string]string{"id": in.Device, "name": in.DeviceName}}
	}
	all := []measured{
		{name: "one argon2id verification", cpu: func() (time.Duration, error) { return batch(verifies) }},
		{name: "use case login, known device", cpu: func() (time.Duration, error) { return batch(logins) }},
		function("login", "POST /v1/sessions", body(in)),
		function("health", "GET /v1/health", nil),
	}
	for range cpuRounds {
		for i := range all {
			took, err := all[i].cpu()
			if err != nil {
				return false, fmt.Errorf("%s: %w", all[i].name, err)
			}
			all[i].took = append(all[i].took, took)
		}
	}
	hash := median(all[0].took)
	t := newTable(fmt.Sprintf("CPU time of one request (median of %d batches of %d, in turn)", cpuRounds, cpuBatch), "what", "ms", "in hashes", "ms beyond the hash")
	for i, m := range all {
		beyond := ""
		if i == 1 || i == 2 {
			beyond = ms(median(m.took) - hash)
		}
		t.add(m.name, ms(median(m.took)), fmt.Sprintf("%.2f", float64(median(m.took))/float64(hash)), beyond)
	}
	t.print(out)
	return true, nil
}

// measured is one row: something whose CPU time is taken once a round.
type measured struct {
	name string
	cpu  func() (time.Duration, error)
	took []time.Duration
}

// batch is the CPU time that one of several runs of f takes in this process,
// collecting the garbage of all of them included.
func batch(f func() error) (time.Duration, error) {
	before := cpu(syscall.RUSAGE_SELF)
	for range cpuBatch {
		if err := f(); err != nil {
			return 0, err
		}
	}
	return (cpu(syscall.RUSAGE_SELF) - before) / cpuBatch, nil
}

// perRequest is the CPU time of one more request in a process of the function:
// one process serves a few, another one many, and both are charged when they
// have ended.
func perRequest(ctx context.Context, t *sam.Template, db *local.DynamoDB, table, name, route string, body any) (time.Duration, error) {
	f, _ := t.Function(name)
	config := runtimeapi.Config{Name: name, Path: "build/" + name + "/bootstrap", Env: environment(f), Region: local.Region, MemoryMB: f.MemoryMB, Timeout: f.Timeout}
	config.Env["TABLE_NAME"], config.Env["AWS_ENDPOINT_URL_DYNAMODB"] = table, db.Endpoint
	config.Env["MAC_KEYS"] = base64.StdEncoding.EncodeToString(keys.Current)
	event, err := event(route, body)
	if err != nil {
		return 0, err
	}
	few, err := served(ctx, config, event, 2)
	if err != nil {
		return 0, err
	}
	many, err := served(ctx, config, event, 2+cpuBatch)
	return (many - few) / cpuBatch, err
}

// served is the CPU time of a process that serves the event n times.
func served(ctx context.Context, c runtimeapi.Config, event []byte, n int) (time.Duration, error) {
	before := cpu(syscall.RUSAGE_CHILDREN)
	pool := runtimeapi.New(c)
	defer pool.Close()
	for range n {
		answer, err := pool.Invoke(ctx, event)
		if err != nil {
			return 0, err
		}
		var reply httpapi.Reply
		if err := json.Unmarshal(answer, &reply); err != nil {
			return 0, err
		}
		if reply.StatusCode >= 300 {
			return 0, fmt.Errorf("answered %d: %s", reply.StatusCode, reply.Body)
		}
	}
	if err := pool.Close(); err != nil {
		return 0, err
	}
	return cpu(syscall.RUSAGE_CHILDREN) - before, nil
}

// event is what the gateway sends a function for a request of the app.
func event(route string, body any) ([]byte, error) {
	e := httpapi.Event{
		Version: "2.0", RouteKey: route, Headers: map[string]string{"host": "localhost", "content-type": "application/json"},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RequestID: "bench", RouteKey: route, HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{SourceIP: call.Address},
		},
	}
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		e.Body = string(b)
	}
	return json.Marshal(e)
}

// cpu is the CPU time so far, of this process or of all that it has waited for.
func cpu(who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		panic("bench: " + err.Error()) // only for a who that does not exist
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
