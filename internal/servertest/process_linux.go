package servertest

import "syscall"

// processAttributes makes the server end with the test process, even if that is killed.
func processAttributes(end syscall.Signal, user *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: end, Credential: user}
}
