module github.com/seed-f21aa8d8/wechat/examples

go 1.26.0

require (
	github.com/alexedwards/scs/v2 v2.9.0
	github.com/alicebob/miniredis/v2 v2.40.0
	github.com/gorilla/sessions v1.4.0
	github.com/prometheus/client_golang v1.25.0
	github.com/redis/go-redis/v9 v9.20.1
	github.com/sashabaranov/go-openai v1.43.0
	github.com/seed-f21aa8d8/wechat v0.0.0
	github.com/seed-f21aa8d8/wechat/gateway v0.0.0
	github.com/seed-f21aa8d8/wechat/markdown v0.0.0
	github.com/seed-f21aa8d8/wechat/metrics v0.0.0
	github.com/seed-f21aa8d8/wechat/store/redisstore v0.0.0
	github.com/seed-f21aa8d8/wechat/tracing v0.0.0
	github.com/stretchr/testify v1.12.1
	go.opentelemetry.io/otel/exporters/stdout/stdouttrace v1.47.0
	go.opentelemetry.io/otel/sdk v1.47.0
	golang.org/x/sync v0.24.0
)

require (
	github.com/beorn7/perks v1.0.1 // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/go-logr/logr v1.4.4 // indirect
	github.com/go-logr/stdr v1.2.2 // indirect
	github.com/google/go-querystring v1.2.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/gorilla/securecookie v1.1.2 // indirect
	github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect
	github.com/prometheus/client_model v0.6.3 // indirect
	github.com/prometheus/common v0.72.0 // indirect
	github.com/prometheus/procfs v0.22.0 // indirect
	github.com/yuin/goldmark v1.8.7 // indirect
	github.com/yuin/gopher-lua v1.1.1 // indirect
	go.opentelemetry.io/auto/sdk v1.2.1 // indirect
	go.opentelemetry.io/otel v1.47.0 // indirect
	go.opentelemetry.io/otel/log v1.47.0 // indirect
	go.opentelemetry.io/otel/metric v1.47.0 // indirect
	go.opentelemetry.io/otel/trace v1.47.0 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sys v0.49.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)

replace github.com/seed-f21aa8d8/wechat => ..

replace github.com/seed-f21aa8d8/wechat/store/redisstore => ../store/redisstore

replace github.com/seed-f21aa8d8/wechat/gateway => ../gateway

replace github.com/seed-f21aa8d8/wechat/markdown => ../markdown

replace github.com/seed-f21aa8d8/wechat/metrics => ../metrics

replace github.com/seed-f21aa8d8/wechat/tracing => ../tracing
