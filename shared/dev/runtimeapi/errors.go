package runtimeapi

import "errors"

// The errors of Pool.
var (
	// ErrCrashed says that the process ended before it answered, or was never ready.
	ErrCrashed = errors.New("function crashed")
	// ErrTimeout says that the function took longer than its timeout. Its process was
	// killed.
	ErrTimeout = errors.New("function timed out")
	// ErrTooLarge says that the event is larger than Lambda takes.
	ErrTooLarge = errors.New("event too large")
	// ErrClosed says that the pool was closed.
	ErrClosed = errors.New("pool closed")
)

// FunctionError is an error that a function reported instead of an answer. Its
// process goes on, unless it reported a panic: then it has ended.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// Error returns both members.
func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }
