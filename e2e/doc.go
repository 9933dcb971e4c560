// Package e2e tests the pages of this repository in a real browser: those of the
// examples weblogin and scanlogin, and that of the emulator. It contains only tests.
//
// They need Chromium (Debian: apt-get install chromium) and are skipped without it; see
// package browser.
package e2e
