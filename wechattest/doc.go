// Package wechattest is the WeChat platform in memory, as an Official Account
// (公众号, 服务号) sees it.
package wechattest
