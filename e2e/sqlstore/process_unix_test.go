//go:build unix && !linux

package sqlstore_test

import "syscall"

// processAttributes makes a server run as another user than root.
func processAttributes(syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: serverUser()}
}
