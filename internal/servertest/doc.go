// Package servertest starts, kills, pauses and restarts real database servers for tests of
// what happens when a store fails, and cuts connections to them.
//
// It needs a Unix system and the programs in the PATH (for [Redis] Debian's package
// redis-server). If a program is missing, the test is skipped, or fails if CI=true or
// WECHAT_REQUIRE_SERVERS=1 is set.
package servertest
