// Package e2e clicks through the pages of this repository in a real browser: those of
// the examples weblogin and scanlogin, and that of the emulator. It has tests alone.
//
// They need Chromium (Debian: apt-get install chromium) and are skipped where there is
// none; see package browser.
package e2e
