package sam

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// resolver replaces intrinsic functions by their values. If it cannot know a value
// (an ARN, an import), the result names it: `Table.StreamArn`,
// `{"Fn::ImportValue":…}`.
type resolver struct {
	parameters map[string]any
	names      map[string]string
	mappings   map[string]any
	conditions map[string]any
}

// noValue is the value of AWS::NoValue. The map or list that it stands in drops it.
type noValue struct{}

// pseudo has the pseudo parameters of CloudFormation, unless Options.Names has
// others.
var pseudo = map[string]string{
	"AWS::AccountId": "000000000000",
	"AWS::Partition": "aws",
	"AWS::Region":    "local",
	"AWS::StackName": "local",
	"AWS::URLSuffix": "localhost",
}

// value resolves v and all that is in it.
func (r resolver) value(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, 0, len(v))
		for _, item := range v {
			if item = r.value(item); item != (noValue{}) {
				list = append(list, item)
			}
		}
		return list
	case map[string]any:
		if len(v) == 1 {
			for name, arg := range v {
				if name == "Ref" || strings.HasPrefix(name, "Fn::") {
					return r.intrinsic(name, arg)
				}
			}
		}
		m := make(map[string]any, len(v))
		for k, item := range v {
			if item = r.value(item); item != (noValue{}) {
				m[k] = item
			}
		}
		return m
	default:
		return v
	}
}

// intrinsic returns the value of one intrinsic function.
func (r resolver) intrinsic(name string, arg any) any {
	list, _ := arg.([]any)
	switch {
	case name == "Ref":
		return r.ref(text(arg))
	case name == "Fn::GetAtt" && len(list) == 2:
		return r.attribute(text(list[0]), text(r.value(list[1])))
	case name == "Fn::Sub":
		return r.sub(arg)
	case name == "Fn::If" && len(list) == 3:
		if r.condition(map[string]any{"Condition": list[0]}) {
			return r.value(list[1])
		}
		return r.value(list[2])
	case name == "Fn::FindInMap" && len(list) >= 3:
		var at any = r.mappings
		for _, key := range list[:3] {
			m, _ := at.(map[string]any)
			at = m[text(r.value(key))]
		}
		if at != nil {
			return r.value(at)
		}
	case name == "Fn::Join" && len(list) == 2:
		if parts, ok := r.value(list[1]).([]any); ok {
			return strings.Join(texts(parts), text(list[0]))
		}
	case name == "Fn::Split" && len(list) == 2:
		var parts []any
		for part := range strings.SplitSeq(text(r.value(list[1])), text(list[0])) {
			parts = append(parts, part)
		}
		return parts
	case name == "Fn::Select" && len(list) == 2:
		i, err := strconv.Atoi(text(r.value(list[0])))
		if from, ok := r.value(list[1]).([]any); ok && err == nil && i >= 0 && i < len(from) {
			return from[i]
		}
	case name == "Fn::Base64":
		return base64.StdEncoding.EncodeToString([]byte(text(r.value(arg))))
	case name == "Fn::Equals", name == "Fn::And", name == "Fn::Or", name == "Fn::Not":
		return r.condition(map[string]any{name: arg})
	}
	return placeholder(name, r.value(arg))
}

// ref returns the value of !Ref name.
func (r resolver) ref(name string) any {
	if v, ok := r.parameters[name]; ok {
		return v
	}
	if v, ok := r.names[name]; ok {
		return v
	}
	if name == "AWS::NoValue" {
		return noValue{}
	}
	if v, ok := pseudo[name]; ok {
		return v
	}
	return name
}

// attribute returns the value of !GetAtt id.attr.
func (r resolver) attribute(id, attr string) string {
	if v, ok := r.names[id+"."+attr]; ok {
		return v
	}
	return id + "." + attr
}

var variable = regexp.MustCompile(`\$\{([^}]+)\}`)

// sub returns the value of !Sub.
func (r resolver) sub(arg any) any {
	vars := map[string]any{}
	if list, ok := arg.([]any); ok && len(list) == 2 {
		arg = list[0]
		vars, _ = list[1].(map[string]any)
	}
	return variable.ReplaceAllStringFunc(text(arg), func(m string) string {
		name := strings.TrimSpace(m[2 : len(m)-1])
		if v, ok := vars[name]; ok {
			return text(r.value(v))
		}
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		if id, attr, ok := strings.Cut(name, "."); ok {
			return r.attribute(id, attr)
		}
		return text(r.ref(name))
	})
}

// condition evaluates a condition. One that it does not understand is false, so that
// !If takes the second branch.
func (r resolver) condition(v any) bool {
	m, _ := v.(map[string]any)
	for name, arg := range m {
		list, _ := arg.([]any)
		switch name {
		case "Condition":
			id := text(arg)
			c, ok := r.conditions[id]
			if !ok {
				return false
			}
			rest := r
			rest.conditions = without(r.conditions, id) // a condition that refers to itself is false
			return rest.condition(c)
		case "Fn::Equals":
			return len(list) == 2 && text(r.value(list[0])) == text(r.value(list[1]))
		case "Fn::Not":
			return len(list) == 1 && !r.condition(list[0])
		case "Fn::And", "Fn::Or":
			for _, c := range list {
				if r.condition(c) == (name == "Fn::Or") {
					return name == "Fn::Or"
				}
			}
			return name == "Fn::And"
		}
	}
	return false
}

// without returns m without key.
func without(m map[string]any, key string) map[string]any {
	c := make(map[string]any, len(m))
	for k, v := range m {
		if k != key {
			c[k] = v
		}
	}
	return c
}

// placeholder returns a function that cannot be evaluated as JSON text.
func placeholder(name string, arg any) string {
	b, err := json.Marshal(map[string]any{name: arg})
	if err != nil {
		return name
	}
	return string(b)
}

// text returns v as CloudFormation would write it into a string.
func text(v any) string {
	switch v := v.(type) {
	case nil, noValue:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		return strings.Join(texts(v), ",")
	case map[string]any:
		b, _ := json.Marshal(v)
		return string(b)
	default:
		return fmt.Sprint(v)
	}
}

// texts returns the elements of list as text.
func texts(list []any) []string {
	s := make([]string, len(list))
	for i, v := range list {
		s[i] = text(v)
	}
	return s
}
