module github.com/seed-f21aa8d8/wechat/store/redisstore

go 1.26.0

require (
	// v9.18 repeats commands that must not be repeated, and v9.23 takes 1.4 times as
	// long to compile. e2e tests with v9.23.
	github.com/redis/go-redis/v9 v9.20.1
	github.com/seed-f21aa8d8/wechat v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	go.uber.org/atomic v1.11.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)

replace github.com/seed-f21aa8d8/wechat => ../..
