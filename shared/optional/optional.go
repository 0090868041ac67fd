// Package optional is the type of a field of an edit, which can be absent, null or
// given. A request decodes into it, and the rules of an edit read it.
//
// It knows JSON, as nothing else in the domain does: only a decoder can tell an absent
// field from one that is null.
package optional

import (
	"encoding/json"
	"reflect"
)

// Value is a field of an edit. It can be absent (the zero value: leave the field as it
// is), null (empty the field), or given.
type Value[T any] struct {
	Set   bool // the body has the field
	Null  bool // the field is null; then Set is true, too
	Value T
}

// Of is the field with a value that is given.
func Of[T any](v T) Value[T] { return Value[T]{Set: true, Value: v} }

// OrZero is the value that is given, and the zero value for a field that is absent or
// null.
func (v Value[T]) OrZero() T {
	if v.Set && !v.Null {
		return v.Value
	}
	var zero T
	return zero
}

// UnmarshalJSON implements [json.Unmarshaler]. It is not called for an absent field.
func (v *Value[T]) UnmarshalJSON(b []byte) error {
	v.Set = true
	if string(b) == "null" {
		v.Null = true
		return nil
	}
	return json.Unmarshal(b, &v.Value)
}

// Element returns the type T, by which a strict decoder checks the field.
func (Value[T]) Element() reflect.Type { return reflect.TypeFor[T]() }
