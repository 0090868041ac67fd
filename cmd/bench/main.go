// Command bench measures what the product costs, and prints it as tables:
//
//	init    a function's start, beside the least that a function can be
//	flows   DynamoDB trips, calls and capacity of each step
//	cpu     what a sign-in computes beyond the password's hash
//	size    what administrators do, in a register that grows
//	pinyin  how many people the pinyin of their name does not find
//	memory  what functions keep in memory, and what share of a CPU they get for it
//	passwords  what the rules of passwords let through, and what they refuse
//	import  how long spreadsheets are read and written
//	register-load  how fast and in how much memory the operator loads a file of people
//	timing  whether the time of an answer tells strangers what its text does not
//	load    the whole system on this machine under more and more clients
//	page    how long people wait for the first page that they see
//
// `make bench` runs all of it, `make bench BENCH=init` one part; BENCH_PEOPLE
// says how large the registers are, BENCH_SECONDS how long each row of load takes,
// BENCH_SAMPLES how often each question of timing is asked, and BENCH_DOC names the
// folder whose pages get the tables just measured. With AGAINST=<git revision> it
// measures this work tree and that revision in turn, and compares them (against.go), and
// with PEER=keycloak it measures Keycloak beside this system (peer.go). A
// machine at work measures ratios better than milliseconds: what must hold is a ratio or
// a count, and the command fails when it does not. docs/bench says how each table is to
// be read.
//
// It is a tool and sees everything: the use cases, the store, and the machine
// that shared/dev/local is.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// part is one of the measurements. It reports whether all that must hold did.
type part struct {
	name     string
	settings []string // variables that it reads
	peer     bool     // PEER names it, not BENCH: it measures another system beside this one
	run      func(context.Context, io.Writer) (held bool, err error)
}

var parts = []part{
	{name: "init", run: starts},
	{name: "flows", settings: []string{"BENCH_RRU_USD", "BENCH_WRU_USD"}, run: flows},
	{name: "cpu", run: cpus},
	{name: "size", settings: []string{"BENCH_PEOPLE"}, run: sizes},
	{name: "pinyin", run: names},
	{name: "memory", run: memories},
	{name: "passwords", run: passwordRules},
	{name: "import", run: imports},
	{name: "register-load", settings: []string{"BENCH_PEOPLE"}, run: registerLoads},
	{name: "timing", settings: []string{"BENCH_SAMPLES"}, run: timings},
	{name: "load", settings: []string{"BENCH_SECONDS"}, run: loads},
	{name: "page", run: pages},
}

// peers are not run unless somebody names one: what is fetched for them is large, and
// their figures say nothing of a change of the product.
var peers = []part{
	{name: "keycloak", settings: []string{"BENCH_PEOPLE"}, peer: true, run: keycloaks},
}

func main() {
	// SIGPIPE comes when the tables' reader has ended, as in `make bench | head`.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	var held bool
	var err error
	if revision := os.Getenv("AGAINST"); revision != "" {
		held, err = against(ctx, revision, os.Getenv("BENCH"), os.Stdout)
	} else if peer := os.Getenv("PEER"); peer != "" {
		held, err = bench(ctx, peers, peer)
	} else {
		held, err = bench(ctx, parts, os.Getenv("BENCH"))
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	if err != nil || !held {
		os.Exit(1)
	}
}

// bench runs the part of that name, or all of them.
func bench(ctx context.Context, parts []part, only string) (bool, error) {
	all, ran := true, false
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
		if only != "" && only != p.name {
			continue
		}
		ran = true
		began := time.Now()
		var tables bytes.Buffer
		held, err := p.run(ctx, io.MultiWriter(os.Stdout, &tables))
		if err != nil {
			return false, fmt.Errorf("%s: %w", p.name, err)
		}
		all = all && held
		if folder := os.Getenv("BENCH_DOC"); folder != "" {
			if err := p.record(folder, tables.String()); err != nil {
				return false, err
			}
		}
		fmt.Fprintf(os.Stderr, "%s took %.0f s\n", p.name, time.Since(began).Seconds())
	}
	if !ran {
		return false, fmt.Errorf("%s is one of %s, not %s", parts[0].variable(), strings.Join(names, ", "), only)
	}
	return all, nil
}

// variable is the one that names the part.
func (p part) variable() string {
	if p.peer {
		return "PEER"
	}
	return "BENCH"
}

// record puts the tables of the part on its page.
func (p part) record(folder, tables string) error {
	name := filepath.Join(folder, p.name+".md")
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	page, ok := p.page(string(text), tables, os.Getenv)
	if !ok {
		return fmt.Errorf("%s has no line %s", name, strings.TrimSpace(pageMark))
	}
	return os.WriteFile(name, []byte(page), 0o644)
}

// pageMark ends what people write on a page: how its tables are to be read.
const pageMark = "<!-- What follows is written by the bench. -->\n"

// page is the page with other tables, and the command that makes them.
func (p part) page(text, tables string, getenv func(string) string) (string, bool) {
	before, _, ok := strings.Cut(text, pageMark)
	command := "make bench " + p.variable() + "=" + p.name
	for _, name := range p.settings {
		if value := getenv(name); value != "" {
			command += " " + name + "=" + value
		}
	}
	return fmt.Sprintf("%s%s\nWritten by `%s BENCH_DOC=docs/bench`:\n\n%s\n", before, pageMark, command, strings.TrimSpace(tables)), ok
}
