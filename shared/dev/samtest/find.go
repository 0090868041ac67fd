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
)

// ErrMissing says that this machine lacks something that SAM needs. The text of the
// error names it.
var ErrMissing = errors.New("SAM cannot be used here")

// The Python environment with SAM CLI, and the list of packages for it.
const (
	venv         = ".venv"
	requirements = "shared/dev/samtest/requirements.txt"
)

// Missing returns an error if Find could not succeed on this machine. It changes
// nothing.
//
// Errors: ErrMissing.
func Missing(ctx context.Context, root string) error {
	_, err := docker(ctx, "version", "--format", "{{.Server.Version}}")
	return missing(errors.Join(err, missingPython(ctx, root)))
}

// missingPython returns an error if SAM CLI is neither installed nor can be.
func missingPython(ctx context.Context, root string) error {
	if installed(root) {
		return nil
	}
	python := exec.CommandContext(ctx, "python3", "-c", "import ensurepip, venv")
	if out, failed := python.CombinedOutput(); failed != nil {
		return fmt.Errorf("python3 with venv, for SAM CLI (Debian: apt-get install python3-venv): %w %s", failed, lastLine(out))
	}
	return nil
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

// Find returns the tools. The first time it installs SAM CLI into .venv in root, and
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
	if err := install(ctx, root, progress); err != nil {
		return nil, err
	}
	if t.image, err = image(ctx, t.architecture, progress); err != nil {
		return nil, missing(err)
	}
	return t, nil
}

// installed reports whether .venv has exactly what the requirements say.
func installed(root string) bool {
	want, err := os.ReadFile(filepath.Join(root, requirements))
	have, errHave := os.ReadFile(filepath.Join(root, venv, "requirements.txt"))
	return err == nil && errHave == nil && bytes.Equal(have, want)
}

// install puts SAM CLI into .venv, unless it is there.
func install(ctx context.Context, root string, progress func(string)) error {
	if installed(root) {
		return nil
	}
	progress("installing SAM CLI into " + venv + " (once)")
	at := filepath.Join(root, venv)
	wanted := filepath.Join(root, requirements)
	for _, args := range [][]string{
		{"python3", "-m", "venv", "--clear", at},
		{filepath.Join(at, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "--requirement", wanted},
		{"cp", wanted, filepath.Join(at, "requirements.txt")}, // by this file installed knows that everything is there
	} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("install SAM CLI: %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	return nil
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
	if err := missingPython(ctx, root); err != nil {
		return missing(err)
	}
	if err := install(ctx, root, progress); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(root, venv, "bin", "cfn-lint"))
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
