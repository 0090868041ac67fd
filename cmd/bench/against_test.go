package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
)

// repository is one with a commit that has a file, and a second one that has not.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, command := range []string{
		"git init -q", "git config user.name bench", "git config user.email bench@localhost", "touch file", "git add file",
		"git commit -q -m first", "git tag first", "git rm -q file", "git commit -q -m second",
	} {
		words := strings.Fields(command)
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
	}
	return dir
}

// trees are the work trees that the repository knows of.
func trees(t *testing.T, repository string) int {
	t.Helper()
	list, err := output(t.Context(), repository, os.Environ(), "git", "worktree", "list")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(list, "\n")
}

func TestWithWorkTree(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	failed := errors.New("it failed")
	for name, tt := range map[string]struct {
		do   func(ctx context.Context, interrupt func(), dir string) error
		want error
	}{
		"done":   {do: func(context.Context, func(), string) error { return nil }},
		"failed": {do: func(context.Context, func(), string) error { return failed }, want: failed},
		"interrupted": {do: func(ctx context.Context, interrupt func(), dir string) error {
			interrupt()
			_, err := output(ctx, dir, os.Environ(), "git", "status")
			return err
		}, want: context.Canceled},
		"left with files in it": {do: func(_ context.Context, _ func(), dir string) error {
			return os.WriteFile(filepath.Join(dir, "built"), nil, 0o600)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			repository := repository(t)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			var seen string
			err := withWorkTree(ctx, repository, "first", func(dir string) error {
				seen = dir
				if _, err := os.Stat(filepath.Join(dir, "file")); err != nil {
					t.Errorf("the revision is not checked out: %v", err)
				}
				return tt.do(ctx, interrupt, dir)
			})
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if n := trees(t, repository); n != 1 {
				t.Errorf("the repository has %d work trees", n)
			}
			if _, err := os.Stat(filepath.Dir(seen)); !os.IsNotExist(err) {
				t.Errorf("the folder is left: %v", err)
			}
		})
	}
}

func TestWithWorkTreeOfNoCommit(t *testing.T) {
	for _, revision := range []string{"missing", "-x", "first:file"} {
		err := withWorkTree(t.Context(), repository(t), revision, func(string) error { t.Error("it went on"); return nil })
		if want := "AGAINST=" + revision + " names no commit of this repository"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// What the command has started ends with it, even what ignores an interrupt, as
// do all processes of a script's background.
func TestOutputInterrupted(t *testing.T) {
	was := interruptPatience
	t.Cleanup(func() { interruptPatience = was })
	for name, tt := range map[string]struct {
		trap     string
		patience time.Duration
	}{
		"it heeds it":   {"", was},
		"it ignores it": {"trap '' INT; ", 100 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			interruptPatience = tt.patience
			name := filepath.Join(t.TempDir(), "alive")
			if err := syscall.Mkfifo(name, 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			ended := make(chan error, 1)
			go func() {
				_, err := output(ctx, ".", os.Environ(), "sh", "-c", tt.trap+`exec 9>"$0"; sh -c "echo alive >&9; sleep 60; true"; true`, name)
				ended <- err
			}()
			alive, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer alive.Close()
			if _, err := io.ReadFull(alive, make([]byte, len("alive\n"))); err != nil {
				t.Fatal(err)
			}
			interrupt()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if err := alive.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			// The end of the file comes when no process holds it open any more.
			if _, err := io.ReadAll(alive); err != nil {
				t.Errorf("something goes on: %v", err)
			}
		})
	}
}

func TestCopyAnew(t *testing.T) {
	dir := t.TempDir()
	names := []string{"build/bin/floor", "build/login/bootstrap"}
	before := map[string]os.FileInfo{}
	for _, name := range names {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(name), 0o755)); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		before[name] = info
	}
	if err := copyAnew(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(text) != name {
			t.Errorf("%s holds %q (%v)", name, text, err)
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if os.SameFile(info, before[name]) || info.Mode() != before[name].Mode() {
			t.Errorf("%s is the same file, or its mode %v", name, info.Mode())
		}
		if left, _ := filepath.Glob(filepath.Join(dir, name+".new")); len(left) > 0 {
			t.Errorf("%s is left", left)
		}
	}
}

func TestMeasuredBy(t *testing.T) {
	const table = "## T\n\n| step | ms |  |\n|---|--:|--:|\n| login | 1.00 | PASS |\n"
	script := func(text, exit string) []string {
		return []string{"sh", "-c", "printf '%s' \"$0\"; exit " + exit, text}
	}
	for name, tt := range map[string]struct {
		command []string
		tables  int
		want    string
	}{
		"measured":                    {command: script(table, "0"), tables: 1},
		"a limit did not hold":        {command: script(strings.Replace(table, "PASS", "FAIL", 1), "1"), tables: 1},
		"it failed after a table":     {command: script(table, "1"), want: "exit status 1"},
		"no table":                    {command: script("", "0"), want: "it printed no table"},
		"a table that cannot be read": {command: script(table+"| login |\n", "0"), want: "the row login has 1 cells"},
	} {
		t.Run(name, func(t *testing.T) {
			tables, err := measuredBy(t.Context(), ".", "flows", tt.command...)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if len(tables) != tt.tables {
				t.Errorf("got %d tables, want %d", len(tables), tt.tables)
			}
		})
	}
}

func TestBenchEnvironment(t *testing.T) {
	got := benchEnvironment([]string{"PATH=/bin", "AGAINST=main", "BENCH=size", "BENCH_ROUNDS=9", "MAKEFLAGS= -- AGAINST=main", "BENCH_PEOPLE=2000"}, "flows")
	if want := []string{"BENCH_PEOPLE=1000", "PATH=/bin", "BENCH_PEOPLE=2000", "BENCH=flows"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAgainstRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ only, variable, value, want string }{
		"a part that cannot be compared": {only: "load", variable: "BENCH_ROUNDS", value: "3", want: "BENCH is one of init, flows, cpu, size with AGAINST, not load"},
		"a page":                         {variable: "BENCH_DOC", value: "docs/bench", want: "BENCH_DOC keeps the figures of one revision"},
		"no round":                       {variable: "BENCH_ROUNDS", value: "0", want: `BENCH_ROUNDS is a number above 0, not "0"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(tt.variable, tt.value)
			if _, err := against(t.Context(), "HEAD", tt.only, io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
