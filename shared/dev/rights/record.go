package rights

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// File is where the record of a function is, in the function's folder.
const File = "testdata/calls.txt"

// Record is all that a function does to the table: distinct calls, sorted as their
// lines.
type Record []Call

// Read reads the record of the function in a folder. A function without a record does
// nothing to the table.
func Read(folder string) (Record, error) {
	data, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(File)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a record of calls: %w", err)
	}
	var r Record
	for _, s := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		c, err := Parse(s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", folder, err)
		}
		r = append(r, c)
	}
	return r, nil
}

// Write writes the record of the function in a folder.
func (r Record) Write(folder string) error {
	var lines []string
	for _, c := range r {
		lines = append(lines, c.String())
	}
	slices.Sort(lines)
	file := filepath.Join(folder, filepath.FromSlash(File))
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write a record of calls: %w", err)
	}
	return nil
}

// Without returns the calls that other does not have.
func (r Record) Without(other Record) Record {
	return slices.DeleteFunc(slices.Clone(r), func(c Call) bool { return other.Has(c) })
}

// Has reports whether the record has a call.
func (r Record) Has(c Call) bool {
	return slices.ContainsFunc(r, func(o Call) bool { return o.String() == c.String() })
}

// Recorder notes calls. Its zero value is ready.
type Recorder struct {
	mu   sync.Mutex
	seen map[string]Call
	err  error
}

type within struct{}

// Within marks what a function does in its tests, so that Recorder.Note can tell it
// from what the tests do themselves.
func Within(ctx context.Context) context.Context { return context.WithValue(ctx, within{}, true) }

// Marked reports whether ctx is from Within.
func Marked(ctx context.Context) bool { return ctx.Value(within{}) != nil }

// Note notes a request to DynamoDB.
func (r *Recorder) Note(operation string, body []byte) {
	calls, err := Of(operation, body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil && r.err == nil {
		r.err = err
	}
	if r.seen == nil {
		r.seen = map[string]Call{}
	}
	for _, c := range calls {
		r.seen[c.String()] = c
	}
}

// Record returns what was noted. It fails if a request could not be read.
func (r *Recorder) Record() (Record, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.seen), func(a, b Call) int { return strings.Compare(a.String(), b.String()) }), r.err
}
