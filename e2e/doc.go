// Package e2e and the packages below it test this repository from outside, with what
// no user of the SDK should have to download or import: a browser, clients of other
// authors, processes that are killed. The module is not part of the workspace and is
// never released. To run its tests: GOWORK=off go test ./...
//
// Package e2e itself tests the pages of the examples weblogin and scanlogin, and that of the
// emulator, in a real browser, and the example monitoring with a real Prometheus. A test is
// skipped without its program (Debian: apt-get install chromium prometheus); see package
// browser. The tests of callbacksoak and tokensoak
// run with WECHAT_SOAK=1.
package e2e
