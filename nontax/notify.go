package nontax

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

// NotifyInconsistentOrder asks for another notice of the result of an order, for a third
// party whose records differ.
//
// POST /nontax/notifyinconsistentorder (通知不一致订单)
func (s *Service) NotifyInconsistentOrder(ctx context.Context, orderID string) error {
	const path = "/nontax/notifyinconsistentorder"
	if err := limit.Required(path, "orderID", orderID); err != nil {
		return err
	}
	return s.oa.Post(ctx, path, struct {
		account
		OrderID string `json:"order_id"`
	}{s.account(), orderID}, nil)
}

// mockVersion is the version of the protocol of the requests to third parties.
const mockVersion = 1

type mock struct {
	account
	URL     string `json:"url"`
	Version int    `json:"version"`
}

// MockNotification makes the platform send a notice of a payment to an address, as a test.
//
// POST /nontax/mocknotification (测试支付结果通知)
func (s *Service) MockNotification(ctx context.Context, url string) error {
	const path = "/nontax/mocknotification"
	if _, err := limit.Address(path, "url", url); err != nil {
		return err
	}
	return s.oa.Post(ctx, path, mock{s.account(), url, mockVersion}, nil)
}

// MockQueryFee makes the platform send a query for fees to an address, as a test.
//
// POST /nontax/mockqueryfee (测试查询应收信息)
func (s *Service) MockQueryFee(ctx context.Context, url string) error {
	const path = "/nontax/mockqueryfee"
	if _, err := limit.Address(path, "url", url); err != nil {
		return err
	}
	return s.oa.Post(ctx, path, mock{s.account(), url, mockVersion}, nil)
}
