package httpapi

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"chaoxi/shared/fault"
)

// Params are the parameters of a query, by name.
type Params map[string]string

// Params returns the parameters of the query. known are the names that the route
// knows. An unknown or repeated parameter is FieldInvalid. Otherwise a misspelled
// filter would be ignored, and the answer would have more than was asked for.
func (r *Request) Params(known ...string) (Params, error) {
	query, err := r.Query()
	if err != nil {
		return nil, err
	}
	var bad fault.Fields
	params := Params{}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch values := query[name]; {
		case !slices.Contains(known, name):
			bad.Add(cmp.Or(name, `""`), fault.Unknown)
		case len(values) > 1:
			bad.Add(name, fault.Duplicate)
		default:
			params[name] = values[0]
		}
	}
	return params, bad.Err()
}

// A page of a list has pageLength rows unless the caller says how many, and pageMost
// at the most.
const (
	pageLength = 20
	pageMost   = 100
)

// Limit returns the parameter limit, the number of rows of a page. It answers
// FieldInvalid unless that is a number from 1 to 100.
func (p Params) Limit() (int, error) {
	s, ok := p["limit"]
	if !ok {
		return pageLength, nil
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil || strconv.Itoa(n) != s: // neither +5 nor 05
		return 0, fault.FieldInvalid.AtField("limit", fault.Invalid)
	case n < 1 || n > pageMost:
		return 0, fault.FieldInvalid.AtField("limit", fault.Range)
	}
	return n, nil
}
