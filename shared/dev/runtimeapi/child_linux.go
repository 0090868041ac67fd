package runtimeapi

import (
	"os/exec"
	"syscall"
)

// Tether makes the process of cmd end when this process ends, for whatever reason. It
// also keeps a terminal's Ctrl-C from that process, so that this one can end it in
// order.
func Tether(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
