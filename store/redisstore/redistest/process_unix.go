//go:build unix && !linux

package redistest

import "syscall"

// processAttributes keeps signals of the terminal from the server, which Cleanup ends.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
