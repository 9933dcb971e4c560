package storetest_test

import (
	"testing"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/storetest"
)

// The test of a backend is one call. Here a store.Memory stands for the backend.
func ExampleRun() {
	_ = func(t *testing.T) { // func TestStore(t *testing.T) {
		storetest.Run(t, func(t *testing.T) store.Store {
			return store.NewMemory()
		})
	}
}
