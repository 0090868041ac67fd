// Package repo reads the repository for the tests that check it as a whole. It
// opens every file itself instead of asking go list, so that the test cache
// notices when one of them changes. It judges nothing. Start with Sources, which
// returns all Go files, and Read, which returns any one file.
package repo

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Module is what the import paths of this repository begin with.
const Module = "chaoxi/"

// Root is the folder of go.mod, as seen from the folder of the test.
func Root(t testing.TB) string {
	t.Helper()
	root, err := find()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

var find = sync.OnceValues(func() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for root := "."; ; root = filepath.Join(root, "..") {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			return root, nil
		}
		if filepath.Dir(folder) == folder {
			return "", errors.New("find the repository: no go.mod above the test")
		}
		folder = filepath.Dir(folder)
	}
})

// Path is where a file is, from its path in the repository.
func Path(t testing.TB, name string) string {
	t.Helper()
	return filepath.Join(Root(t), filepath.FromSlash(name))
}

// Read returns the text of a file, by its path in the repository.
func Read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Has reports whether there is such a file.
func Has(t testing.TB, name string) bool {
	t.Helper()
	_, err := os.Stat(Path(t, name))
	return err == nil
}

// Functions returns the names of all functions, which are those of their folders.
func Functions(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir(Path(t, "functions"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// BuildFlags returns the flags that the Makefile builds functions with.
func BuildFlags(t testing.TB) string {
	t.Helper()
	makefile := Read(t, "Makefile")
	m := regexp.MustCompile(`(?m)^build_flags = (.+)$`).FindStringSubmatch(makefile)
	if m == nil || strings.Count(makefile, "GOFLAGS='$(build_flags)'") != 2 || strings.Contains(makefile, "$(GO) build") {
		t.Fatal("the Makefile was misread, or builds functions in a third way")
	}
	return m[1]
}

// File is a Go file that is part of its package. A generator, which has the
// constraint "ignore", is not.
type File struct {
	Path, Dir string // in the repository, with slashes
	Test      bool
	Text      string
	Syntax    *ast.File
}

// Sources returns every Go file of the module, testdata aside.
func Sources(t testing.TB) []File {
	t.Helper()
	files, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 100 {
		t.Fatalf("only %d files were found", len(files))
	}
	return files
}

var sources = sync.OnceValues(func() ([]File, error) {
	root, err := find()
	if err != nil {
		return nil, err
	}
	return walk(os.DirFS(root))
})

func walk(root fs.FS) ([]File, error) {
	var files []File
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); p != "." && (name[0] == '.' || name[0] == '_' || name == "testdata" || name == "node_modules" || p == "build") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if !ignored(f) {
			files = append(files, File{p, path.Dir(p), strings.HasSuffix(p, "_test.go"), string(text), f})
		}
		return nil
	})
	return files, err
}

// ignored reports whether a build constraint keeps the file out of its package.
func ignored(f *ast.File) bool {
	for _, group := range f.Comments {
		for _, c := range group.List {
			if c.Pos() < f.Package && strings.HasPrefix(c.Text, "//go:build ignore") {
				return true
			}
		}
	}
	return false
}

// Imports returns the paths that the file imports.
func (f File) Imports() []string {
	var all []string
	for _, spec := range f.Syntax.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			panic(err) // it was parsed
		}
		all = append(all, p)
	}
	return all
}

// Uses calls yield with every name that the file uses of the package with that
// path.
func (f File) Uses(pkgPath string, yield func(name string)) {
	local := ""
	for _, spec := range f.Syntax.Imports {
		if p, _ := strconv.Unquote(spec.Path.Value); p == pkgPath {
			if local = path.Base(p); spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	if local == "" {
		return
	}
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && id.Name == local {
				yield(sel.Sel.Name)
			}
		}
		return true
	})
}

// TextOf returns what the file has for n.
func (f File) TextOf(n ast.Node) string {
	return f.Text[n.Pos()-f.Syntax.FileStart : n.End()-f.Syntax.FileStart]
}
