package samtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"chaoxi/shared/dev/venv"
)

// evaluator is the folder of what Rights runs, and package-lock.json there says which
// packages that takes.
const evaluator = "shared/dev/rights/evaluate"

// missingNode returns an error if the evaluator cannot be run.
func missingNode() error {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%s, for the evaluator of rights (Debian: apt-get install nodejs npm)", tool)
		}
	}
	return nil
}

// Rights asks an evaluator of IAM policies about the roles of the template: whether each
// function may make the calls of its record, and nothing that is forbidden to it. The
// template is made plain by AWS's own translator, which comes with SAM CLI. It does not
// need Docker.
//
// Then it asks again about a template that gives people to whoever may write tickets,
// and fails if that is not noticed.
//
// Errors: ErrMissing. Any other error tells which answers are wrong.
func Rights(ctx context.Context, root string, progress func(string)) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return fmt.Errorf("find the module: %w", err)
	}
	if err := errors.Join(venv.Missing(ctx, root), missingNode()); err != nil {
		return missing(err)
	}
	if err := venv.Install(ctx, root, progress); err != nil {
		return err
	}
	if err := installEvaluator(ctx, root, progress); err != nil {
		return err
	}
	plain, err := output(exec.CommandContext(ctx, venv.Tool(root, "python"), filepath.Join(root, evaluator, "transform.py"), filepath.Join(root, "template.yaml")), nil)
	if err != nil {
		return err
	}
	evaluate := func(template []byte) ([]byte, error) {
		return output(exec.CommandContext(ctx, "node", filepath.Join(root, evaluator, "evaluate.mjs"), filepath.Join(root, "functions")), template)
	}
	said, err := evaluate(plain)
	if err != nil {
		return err
	}
	progress(string(bytes.TrimSpace(said)))
	broken := bytes.ReplaceAll(plain, []byte(`"TICKET#*"`), []byte(`"TICKET#*", "STAFF#*"`))
	if _, err := evaluate(broken); !bytes.Contains([]byte(fmt.Sprint(err)), []byte("a text sets no password")) {
		return fmt.Errorf("the evaluator does not notice a function that may write people: %v", err)
	}
	return nil
}

// installEvaluator installs the packages of package-lock.json, unless they are there.
func installEvaluator(ctx context.Context, root string, progress func(string)) error {
	at := filepath.Join(root, evaluator)
	locked, err := os.ReadFile(filepath.Join(at, "package-lock.json"))
	if err != nil {
		return fmt.Errorf("read what the evaluator needs: %w", err)
	}
	done := filepath.Join(at, "node_modules", "package-lock.json") // by this file it is known that everything is there
	if have, err := os.ReadFile(done); err == nil && bytes.Equal(have, locked) {
		return nil
	}
	progress("installing the evaluator of rights (once)")
	npm := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	npm.Dir = at
	if _, err := output(npm, nil); err != nil {
		return err
	}
	if err := os.WriteFile(done, locked, 0o644); err != nil {
		return fmt.Errorf("install the evaluator: %w", err)
	}
	return nil
}

// output runs cmd and returns what it prints. If it fails, the error has what it says.
func output(cmd *exec.Cmd, input []byte) ([]byte, error) {
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &said
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s%s", filepath.Base(cmd.Path), err, said.Bytes(), out.Bytes())
	}
	return out.Bytes(), nil
}
