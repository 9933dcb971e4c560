// Package upgrading has the code of the page "Upgrading".
package upgrading

import (
	"runtime/debug"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/store/redisstore"
)

// versions returns the version of each module of the SDK in this program, for a log line at
// its start.
func versions() map[string]string {
	found := map[string]string{}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return found
	}
	for _, m := range info.Deps {
		if strings.HasPrefix(m.Path, "github.com/seed-f21aa8d8/wechat") {
			found[m.Path] = m.Version
		}
	}
	return found
}

// newStore keeps the records of the new version apart from those of the old one.
func newStore(client *redis.Client) (*redisstore.Store, error) {
	return redisstore.New(client, redisstore.Config{Prefix: "wechat:2:"})
}
