package deploy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"chaoxi/shared/dev/rights"
)

// deployed is what the rules judge: the template as written, what the functions'
// code does and what their tests have seen them do to the table, and the page for whoever an alarm wakes.
type deployed struct {
	template   map[string]any
	effects    map[string]effects // by function
	records    map[string]rights.Record
	operations string
}

// resources are the logical ids of a type.
func (d deployed) resources(kind string) []string {
	var ids []string
	for id, r := range object(d.template["Resources"]) {
		if at(r, "Type") == kind {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (d deployed) resource(id string) any { return at(d.template, "Resources", id) }

// setting is one of a function, its own or that of all.
func (d deployed) setting(function string, path ...string) any {
	if own := at(d.resource(function), append([]string{"Properties"}, path...)...); own != nil {
		return own
	}
	return at(d.template, append([]string{"Globals", "Function"}, path...)...)
}

// name is the name of a function, from its logical id.
func (d deployed) name(id string) string {
	return strings.TrimSuffix(strings.TrimPrefix(show(at(d.resource(id), "Properties", "CodeUri")), "functions/"), "/")
}

// functions yields every function's logical id and what its code does.
func (d deployed) functions(yield func(id string, does effects)) {
	for _, id := range d.resources("AWS::Serverless::Function") {
		yield(id, d.effects[d.name(id)])
	}
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// at is what stands at a path of members.
func at(v any, path ...string) any {
	for _, name := range path {
		v = object(v)[name]
	}
	return v
}

// each is a list, or the one value that stands where a list could; of a choice
// by condition, all that could be chosen.
func each(v any) []any {
	var all []any
	if list, ok := v.([]any); ok {
		for _, item := range list {
			all = append(all, each(item)...)
		}
		return all
	}
	if choice, ok := at(v, "Fn::If").([]any); ok && len(choice) == 3 {
		return append(each(choice[1]), each(choice[2])...)
	}
	if v == nil || at(v, "Ref") == "AWS::NoValue" {
		return nil
	}
	return []any{v}
}

// show writes a value as a person would: what is referred to by its name.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case map[string]any:
		if name, ok := v["Ref"].(string); ok {
			return name
		}
		if name, ok := v["Fn::Sub"].(string); ok {
			return name
		}
		if attr, ok := v["Fn::GetAtt"].([]any); ok {
			return show(attr[0]) + "." + show(attr[1])
		}
		text, _ := json.Marshal(v)
		return string(text)
	}
	return fmt.Sprint(v)
}
