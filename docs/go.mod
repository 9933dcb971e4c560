module github.com/seed-f21aa8d8/wechat/docs

go 1.26.0

require (
	github.com/redis/go-redis/v9 v9.23.0
	github.com/seed-f21aa8d8/wechat v0.0.0
	github.com/seed-f21aa8d8/wechat/store/redisstore v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/google/go-querystring v1.2.0 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.48.0 // indirect
)

replace (
	github.com/seed-f21aa8d8/wechat => ..
	github.com/seed-f21aa8d8/wechat/gateway => ../gateway
	github.com/seed-f21aa8d8/wechat/markdown => ../markdown
	github.com/seed-f21aa8d8/wechat/metrics => ../metrics
	github.com/seed-f21aa8d8/wechat/store/redisstore => ../store/redisstore
	github.com/seed-f21aa8d8/wechat/store/sqlstore => ../store/sqlstore
	github.com/seed-f21aa8d8/wechat/tracing => ../tracing
)
