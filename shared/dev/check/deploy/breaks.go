package deploy

import (
	"maps"
	"reflect"
	"regexp"
	"strings"

	"chaoxi/shared/dev/sam"
)

// change is an edit of what is deployed. The edits below work on values, not on
// text, so that they do not depend on how template.yaml is indented or ordered.
// Their values are written in YAML. A path is made of the names of members, with
// dots between; the empty path is the whole template. An edit that finds nothing
// to edit changes nothing.
type change func(*deployed)

// set gives the mapping at path these members, in place of those that it has under
// the same names.
func set(path, yaml string) change {
	return func(d *deployed) {
		if m := object(d.at(path)); m != nil {
			maps.Copy(m, members(yaml))
		}
	}
}

// remove takes away the member at path.
func remove(path string) change {
	parent, name := "", path
	if i := strings.LastIndex(path, "."); i >= 0 {
		parent, name = path[:i], path[i+1:]
	}
	return func(d *deployed) { delete(object(d.at(parent)), name) }
}

// member replaces members of every mapping below path that has them.
func member(path, old, replacement string) change {
	return edit(path, func(v any) any {
		m, olds := object(v), members(old)
		for name, o := range olds {
			if !reflect.DeepEqual(m[name], o) {
				return v
			}
		}
		maps.DeleteFunc(m, func(name string, _ any) bool { _, is := olds[name]; return is })
		maps.Copy(m, members(replacement))
		return m
	})
}

// item replaces an item of every list below path that has it with the items of
// another list.
func item(path, old, replacements string) change {
	return edit(path, func(v any) any {
		list, ok := v.([]any)
		if !ok {
			return v
		}
		edited := []any{}
		for _, i := range list {
			if reflect.DeepEqual(i, value(old)) {
				edited = append(edited, value(replacements).([]any)...)
			} else {
				edited = append(edited, i)
			}
		}
		return edited
	})
}

// text replaces a text in every string below path, names of members included.
func text(path, old, replacement string) change {
	return edit(path, func(v any) any {
		switch v := v.(type) {
		case string:
			return strings.ReplaceAll(v, old, replacement)
		case map[string]any:
			for name, m := range maps.Clone(v) {
				delete(v, name)
				v[strings.ReplaceAll(name, old, replacement)] = m
			}
		}
		return v
	})
}

// page replaces what a pattern matches in docs/operations.md.
func page(pattern, replacement string) change {
	return func(d *deployed) {
		d.operations = regexp.MustCompile(pattern).ReplaceAllString(d.operations, replacement)
	}
}

// edit replaces every value below path with what f makes of it, those inside a
// value before the value itself.
func edit(path string, f func(any) any) change {
	return func(d *deployed) {
		if m := object(d.at(path)); m != nil {
			edited(m, f)
		}
	}
}

func edited(v any, f func(any) any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, m := range v {
			v[name] = edited(m, f)
		}
	case []any:
		for i := range v {
			v[i] = edited(v[i], f)
		}
	}
	return f(v)
}

// clone copies the template, so that a change leaves the original as it is.
func (d deployed) clone() deployed {
	d.template = object(clone(d.template))
	return d
}

func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, member := range v {
			m[name] = clone(member)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = clone(v[i])
		}
		return list
	}
	return v
}

// at is what stands at path, nil if nothing does.
func (d deployed) at(path string) any {
	if path == "" {
		return d.template
	}
	return at(d.template, strings.Split(path, ".")...)
}

// members reads the members of a mapping, value any value.
func members(yaml string) map[string]any {
	m, err := sam.Written([]byte(yaml))
	if err != nil {
		panic(err) // it stands in this package
	}
	return m
}

func value(yaml string) any { return members("value: " + yaml)["value"] }
