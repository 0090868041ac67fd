// Package samtest runs the product under AWS's own tools: sam validate, sam
// build, sam local invoke and sam local start-api, every function in Lambda's
// container, on DynamoDB Local with the demo register and an inbox in the place
// of SNS.
//
// It deploys nothing and imitates nothing that SAM has (package local imitates
// the gateway, to be quick). Start with Find, which says what a machine lacks,
// and World, which is what the containers reach.
package samtest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"chaoxi/shared/dev/runtimeapi"
)

// hostName is this machine, seen from a container.
const hostName = "host.docker.internal"

// Tools is SAM CLI with all that it needs.
type Tools struct {
	root         string // of the module
	architecture string // of Docker's machine, as Lambda calls it
	image        string // to run functions in; empty is AWS's
	environ      []string
}

// Validate runs sam validate --lint.
func (t *Tools) Validate(ctx context.Context) error {
	return t.run(t.sam(ctx, "validate", "--lint"))
}

// Build builds every function. SAM's own cache stays off: it looks at a
// function's folder alone and would miss a change in shared/. Go's looks at
// everything.
func (t *Tools) Build(ctx context.Context) error {
	return t.run(t.sam(ctx, append([]string{"build", "--parallel"}, t.parameters()...)...))
}

// BuildOne builds the function of that logical id.
func (t *Tools) BuildOne(ctx context.Context, id string) error {
	return t.run(t.sam(ctx, append([]string{"build", id}, t.parameters()...)...))
}

// Invoke runs one built function with an event, in a container of its own, and
// returns what it answered and what it logged.
func (t *Tools) Invoke(ctx context.Context, w *World, table, id string, event []byte) (answer, log []byte, err error) {
	env, err := w.variables(table)
	if err != nil {
		return nil, nil, err
	}
	defer os.Remove(env)
	cmd := t.local(ctx, w, env, "invoke", id, "--event", "-")
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(event), &out, &said
	if err := cmd.Run(); err != nil {
		return nil, said.Bytes(), fmt.Errorf("sam local invoke %s: %w\n%s", id, err, said.Bytes())
	}
	return bytes.TrimSpace(out.Bytes()), said.Bytes(), nil
}

// API is a running sam local start-api.
type API struct {
	URL   string
	cmd   *exec.Cmd
	ended chan struct{}
	env   string
	said  bytes.Buffer
}

// StartAPI serves the template's API. A function keeps its container from its
// first request on.
func (t *Tools) StartAPI(ctx context.Context, w *World, table string) (*API, error) {
	env, err := w.variables(table)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") // SAM wants to be told a port
	if err != nil {
		return nil, fmt.Errorf("find a port: %w", err)
	}
	address := listener.Addr().(*net.TCPAddr)
	listener.Close()

	a := &API{URL: "http://" + address.String(), ended: make(chan struct{}), env: env}
	a.cmd = t.local(ctx, w, env, "start-api", "--port", strconv.Itoa(address.Port), "--warm-containers", "LAZY", "--no-watch")
	a.cmd.Stdout, a.cmd.Stderr = &a.said, &a.said
	if err := a.cmd.Start(); err != nil {
		os.Remove(env)
		return nil, fmt.Errorf("sam local start-api: %w", err)
	}
	go func() {
		a.cmd.Wait() // why it ended is in what it said
		close(a.ended)
	}()
	for {
		conn, err := net.Dial("tcp", address.String())
		if err == nil {
			conn.Close()
			return a, nil
		}
		select {
		case <-a.ended:
			os.Remove(env)
			return nil, fmt.Errorf("sam local start-api ended:\n%s", a.said.Bytes())
		case <-ctx.Done():
			a.Close()
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Close ends it, its containers with it, and returns what it and they said.
func (a *API) Close() string {
	a.cmd.Process.Signal(os.Interrupt) // it removes its containers
	select {
	case <-a.ended:
	case <-time.After(time.Minute):
		a.cmd.Process.Kill()
		<-a.ended
	}
	os.Remove(a.env)
	return a.said.String()
}

// parameters make the functions run on the architecture of this machine.
func (t *Tools) parameters() []string {
	return []string{"--parameter-overrides", "Architecture=" + t.architecture + " HashingArchitecture=" + t.architecture}
}

// local is a command of sam local.
func (t *Tools) local(ctx context.Context, w *World, env string, args ...string) *exec.Cmd {
	args = append(append([]string{"local"}, args...), t.parameters()...)
	args = append(args, "--env-vars", env, "--skip-pull-image", "--add-host", hostName+":host-gateway", "--region", w.region)
	if t.image != "" {
		args = append(args, "--invoke-image", t.image)
	}
	cmd := t.sam(ctx, args...)
	cmd.Env = append(cmd.Env, w.environ...)
	return cmd
}

func (t *Tools) sam(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(t.root, venv, "bin", "sam"), args...)
	cmd.Dir = t.root
	cmd.Env = slices.Clone(t.environ)
	runtimeapi.Tether(cmd)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it removes its containers
	cmd.WaitDelay = time.Minute
	return cmd
}

// run runs cmd and shows what it said if it failed.
func (t *Tools) run(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return nil
}
