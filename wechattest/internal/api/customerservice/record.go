package customerservice

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// chatRecord is a message between an agent and a user.
type chatRecord struct {
	id           int64
	openid, text string
	worker       string
	opercode     int
	at           time.Time
}

// AgentSend implements Platform.AgentSend.
func (k *Area) AgentSend(account, openid, text string) error {
	k.s.Lock()
	defer k.s.Unlock()
	u := k.s.Users[openid]
	if u == nil || k.serving[openid].account != account {
		return fmt.Errorf("wechattest: agent %s does not serve %s", account, openid)
	}
	k.s.Receive(server.Owner{}, u, callback.Shown{Type: callback.ReplyText, Content: text, KfAccount: account}, Via, nil)
	k.record(chatRecord{k.s.NextID(), openid, text, account, agentSent, k.s.Now()})
	return nil
}

// maxKeptRecords bounds the number of records that are kept.
const maxKeptRecords = 50_000

func (k *Area) record(r chatRecord) {
	if len(k.records) == maxKeptRecords {
		k.records = slices.Delete(k.records, 0, maxKeptRecords/4)
	}
	k.records = append(k.records, r)
}

// listRecords is POST /customservice/msgrecord/getmsglist.
func (k *Area) listRecords(c *server.Call, in struct {
	Start  server.Number `json:"starttime"`
	End    server.Number `json:"endtime"`
	MsgID  server.Number `json:"msgid"`
	Number server.Number `json:"number"`
}) (any, error) {
	switch {
	case in.Start <= 0 || in.End < in.Start || in.MsgID < 1 || in.Number < 1 || in.Number > maxRecords:
		return nil, server.Failf(65416, "invalid parameter")
	case in.End-in.Start > server.Number(24*time.Hour/time.Second):
		return nil, server.Failf(65417, "time span is too long")
	}
	rows, last := []server.Object{}, int64(in.MsgID)
	for _, r := range k.records {
		if at := server.Number(r.at.Unix()); r.id <= int64(in.MsgID) || at < in.Start || at > in.End || len(rows) == int(in.Number) {
			continue
		}
		rows = append(rows, server.Object{"openid": r.openid, "opercode": r.opercode, "text": r.text, "time": r.at.Unix(), "worker": r.worker})
		last = r.id
	}
	return server.Object{"recordlist": rows, "number": len(rows), "msgid": last}, nil
}

// line returns a user's message in the form of a record: the text or a placeholder.
func line(m callback.Message) string {
	for _, e := range m.Elements {
		if m.Type == "text" && e.Name == "Content" {
			return e.Value
		}
	}
	return "[" + m.Type + "]"
}
