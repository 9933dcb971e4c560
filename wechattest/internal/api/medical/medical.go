// Package medical models the messages of the medical assistant (微信就医助手). The data of a
// message are not checked: their rules are not public.
package medical

import (
	"encoding/json"
	"net/http"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Via is the way of a message of the medical assistant.
const Via server.Via = "medical"

// businessID is the number of the medical assistant among the city services.
const businessID = 150

// area is the state of the area; the lock of the server guards it.
type area struct {
	s    *server.Server
	sent map[message]bool
}

// message names a message: the ids are unique for each user and order.
type message struct{ openID, orderID, msgID string }

// Register adds the area to the server.
func Register(s *server.Server) {
	a := &area{s, map[message]bool{}}
	s.Handle(server.Endpoint{Method: http.MethodPost, Path: "/cityservice/sendchannelmsg", Handle: server.JSON(a.send)})
}

// send is POST /cityservice/sendchannelmsg.
func (a *area) send(c *server.Call, in struct {
	Status     server.Number              `json:"status"`
	OpenID     string                     `json:"open_id"`
	OrderID    server.Scalar              `json:"order_id"`
	MsgID      server.Scalar              `json:"msg_id"`
	AppID      string                     `json:"app_id"`
	BusinessID server.Number              `json:"business_id"`
	Info       map[string]json.RawMessage `json:"business_info"`
}) (any, error) {
	if in.AppID != a.s.Account.AppID {
		return nil, server.Fail(40013)
	}
	id := message{in.OpenID, string(in.OrderID), string(in.MsgID)}
	if in.Status <= 0 || in.OrderID == "" || in.MsgID == "" || in.BusinessID != businessID || in.Info == nil || a.sent[id] {
		return nil, server.Fail(40097)
	}
	u, err := c.Receiver(in.OpenID)
	if err != nil {
		return nil, err
	}
	a.sent[id] = true
	info, err := json.Marshal(in.Info)
	if err != nil {
		return nil, err
	}
	a.s.Receive(c.Owner, u, callback.Shown{Type: callback.ReplyText, Content: string(info)}, Via, c.Body)
	return nil, nil
}
