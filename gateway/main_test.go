package gateway_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain lets many tests run at a time: the parallel ones wait for Redis, for a timeout
// or for a server that closes a connection whose request it has not read.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
