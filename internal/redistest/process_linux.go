package redistest

import "syscall"

// processAttributes makes the server end with the test process, even if that is killed.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
