package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	againstRounds = 3
	againstPeople = "1000" // in the register of size; how costs grow is not compared
)

// againstParts are those whose rows each have a name of their own.
var againstParts = []string{"init", "flows", "cpu", "size"}

// against measures this work tree and another revision in turn, and prints their
// figures side by side. The other revision is built in a work tree of its own and
// measures itself with its own `make bench`, because a bench has the product
// compiled in and lays the register that goes with it. Its tables are read as it
// prints them, so it need not know that it is compared.
//
// It reports whether all that must hold did in this work tree.
func against(ctx context.Context, revision, only string, out io.Writer) (held bool, err error) {
	names := againstParts
	if only != "" {
		if !slices.Contains(names, only) {
			return false, fmt.Errorf("BENCH is one of %s with AGAINST, not %s", strings.Join(names, ", "), only)
		}
		names = []string{only}
	}
	if os.Getenv("BENCH_DOC") != "" {
		return false, errors.New("BENCH_DOC keeps the figures of one revision: it cannot be used with AGAINST")
	}
	count, err := roundsSetting()
	if err != nil {
		return false, err
	}
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	held = true
	err = withWorkTree(ctx, ".", revision, func(dir string) error {
		here, there := describe(ctx, "."), describe(ctx, dir)
		say("building %s", there)
		if _, err := output(ctx, dir, os.Environ(), "make", "-s", "build"); err != nil {
			return fmt.Errorf("build %s: %w", there, err)
		}
		theirs := []string{"make", "-s", "bench"}
		if _, err := measuredBy(ctx, dir, "init", theirs...); err != nil { // not counted: it builds the bench and the floor
			return fmt.Errorf("build the bench of %s: %w", there, err)
		}
		if err := errors.Join(copyAnew("."), copyAnew(dir)); err != nil {
			return err
		}
		fmt.Fprintf(out, "\nThis is %s, that is %s.\n", here, there)
		for _, part := range names {
			var this, that side
			for round := range count {
				say("%s of this, round %d of %d", part, round+1, count)
				tables, err := measuredBy(ctx, ".", part, self)
				if err != nil {
					return fmt.Errorf("%s of this: %w", part, err)
				}
				for _, f := range failures(tables) {
					held = false
					say("does not hold: %s", f)
				}
				this = append(this, tables)
				say("%s of that, round %d of %d", part, round+1, count)
				if tables, err = measuredBy(ctx, dir, part, theirs...); err != nil {
					return fmt.Errorf("%s of that: %w", part, err)
				}
				that = append(that, tables)
			}
			for _, t := range compare(this, that) {
				t.print(out)
			}
			if part == "flows" {
				t, notes, cheap := dearer(this, that)
				t.print(out)
				for _, note := range notes {
					fmt.Fprintf(out, "- %s\n", note)
				}
				held = held && cheap
			}
		}
		return nil
	})
	return held, err
}

// roundsSetting is BENCH_ROUNDS.
func roundsSetting() (int, error) {
	text := cmp.Or(os.Getenv("BENCH_ROUNDS"), strconv.Itoa(againstRounds))
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("BENCH_ROUNDS is a number above 0, not %q", text)
	}
	return n, nil
}

// measuredBy runs the bench of one work tree for one part and reads its tables. A
// bench whose limits did not hold ends with an error, too, but it has printed all.
func measuredBy(ctx context.Context, dir, part string, command ...string) ([]*table, error) {
	text, failed := output(ctx, dir, benchEnvironment(os.Environ(), part), command...)
	tables, err := parseTables(text)
	if err != nil {
		return nil, err
	}
	if failed != nil && len(failures(tables)) == 0 {
		return nil, failed
	}
	if len(tables) == 0 {
		return nil, errors.New("it printed no table")
	}
	return tables, nil
}

// benchEnvironment is what a bench of one part is started with. The settings of the
// comparison are left out, and those of the make that runs it: they hold
// AGAINST=… once more.
func benchEnvironment(environ []string, part string) []string {
	ours := []string{"AGAINST", "PEER", "BENCH", "BENCH_ROUNDS", "MAKEFLAGS", "MFLAGS", "MAKELEVEL"}
	env := []string{"BENCH_PEOPLE=" + againstPeople} // the last of several values holds
	for _, e := range environ {
		if name, _, _ := strings.Cut(e, "="); !slices.Contains(ours, name) {
			env = append(env, e)
		}
	}
	return append(env, "BENCH="+part)
}

// withWorkTree checks a revision out into a folder of its own, calls do, and
// removes the folder. An interrupt cancels ctx: do has to return then.
func withWorkTree(ctx context.Context, repository, revision string, do func(dir string) error) (err error) {
	git := func(args ...string) (string, error) { // it takes a second, and half a work tree cannot be removed
		return output(context.WithoutCancel(ctx), repository, os.Environ(), append([]string{"git"}, args...)...)
	}
	commit, err := git("rev-parse", "--verify", "--quiet", revision+"^{commit}")
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return fmt.Errorf("AGAINST=%s names no commit of this repository", revision)
	}
	if err != nil {
		return err
	}
	parent, err := os.MkdirTemp("", "bench-against-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(parent)) }()
	dir := filepath.Join(parent, "tree")
	if _, err := git("worktree", "add", "--quiet", "--detach", dir, strings.TrimSpace(commit)); err != nil {
		return err
	}
	defer func() {
		_, gone := git("worktree", "remove", "--force", dir)
		err = errors.Join(err, gone)
	}()
	return do(dir)
}

// copyAnew puts a copy in the place of each binary of a work tree. How a file was
// written, by the linker or as a copy, now or long ago, decides how it lies in the
// page cache: the same binary starts some 5 % faster in one work tree than in
// another one. Copies of the same moment start alike.
func copyAnew(dir string) error {
	functions, err := filepath.Glob(filepath.Join(dir, "build/*/bootstrap"))
	if err != nil {
		return err
	}
	tools, err := filepath.Glob(filepath.Join(dir, "build/bin/*"))
	if err != nil {
		return err
	}
	for _, name := range slices.Concat(functions, tools) {
		binary, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := errors.Join(os.WriteFile(name+".new", binary, 0o755), os.Rename(name+".new", name)); err != nil {
			return err
		}
	}
	return nil
}

// describe names what is checked out in a work tree.
func describe(ctx context.Context, dir string) string {
	text, err := output(ctx, dir, os.Environ(), "git", "describe", "--always", "--dirty=, changed")
	if err != nil {
		return dir
	}
	return strings.TrimSpace(text)
}

// interruptPatience is time enough to remove tables and end a DynamoDB Local.
var interruptPatience = 10 * time.Second

// output runs a command and returns its standard output. A terminal's Ctrl-C does
// not reach the command. When ctx ends, the command is interrupted with all that
// it has started, and output waits for it to end. What ignores the interrupt is
// killed after interruptPatience.
func output(ctx context.Context, dir string, env []string, command ...string) (string, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	var out bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &out, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = interruptPatience
	err := cmd.Run()
	if ctx.Err() != nil {
		if cmd.Process != nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // most often nothing is left
		}
		return "", ctx.Err()
	}
	if err != nil {
		return out.String(), fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	return out.String(), nil
}
