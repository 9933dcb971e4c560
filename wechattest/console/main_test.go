package console_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain lets many tests run at a time: those of the page wait more than they
// compute.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
