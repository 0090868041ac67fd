package deploy

import (
	"bytes"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"chaoxi/shared/dev/check/repo"
)

// TestReproducible builds a function twice, the way make build does and the way
// SAM CLI does, from two folders, one of them no checkout, and wants the same
// bytes: what is deployed can be built again from the source by anybody with the
// same Go. Packages come from the build cache where they are in it, whose entries
// do not depend on the folder because of -trimpath; that the compiler makes the
// same of the same is Go's own promise.
func TestReproducible(t *testing.T) {
	repo.Sources(t) // so that the test cache knows the files
	flags := repo.BuildFlags(t)
	if text, err := os.ReadFile("../../samtest/find.go"); err != nil || !bytes.Contains(text, []byte(`buildFlags = "`+flags+`"`)) {
		t.Errorf("make build builds with %q, make sam with something else (%v)", flags, err)
	}
	here, err := filepath.Abs(repo.Root(t))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "some", "where", "else")
	for _, dir := range []string{"functions", "shared"} {
		if err := os.CopyFS(filepath.Join(elsewhere, dir), os.DirFS(filepath.Join(here, dir))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(here, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(elsewhere, file), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const function = "set-password" // with lists embedded and passwords hashed: it has a part of everything
	byMake := func(root, flags string) []byte { return build(t, root, flags, "./functions/"+function) }
	bySAM := func(root, flags string) []byte {
		dir := filepath.Join(root, "functions", function)
		return build(t, dir, flags, dir)
	}

	want := byMake(here, flags)
	for name, got := range map[string][]byte{
		"by make, in another folder": byMake(elsewhere, flags),
		"by SAM, here":               bySAM(here, flags),
		"by SAM, in another folder":  bySAM(elsewhere, flags),
	} {
		if sha256.Sum256(got) != sha256.Sum256(want) {
			t.Errorf("built %s it is another binary", name)
		}
	}
	for _, path := range []string{here, os.Getenv("HOME") + "/", elsewhere} {
		if len(path) > 4 && bytes.Contains(want, []byte(path)) {
			t.Errorf("%s is in the binary", path)
		}
	}

	// And it would be seen: without these flags the two folders make two binaries.
	if info, err := os.Stat(filepath.Join(here, ".git")); err == nil && info.IsDir() { // go knows no worktrees
		stamped := strings.Replace(flags, "-buildvcs=false", "-buildvcs=auto", 1)
		if bytes.Equal(byMake(here, stamped), byMake(elsewhere, stamped)) {
			t.Error("a binary with the state of the checkout in it is like one without")
		}
	}
	// (Of a small one, because every package it imports is compiled anew for this.)
	if !bytes.Contains(build(t, elsewhere, strings.Replace(flags, "-trimpath", "-trimpath=false", 1), "./functions/health"), []byte(elsewhere)) {
		t.Error("a binary with paths in it has none")
	}
}

// buildEnv is the environment of a build as make build has it.
func buildEnv(t *testing.T) []string {
	t.Helper()
	return append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS="+repo.BuildFlags(t))
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
