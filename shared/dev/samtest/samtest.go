// Package samtest runs the functions with the tools of AWS: sam validate, sam build,
// sam local invoke and sam local start-api. Each function runs in Lambda's
// container. The table is in DynamoDB Local, with the demo register, and an inbox
// takes the place of SNS.
//
// It deploys nothing, and has no stand-in for anything that SAM has. (Package local
// has one for the gateway, since that is quicker.)
//
// Look first at Find, which says what a machine lacks, then at World, which has what
// the containers call.
package samtest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"chaoxi/shared/dev/runtimeapi"
	"chaoxi/shared/dev/venv"
)

// hostName is the name of this machine in a container.
const hostName = "host.docker.internal"

// Tools is SAM CLI with all that it needs. Find returns it.
type Tools struct {
	root         string   // of the module
	architecture string   // on which Docker runs: x86_64 or arm64
	image        string   // in which functions run; "": that of AWS
	environ      []string // of SAM CLI
}

// Validate runs sam validate --lint.
func (t *Tools) Validate(ctx context.Context) error {
	return t.run(t.sam(ctx, "validate", "--lint"))
}

// Build builds all functions. It does not use the cache of SAM, which looks only at
// the folder of a function and would miss a change in shared/. The cache of go build
// looks at everything.
func (t *Tools) Build(ctx context.Context) error {
	return t.run(t.sam(ctx, append([]string{"build", "--parallel"}, t.parameters()...)...))
}

// BuildOne builds the function with the logical id.
func (t *Tools) BuildOne(ctx context.Context, id string) error {
	return t.run(t.sam(ctx, append([]string{"build", id}, t.parameters()...)...))
}

// Invoke calls a function that was built, in a new container. It returns the answer
// and the log of the function. id is the function's logical id.
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

// StartAPI starts sam local start-api for the API of the template. A function's
// container starts with its first request and is then kept.
func (t *Tools) StartAPI(ctx context.Context, w *World, table string) (*API, error) {
	env, err := w.variables(table)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") // SAM does not choose a free port itself
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
		a.cmd.Wait() // the error does not matter: the reason is in a.said
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

// Close ends the API and its containers, and returns what they have printed.
func (a *API) Close() string {
	a.cmd.Process.Signal(os.Interrupt) // SAM then removes its containers
	select {
	case <-a.ended:
	case <-time.After(time.Minute):
		a.cmd.Process.Kill()
		<-a.ended
	}
	os.Remove(a.env)
	return a.said.String()
}

// parameters returns flags that set the architecture of the functions to that of this
// machine.
func (t *Tools) parameters() []string {
	return []string{"--parameter-overrides", "Architecture=" + t.architecture + " HashingArchitecture=" + t.architecture}
}

// local returns a command of sam local. env is the file of World.variables.
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

// sam returns a command of SAM CLI.
func (t *Tools) sam(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, venv.Tool(t.root, "sam"), args...)
	cmd.Dir = t.root
	cmd.Env = slices.Clone(t.environ)
	runtimeapi.Tether(cmd)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // SAM then removes its containers
	cmd.WaitDelay = time.Minute
	return cmd
}

// run runs cmd. If it fails, the error has its output.
func (t *Tools) run(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return nil
}
