// Package redistest starts, kills, pauses and restarts real Redis servers for tests of
// what happens when a store fails.
//
// It needs redis-server in the PATH (Debian's package redis-server) and a Unix system.
// If the program is missing, [Start] skips the test, or fails it if CI=true or
// WECHAT_REQUIRE_SERVERS=1 is set.
package redistest
