package dynamo_test

import (
	"errors"

	"chaoxi/shared/fault"
	"chaoxi/shared/optional"
)

// must is for goroutines of a test, in which t.Fatal would end nothing but the
// goroutine.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// set is a field of an edit that is set.
func set[T any](v T) optional.Value[T] { return optional.Value[T]{Set: true, Value: v} }

// errorCode is the code that a client is told; "ok" if there is no error.
func errorCode(err error) string {
	var f *fault.Error
	if err == nil {
		return "ok"
	}
	if !errors.As(err, &f) {
		return err.Error()
	}
	return f.Code
}
