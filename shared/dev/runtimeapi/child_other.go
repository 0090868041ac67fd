//go:build !linux

package runtimeapi

import "os/exec"

// Tether does nothing here: only Linux can tie a child to its parent's death.
// Close still ends it.
func Tether(*exec.Cmd) {}
