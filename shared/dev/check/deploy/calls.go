package deploy

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"chaoxi/shared/dev/check/repo"
)

// effects are what a function can do to the world outside: all that its code can
// reach.
type effects struct {
	actions map[string]bool // of IAM, that its calls need
	hashes  bool            // passwords
	metrics map[string]bool // that it counts, by their names in CloudWatch
	named   map[string]bool // partitions of the table, as patterns
	pairs   map[string]bool // actions on such partitions, as far as the source says both in one place
}

// writes reports whether it changes the table, usesTable whether it reads or
// changes it.
func (e effects) writes() bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(e.actions)), func(a string) bool { return tableActions[a] })
}

func (e effects) usesTable() bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(e.actions)), func(a string) bool { _, known := tableActions[a]; return known })
}

// texts reports whether it sends them.
func (e effects) texts() bool { return e.actions["sns:Publish"] }

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

// readEffects returns the effects of every main package that matches the patterns,
// by the last element of its path. The go command runs in dir with env.
//
// The effects are read from the code: from main on, every function and method of
// ours that is named, and whatever those name in turn. A method of an interface
// stands for that method of every type of ours that the function is built of. What
// only the standard library calls, through an interface of its own, is not seen;
// nothing of that kind knows the table.
func readEffects(dir string, env []string, patterns ...string) (map[string]effects, error) {
	loaded, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Dir: dir, Env: env}, patterns...)
	if err != nil {
		return nil, fmt.Errorf("load %v: %w", patterns, err)
	}
	code := program{declared: map[types.Object]body{}}
	for _, p := range loaded {
		if len(p.Errors) > 0 {
			return nil, fmt.Errorf("load %s: %w", p.PkgPath, p.Errors[0])
		}
		code.add(p)
	}
	all := map[string]effects{}
	for _, p := range loaded {
		if p.Name == "main" {
			all[path.Base(p.PkgPath)] = code.from(p.Types)
		}
	}
	return all, nil
}

// from goes through the program from the main function of main.
func (c *program) from(main *types.Package) effects {
	w := walk{program: c, within: map[*types.Package]bool{}, seen: map[types.Object]bool{}, effects: effects{actions: map[string]bool{}, metrics: map[string]bool{}, named: map[string]bool{}, pairs: map[string]bool{}}}
	w.include(main)
	w.object(main.Scope().Lookup("main"))
	return w.effects
}

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
	*program
	within map[*types.Package]bool // that the function is built of
	seen   map[types.Object]bool
	effects
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
		w.keys(f)
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
		case *ast.CallExpr:
			w.tableCall(n, b.node, b.info)
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
