package deploy

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"chaoxi/shared/dev/check/repo"
)

// TestReproducible builds one function twice and wants the same bytes: here, the
// way make build does, and from a copy of the source in another folder and another
// checkout, the way SAM CLI does. So anybody with the same Go can build again from
// the source what is deployed. Packages come from the build cache where they are in
// it. Its entries do not depend on the folder because of -trimpath; that the
// compiler makes the same of the same is Go's own promise.
func TestReproducible(t *testing.T) {
	const function = "set-password" // with lists embedded and passwords hashed: it has a part of everything
	here, err := filepath.Abs(repo.Root(t))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := copyOfSource(t)
	flags := repo.BuildFlags(t)

	byMake := build(t, here, flags, "./functions/"+function)
	folder := filepath.Join(elsewhere, "functions", function)
	bySAM := build(t, folder, flags, folder)
	if !bytes.Equal(byMake, bySAM) {
		t.Error("built by SAM in another folder it is another binary than by make here")
	}
	for _, path := range []string{here, os.Getenv("HOME") + "/", elsewhere} {
		if len(path) > 4 && bytes.Contains(byMake, []byte(path)) {
			t.Errorf("%s is in the binary", path)
		}
	}

	// And it would be seen: without these flags the folder and the checkout are in
	// the binary.
	if checkout(t, elsewhere) {
		stamped := strings.Replace(flags, "-buildvcs=false", "-buildvcs=true", 1)
		if bytes.Equal(build(t, elsewhere, stamped, "./functions/"+function), byMake) {
			t.Error("a binary with the state of the checkout in it is like one without")
		}
	}
	write(t, filepath.Join(elsewhere, "small", "main.go"), "package main\n\nfunc main() {}\n")
	untrimmed := strings.Replace(flags, "-trimpath", "-trimpath=false", 1)
	if !bytes.Contains(build(t, elsewhere, untrimmed, "./small"), []byte(elsewhere)) {
		t.Error("a binary with paths in it has none")
	}
}

// copyOfSource copies what a function is built of to a folder of its own.
func copyOfSource(t *testing.T) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "some", "where", "else")
	for _, dir := range []string{"functions", "shared"} {
		if err := os.CopyFS(filepath.Join(to, dir), os.DirFS(repo.Path(t, dir))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		write(t, filepath.Join(to, file), repo.Read(t, file))
	}
	return to
}

// checkout makes dir a checkout of a commit, or returns false where there is no git,
// without which Go cannot stamp binaries either.
func checkout(t *testing.T, dir string) bool {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		return false
	}
	for _, args := range [][]string{
		{"init", "--quiet"},
		{"-c", "user.name=Nobody", "-c", "user.email=nobody@example.com", "commit", "--quiet", "--allow-empty", "--message=Begin"},
	} {
		cmd := exec.Command(git, args...)
		cmd.Dir = dir
		cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")} // neither settings nor a repository of the caller's
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	return true
}

// build builds a package in dir as Lambda wants it, whatever this machine's own
// settings are.
func build(t *testing.T, dir, flags, what string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bootstrap")
	cmd := exec.Command("go", "build", "-o", file, what)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOFLAGS="+flags)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s in %s: %v\n%s", what, dir, err, out)
	}
	binary, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// buildEnv is the environment of a build as make build has it.
func buildEnv(t *testing.T) []string {
	t.Helper()
	return append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS="+repo.BuildFlags(t))
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
