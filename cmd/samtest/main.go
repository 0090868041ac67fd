// Command samtest runs one function alone in Lambda's container, with sam local
// invoke of AWS:
//
//	samtest invoke login [event.json]   with this event, or with events/login.json
//	samtest missing                     prints what this machine lacks for make sam
//	samtest lint                        checks the template by the rules of .cfnlintrc
//	samtest rights                      asks an evaluator of IAM policies what functions may do
//
// The function works on the demo register, in a new DynamoDB Local. If TABLE_NAME is
// set, it works on that table instead: at AWS_ENDPOINT_URL_DYNAMODB, or on AWS
// without that setting. Texts are printed and never sent.
//
// docs/sam.md tells more. make sam does not run this command, but the tests of
// package shared/dev/samtest.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"chaoxi/shared/dev/sam"
	"chaoxi/shared/dev/samtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second Ctrl-C ends the process at once
	if err := command(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "samtest:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "missing":
		if err := samtest.Missing(ctx, "."); err != nil {
			fmt.Println("skipped:", err)
			return nil
		}
		fmt.Println("skipped: functions in Lambda's container, which take minutes; `make sam` runs them")
		return nil
	case len(args) == 1 && args[0] == "lint":
		err := samtest.Lint(ctx, ".", say)
		if errors.Is(err, samtest.ErrMissing) && os.Getenv("REQUIRE_SAM") == "" {
			fmt.Println("skipped: lint of the template:", err)
			return nil
		}
		return err
	case len(args) == 1 && args[0] == "rights":
		err := samtest.Rights(ctx, ".", say)
		if errors.Is(err, samtest.ErrMissing) && os.Getenv("REQUIRE_SAM") == "" {
			fmt.Println("skipped: the rights of the functions:", err)
			return nil
		}
		return err
	case len(args) == 2 && args[0] == "invoke":
		return invoke(ctx, args[1], filepath.Join("events", args[1]+".json"))
	case len(args) == 3 && args[0] == "invoke":
		return invoke(ctx, args[1], args[2])
	}
	return errors.New("usage: samtest invoke <function> [event.json] | samtest missing | samtest lint | samtest rights (from the top of the module)")
}

// invoke builds the function name and calls it with the event in file.
func invoke(ctx context.Context, name, file string) (err error) {
	template, err := sam.Load("template.yaml", sam.Options{})
	if err != nil {
		return err
	}
	f, ok := template.Function(name)
	if !ok {
		var names []string
		for _, f := range template.Functions {
			names = append(names, f.Name)
		}
		return fmt.Errorf("no function %q; there are %s", name, strings.Join(names, ", "))
	}
	event, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the event: %w", err)
	}
	tools, err := samtest.Find(ctx, ".", say)
	if err != nil {
		return err
	}
	say("building " + f.LogicalID)
	if err := tools.BuildOne(ctx, f.LogicalID); err != nil {
		return err
	}
	w, table, err := world(ctx)
	if w != nil {
		defer func() { err = errors.Join(err, w.Close()) }()
	}
	if err != nil {
		return err
	}
	if w.DB != nil { // the table is the new one with the demo register
		if event, err = w.Prepare(ctx, table, filepath.Base(file), event); err != nil {
			return err
		}
	}
	say("invoking it with " + file + " on table " + table)
	answer, log, err := tools.Invoke(ctx, w, table, f.LogicalID, event)
	if err != nil {
		return err
	}
	os.Stderr.Write(log)
	for _, text := range w.Inbox.Texts("") {
		say(fmt.Sprintf("text to %s: %s", text.Phone, text.Text))
	}
	fmt.Printf("%s\n", answer)
	return nil
}

// world returns the surroundings of the function, and the name of its table.
func world(ctx context.Context) (*samtest.World, string, error) {
	if table := os.Getenv("TABLE_NAME"); table != "" {
		w, err := samtest.WorldWith(os.Getenv("AWS_ENDPOINT_URL_DYNAMODB"), cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")), os.Getenv("MAC_KEYS"))
		return w, table, err
	}
	w, err := samtest.NewWorld(ctx, ".", say)
	if err != nil {
		return nil, "", err
	}
	table, err := w.Seed(ctx)
	return w, table, err
}

func say(s string) { fmt.Fprintln(os.Stderr, "samtest:", s) }
