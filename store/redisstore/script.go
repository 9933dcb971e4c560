package redisstore

import (
	"context"
	"crypto/sha1"
	"encoding/hex"

	"github.com/redis/go-redis/v9"
)

// For an absent key GET returns false, which does not equal any string.
const (
	compareAndSwapSource = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
	return 0
end
if ARGV[3] == '0' then
	redis.call('SET', KEYS[1], ARGV[2])
else
	redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1`

	compareAndDeleteSource = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
	return 0
end
return redis.call('DEL', KEYS[1])`
)

// script is a Lua program that Redis caches under the SHA-1 of its text.
type script struct{ source, sha string }

func newScript(source string) script {
	sum := sha1.Sum([]byte(source))
	return script{source: source, sha: hex.EncodeToString(sum[:])}
}

// run runs a script on one key and reports whether it returned 1. If the server does
// not have the script, run sends its text.
func (s *Store) run(ctx context.Context, sc script, key string, args ...any) (bool, error) {
	rest := append([]any{1, s.prefix + key}, args...)
	cmd := newOnceCmd(ctx, append([]any{"evalsha", sc.sha}, rest...)...)
	err := s.process(ctx, cmd)
	if redis.HasErrorPrefix(err, "NOSCRIPT") { // so nothing has happened yet
		cmd = newOnceCmd(ctx, append([]any{"eval", sc.source}, rest...)...)
		err = s.process(ctx, cmd)
	}
	if err != nil {
		return false, err
	}
	n, err := cmd.Int64()
	return n == 1, err
}

// onceCmd is a command that the client does not retry.
type onceCmd struct{ *redis.Cmd }

func newOnceCmd(ctx context.Context, args ...any) onceCmd {
	return onceCmd{redis.NewCmd(ctx, args...)}
}

// NoRetry overrides the method of [redis.Cmd].
func (onceCmd) NoRetry() bool { return true }
