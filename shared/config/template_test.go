package config

import (
	"errors"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/dev/sam"
)

const (
	root   = "../../"
	module = "chaoxi/"
)

// TestTemplate holds what template.yaml gives each function against what its
// code reads: a setting that is not passed is an operator's parameter without
// effect, and one that nobody reads is one that misleads.
func TestTemplate(t *testing.T) {
	tmpl, err := sam.Load(root+"template.yaml", sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	code := newCode()
	byField := settingNames(t)
	passed := map[string]bool{}
	for _, f := range tmpl.Functions {
		t.Run(f.Name, func(t *testing.T) {
			main, err := code.Import(module + "functions/" + f.Name)
			if err != nil {
				t.Fatal(err)
			}
			read := code.environment(main)
			if code.calls(main, "Settings") {
				for field := range code.settings(main) {
					if name, ok := byField[field]; ok {
						read[name] = true
					}
				}
			}
			for name := range f.Environment {
				passed[name] = true
				if !read[name] && name != "VERSION" && !strings.HasPrefix(name, "AWS_ENDPOINT_URL_") { // which all are given
					t.Errorf("template.yaml gives it %s, which it does not use", name)
				}
			}
			for name := range read {
				if _, ok := f.Environment[name]; !ok {
					t.Errorf("it uses %s, which template.yaml does not give it", name)
				}
			}
		})
	}
	for _, name := range byField {
		if !passed[name] {
			t.Errorf("no function of template.yaml is given %s", name)
		}
	}
}

// TestParameters checks that each setting can be given at deployment, by a
// parameter of its name whose default is the contract's.
func TestParameters(t *testing.T) {
	tmpl, err := sam.Load(root+"template.yaml", sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for name := range settings {
		parameter := ""
		for part := range strings.SplitSeq(strings.ToLower(name), "_") {
			parameter += strings.ToUpper(part[:1]) + part[1:]
		}
		p, ok := tmpl.Parameters[parameter]
		if !ok || !p.HasDefault || p.Description == "" {
			t.Errorf("%s: no parameter %s with a default and a description", name, parameter)
		}
		env[name] = p.Default
	}
	e := of(env)
	if got := e.Settings(); !reflect.DeepEqual(got, account.Defaults()) || e.Err() != nil {
		t.Errorf("the template's defaults are not the contract's: %+v, %v", got, e.Err())
	}
}

// settingNames are the variables of the settings, by their fields.
func settingNames(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{}
	for name, tt := range settings {
		got, defaults := of(map[string]string{name: tt.value}).Settings(), account.Defaults()
		v, d := reflect.ValueOf(got), reflect.ValueOf(defaults)
		for i := range v.NumField() {
			if !reflect.DeepEqual(v.Field(i).Interface(), d.Field(i).Interface()) {
				names[v.Type().Field(i).Name] = name
			}
		}
	}
	if len(names) != len(settings) {
		t.Fatalf("%d fields for %d settings", len(names), len(settings))
	}
	return names
}

// code is our packages, type-checked without anybody else's: who calls whom
// among us can be seen all the same.
type code struct {
	fset     *token.FileSet
	info     types.Info
	packages map[string]*types.Package
	files    map[*types.Package][]*ast.File
	bodies   map[*types.Func]ast.Node
}

func newCode() *code {
	return &code{
		fset: token.NewFileSet(), info: types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}},
		packages: map[string]*types.Package{}, files: map[*types.Package][]*ast.File{}, bodies: map[*types.Func]ast.Node{},
	}
}

// Import implements [types.Importer].
func (c *code) Import(path string) (*types.Package, error) {
	dir, ours := strings.CutPrefix(path, module)
	if !ours {
		return nil, errors.New("not ours")
	}
	if p, ok := c.packages[path]; ok {
		return p, nil
	}
	names, err := filepath.Glob(root + dir + "/*.go")
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(name, "_test.go") || strings.Contains(string(text), "\n//go:build ignore\n") || strings.HasPrefix(string(text), "//go:build ignore\n") {
			continue
		}
		f, err := parser.ParseFile(c.fset, name, text, 0)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, errors.New("no files in " + dir)
	}
	// What is not ours cannot be resolved; all else can.
	config := types.Config{Importer: c, Error: func(error) {}}
	p, _ := config.Check(path, c.fset, files, &c.info)
	c.packages[path], c.files[p] = p, files
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				if object, ok := c.info.Defs[fn.Name].(*types.Func); ok {
					c.bodies[object] = fn.Body
				}
			}
		}
	}
	return p, nil
}

