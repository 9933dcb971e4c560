module github.com/seed-f21aa8d8/wechat/cmd/wechat

go 1.26.0

require (
	github.com/seed-f21aa8d8/wechat v0.0.0
	github.com/stretchr/testify v1.12.1
	go.yaml.in/yaml/v3 v3.0.5
)

require (
	github.com/google/go-querystring v1.2.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
)

replace github.com/seed-f21aa8d8/wechat => ../..
