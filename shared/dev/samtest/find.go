package samtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"chaoxi/shared/dev/venv"
)

// ErrMissing says that this machine lacks something that SAM needs. The text of the
// error names it.
var ErrMissing = errors.New("SAM cannot be used here")

// Missing returns an error if Find could not succeed on this machine. It changes
// nothing.
//
// Errors: ErrMissing.
func Missing(ctx context.Context, root string) error {
	_, err := docker(ctx, "version", "--format", "{{.Server.Version}}")
	return missing(errors.Join(err, venv.Missing(ctx, root)))
}

// missing wraps err, if there is one, in ErrMissing.
func missing(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w:\n%w", ErrMissing, err)
}

// buildFlags are the flags of make build, so that the tests run the same binaries as
// are deployed.
const buildFlags = "-tags=lambda.norpc -trimpath -buildvcs=false -ldflags=-s"

// Find returns the tools. The first time it installs SAM CLI with package venv, and
// pulls or builds an image in which functions run. progress is told of that.
//
// Errors: ErrMissing.
func Find(ctx context.Context, root string, progress func(string)) (*Tools, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("find the module: %w", err)
	}
	if err := Missing(ctx, root); err != nil {
		return nil, err
	}
	t := &Tools{root: root, environ: append(os.Environ(),
		"SAM_CLI_TELEMETRY=0",
		// As in make build. With cgo the binaries would need the builder's C library.
		"CGO_ENABLED=0", "GOFLAGS="+buildFlags,
	)}
	arch, err := docker(ctx, "version", "--format", "{{.Server.Arch}}")
	if err != nil {
		return nil, missing(err)
	}
	t.architecture = map[string]string{"amd64": "x86_64", "arm64": "arm64"}[arch]
	if t.architecture == "" {
		return nil, missing(fmt.Errorf("no functions of Lambda run on %s", arch))
	}
	if os.Getenv("DOCKER_HOST") == "" { // SAM CLI does not know the contexts of docker
		if host, err := docker(ctx, "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"); err == nil {
			t.environ = append(t.environ, "DOCKER_HOST="+host)
		}
	}
	if err := venv.Install(ctx, root, progress); err != nil {
		return nil, err
	}
	if t.image, err = image(ctx, t.architecture, progress); err != nil {
		return nil, missing(err)
	}
	return t, nil
}

// Lint checks the template by the rules of .cfnlintrc. It uses the cfn-lint that
// comes with SAM CLI, and does not need Docker.
//
// Errors: ErrMissing. Any other error tells what is wrong with the template.
func Lint(ctx context.Context, root string, progress func(string)) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return fmt.Errorf("find the module: %w", err)
	}
	if err := venv.Missing(ctx, root); err != nil {
		return missing(err)
	}
	if err := venv.Install(ctx, root, progress); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, venv.Tool(root, "cfn-lint"))
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("cfn-lint: %w\n%s", err, out)
	}
	return nil
}

// docker runs a docker command and returns its output.
func docker(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.WaitDelay = time.Second
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("docker is not installed (Debian: apt-get install docker.io)")
	case err != nil && args[0] == "version":
		return "", fmt.Errorf("docker does not answer: %s", lastLine(said.Bytes()))
	case err != nil:
		return "", fmt.Errorf("docker %s: %w %s", args[0], err, lastLine(said.Bytes()))
	}
	return strings.TrimSpace(out.String()), nil
}

// lastLine returns the last line of an output.
func lastLine(out []byte) []byte {
	out = bytes.TrimSpace(out)
	return out[bytes.LastIndexByte(out, '\n')+1:]
}
