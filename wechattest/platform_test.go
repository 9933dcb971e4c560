package wechattest_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// echo is a bot of a few lines that trusts everybody.
func echo(w http.ResponseWriter, r *http.Request) {
	if s := r.URL.Query().Get("echostr"); s != "" {
		fmt.Fprint(w, s)
		return
	}
	var m struct{ ToUserName, FromUserName, Content string }
	if xml.NewDecoder(r.Body).Decode(&m) != nil || m.Content == "" {
		fmt.Fprint(w, "success")
		return
	}
	fmt.Fprintf(w, "<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d</CreateTime><MsgType>text</MsgType><Content><![CDATA[%s]]></Content></xml>",
		m.FromUserName, m.ToUserName, time.Now().Unix(), m.Content)
}

func TestThreeLines(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	p.Bot(http.HandlerFunc(echo))
	reply, err := p.User("oLiLei").Text("hello")
	require.NoError(t, err)
	require.Equal(t, "hello", reply.Content)
}

func TestBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		p.Bot(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { time.Sleep(time.Minute) }))
		began := time.Now()
		reply, err := p.User("oLiLei").Text("hello")
		require.ErrorIs(t, err, wechattest.ErrTimeout)
		require.True(t, reply.Fault)
		require.Len(t, reply.Deliveries, 3)
		require.Equal(t, 15*time.Second, time.Since(began))
		time.Sleep(time.Minute)

		resp, err := p.Client().Get(p.URL + "/cgi-bin/token?grant_type=client_credential&appid=" + p.Config().AppID + "&secret=" + p.Config().Secret)
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		var tok struct {
			Value string `json:"access_token"`
		}
		require.NoError(t, json.Unmarshal(body, &tok))
		require.NotEmpty(t, tok.Value, "%s", body)
	})
}
