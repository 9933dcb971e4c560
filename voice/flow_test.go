package voice_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/voice"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// TestFlow recognizes speech and translates it on the local platform. A result is gone after
// ten seconds.
func TestFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		ctx := t.Context()
		voices := voice.New(localtest.Client(t, p))

		p.SetSpeech([]byte("ID3 hello"), "你好")
		p.SetSpeech([]byte("ID3 silence"), "")
		text, err := voices.Recognize(ctx, voice.Chinese, "a.mp3", strings.NewReader("ID3 hello"))
		require.NoError(t, err)
		require.Equal(t, "你好", text)
		text, err = voices.Recognize(ctx, "", "a.mp3", strings.NewReader("ID3 else"))
		require.NoError(t, err)
		require.Equal(t, "今天天气怎么样", text)
		_, err = voices.Recognize(ctx, voice.Chinese, "a.mp3", strings.NewReader("ID3 silence"))
		require.ErrorIs(t, err, voice.ErrNoResult)

		require.NoError(t, voices.Add(ctx, "v1", voice.Chinese, "a.mp3", strings.NewReader("ID3 hello")))
		time.Sleep(11 * time.Second)
		text, err = voices.GetResult(ctx, "v1", voice.Chinese)
		require.NoError(t, err)
		require.Empty(t, text)

		p.SetTranslation("你好", "Hello")
		english, err := voices.Translate(ctx, voice.Chinese, voice.English, "你好")
		require.NoError(t, err)
		require.Equal(t, "Hello", english)
		english, err = voices.Translate(ctx, voice.Chinese, voice.English, "再见")
		require.NoError(t, err)
		require.Equal(t, "[en_US] 再见", english)
	})
}
