package voice_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/voice"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

const (
	addPath       = "/cgi-bin/media/voice/addvoicetorecofortext"
	resultPath    = "/cgi-bin/media/voice/queryrecoresultfortext"
	translatePath = "/cgi-bin/media/voice/translatecontent"
)

func TestCalls(t *testing.T) {
	add := func(c ctx, oa client) (any, error) {
		return nil, voice.New(oa).Add(c, "v1", voice.English, "a.MP3", strings.NewReader("ID3"))
	}
	file := &apitest.File{Field: "media", Name: "a.MP3", ContentType: "audio/mpeg", Content: "ID3"}
	result := func(c ctx, oa client) (any, error) { return voice.New(oa).GetResult(c, "v1", "") }
	apitest.Run(t, []apitest.Case{
		{Do: add, Path: addPath, Query: "format=mp3&voice_id=v1&lang=en_US", File: file},
		{
			Name: "too large", Do: add, Path: addPath, Query: "format=mp3&voice_id=v1&lang=en_US", File: file,
			Answer: `{"errcode": 40010, "errmsg": "invalid voice size"}`, Fails: errcode.InvalidVoiceSize,
		},
		{Do: result, Path: resultPath, Retried: true, Query: "voice_id=v1", Answer: `{"result": "你好"}`, Want: "你好"},
		{Name: "digits", Do: result, Path: resultPath, Retried: true, Query: "voice_id=v1", Answer: `{"errcode": "0", "result": 12345678901234567890, "is_end": 2}`, Want: "12345678901234567890"},
		{Name: "not ready", Do: result, Path: resultPath, Retried: true, Query: "voice_id=v1", Answer: `{"errcode": 0, "result": null}`, Want: ""},
		{
			Do: func(c ctx, oa client) (any, error) {
				return voice.New(oa).Translate(c, voice.Chinese, voice.English, strings.Repeat("长", 200))
			},
			Path: translatePath, Retried: true, Query: "lfrom=zh_CN&lto=en_US", Body: `{"content": "` + strings.Repeat("长", 200) + `"}`,
			Answer: `{"from_content": "长", "to_content": "Long & <wide>"}`, Want: "Long & <wide>",
		},
		{
			Name: "refused", Do: func(c ctx, oa client) (any, error) { return voice.New(oa).Translate(c, "xx", voice.English, "?") },
			Path: translatePath, Retried: true, Query: "lfrom=xx&lto=en_US", Body: `{"content": "?"}`,
			Answer: `{"errcode": 40035, "errmsg": "invalid parameter"}`, Fails: errcode.InvalidArgsSize,
		},
	})
}

// Recognize asks until there is a text.
func TestRecognize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := apitest.New(t, apitest.JSON(apitest.OK), apitest.JSON(`{"result": ""}`), apitest.JSON(`{"result": "你好"}`))
		text, err := voice.New(p.Client()).Recognize(t.Context(), voice.Chinese, "a.mp3", strings.NewReader("ID3"))
		require.NoError(t, err)
		require.Equal(t, "你好", text)
		calls := p.Calls()
		require.Len(t, calls, 3)
		require.Equal(t, "ID3", calls[0].File.Content)
		id := calls[0].Query.Get("voice_id")
		require.NotEmpty(t, id)
		require.Equal(t, id, calls[2].Query.Get("voice_id"))
		require.Equal(t, "zh_CN", calls[2].Query.Get("lang"))
	})
}

// The platform keeps no result for longer than ten seconds.
func TestRecognizeSilence(t *testing.T) {
	for name, answer := range map[string]string{"empty": `{"result": ""}`, "busy": `{"errcode": -1, "errmsg": "system error"}`} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := apitest.New(t, apitest.JSON(apitest.OK), apitest.JSON(answer))
				start := time.Now()
				_, err := voice.New(p.Client()).Recognize(t.Context(), voice.Chinese, "a.mp3", strings.NewReader("ID3"))
				require.ErrorIs(t, err, voice.ErrNoResult)
				require.GreaterOrEqual(t, time.Since(start), 10*time.Second)
			})
		})
	}
}

func TestRecognizeErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := apitest.New(t, apitest.JSON(`{"errcode": 40010, "errmsg": "invalid voice size"}`))
		_, err := voice.New(p.Client()).Recognize(t.Context(), voice.Chinese, "a.mp3", strings.NewReader("ID3"))
		require.ErrorIs(t, err, errcode.InvalidVoiceSize)

		p = apitest.New(t, apitest.JSON(apitest.OK), apitest.JSON(`{"errcode": 48001, "errmsg": "api unauthorized"}`))
		_, err = voice.New(p.Client()).Recognize(t.Context(), voice.Chinese, "a.mp3", strings.NewReader("ID3"))
		require.ErrorIs(t, err, errcode.APIUnauthorized)
		require.Len(t, p.Calls(), 2)

		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		p = apitest.New(t, apitest.JSON(apitest.OK), apitest.JSON(`{"result": ""}`))
		_, err = voice.New(p.Client()).Recognize(ctx, voice.Chinese, "a.mp3", strings.NewReader("ID3"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, p.Calls(), 4)
	})
}

func TestBadInput(t *testing.T) {
	add := func(id, name, content string) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) {
			return nil, voice.New(oa).Add(c, id, voice.Chinese, name, strings.NewReader(content))
		}
	}
	translate := func(from, to voice.Language, text string) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return voice.New(oa).Translate(c, from, to, text) }
	}
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"addvoicetorecofortext: voiceID is empty":   add("", "a.mp3", "x"),
		"name is \"a.amr\", must end in .mp3":       add("v", "a.amr", "x"),
		"media has 0 bytes":                         add("v", "a.mp3", ""),
		"media has 1048577 bytes, at most 1048576":  add("v", "a.mp3", strings.Repeat("x", 1<<20+1)),
		"media has no reader":                       func(c ctx, oa client) (any, error) { return nil, voice.New(oa).Add(c, "v", "", "a.mp3", nil) },
		"queryrecoresultfortext: voiceID is empty":  func(c ctx, oa client) (any, error) { return voice.New(oa).GetResult(c, " ", "") },
		"from (lfrom) is empty":                     translate("", voice.English, "x"),
		"to (lto) is empty":                         translate(voice.English, "", "x"),
		"text (content) is empty":                   translate(voice.English, voice.Chinese, ""),
		"text (content) has 603 bytes, at most 600": translate(voice.Chinese, voice.English, strings.Repeat("长", 201)),
		"wechat: /cgi-bin/media/voice/addvoice": func(c ctx, oa client) (any, error) {
			return voice.New(oa).Recognize(c, voice.Chinese, "a.wav", strings.NewReader("x"))
		},
	})
}

func ExampleService_Recognize() {
	platform := apitest.Example(apitest.JSON(apitest.OK), apitest.JSON(`{"result": "今天天气怎么样"}`))
	recording := strings.NewReader("ID3 a recording")

	text, err := voice.New(platform.Client()).Recognize(context.Background(), voice.Chinese, "question.mp3", recording)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(text)
	// Output: 今天天气怎么样
}

func ExampleService_Translate() {
	platform := apitest.Example(apitest.JSON(`{"from_content": "你好", "to_content": "Hello"}`))

	text, err := voice.New(platform.Client()).Translate(context.Background(), voice.Chinese, voice.English, "你好")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(text)
	// Output: Hello
}

func ExampleService_GetResult() {
	platform := apitest.Example(apitest.JSON(apitest.OK), apitest.JSON(`{"result": "今天天气怎么样"}`))
	voices, ctx := voice.New(platform.Client()), context.Background()

	if err := voices.Add(ctx, "question-1", voice.Chinese, "question.mp3", strings.NewReader("ID3 a recording")); err != nil {
		fmt.Println(err)
		return
	}
	text, err := voices.GetResult(ctx, "question-1", voice.Chinese) // empty until it is ready
	fmt.Println(text, err)
	// Output: 今天天气怎么样 <nil>
}
