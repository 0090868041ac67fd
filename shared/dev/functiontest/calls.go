package functiontest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	"chaoxi/shared/dev/rights"
)

// recorder has the calls of the table that the function under test has made in this
// process.
var recorder rights.Recorder

// Context is for what the function under test does: its calls of the table are
// recorded. Function.Do uses it.
func (w *World) Context() context.Context { return rights.Within(context.Background()) }

// note records a request of the function under test.
func note(ctx context.Context, operation string, body []byte) {
	if rights.Marked(ctx) {
		recorder.Note(operation, body)
	}
}

// Main runs the tests of a function, and then holds the calls that the function has
// made of the table against its record (rights.File), from which its rights in
// template.yaml follow. With -update it writes the record. It does not return.
//
// A call that is not in the record fails the tests, and so does a line that no test
// has made come true. If -run leaves tests out, lines may be left over.
func Main(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if err := compare(flag.Lookup("test.run").Value.String()+flag.Lookup("test.skip").Value.String() == ""); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// compare holds what was recorded against the record of the function in the folder of
// the test. all says that all tests have run.
func compare(all bool) error {
	made, err := recorder.Record()
	if err != nil || len(made) == 0 { // no tests have run, or none could, for want of a table
		return err
	}
	record, err := rights.Read(".")
	if err != nil {
		return err
	}
	if *update {
		if !all {
			made = append(made, record.Without(made)...)
		}
		return made.Write(".")
	}
	if more := made.Without(record); len(more) > 0 {
		return fmt.Errorf("calls of the table that %s does not have (-update writes it; template.yaml follows): %v", rights.File, more)
	}
	if left := record.Without(made); all && len(left) > 0 {
		return fmt.Errorf("%s has calls that no test has made: %v", rights.File, left)
	}
	return nil
}
