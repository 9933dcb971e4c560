module github.com/seed-f21aa8d8/wechat/store/redisstore

go 1.26.0

require github.com/seed-f21aa8d8/wechat v0.0.0

replace github.com/seed-f21aa8d8/wechat => ../..
