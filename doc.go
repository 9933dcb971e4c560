// Package wechat is the root of a Go SDK for WeChat Official Accounts (微信公众号,
// chiefly 服务号). It holds no code: import the packages below it.
//
// # Answering messages
//
// Package message receives what users send and do, and answers: an
// http.Handler that verifies, decrypts, decodes and dispatches. It needs no
// access token. Package crypto holds the signatures and the AES envelope.
//
// # Calling the platform
//
// Package officialaccount is the client, package token gets its access token, and
// package errcode names every return code. The typed services use the client, one
// package each: menu, material, mass, template, subscribe, customerservice, user,
// qrcode, openapi, oauth, jssdk, draft, freepublish, comment, datacube, ocr, vision,
// voice, wxopen, adstat, invoice, nontax, onecode and medical. Packages article, notice
// and picture hold types that several of them share. Package publish takes articles
// from files to readers. Package broadcast sends a message to many receivers.
//
// # Shared and durable state
//
// Package store defines the interface for data that several processes share or that
// must survive a restart. Modules store/redisstore and store/sqlstore implement it.
//
// # Many accounts, many services
//
// Package component is the third-party platform (第三方平台) that acts for other accounts.
// Module gateway is the central token server (中控服务器) and the API proxy for several
// services of one owner.
//
// # Monitoring
//
// Module metrics exports Prometheus metrics of calls, tokens and callbacks; module
// tracing exports OpenTelemetry traces.
//
// # Markdown
//
// Module markdown turns Markdown, such as the answer of a language model, into a text
// message or the HTML of an article.
//
// # Trying and testing
//
// Package wechattest is the platform in memory: it calls a bot and answers API calls,
// without an account, a domain or a network. cmd/wechat-emulator is the same as a
// program, with a web page. cmd/wechat keeps an account's menus in a file.
package wechat
