//go:build !linux

package local

// memoryFolder returns "": only Linux has folders whose files are in memory.
func memoryFolder() string { return "" }
