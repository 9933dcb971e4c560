package sqlstore_test

import "syscall"

// processAttributes makes a server run as another user than root and end with the
// test, even with one that is killed.
func processAttributes(end syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: end, Credential: serverUser()}
}
