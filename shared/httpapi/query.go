package httpapi

import (
	"maps"
	"slices"
	"strconv"

	"chaoxi/shared/fault"
)

// Params are the parameters of a query, each of which came once.
type Params map[string]string

// Params are the parameters of the query, of which only these are known. One
// that is misspelled or repeated is FieldInvalid: it would find the wrong things
// in silence.
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
			bad.Add(name, fault.Unknown)
		case len(values) > 1:
			bad.Add(name, fault.Duplicate)
		default:
			params[name] = values[0]
		}
	}
	return params, bad.Err()
}

// The length of a page where the caller does not say, and the longest one.
const (
	pageLength = 20
	pageMost   = 100
)

// Limit is the parameter of that name.
func (p Params) Limit() (int, error) {
	s, ok := p["limit"]
	if !ok {
		return pageLength, nil
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil:
		return 0, fault.FieldInvalid.On("limit", fault.Invalid)
	case n < 1 || n > pageMost:
		return 0, fault.FieldInvalid.On("limit", fault.Range)
	}
	return n, nil
}
