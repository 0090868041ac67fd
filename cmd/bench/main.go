// Command bench measures what the product costs, and prints it as tables:
//
//	init    a function's start, beside the least that a function can be
//	flows   DynamoDB trips, calls and capacity of each step
//	cpu     what a sign-in computes beyond the password's hash
//	size    what administrators do, in a register that grows
//	memory  what functions keep in memory, and what share of a CPU they get for it
//	load    the whole system on this machine under more and more clients
//
// `make bench` runs all of it, `make bench BENCH=init` one part; BENCH_PEOPLE
// says how large the registers are, BENCH_SECONDS how long each row of load takes,
// and BENCH_DOC names a page whose tables are
// replaced by those just measured. A machine at work measures ratios better than
// milliseconds: what must hold is a ratio or a count, and the command fails when
// it does not. docs/performance.md says what each table means.
//
// It is a tool and sees everything: the use cases, the store, and the machine
// that shared/dev/local is.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"
)

// part is one of the tables. It reports whether all that must hold did.
type part struct {
	name string
	run  func(context.Context, io.Writer) (held bool, err error)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	held, err := bench(ctx, os.Getenv("BENCH"))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	if err != nil || !held {
		os.Exit(1)
	}
}

// bench runs the part of that name, or all of them.
func bench(ctx context.Context, only string) (bool, error) {
	parts := []part{{"init", starts}, {"flows", flows}, {"cpu", cpus}, {"size", sizes}, {"memory", memories}, {"load", loads}}
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
		if page := os.Getenv("BENCH_DOC"); page != "" {
			if err := record(page, p.name, tables.String()); err != nil {
				return false, err
			}
		}
		fmt.Fprintf(os.Stderr, "%s took %.0f s\n", p.name, time.Since(began).Seconds())
	}
	if !ran {
		return false, errors.New("BENCH is one of " + strings.Join(names, ", ") + ", not " + only)
	}
	return all, nil
}

// record puts the tables of a part between its marks on a page.
func record(page, part, tables string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	begin, end := "<!-- bench "+part+" -->\n", "<!-- end of bench "+part+" -->"
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		return fmt.Errorf("%s has no place for the tables of %s", page, part)
	}
	return os.WriteFile(page, []byte(before+begin+tables+end+after), 0o644)
}
