package sam

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// decode reads YAML into maps, lists and scalars. It turns the short tags of
// CloudFormation into their long form, so that `!Ref X` and `Ref: X` give the same.
// It works on the syntax tree, because the decoder of the library drops unknown
// tags.
func decode(data []byte) (any, error) {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, err
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return map[string]any{}, nil
	}
	d := decoder{anchors: map[string]any{}}
	return d.node(file.Docs[0].Body)
}

// decoder has the values of the anchors seen so far.
type decoder struct{ anchors map[string]any }

// node returns the value of a node.
func (d decoder) node(n ast.Node) (any, error) {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return nil, nil
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode:
		return n.Value.Value, nil
	case *ast.IntegerNode:
		return n.Value, nil
	case *ast.FloatNode:
		return n.Value, nil
	case *ast.BoolNode:
		return n.Value, nil
	case *ast.TagNode:
		v, err := d.node(n.Value)
		if err != nil {
			return nil, err
		}
		return longForm(strings.TrimPrefix(n.Start.Value, "!"), v), nil
	case *ast.AnchorNode:
		v, err := d.node(n.Value)
		d.anchors[n.Name.GetToken().Value] = v
		return v, err
	case *ast.AliasNode:
		return d.anchors[n.Value.GetToken().Value], nil
	case *ast.SequenceNode:
		list := make([]any, len(n.Values))
		for i, item := range n.Values {
			v, err := d.node(item)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case *ast.MappingNode:
		return d.mapping(n.Values)
	case *ast.MappingValueNode:
		return d.mapping([]*ast.MappingValueNode{n})
	default:
		return nil, fmt.Errorf("line %d: %s is not supported in a template", n.GetToken().Position.Line, n.Type())
	}
}

// mapping returns a map. A key << adds the members of another map.
func (d decoder) mapping(values []*ast.MappingValueNode) (any, error) {
	m := make(map[string]any, len(values))
	for _, pair := range values {
		v, err := d.node(pair.Value)
		if err != nil {
			return nil, err
		}
		if _, merge := pair.Key.(*ast.MergeKeyNode); merge {
			base, _ := v.(map[string]any)
			for k, v := range base {
				if _, set := m[k]; !set {
					m[k] = v
				}
			}
			continue
		}
		m[pair.Key.GetToken().Value] = v
	}
	return m, nil
}

// longForm returns the long form of a value with a short tag.
func longForm(tag string, v any) any {
	switch tag {
	case "Ref", "Condition":
		return map[string]any{tag: v}
	case "GetAtt":
		if s, ok := v.(string); ok {
			id, attr, _ := strings.Cut(s, ".")
			v = []any{id, attr}
		}
	case "!str", "!int", "!float", "!bool", "!null": // tags of YAML itself
		return v
	}
	return map[string]any{"Fn::" + tag: v}
}
