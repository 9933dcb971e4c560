package callback

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/account"
)

// judge parses the answer to a message as the platform does. If it cannot be used,
// judge returns an error and the user sees the fault notice.
func judge(s *account.Account, m Message, answer []byte) (*Reply, error) {
	r := &Reply{}
	if len(answer) == 0 || string(answer) == "success" {
		return r, nil
	}
	read := parseReply
	if pushesJSON(s, m) {
		read = parseJSONReply
	}
	clear, err := open(s, answer, r, read)
	if err != nil {
		return r, err
	}
	if r.Encrypted && (len(clear) == 0 || string(clear) == "success") {
		return r, nil
	}
	r.XML = clear
	root, err := read(clear)
	if err != nil {
		return r, err
	}
	if err := checkHead(s, m, root); err != nil {
		return r, err
	}
	return r, r.read(m, root)
}

// pushesJSON reports whether a message is sent and must be answered as JSON.
func pushesJSON(s *account.Account, m Message) bool {
	if m.Raw != nil {
		return isJSON(m.Raw)
	}
	return s.JSON
}

// open returns the decrypted answer according to the account's mode.
func open(s *account.Account, answer []byte, r *Reply, read func([]byte) (Element, error)) ([]byte, error) {
	root, err := read(answer)
	if err != nil {
		return nil, err
	}
	encrypt, sealed, err := root.child("Encrypt")
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrEnvelope, err)
	case !sealed && (s.Mode == account.Safe || s.Mode == account.Component):
		return nil, fmt.Errorf("%w: %s", ErrNotEncrypted, excerpt(answer))
	case !sealed:
		return answer, nil
	case !s.Mode.Encrypted():
		return nil, ErrEncrypted
	}
	r.Encrypted = true
	if err := checkEnvelope(s, root, encrypt.Value); err != nil {
		return nil, err
	}
	clear, err := s.Cipher.Open([]byte(encrypt.Value))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEnvelope, err)
	}
	return clear, nil
}

func checkEnvelope(s *account.Account, root Element, encrypt string) error {
	for _, name := range []string{"MsgSignature", "TimeStamp", "Nonce"} {
		e, ok, err := root.child(name)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrEnvelope, err)
		}
		if !ok || e.Value == "" {
			return fmt.Errorf("%w: <%s> is missing", ErrEnvelope, name)
		}
	}
	timestamp := root.text("TimeStamp")
	if _, err := strconv.ParseInt(timestamp, 10, 64); err != nil {
		return fmt.Errorf("%w: <TimeStamp> %q is not a number of seconds", ErrEnvelope, timestamp)
	}
	if !crypto.VerifyMessageSignature(root.text("MsgSignature"), s.Token, timestamp, root.text("Nonce"), []byte(encrypt)) {
		return fmt.Errorf("%w: <MsgSignature> is not that of token, TimeStamp, Nonce and Encrypt", ErrEnvelope)
	}
	return nil
}

func parseReply(body []byte) (Element, error) {
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') {
		return Element{}, fmt.Errorf("%w: it is JSON: %s", ErrNotXML, excerpt(body))
	}
	root, err := parseXML(body)
	if err != nil {
		return Element{}, fmt.Errorf("%w: %w: %s", ErrNotXML, err, excerpt(body))
	}
	if root.Name != "xml" {
		return Element{}, fmt.Errorf("%w: its root is <%s>, not <xml>", ErrNotXML, root.Name)
	}
	return root, nil
}

func parseJSONReply(body []byte) (Element, error) {
	if !isJSON(body) {
		return Element{}, fmt.Errorf("%w: %s", ErrNotJSON, excerpt(body))
	}
	root, err := parseJSON(body)
	if err != nil {
		return Element{}, fmt.Errorf("%w: %w: %s", ErrNotJSON, err, excerpt(body))
	}
	return asXML(root)
}

// asXML moves the articles of a JSON reply, an array, to their place in XML.
func asXML(root Element) (Element, error) {
	articles := Element{Name: "Articles"}
	var others []Element
	for _, e := range root.Children {
		switch {
		case e.Name != "Articles":
			others = append(others, e)
		case len(e.Children) == 0 || named(e.Children, "item") != nil:
			return Element{}, fmt.Errorf("%w: Articles is not an array of articles", ErrIncomplete)
		default:
			e.Name = "item"
			articles.Children = append(articles.Children, e)
		}
	}
	if articles.Children != nil {
		others = append(others, articles)
	}
	return Group(root.Name, others...), nil
}

