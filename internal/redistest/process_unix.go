//go:build unix && !linux

package redistest

import "syscall"

// processAttributes shields the server from signals of the terminal; Cleanup ends it.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
