// Package servertest starts programs for tests: those of this repository ([Build], [Run]),
// and real database servers, which it kills, pauses and restarts, for tests of what happens
// when a store fails ([Redis], [Start], [Proxy]).
//
// The database servers need a Unix system and the programs in the PATH (for [Redis]
// Debian's package redis-server). If a program is missing, the test is skipped, or fails
// if CI=true or WECHAT_REQUIRE_SERVERS=1 is set.
package servertest
