// Package readme has the code of README.md.
package readme

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

func newClient(appID, secret string) (*officialaccount.Client, error) {
	return officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret, Logger: slog.Default()})
}

func createMenu(ctx context.Context, oa *officialaccount.Client) error {
	err := menu.New(oa).Create(ctx, menu.ViewButton("Docs", "https://example.com"))
	if errors.Is(err, errcode.ErrQuota) {
		return fmt.Errorf("try again tomorrow: %w", err)
	}
	return err // the text says what to do, for example which address to add to the IP list
}
