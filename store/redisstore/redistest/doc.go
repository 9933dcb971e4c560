// Package redistest starts real Redis servers for tests, and stops, pauses and
// restarts them, so that a test can see what happens when a store goes away.
//
// It needs redis-server in the PATH (Debian's package redis-server) and a Unix
// system. Where the program is missing [Start] skips the test and says so, unless
// CI=true or WECHAT_REQUIRE_SERVERS=1 is set: then the test fails, so that nothing
// is left out silently where everything is meant to run.
package redistest
