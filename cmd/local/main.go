// Command local runs the whole system on one machine, and runs other commands with a
// DynamoDB Local:
//
//	local [run]                       the system; README.md has its settings
//	local with-dynamodb -- cmd args   one command, with AWS_ENDPOINT_URL_DYNAMODB set
//
// It does not build the functions: make does. Package shared/dev/local has the parts
// of the system.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"chaoxi/shared/dev/local"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // so that a second Ctrl-C ends the process at once
	code, err := command(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "local:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// command runs the subcommand and returns the exit code.
func command(ctx context.Context, args []string) (int, error) {
	switch {
	case len(args) == 0, len(args) == 1 && args[0] == "run":
		return 0, run(ctx)
	case args[0] == "with-dynamodb":
		flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
		optional := flags.Bool("optional", false, "run the command all the same when no DynamoDB can be had")
		if err := flags.Parse(args[1:]); err != nil {
			return 2, nil // Parse has printed the error
		}
		if flags.NArg() == 0 {
			return 2, errors.New("with-dynamodb: no command given")
		}
		return withDynamoDB(ctx, *optional, flags.Args())
	default:
		return 2, fmt.Errorf("usage: local [run] | local with-dynamodb [-optional] -- command args…, not %q", strings.Join(args, " "))
	}
}

// withDynamoDB runs one command while a DynamoDB Local runs, and returns its exit
// code. If optional is true and there is no DynamoDB, the command runs without.
func withDynamoDB(ctx context.Context, optional bool, args []string) (int, error) {
	say := func(s string) { fmt.Fprintln(os.Stderr, "local:", s) }
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = os.Environ()

	db, err := local.StartDynamoDB(ctx, say)
	switch {
	case err == nil:
		defer db.Close()
		cmd.Env = append(cmd.Env, local.Environ(db.Endpoint)...)
	case optional && errors.Is(err, local.ErrNoDynamoDB):
		say("going on without DynamoDB: " + err.Error())
	default:
		return 1, err
	}

	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("start %s: %w", args[0], err)
	}
	done := make(chan struct{})
	go func() {
		select {
		case <-ctx.Done(): // a terminal sends Ctrl-C to the command, too; kill sends only to this process
			cmd.Process.Signal(syscall.SIGTERM)
		case <-done:
		}
	}()
	err = cmd.Wait()
	close(done)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil // ExitCode is -1 if a signal ended the command
	}
	return 0, err
}
