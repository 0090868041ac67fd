package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"chaoxi/shared/dev/local"
	"chaoxi/shared/dev/runtimeapi"
	"chaoxi/shared/dev/sam"
	"chaoxi/shared/dev/samtest"
	"chaoxi/shared/httpapi"
)

const (
	memoryPeople = 20
	memoryRounds = 20 // of each sample event
	memoryShare  = 0.5

	// Lambda gives CPU in step with memory: one whole at 1,769 MB (AWS Lambda
	// Developer Guide, "Configure Lambda function memory").
	wholeCPU = 1769
)

// memories measures what each function holds in memory when it has started and
// at most, after it has served each of its sample events a few times, and what CPU
// time the dearest of them takes, the first time and later. Of what the template
// gives it, half may be used: the rest is for what a sample does not show, and the
// runtime beside it. The last column is what the first time becomes at the share
// of a CPU that comes with the memory.
func memories(ctx context.Context, out io.Writer) (bool, error) {
	template, err := sam.Load("template.yaml", sam.Options{})
	if err != nil {
		return false, err
	}
	db, err := local.StartDynamoDB(ctx, func(s string) { say("%s", s) })
	if err != nil {
		return false, err
	}
	defer db.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return false, err
	}
	phone := &http.Server{Handler: local.NewInbox(time.Now).SNS()}
	go phone.Serve(listener)
	defer phone.Close()

	t := newTable(fmt.Sprintf("Memory and CPU of each function (its sample events, %d times each)", memoryRounds),
		"function", "runs on", "MB given", "MB started", "MB at most", fmt.Sprintf("≤ %.0f %%", memoryShare*100), "first CPU ms", "later CPU ms", "first at its share")
	held := true
	for _, f := range template.Functions {
		files, err := filepath.Glob("events/" + f.Name + ".*")
		if err != nil || len(files) == 0 {
			return false, fmt.Errorf("%s: it has no event (%w)", f.Name, err)
		}
		var m remembered
		for _, file := range files {
			one, err := remember(ctx, db, f, file, "http://"+listener.Addr().String())
			if err != nil {
				return false, fmt.Errorf("%s: %w", file, err)
			}
			m.started, m.peak = max(m.started, one.started), max(m.peak, one.peak)
			m.first, m.later = max(m.first, one.first), max(m.later, one.later)
		}
		ok := float64(m.peak) <= memoryShare*float64(f.MemoryMB<<20)
		held = held && ok
		later := "–"
		if m.later > 0 {
			later = ms(m.later)
		}
		share := min(1, float64(f.MemoryMB)/wholeCPU) // nothing of ours uses a second one
		t.add(f.Name, f.Architecture, strconv.Itoa(f.MemoryMB), mb(m.started), mb(m.peak), verdict(ok), ms(m.first), later, ms(time.Duration(float64(m.first)/share)))
	}
	t.print(out)
	return held, nil
}

type remembered struct {
	started, peak int           // bytes
	first, later  time.Duration // CPU time of the first request and of those after it that succeeded, their median; zero if none did
}

// remember has a process of a function serve a sample event, on a register of its
// own: what others use up is there. What can be done once is refused after that.
func remember(ctx context.Context, db *local.DynamoDB, f sam.Function, file, phone string) (remembered, error) {
	r, err := newRegister(ctx, db, memoryPeople, memoryPeople)
	if err != nil {
		return remembered{}, err
	}
	defer r.remove()
	config := runtimeapi.Config{Name: f.Name, Path: "build/" + f.Name + "/bootstrap", Env: environment(f), Region: local.Region, MemoryMB: f.MemoryMB, Timeout: f.Timeout, Limit: 1}
	config.Env["TABLE_NAME"], config.Env["AWS_ENDPOINT_URL_DYNAMODB"], config.Env["AWS_ENDPOINT_URL_SNS"] = r.table, db.Endpoint, phone
	config.Env["MAC_KEYS"] = base64.StdEncoding.EncodeToString(keys.Current)
	raw, err := os.ReadFile(file)
	if err != nil {
		return remembered{}, err
	}
	world := samtest.World{DB: db.Client(), MACKeys: config.Env["MAC_KEYS"]}
	if raw, err = world.Prepare(ctx, r.table, filepath.Base(file), raw); err != nil {
		return remembered{}, err
	}
	pool := runtimeapi.New(config)
	defer pool.Close()
	if _, err := pool.Start(ctx); err != nil {
		return remembered{}, err
	}
	before, err := only(f.Name)
	if err != nil {
		return remembered{}, err
	}
	seen := remembered{started: before.now}
	var later []time.Duration
	for n := range memoryRounds {
		answer, err := pool.Invoke(ctx, raw)
		if err != nil {
			return remembered{}, err
		}
		var reply httpapi.Reply // of a batch: none of it
		if err := json.Unmarshal(answer, &reply); err != nil {
			return remembered{}, err
		}
		if n == 0 && reply.StatusCode >= 300 && f.Name != "web" { // whose pages are built apart
			say("%s is answered %d %s: it asks for less than it could (make sam judges that)", file, reply.StatusCode, reply.Body)
		}
		after, err := only(f.Name)
		if err != nil {
			return remembered{}, err
		}
		if n == 0 {
			seen.first = after.cpu - before.cpu
		} else if reply.StatusCode < 300 {
			later = append(later, after.cpu-before.cpu)
		}
		before, seen.peak = after, after.peak
	}
	if len(later) > 0 {
		seen.later = median(later)
	}
	return seen, nil
}

// only is the one process of a function.
func only(function string) (child, error) {
	all, err := children()
	if err != nil {
		return child{}, err
	}
	var found []child
	for _, c := range all {
		if c.program == function {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		return child{}, fmt.Errorf("%d processes of %s, where there is /proc", len(found), function)
	}
	return found[0], nil
}

func mb(bytes int) string { return fmt.Sprintf("%.1f", float64(bytes)/(1<<20)) }
