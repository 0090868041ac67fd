// Command register is the operator's tool for the register in one table:
//
//	register bootstrap -name 陈静 -account chenjing -phone 13700000001 -org-name 浙江省 -division 330000
//	register recover -name 陈静 -account chenjing -phone 13700000001 -reason …
//	register reindex [-from place]
//	register check [-state file]
//	register publish [-from place]
//	register load [-dry-run] people.csv
//	register erase -employee-code GE_… -reason …
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

	"chaoxi/shared/account"
	"chaoxi/shared/config"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/feed"
	"chaoxi/shared/kinesis"
	"chaoxi/shared/staff"
)

// tool has what every subcommand needs.
type tool struct {
	Store    *maintain.Store
	Table    string // its name
	Settings account.Settings
	Now      func() time.Time
	Wait     func(context.Context, time.Duration) error
	Random   io.Reader
	In       io.Reader       // what the operator types
	Out      io.Writer       // for results
	Err      io.Writer       // for progress and wrong arguments
	Others   maintain.Others // nil without a stream for other systems
}

// commands are the subcommands by name. Each gets the arguments behind its name.
var commands = map[string]func(context.Context, tool, []string) error{
	"bootstrap": bootstrap,
	"recover":   recoverSuper,
	"reindex":   reindex,
	"check":     check,
	"publish":   publish,
	"load":      load,
	"erase":     erase,
}

const usage = `usage: register bootstrap -name … -account … -phone … [-org-name … -division …]
       register recover -name … -account … -phone … -reason …
       register reindex [-from …]
       register check [-state …] [-slices 256] [-at-once 4] [-settle 90s]
       register publish [-from …]
       register load [-dry-run] [-per-second 40] [-at-once 8] [-state …] [-report …] FILE
       register erase -employee-code … -reason … [-after 1095] [-left-on …] [-yes]
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
	case errors.Is(err, errRefusedRows):
		fmt.Fprintln(os.Stderr, "register:", err)
		os.Exit(3)
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
	t := tool{
		Store: maintain.New(env.AWS("DYNAMODB"), env.Table()), Table: env.Table(), Settings: env.Settings(),
		Now: time.Now, Wait: wait, Random: rand.Reader, In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
	}
	if stream := env.Feed(); stream != "" {
		t.Others = feed.Publisher{Stream: kinesis.New(env.AWS("KINESIS"), stream), Now: time.Now}
	}
	if err := env.Err(); err != nil {
		return err
	}
	return commands[args[0]](ctx, t, args[1:])
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

// parseFile reads args, which are flags and the name of one file, before or behind them.
func parseFile(fs *flag.FlagSet, args []string) (string, error) {
	if err := fs.Parse(args); err != nil {
		return "", errUsage
	}
	name := fs.Arg(0)
	if name == "" {
		fmt.Fprintf(fs.Output(), "%s: the file is missing\n", fs.Name())
		return "", errUsage
	}
	return name, parse(fs, fs.Args()[1:])
}

func (t tool) indexer() staff.Indexer {
	return staff.Indexer{Store: t.Store, Now: t.Now, Random: t.Random}
}