// uses yields what is named in n.
func (c *code) uses(n ast.Node, yield func(*ast.Ident, types.Object)) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && c.info.Uses[id] != nil {
			yield(id, c.info.Uses[id])
		}
		return true
	})
}

// settings are the fields of account.Settings that are read on the way from
// main, through all of ours that it calls.
func (c *code) settings(main *types.Package) map[string]bool {
	kept := c.packages[module+"shared/account"].Scope().Lookup("Settings").Type().Underlying().(*types.Struct)
	fields := map[types.Object]string{}
	for i := range kept.NumFields() {
		fields[kept.Field(i)] = kept.Field(i).Name()
	}
	defaults := c.packages[module+"shared/account"].Scope().Lookup("Defaults")
	read, seen := map[string]bool{}, map[types.Object]bool{defaults: true}
	var follow func(ast.Node)
	follow = func(n ast.Node) {
		c.uses(n, func(_ *ast.Ident, o types.Object) {
			if name, ok := fields[o]; ok {
				read[name] = true
			}
			fn, ok := o.(*types.Func)
			if !ok {
				return
			}
			fn = fn.Origin()
			if body := c.bodies[fn]; body != nil && !seen[fn] && fn.Pkg().Path() != module+"shared/config" {
				seen[fn] = true
				follow(body)
			}
		})
	}
	for _, f := range c.files[main] {
		follow(f)
		// A kind of job is called through an interface.
		c.uses(f, func(_ *ast.Ident, o types.Object) {
			if t, ok := o.(*types.TypeName); ok && c.isKind(t.Type()) {
				method, _, _ := types.LookupFieldOrMethod(t.Type(), true, t.Pkg(), "Work")
				follow(c.bodies[method.(*types.Func)])
			}
		})
	}
	return read
}

// isKind reports whether t does the work of a kind of jobs.
func (c *code) isKind(t types.Type) bool {
	jobs := c.packages[module+"shared/jobs"]
	if jobs == nil || types.IsInterface(t) {
		return false
	}
	return types.Implements(t, jobs.Scope().Lookup("Kind").Type().Underlying().(*types.Interface))
}

// calls reports whether main calls the method of Env.
func (c *code) calls(main *types.Package, method string) bool {
	called := false
	c.methods(main, func(name string, _ []string) { called = called || name == method })
	return called
}

// methods yields the methods of Env that main calls, with arguments that are
// constants.
func (c *code) methods(main *types.Package, yield func(name string, arguments []string)) {
	for _, f := range c.files[main] {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			fn, ok := c.info.Uses[sel.Sel].(*types.Func)
			if !ok || fn.Pkg() == nil || fn.Pkg().Path() != module+"shared/config" || fn.Signature().Recv() == nil {
				return true
			}
			var arguments []string
			for _, a := range call.Args {
				arguments = append(arguments, constant.StringVal(c.info.Types[a].Value))
			}
			yield(fn.Name(), arguments)
			return true
		})
	}
}

// environment is what main's calls of Env look for, but for the settings and
// what Lambda itself provides.
func (c *code) environment(main *types.Package) map[string]bool {
	read := map[string]bool{}
	e := From(func(name string) (string, bool) {
		read[name] = true
		return map[string]string{"SMS_SENDER": "gateway"}[name], true // which needs more than sns does
	})
	c.methods(main, func(name string, arguments []string) {
		if name == "Settings" || name == "Err" {
			return
		}
		var in []reflect.Value
		for _, a := range arguments {
			in = append(in, reflect.ValueOf(a))
		}
		reflect.ValueOf(e).MethodByName(name).Call(in)
	})
	maps.DeleteFunc(read, func(name string, _ bool) bool { return strings.HasPrefix(name, "AWS_") })
	return read
}

// TestWhatIsSeen keeps the two tests above from passing because they see
// nothing.
func TestWhatIsSeen(t *testing.T) {
	c := newCode()
	main, err := c.Import(module + "functions/login")
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(c.environment(main))); !slices.Equal(got, []string{"MAC_KEYS", "SMS_GATEWAY_KEY", "SMS_GATEWAY_KEY_ID", "SMS_GATEWAY_URL", "SMS_SENDER", "TABLE_NAME"}) {
		t.Errorf("login reads %q", got)
	}
	read := c.settings(main)
	for _, field := range []string{"LockTries", "TicketLife", "SecondFactor", "AppIdle", "SessionsEach", "SharedEgress"} {
		if !read[field] {
			t.Errorf("login is not seen to use %s", field)
		}
	}
	for _, field := range []string{"CodeLife", "DeviceLife", "StepUpLife", "RecoveryLife", "PasswordsKept"} {
		if read[field] {
			t.Errorf("login is seen to use %s", field)
		}
	}
}
