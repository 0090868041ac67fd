package arch_test

import (
	"encoding/json"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/dev/check/repo"
)

// TestDependenciesAreExplained compares what go.mod and the pages' package.json ask for
// themselves with the tables of dependencies in docs/decisions.md: each module has a row,
// and each row a module.
func TestDependenciesAreExplained(t *testing.T) {
	modules, named := append(directModules(t), pagesPackages(t)...), namedModules(t)
	for _, m := range modules {
		if !slices.ContainsFunc(named, func(name string) bool { return isNamed(m, name) }) {
			t.Errorf("docs/decisions.md does not say what %s is for", m)
		}
	}
	for _, name := range named {
		if !slices.ContainsFunc(modules, func(m string) bool { return isNamed(m, name) }) {
			t.Errorf("docs/decisions.md has %s, which nothing asks for", name)
		}
	}
}

func TestIsNamed(t *testing.T) {
	for _, tt := range []struct {
		module, name string
		want         bool
	}{
		{"golang.org/x/tools", "golang.org/x/tools", true},
		{"golang.org/x/tools", "honnef.co/go/tools", false},
		{"github.com/aws/aws-sdk-go-v2", "aws-sdk-go-v2", true},
		{"github.com/aws/aws-sdk-go-v2/service/dynamodb", "dynamodb", true},
		{"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams", "dynamodb", false},
		{"github.com/santhosh-tekuri/jsonschema/v6", "santhosh-tekuri/jsonschema", true},
		{"github.com/aws/smithy-go", "go", false},
	} {
		if got := isNamed(tt.module, tt.name); got != tt.want {
			t.Errorf("%s names %s: %t", tt.name, tt.module, got)
		}
	}
}

// pagesPackages are the npm packages that the pages are built and tested with.
func pagesPackages(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, folder := range npmFolders {
		var list struct{ Dependencies, DevDependencies map[string]string }
		if err := json.Unmarshal([]byte(repo.Read(t, folder+"/package.json")), &list); err != nil {
			t.Fatal(err)
		}
		names = slices.Concat(names, slices.Collect(maps.Keys(list.Dependencies)), slices.Collect(maps.Keys(list.DevDependencies)))
	}
	return names
}

// npmFolders have a package.json: the pages, the browsers that they are tried in, and the
// client that make clients compiles.
var npmFolders = []string{"functions/web/ui", "functions/web/ui/test/browsers", "shared/dev/clients/typescript"}

// TestLockNamesNoHosts: npm installs from the registry that the machine has, not from the
// one of whoever wrote the lock file.
func TestLockNamesNoHosts(t *testing.T) {
	for _, folder := range npmFolders {
		lock := repo.Read(t, folder+"/package-lock.json")
		if strings.Contains(lock, `"resolved"`) || !strings.Contains(lock, `"integrity"`) {
			t.Errorf("%s/package-lock.json: write it with npm install --omit-lockfile-registry-resolved", folder)
		}
	}
}

var majorVersion = regexp.MustCompile(`/v\d+$`)

// isNamed reports whether name is the module's path or the last elements of it,
// its major version aside.
func isNamed(module, name string) bool {
	return strings.HasSuffix("/"+majorVersion.ReplaceAllString(module, ""), "/"+name)
}

// directModules are the modules that go.mod asks for itself: those that packages
// of ours import, and those of tools.
func directModules(t *testing.T) []string {
	t.Helper()
	repo.Read(t, "go.mod") // so that the test cache knows the file
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = repo.Root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
		Tool []struct{ Path string }
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var direct []string
	for _, r := range mod.Require {
		isTool := func(tool struct{ Path string }) bool { return strings.HasPrefix(tool.Path, r.Path+"/") }
		if !r.Indirect || slices.ContainsFunc(mod.Tool, isTool) {
			direct = append(direct, r.Path)
		}
	}
	if len(direct) < 10 {
		t.Fatalf("go.mod was misread: %q", direct)
	}
	return direct
}

// namedModules are the names in the first column of the table of dependencies.
// "aws-sdk-go-v2 (dynamodb, sns)" are three.
func namedModules(t *testing.T) []string {
	t.Helper()
	_, section, _ := strings.Cut(repo.Read(t, "docs/decisions.md"), "\n## Dependencies\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var named []string
	for _, row := range regexp.MustCompile(`(?m)^\| *(.+?) *\|`).FindAllStringSubmatch(section, -1) {
		if cell := row[1]; cell != "module" && strings.Trim(cell, "-: ") != "" {
			named = append(named, strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(" ,()`", r) })...)
		}
	}
	if len(named) < 10 {
		t.Fatalf("the table of dependencies was misread: %q", named)
	}
	return named
}
