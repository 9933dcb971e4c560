package emulator

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/freepublish"
)

func TestServe(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, "http://127.0.0.1:1/wechat") }()

	oa, err := newClient("http://" + listener.Addr().String())
	require.NoError(t, err)
	page, err := freepublish.New(oa).List(t.Context(), 0, 1)
	require.NoError(t, err)
	require.NotNil(t, page)
	stop()
	require.NoError(t, <-ended)
}
