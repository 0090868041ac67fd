// Command register is the operator's tool for the register in one table:
//
//	register bootstrap -name 陈静 -account chenjing -phone 13700000001 -org-name 浙江省 -division 330000
//	register recover -name 陈静 -account chenjing -phone 13700000001 -reason …
//	register reindex [-from place]
//	register check [-state file]
//
// It needs the settings of a function in its environment (TABLE_NAME, AWS_REGION,
// credentials), and rights that no function has, such as to scan the table. It does
// nothing that administrators can do on the console. docs/operations.md tells when to
// use it.
//
// Each subcommand has a file of its own.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"chaoxi/shared/config"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

// tool has what every subcommand needs.
type tool struct {
	Store  *maintain.Store
	Now    func() time.Time
	Random io.Reader
	Out    io.Writer // for results
	Err    io.Writer // for progress and wrong arguments
}

// commands are the subcommands by name. Each gets the arguments behind its name.
var commands = map[string]func(context.Context, tool, []string) error{
	"bootstrap": bootstrap,
	"recover":   recoverSuper,
	"reindex":   reindex,
	"check":     check,
}

const usage = `usage: register bootstrap -name … -account … -phone … [-org-name … -division …]
       register recover -name … -account … -phone … -reason …
       register reindex [-from …]
       register check [-state …] [-slices 256] [-at-once 4] [-settle 90s]
`

// errUsage says that the arguments are wrong, and that the reason was printed
// already.
var errUsage = errors.New("wrong arguments")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "register:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(os.Stderr, usage)
		return errUsage
	}
	env := config.FromEnv()
	store := maintain.New(env.AWS("DYNAMODB"), env.Table())
	if err := env.Err(); err != nil {
		return err
	}
	return commands[args[0]](ctx, tool{store, time.Now, rand.Reader, os.Stdout, os.Stderr}, args[1:])
}

// flags returns an empty flag set for a subcommand.
func (t tool) flags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet("register "+name, flag.ContinueOnError)
	fs.SetOutput(t.Err)
	return fs
}

// parse reads args, which may only be flags.
func parse(fs *flag.FlagSet, args []string) error {
	if err := fs.Parse(args); err != nil {
		return errUsage // Parse has printed the reason
	}
	if fs.NArg() > 0 {
		fmt.Fprintf(fs.Output(), "%s: unexpected %q\n", fs.Name(), fs.Arg(0))
		return errUsage
	}
	return nil
}

func (t tool) indexer() staff.Indexer {
	return staff.Indexer{Store: t.Store, Now: t.Now, Random: t.Random}
}
