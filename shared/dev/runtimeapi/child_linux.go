package runtimeapi

import (
	"os/exec"
	"syscall"
)

// Tether makes the command's process end with this one, however this one ends,
// and keeps a terminal's Ctrl-C from it: whoever started it ends it in order.
func Tether(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
