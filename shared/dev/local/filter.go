package local

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// filter has the FilterCriteria of one event source. A record passes if one of the
// patterns matches it, or if there are no patterns.
type filter []map[string]any

// newFilter reads patterns. It refuses rules that it does not know: a filter that let
// other records pass than Lambda's filter would be worse than none.
func newFilter(patterns []string) (filter, error) {
	var f filter
	for _, text := range patterns {
		var pattern map[string]any
		if err := json.Unmarshal([]byte(text), &pattern); err != nil {
			return nil, fmt.Errorf("filter %s: %w", text, err)
		}
		if err := checkPattern(pattern); err != nil {
			return nil, fmt.Errorf("filter %s: %w", text, err)
		}
		f = append(f, pattern)
	}
	return f, nil
}

// passes reports whether the function gets the record.
func (f filter) passes(record map[string]any) bool {
	for _, pattern := range f {
		if matches(pattern, record) {
			return true
		}
	}
	return len(f) == 0
}

// checkPattern returns an error if matches does not know all rules of a pattern.
func checkPattern(pattern map[string]any) error {
	for key, v := range pattern {
		switch v := v.(type) {
		case map[string]any:
			if err := checkPattern(v); err != nil {
				return err
			}
		case []any:
			for _, rule := range v {
				if err := checkRule(key, rule); err != nil {
					return err
				}
			}
		default:
			return fmt.Errorf("%s is neither an object nor a list", key)
		}
	}
	return nil
}

// checkRule returns an error if obeys does not know a rule of the field key.
func checkRule(key string, rule any) error {
	m, ok := rule.(map[string]any)
	switch {
	case key == "$or" && ok:
		return checkPattern(m)
	case key == "$or":
		return fmt.Errorf("$or holds %v", rule)
	case !ok:
		return nil // a value that the field must equal
	case len(m) != 1:
		return fmt.Errorf("%s: %d rules in one object", key, len(m))
	}
	for name, arg := range m {
		known := true
		switch name {
		case "exists":
			_, known = arg.(bool)
		case "prefix", "suffix", "equals-ignore-case":
			_, known = arg.(string)
		case "anything-but":
			if nested, ok := arg.(map[string]any); ok {
				return checkRule(key, nested)
			}
		case "numeric":
			_, known = numericRule(arg)
		default:
			known = false
		}
		if !known {
			return fmt.Errorf("%s: unknown rule %s: %v", key, name, arg)
		}
	}
	return nil
}

// matches reports whether event has all fields of the pattern, with values that obey
// one of the rules each.
func matches(pattern map[string]any, event any) bool {
	object, _ := event.(map[string]any)
	for key, want := range pattern {
		value, there := object[key]
		switch want := want.(type) {
		case map[string]any:
			if !matches(want, value) {
				return false
			}
		case []any:
			if key == "$or" {
				if !anyOf(want, func(alternative any) bool { return matches(alternative.(map[string]any), event) }) {
					return false
				}
				continue
			}
			if !anyOf(want, func(rule any) bool { return obeys(rule, value, there) }) {
				return false
			}
		}
	}
	return true
}

// anyOf reports whether ok is true for an element of list.
func anyOf(list []any, ok func(any) bool) bool {
	for _, v := range list {
		if ok(v) {
			return true
		}
	}
	return false
}

// obeys reports whether the value of a field obeys a rule. If the value is a list,
// one of its elements must obey it. there says whether the event has the field.
func obeys(rule, value any, there bool) bool {
	if list, ok := value.([]any); ok {
		return anyOf(list, func(v any) bool { return obeys(rule, v, true) })
	}
	m, ok := rule.(map[string]any)
	if !ok {
		return there && rule == value
	}
	if _, inner := value.(map[string]any); inner { // an object obeys no rule, not even exists
		return false
	}
	text, isText := value.(string)
	for name, arg := range m {
		switch name {
		case "exists":
			return there == arg.(bool)
		case "prefix":
			return isText && strings.HasPrefix(text, arg.(string))
		case "suffix":
			return isText && strings.HasSuffix(text, arg.(string))
		case "equals-ignore-case":
			return isText && strings.EqualFold(text, arg.(string))
		case "anything-but":
			if list, ok := arg.([]any); ok {
				return there && !anyOf(list, func(v any) bool { return obeys(v, value, there) })
			}
			return there && !obeys(arg, value, there)
		case "numeric":
			n, isNumber := value.(float64) // numbers of items are strings in DynamoDB's JSON, so no numeric rule matches them
			within, _ := numericRule(arg)
			return isNumber && within(n)
		}
	}
	return false
}

// numericRule reads a rule such as `[">", 0, "<=", 5]`. It reports false if it does
// not understand the rule.
func numericRule(arg any) (func(float64) bool, bool) {
	list, ok := arg.([]any)
	if !ok || len(list) == 0 || len(list)%2 != 0 {
		return nil, false
	}
	low, high, lowOpen, highOpen := math.Inf(-1), math.Inf(1), false, false
	for i := 0; i < len(list); i += 2 {
		n, ok := list[i+1].(float64)
		if !ok {
			return nil, false
		}
		switch list[i] {
		case "=":
			low, high = n, n
		case ">":
			low, lowOpen = n, true
		case ">=":
			low = n
		case "<":
			high, highOpen = n, true
		case "<=":
			high = n
		default:
			return nil, false
		}
	}
	return func(n float64) bool {
		return (n > low || n == low && !lowOpen) && (n < high || n == high && !highOpen)
	}, true
}
