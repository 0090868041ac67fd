package runtimeapi

import "errors"

var (
	// ErrCrashed: the process ended before it answered, or never got ready.
	ErrCrashed = errors.New("function crashed")
	// ErrTimeout: the function took longer than its timeout; its process was killed.
	ErrTimeout = errors.New("function timed out")
	// ErrTooLarge: the event is larger than Lambda takes.
	ErrTooLarge = errors.New("event too large")
	// ErrClosed: the pool is closed.
	ErrClosed = errors.New("pool closed")
)

// FunctionError is what a function reported instead of an answer. The process
// behind it stays, unless it reported a panic and ended by itself.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }
