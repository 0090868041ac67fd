package deploy_test

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"chaoxi/shared/dev/check/repo"

	"golang.org/x/tools/go/packages"
)

// doing is what a function does to the world outside, as far as its code can
// reach it.
type doing struct {
	actions map[string]bool // of IAM, that its calls need
	hashes  bool            // passwords
	metrics map[string]bool // names in CloudWatch
}

// writes and usesTable say what the key of the table has to be good for.
func (d doing) writes() bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(d.actions)), func(a string) bool { return tableActions[a] })
}

func (d doing) usesTable() bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(d.actions)), func(a string) bool { _, known := tableActions[a]; return known })
}

// texts reports whether it sends them.
func (d doing) texts() bool { return d.actions["sns:Publish"] }

// tableActions are the actions that calls of ours may need, true for those that
// write.
var tableActions = map[string]bool{
	"dynamodb:GetItem": false, "dynamodb:BatchGetItem": false, "dynamodb:Query": false, "dynamodb:ConditionCheckItem": false,
	"dynamodb:PutItem": true, "dynamodb:UpdateItem": true, "dynamodb:DeleteItem": true, "dynamodb:BatchWriteItem": true,
}

// What the walk through the code looks for.
const (
	awsServices   = "github.com/aws/aws-sdk-go-v2/service/"
	dynamodbTypes = awsServices + "dynamodb/types"
	argon2        = "golang.org/x/crypto/argon2"
	meterPackage  = repo.Module + "shared/meter"
)

// transactionParts are what a transaction is made of: it needs the action of each
// of its parts and none of its own.
var transactionParts = map[string]string{
	"Put": "dynamodb:PutItem", "Update": "dynamodb:UpdateItem", "Delete": "dynamodb:DeleteItem", "ConditionCheck": "dynamodb:ConditionCheckItem",
	"Get": "dynamodb:GetItem",
}

// whatFunctionsDo is doing of each function, by name, read from the code: from
// main every function and method of ours that is named, and whatever those name
// in turn. A method of an interface stands for that method of every type of ours
// that has it. What is called by nobody but the standard library, through an
// interface of its own, is not seen; nothing of that kind knows the table.
func whatFunctionsDo(t *testing.T) map[string]doing {
	t.Helper()
	repo.Sources(t) // so that the test cache knows all files that go list tells of
	all, err := readCalls()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var readCalls = sync.OnceValues(func() (map[string]doing, error) {
	loaded, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Dir: "../../../.."}, "./functions/...", "./shared/...")
	if err != nil {
		return nil, err
	}
	code := program{declared: map[types.Object]body{}}
	for _, p := range loaded {
		if len(p.Errors) > 0 {
			return nil, p.Errors[0]
		}
		code.add(p)
	}
	all := map[string]doing{}
	for _, p := range loaded {
		if name, ok := strings.CutPrefix(p.PkgPath, repo.Module+"functions/"); ok {
			w := walk{program: code, within: map[*types.Package]bool{}, seen: map[types.Object]bool{}, doing: doing{actions: map[string]bool{}, metrics: map[string]bool{}}}
			w.include(p.Types)
			w.object(p.Types.Scope().Lookup("main"))
			all[name] = w.doing
		}
	}
	return all, nil
})

// program is all code of ours that is deployed.
type program struct {
	declared map[types.Object]body
	types    []*types.Named // that an interface may stand for
}

// body is where an object gets its meaning: a function's body, a variable's first
// value.
type body struct {
	node ast.Node
	info *types.Info
}

func (c *program) add(p *packages.Package) {
	for _, f := range p.Syntax {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				c.declared[p.TypesInfo.Defs[d.Name]] = body{d, p.TypesInfo}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok && d.Tok == token.VAR {
						for _, name := range v.Names {
							c.declared[p.TypesInfo.Defs[name]] = body{v, p.TypesInfo}
						}
					}
				}
			}
		}
	}
	for _, name := range p.Types.Scope().Names() {
		if n, ok := p.Types.Scope().Lookup(name).(*types.TypeName); ok && !n.IsAlias() && !types.IsInterface(n.Type()) {
			c.types = append(c.types, n.Type().(*types.Named))
		}
	}
}

// walk goes through the program from one main function.
type walk struct {
	program
	within map[*types.Package]bool // that the function is built of
	seen   map[types.Object]bool
	doing
}

func (w *walk) include(p *types.Package) {
	if w.within[p] || !strings.HasPrefix(p.Path(), repo.Module) {
		return
	}
	w.within[p] = true
	for _, imp := range p.Imports() {
		w.include(imp)
	}
}

// object goes on with what obj is.
func (w *walk) object(obj types.Object) {
	if obj == nil || obj.Pkg() == nil || w.seen[obj] {
		return
	}
	w.seen[obj] = true
	if f, ok := obj.(*types.Func); ok {
		if recv := f.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
			w.method(recv.Type().Underlying().(*types.Interface), f.Name())
		}
		w.call(f)
	}
	if c, ok := obj.(*types.Const); ok && obj.Pkg().Path() == meterPackage && c.Val().Kind() == constant.String && c.Name() != "Namespace" {
		w.metrics[constant.StringVal(c.Val())] = true
	}
	b, ok := w.declared[obj]
	if !ok {
		return
	}
	ast.Inspect(b.node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			switch used := b.info.Uses[n].(type) {
			case *types.Func:
				w.object(used.Origin())
			case *types.Var, *types.Const:
				w.object(used)
			}
		case *ast.CompositeLit:
			if named, ok := b.info.TypeOf(n).(*types.Named); ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == dynamodbTypes {
				if action := transactionParts[named.Obj().Name()]; action != "" {
					w.actions[action] = true
				}
			}
		}
		return true
	})
}

// method goes on with the method of that name of every type that could be behind
// the interface.
func (w *walk) method(of *types.Interface, name string) {
	for _, t := range w.types {
		ptr := types.NewPointer(t)
		if !w.within[t.Obj().Pkg()] || !types.Implements(ptr, of) {
			continue
		}
		if m := types.NewMethodSet(ptr).Lookup(t.Obj().Pkg(), name); m != nil {
			w.object(m.Obj().(*types.Func).Origin())
		}
	}
}

// call notes what a call of what is not ours asks for.
func (w *walk) call(f *types.Func) {
	if f.Pkg().Path() == argon2 {
		w.hashes = true
	}
	service, isAWS := strings.CutPrefix(f.Pkg().Path(), awsServices)
	recv := f.Signature().Recv()
	if !isAWS || recv == nil || !strings.HasSuffix(recv.Type().String(), "/"+service+".Client") || f.Name() == "Options" {
		return
	}
	if action := service + ":" + f.Name(); !strings.HasPrefix(action, "dynamodb:Transact") {
		w.actions[action] = true
	}
}

// TestCallsAreFound checks the walk by what is known of some functions.
func TestCallsAreFound(t *testing.T) {
	all := whatFunctionsDo(t)
	for _, name := range repo.Functions(t) {
		if _, ok := all[name]; !ok {
			t.Errorf("nothing is known of %s", name)
		}
	}
	for _, tt := range []struct {
		name          string
		texts, hashes bool
		has, hasNot   []string
	}{
		{"health", false, false, nil, []string{"dynamodb:GetItem"}},
		{"dictionaries", false, false, []string{"dynamodb:Query"}, []string{"dynamodb:GetItem", "dynamodb:DeleteItem"}},
		{"send-code", true, false, []string{"dynamodb:UpdateItem"}, []string{"dynamodb:BatchWriteItem"}},
		{"login", false, true, []string{"dynamodb:BatchGetItem"}, []string{"dynamodb:ConditionCheckItem"}},
		{"set-password", false, true, []string{"dynamodb:ConditionCheckItem"}, []string{"dynamodb:BatchWriteItem"}},
		{"me", true, true, nil, nil},
		{"index-staff", false, false, []string{"dynamodb:BatchWriteItem"}, nil},
	} {
		d := all[tt.name]
		if d.texts() != tt.texts || d.hashes != tt.hashes {
			t.Errorf("%s: texts %t, hashes %t", tt.name, d.texts(), d.hashes)
		}
		for _, a := range tt.has {
			if !d.actions[a] {
				t.Errorf("%s does not need %s", tt.name, a)
			}
		}
		for _, a := range tt.hasNot {
			if d.actions[a] {
				t.Errorf("%s needs %s", tt.name, a)
			}
		}
	}
	for name, d := range all {
		for action := range d.actions {
			if _, known := tableActions[action]; !known && action != "sns:Publish" {
				t.Errorf("%s calls %s, which nobody is to", name, action)
			}
		}
	}
	if !all["login"].metrics["SignIns"] || all["health"].metrics["SignIns"] {
		t.Error("sign-ins are counted by login, not by health")
	}
}
