package message_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/message"
)

const (
	testToken   = "weixinTOKEN4tests"
	testAppID   = "wx5377843a46d02561"
	testKey     = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	oldToken    = "theTokenBefore"
	oldKey      = "7IwM55Ih6hOLuFfLQwfIYDjh8DRYKbrcfc5RHpGKdY7"
	testAccount = "gh_712c1e3d601f"
	testUser    = "o9a36uRwOZ_z-ohBlHy2_YWlAEc-"
)

// platform signs and encrypts requests as the platform does, with whatever it is given
// to do so.
type platform struct {
	token string
	appID string
	key   string
	at    time.Time // zero: now
	nonce string    // empty: a new one for each request
}

var plainPlatform = platform{token: testToken}
var safePlatform = platform{token: testToken, appID: testAppID, key: testKey}

var serial atomic.Int64

func (p platform) timestamp() string {
	at := p.at
	if at.IsZero() {
		at = time.Now()
	}
	return strconv.FormatInt(at.Unix(), 10)
}

// query is what every request carries, signed for encrypted unless that is nil.
func (p platform) query(encrypted []byte) url.Values {
	nonce := p.nonce
	if nonce == "" {
		nonce = strconv.FormatInt(1_000_000_000+serial.Add(1), 10)
	}
	timestamp := p.timestamp()
	q := url.Values{
		"timestamp": {timestamp}, "nonce": {nonce}, "openid": {testUser},
		"signature": {crypto.Signature(p.token, timestamp, nonce)},
	}
	if encrypted != nil {
		q.Set("encrypt_type", "aes")
		q.Set("msg_signature", crypto.MessageSignature(p.token, timestamp, nonce, encrypted))
	}
	return q
}

func request(q url.Values, body []byte) *http.Request {
	return httptest.NewRequest(http.MethodPost, "/wechat?"+q.Encode(), bytes.NewReader(body))
}

// send returns the request that delivers body in plaintext mode.
func (p platform) send(body string) *http.Request { return request(p.query(nil), []byte(body)) }

func (p platform) seal(t testing.TB, body string) []byte {
	t.Helper()
	c, err := crypto.NewCipher(p.key, p.appID)
	require.NoError(t, err)
	return c.Seal([]byte(body))
}

func envelopeOf(encrypted []byte) []byte {
	return fmt.Appendf(nil, "<xml><ToUserName><![CDATA[%s]]></ToUserName><Encrypt><![CDATA[%s]]></Encrypt></xml>", testAccount, encrypted)
}

// sendSealed returns the request that delivers body in safe mode.
func (p platform) sendSealed(t testing.TB, body string) *http.Request {
	encrypted := p.seal(t, body)
	return request(p.query(encrypted), envelopeOf(encrypted))
}

// verify is the request that asks whether the URL is ours.
func (p platform) verify(echo string) *http.Request {
	q := p.query(nil)
	q.Set("echostr", echo)
	return httptest.NewRequest(http.MethodGet, "/wechat?"+q.Encode(), nil)
}

// answer is a reply as encoding/xml reads it.
type answer struct {
	XMLName      xml.Name `xml:"xml"`
	ToUserName   string
	FromUserName string
	CreateTime   int64
	MsgType      string
	Content      string
	Image        *media
	Voice        *media
	Video        *media
	Music        *media
	ArticleCount int
	Articles     []article `xml:"Articles>item"`
	KfAccount    string    `xml:"TransInfo>KfAccount"`
}

type media struct {
	MediaId, Title, Description, MusicUrl, HQMusicUrl, ThumbMediaId string
}

type article struct{ Title, Description, PicUrl, Url string }

func decodeAnswer(t testing.TB, body []byte) answer {
	t.Helper()
	var a answer
	require.NoError(t, xml.Unmarshal(body, &a), "%s", body)
	return a
}

// jsonAnswer is a reply as encoding/json reads it. No member has another name.
type jsonAnswer struct {
	ToUserName   string
	FromUserName string
	CreateTime   int64
	MsgType      string
	Content      string     `json:",omitempty"`
	Image        *media     `json:",omitempty"`
	Voice        *media     `json:",omitempty"`
	Video        *media     `json:",omitempty"`
	Music        *media     `json:",omitempty"`
	ArticleCount int        `json:",omitempty"`
	Articles     []article  `json:",omitempty"`
	TransInfo    *transInfo `json:",omitempty"`
}

type transInfo struct{ KfAccount string }

func decodeJSONAnswer(t testing.TB, body []byte) jsonAnswer {
	t.Helper()
	var a jsonAnswer
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&a), "%s", body)
	require.False(t, d.More())
	return a
}

// unsealJSON checks the envelope of an answer in JSON and returns what is in it.
func (p platform) unsealJSON(t testing.TB, body []byte) []byte {
	t.Helper()
	var e struct {
		Encrypt      string
		MsgSignature string
		TimeStamp    int64
		Nonce        string
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&e), "%s", body)
	return p.open(t, e.Encrypt, e.MsgSignature, strconv.FormatInt(e.TimeStamp, 10), e.Nonce)
}

// unseal checks the envelope of an answer and returns what is in it.
func (p platform) unseal(t testing.TB, body []byte) []byte {
	t.Helper()
	var e struct {
		XMLName      xml.Name `xml:"xml"`
		Encrypt      string
		MsgSignature string
		TimeStamp    string
		Nonce        string
	}
	require.NoError(t, xml.Unmarshal(body, &e), "%s", body)
	return p.open(t, e.Encrypt, e.MsgSignature, e.TimeStamp, e.Nonce)
}

func (p platform) open(t testing.TB, encrypted, signature, timestamp, nonce string) []byte {
	t.Helper()
	require.True(t, crypto.VerifyMessageSignature(signature, p.token, timestamp, nonce, []byte(encrypted)), "MsgSignature of the answer")
	c, err := crypto.NewCipher(p.key, p.appID)
	require.NoError(t, err)
	opened, err := c.Open([]byte(encrypted))
	require.NoError(t, err)
	return opened
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// textXML is a text message; every one is another message.
func textXML(content string) string {
	return fmt.Sprintf("<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName>"+
		"<CreateTime>%d</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[%s]]></Content><MsgId>%d</MsgId></xml>",
		testAccount, testUser, time.Now().Unix(), content, 1_000_000+serial.Add(1))
}

func eventXML(event, key string) string {
	return fmt.Sprintf("<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName>"+
		"<CreateTime>%d</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[%s]]></Event><EventKey><![CDATA[%s]]></EventKey></xml>",
		testAccount, testUser, time.Now().Unix()+serial.Add(1), event, key)
}

func newHandler(t testing.TB, c message.Config) *message.Handler {
	t.Helper()
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	h, err := message.NewHandler(c)
	require.NoError(t, err)
	return h
}

func plainConfig() message.Config { return message.Config{Token: testToken} }

func safeConfig() message.Config {
	return message.Config{Token: testToken, AppID: testAppID, EncodingAESKey: testKey}
}

// echo answers every text with itself.
func echo(h *message.Handler) *message.Handler {
	message.On(h, func(_ context.Context, m *message.Text) (message.Reply, error) {
		return message.TextReply(m.Content), nil
	})
	return h
}

// record returns a logger and what it wrote.
func record() (*slog.Logger, *strings.Builder) {
	var b strings.Builder
	return slog.New(slog.NewTextHandler(&b, nil)), &b
}
