// Package venv installs the Python tools of the project, in the versions of
// requirements.txt, into .venv of the module. It runs none of them.
//
// Look first at Install.
package venv

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The folder with the tools, and the list of packages for it.
const (
	folder       = ".venv"
	requirements = "shared/dev/venv/requirements.txt"
)

// Missing returns an error if Install could not succeed on this machine. It changes
// nothing.
func Missing(ctx context.Context, root string) error {
	if installed(root) {
		return nil
	}
	python := exec.CommandContext(ctx, "python3", "-c", "import ensurepip, venv")
	if out, err := python.CombinedOutput(); err != nil {
		out = bytes.TrimSpace(out)
		return fmt.Errorf("python3 with venv (Debian: apt-get install python3-venv): %w %s", err, out[bytes.LastIndexByte(out, '\n')+1:])
	}
	return nil
}

// Install installs the tools, unless they are there. progress is told of that.
func Install(ctx context.Context, root string, progress func(string)) error {
	if installed(root) {
		return nil
	}
	progress("installing Python tools into " + folder + " (once)")
	at := filepath.Join(root, folder)
	wanted := filepath.Join(root, requirements)
	for _, args := range [][]string{
		{"python3", "-m", "venv", "--clear", at},
		{Tool(root, "pip"), "install", "--quiet", "--disable-pip-version-check", "--requirement", wanted},
		{"cp", wanted, filepath.Join(at, "requirements.txt")}, // by this file installed knows that everything is there
	} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("install Python tools: %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	return nil
}

// installed reports whether .venv has exactly what the requirements say.
func installed(root string) bool {
	want, err := os.ReadFile(filepath.Join(root, requirements))
	have, errHave := os.ReadFile(filepath.Join(root, folder, "requirements.txt"))
	return err == nil && errHave == nil && bytes.Equal(have, want)
}

// Tool returns the path of a tool that Install has installed.
func Tool(root, name string) string { return filepath.Join(root, folder, "bin", name) }
