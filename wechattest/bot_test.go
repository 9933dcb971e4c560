package wechattest_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// stranger is a bot made of the standard library alone, which lets in what the
// platform's rules let in and nothing else. It is the second reading of those
// rules that the platform's requests are held against.
type stranger struct {
	cfg    wechattest.Config
	answer func(m inbound) string // XML or success

	mu     sync.Mutex
	nonces map[string]string // nonce to body
	got    []inbound
}

// inbound is a message as the bot reads it.
type inbound struct {
	XML                                      []byte
	ToUserName, FromUserName, MsgType, Event string
	Content, MsgId, EventKey, Ticket         string
	InfoType, AppId, ComponentVerifyTicket   string
	CreateTime                               int64
}

func (m inbound) text(content string) string {
	return reply(m.FromUserName, m.ToUserName, "<MsgType>text</MsgType><Content><![CDATA["+content+"]]></Content>")
}

// reply is a passive reply with a right head.
func reply(to, from, rest string) string {
	return fmt.Sprintf("<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime>%s</xml>",
		to, from, time.Now().Unix(), rest)
}

func (b *stranger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	sent, err := strconv.ParseInt(q.Get("timestamp"), 10, 64)
	if off := time.Since(time.Unix(sent, 0)).Abs(); err != nil || off > 5*time.Minute {
		http.Error(w, "", http.StatusForbidden)
		return
	}
	if r.Method == http.MethodGet {
		if sha1Hex(b.cfg.Token, q.Get("timestamp"), q.Get("nonce")) != q.Get("signature") {
			http.Error(w, "", http.StatusForbidden)
			return
		}
		fmt.Fprint(w, q.Get("echostr"))
		return
	}
	m, err := b.read(r)
	if err != nil {
		http.Error(w, "", http.StatusForbidden)
		return
	}
	b.mu.Lock()
	b.got = append(b.got, m)
	b.mu.Unlock()
	answer := "success"
	if b.answer != nil {
		answer = b.answer(m)
	}
	if answer != "success" && b.encrypts() {
		answer = b.seal(answer)
	}
	fmt.Fprint(w, answer)
}

func (b *stranger) encrypts() bool { return b.cfg.Mode != wechattest.Plain }

func (b *stranger) read(r *http.Request) (inbound, error) {
	q := r.URL.Query()
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 1<<20))
	if err != nil {
		return inbound{}, err
	}
	if sha1Hex(b.cfg.Token, q.Get("timestamp"), q.Get("nonce")) != q.Get("signature") {
		return inbound{}, errors.New("signature")
	}
	if b.encrypts() {
		var outer struct {
			XMLName xml.Name `xml:"xml"`
			Encrypt []string
		}
		if err := decode(body, &outer); err != nil {
			return inbound{}, err
		}
		if len(outer.Encrypt) != 1 || sha1Hex(b.cfg.Token, q.Get("timestamp"), q.Get("nonce"), outer.Encrypt[0]) != q.Get("msg_signature") {
			return inbound{}, errors.New("msg_signature")
		}
		if body, err = unseal(b.cfg.EncodingAESKey, b.receiver(), outer.Encrypt[0]); err != nil {
			return inbound{}, err
		}
	}
	m := inbound{XML: body}
	if err := decode(body, &m); err != nil {
		return inbound{}, err
	}
	return m, b.once(q.Get("nonce"), string(body))
}

func (b *stranger) receiver() string {
	if b.cfg.Mode == wechattest.Component {
		return b.cfg.ComponentAppID
	}
	return b.cfg.AppID
}

func (b *stranger) once(nonce, body string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.nonces == nil {
		b.nonces = map[string]string{}
	}
	if old, ok := b.nonces[nonce]; ok && old != body {
		return errors.New("nonce")
	}
	b.nonces[nonce] = body
	return nil
}

func (b *stranger) messages() []inbound {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.got)
}

// decode reads XML without a document type.
func decode(body []byte, v any) error {
	if bytes.Contains(body, []byte("<!DOCTYPE")) {
		return errors.New("document type")
	}
	return xml.Unmarshal(body, v)
}

func sha1Hex(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

func aesKey(encoded string) (cipher.Block, []byte) {
	key, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil || len(key) != 32 {
		panic("bad key in a test")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	return block, key[:16]
}

func unseal(key, receiver, encrypt string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(encrypt)
	if err != nil || len(data) == 0 || len(data)%16 != 0 {
		return nil, errors.New("block")
	}
	block, iv := aesKey(key)
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(data, data)
	pad := int(data[len(data)-1])
	if pad < 1 || pad > 32 || pad > len(data) {
		return nil, errors.New("padding")
	}
	data = data[:len(data)-pad]
	if len(data) < 20 {
		return nil, errors.New("length")
	}
	n := int(binary.BigEndian.Uint32(data[16:20]))
	if n > len(data)-20 {
		return nil, errors.New("length")
	}
	if string(data[20+n:]) != receiver {
		return nil, errors.New("receiver")
	}
	return data[20 : 20+n], nil
}

func encrypt(key, receiver, random16, message string) string {
	block, iv := aesKey(key)
	frame := binary.BigEndian.AppendUint32([]byte(random16), uint32(len(message)))
	frame = append(append(frame, message...), receiver...)
	pad := 32 - len(frame)%32
	frame = append(frame, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(frame, frame)
	return base64.StdEncoding.EncodeToString(frame)
}

// seal puts a reply into an envelope.
func (b *stranger) seal(message string) string {
	sealed := encrypt(b.cfg.EncodingAESKey, b.receiver(), "0123456789abcdef", message)
	timestamp, nonce := strconv.FormatInt(time.Now().Unix(), 10), "n0nce"
	return envelopeXML(sealed, sha1Hex(b.cfg.Token, timestamp, nonce, sealed), timestamp, nonce)
}

func envelopeXML(sealed, signature, timestamp, nonce string) string {
	return "<xml><Encrypt><![CDATA[" + sealed + "]]></Encrypt><MsgSignature><![CDATA[" + signature +
		"]]></MsgSignature><TimeStamp>" + timestamp + "</TimeStamp><Nonce><![CDATA[" + nonce + "]]></Nonce></xml>"
}

// newStranger makes a platform and such a bot for it.
func newStranger(tb wechattest.TB, cfg wechattest.Config, answer func(inbound) string) (*wechattest.Platform, *stranger, *wechattest.Bot) {
	p := wechattest.New(tb, cfg)
	b := &stranger{cfg: p.Config(), answer: answer}
	return p, b, p.Bot(b)
}
