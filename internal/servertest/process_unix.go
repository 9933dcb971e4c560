//go:build unix && !linux

package servertest

import "syscall"

// processAttributes shields the server from signals of the terminal; Cleanup ends it.
func processAttributes(_ syscall.Signal, user *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: user}
}
