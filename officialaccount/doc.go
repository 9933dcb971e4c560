// Package officialaccount calls the API of WeChat Official Accounts (微信公众号).
package officialaccount