// checkHead checks the common fields of a reply: a type, and swapped addresses. The
// platform does not check CreateTime.
func checkHead(s *account.Account, m Message, root Element) error {
	for _, name := range []string{"ToUserName", "FromUserName", "MsgType"} {
		if _, ok, err := root.child(name); err != nil {
			return fmt.Errorf("%w: %w", ErrNotXML, err)
		} else if !ok {
			return fmt.Errorf("%w: %s is missing", ErrIncomplete, name)
		}
	}
	if to := root.text("ToUserName"); to != m.From {
		return fmt.Errorf("%w: ToUserName is %q, the user is %q", ErrAddress, to, m.From)
	}
	if from := root.text("FromUserName"); from != s.OriginalID {
		hint := ""
		if from == s.AppID {
			hint = " (that is the app id)"
		}
		return fmt.Errorf("%w: FromUserName is %q%s, the account's original id is %q", ErrAddress, from, hint, s.OriginalID)
	}
	return nil
}

// read sets the reply from its XML.
func (r *Reply) read(m Message, root Element) error {
	body := func(name string) (Element, error) {
		e, ok, err := root.child(name)
		if err == nil && !ok {
			err = fmt.Errorf("%w: a %s reply without %s", ErrIncomplete, root.text("MsgType"), name)
		}
		return e, err
	}
	kind := ReplyType(root.text("MsgType"))
	var e Element
	var err error
	switch kind {
	case ReplyText:
		e, err = body("Content")
		r.Content = e.Value
		err = required(err, "Content", r.Content)
		if n := len(r.Content); err == nil && n > MaxText {
			err = fmt.Errorf("%w: %d bytes, and the platform allows %d: split it, or send it as customer-service messages", ErrTooLong, n, MaxText)
		}
	case ReplyImage:
		e, err = body("Image")
		r.MediaID = e.text("MediaId")
		err = required(err, "MediaId", r.MediaID)
	case ReplyVoice:
		e, err = body("Voice")
		r.MediaID = e.text("MediaId")
		err = required(err, "MediaId", r.MediaID)
	case ReplyVideo:
		e, err = body("Video")
		r.MediaID, r.Title, r.Description = e.text("MediaId"), e.text("Title"), e.text("Description")
		err = required(err, "MediaId", r.MediaID)
	case ReplyMusic:
		e, err = body("Music")
		r.Title, r.Description = e.text("Title"), e.text("Description")
		r.MusicURL, r.HQMusicURL, r.ThumbMediaID = e.text("MusicUrl"), e.text("HQMusicUrl"), e.text("ThumbMediaId")
		err = required(err, "ThumbMediaId", r.ThumbMediaID)
	case ReplyNews:
		err = r.readNews(m, root)
	case ReplyTransfer:
		err = r.readTransfer(m, root)
	default:
		err = fmt.Errorf("%w: %q", ErrReplyType, kind)
	}
	if err != nil {
		r.Shown = Shown{}
		return err
	}
	r.Type = kind
	return nil
}

func required(err error, name, value string) error {
	if err == nil && value == "" {
		err = fmt.Errorf("%w: %s is empty", ErrIncomplete, name)
	}
	return err
}

// articleLimit returns the maximum number of articles of a reply: one in answer to a
// user's message, eight in answer to an event.
func (m Message) articleLimit() int {
	if m.IsEvent() {
		return 8
	}
	return 1
}

func (r *Reply) readNews(m Message, root Element) error {
	list, ok, err := root.child("Articles")
	if err != nil || !ok || len(list.Children) == 0 {
		return fmt.Errorf("%w: a news reply without Articles, or with an empty list", ErrIncomplete)
	}
	if count, err := strconv.Atoi(root.text("ArticleCount")); err != nil || count != len(list.Children) {
		return fmt.Errorf("%w: ArticleCount is %q, there are %d articles", ErrIncomplete, root.text("ArticleCount"), len(list.Children))
	}
	for _, item := range list.Children {
		if item.Name != "item" {
			return fmt.Errorf("%w: <%s> among the articles", ErrIncomplete, item.Name)
		}
		r.Articles = append(r.Articles, Article{item.text("Title"), item.text("Description"), item.text("PicUrl"), item.text("Url")})
	}
	if limit := m.articleLimit(); len(r.Articles) > limit {
		r.Cut = len(r.Articles) - limit
		r.Articles = r.Articles[:limit]
	}
	return nil
}

func (r *Reply) readTransfer(m Message, root Element) error {
	if m.IsEvent() {
		return ErrTransfer
	}
	info, ok, err := root.child("TransInfo")
	if err != nil || !ok {
		return err
	}
	r.KfAccount = info.text("KfAccount")
	return required(nil, "KfAccount", r.KfAccount)
}
