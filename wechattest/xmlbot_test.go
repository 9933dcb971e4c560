package wechattest_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
)

// xmlBot answers by a function from message to reply, with encoding/xml alone.
func xmlBot(answer func(m xmlMessage) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, r.URL.Query().Get("echostr"))
			return
		}
		var m xmlMessage
		if err := xml.NewDecoder(r.Body).Decode(&m); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, answer(m))
	})
}

type xmlMessage struct {
	ToUserName, FromUserName, MsgType, Event, EventKey, Content, MediaId, PicUrl string
}

func (m xmlMessage) reply(kind, content string) string {
	return fmt.Sprintf("<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>1</CreateTime><MsgType>%s</MsgType>%s</xml>",
		m.FromUserName, m.ToUserName, kind, content)
}
