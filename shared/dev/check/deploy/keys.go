package deploy

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"strings"

	"chaoxi/shared/dev/check/repo"
	"chaoxi/shared/dev/rights"
)

// tablePackage has all keys of the table, and the calls of one table by which the
// store makes its own.
const tablePackage = repo.Module + "shared/dynamo/internal/table"

// tableCalls are the actions of the methods of table.Client.
var tableCalls = map[string]string{
	"GetItem": "GetItem", "Query": "Query", "Page": "Query",
	"PutItem": "PutItem", "UpdateItem": "UpdateItem", "DeleteItem": "DeleteItem", "WriteBatch": "BatchWriteItem",
	"TxPut": "PutItem", "TxUpdate": "UpdateItem", "TxDelete": "DeleteItem", "TxCheck": "ConditionCheckItem",
}

// keys notes which partitions a function of the table package names: f is called.
func (w *walk) keys(f *types.Func) {
	if f.Pkg().Path() == tablePackage {
		for p := range w.partitions(f, nil) {
			w.named[p] = true
		}
	}
}

// tableCall notes the action and the partitions of a call of table.Client, if its key or
// item is made right there. Keys of a batch of reads, and the partition of a query that
// is not table.Client's, may also be made before, in the same function. Of others only
// w.named tells the partitions.
func (w *walk) tableCall(call *ast.CallExpr, within ast.Node, info *types.Info) {
	f := callee(call, info)
	if f == nil || f.Pkg() == nil || f.Signature().Recv() == nil {
		return
	}
	action, where := "", []ast.Node{within}
	switch own := f.Pkg().Path() == tablePackage; {
	case own && f.Name() == "GetItems":
		action = "BatchGetItem"
	case own && tableCalls[f.Name()] != "":
		action, where = tableCalls[f.Name()], nil
		for _, arg := range call.Args {
			where = append(where, arg)
		}
	case f.Pkg().Path() == awsServices+"dynamodb" && f.Name() == "Query":
		action = "Query"
	default:
		return
	}
	for _, n := range where {
		ast.Inspect(n, func(n ast.Node) bool {
			made, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			key := callee(made, info)
			if key == nil || key.Pkg() == nil || key.Pkg().Path() != tablePackage || key.Signature().Recv() != nil || action == "Query" && !strings.HasSuffix(key.Name(), "PK") {
				return true
			}
			for p := range w.partitions(key, w.bind(key, made, info, nil)) {
				w.pairs[action+" "+p] = true
			}
			return true
		})
	}
}

// callee is the function or method that a call names, nil if it calls a value.
func callee(call *ast.CallExpr, info *types.Info) *types.Func {
	fun := ast.Unparen(call.Fun)
	if s, ok := fun.(*ast.SelectorExpr); ok {
		fun = s.Sel
	}
	if id, ok := fun.(*ast.Ident); ok {
		f, _ := info.Uses[id].(*types.Func)
		return f
	}
	return nil
}

// constants are the parameters of a function that are the same text in a call.
type constants map[types.Object]string

// bind returns the parameters of f that are constant in a call.
func (c *program) bind(f *types.Func, call *ast.CallExpr, info *types.Info, env constants) constants {
	bound := constants{}
	for i, arg := range call.Args {
		if i >= f.Signature().Params().Len() {
			break
		}
		if s, whole := text0(arg, info, env); whole {
			bound[f.Signature().Params().At(i)] = s
		}
	}
	return bound
}

// partitions are the patterns of the partitions whose keys f makes, as far as they are
// written in the source.
func (c *program) partitions(f *types.Func, env constants) map[string]bool {
	found := map[string]bool{}
	b, ok := c.declared[f]
	if !ok {
		return found
	}
	add := func(e ast.Expr) {
		begins, _ := text0(e, b.info, env)
		if begins, _, _ = strings.Cut(begins, "%"); begins != "" && begins != "RATE#" && begins != "AUDIT#" {
			found[rights.Pattern(begins)] = true
		}
	}
	key := func(t types.Type) bool {
		n, ok := t.(*types.Named)
		return ok && n.Obj().Name() == "Key" && n.Obj().Pkg().Path() == tablePackage
	}
	ast.Inspect(b.node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if key(b.info.TypeOf(n)) && len(n.Elts) > 0 {
				e := n.Elts[0]
				if pair, ok := e.(*ast.KeyValueExpr); ok {
					e = pair.Value
				}
				add(e)
			}
		case *ast.ReturnStmt:
			if strings.HasSuffix(f.Name(), "PK") && len(n.Results) == 1 {
				add(n.Results[0])
			}
		case *ast.CallExpr:
			if g := callee(n, b.info); g != nil && g != f && g.Pkg() != nil && g.Pkg().Path() == tablePackage && g.Signature().Recv() == nil {
				for p := range c.partitions(g, c.bind(g, n, b.info, env)) {
					found[p] = true
				}
			}
		}
		return true
	})
	return found
}

// text0 is what a text begins with, as far as it is written in the source, and whether
// that is all of it.
func text0(e ast.Expr, info *types.Info, env constants) (string, bool) {
	if v := info.Types[e].Value; v != nil && v.Kind() == constant.String {
		return constant.StringVal(v), true
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		s, ok := env[info.Uses[e]]
		return s, ok
	case *ast.BinaryExpr:
		left, whole := text0(e.X, info, env)
		if !whole {
			return left, false
		}
		right, whole := text0(e.Y, info, env)
		return left + right, whole
	case *ast.CallExpr:
		if f := callee(e, info); f == nil || f.FullName() != "fmt.Sprintf" {
			return "", false
		}
		format, _ := text0(e.Args[0], info, env)
		var known []any
		for _, arg := range e.Args[1:] {
			s, whole := text0(arg, info, env)
			if !whole {
				break
			}
			known = append(known, s)
		}
		begins, _, _ := strings.Cut(fmt.Sprintf(format, known...), "%!")
		return begins, false
	}
	return "", false
}
