package console_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// result is what a script reads of the result of a message.
type result struct {
	OK    bool
	Saw   string
	Tries int
	Error string
}

// ask carries out a command that waits, and returns the results of its messages.
func (w *window) ask(name string, command fields) (results []result, refused string) {
	w.t.Helper()
	command["wait"] = true
	body, err := json.Marshal(command)
	require.NoError(w.t, err)
	resp, err := http.Post(w.base+"/page/"+name, "application/json", bytes.NewReader(body))
	require.NoError(w.t, err)
	defer resp.Body.Close()
	var answer struct {
		Error   string
		Results []result
	}
	require.NoError(w.t, json.NewDecoder(resp.Body).Decode(&answer))
	require.Equal(w.t, answer.Error == "", resp.StatusCode == http.StatusOK)
	return answer.Results, answer.Error
}

func (w *window) get(path string, answer any) {
	w.t.Helper()
	resp, err := http.Get(w.base + path)
	require.NoError(w.t, err)
	defer resp.Body.Close()
	require.Equal(w.t, http.StatusOK, resp.StatusCode)
	require.NoError(w.t, json.NewDecoder(resp.Body).Decode(answer))
}

func TestCommandsThatWait(t *testing.T) {
	p, w := openPage(t, wechattest.Config{Deliveries: 2})
	p.Bot(xmlBot(func(m xmlMessage) string {
		if m.Content == "wrong" {
			return "not XML"
		}
		return m.reply("text", "<Content>got "+m.MsgType+m.Content+"</Content>")
	}))
	p.SetConsoleMenu(
		wechattest.Button{Name: "help", Type: "click", Key: "HELP"},
		wechattest.Button{Name: "scan", Type: "scancode_push", Key: "SCAN"},
		wechattest.Button{Name: "where", Type: "location_select", Key: "WHERE"},
	)
	for name, c := range map[string]struct {
		command fields
		saw     []string
	}{
		"say":    {fields{"user": "oLiLei", "kind": "text", "content": "hello"}, []string{"got texthello"}},
		"follow": {fields{"user": "oLiLei"}, []string{"got event"}},
		"tap":    {fields{"user": "oLiLei", "names": []string{"help"}}, []string{"got event"}},
		"scan":   {fields{"user": "oLiLei", "scene": "12"}, []string{"got event"}},
		"popup":  {fields{"user": "oLiLei", "template": "T", "what": "accept"}, []string{"got event"}},
	} {
		results, refused := w.ask(name, c.command)
		require.Empty(t, refused, name)
		require.Len(t, results, len(c.saw), name)
		for i, saw := range c.saw {
			require.Equal(t, result{OK: true, Saw: saw, Tries: 1}, results[i], name)
		}
	}
	results, _ := w.ask("tap", fields{"user": "oLiLei", "names": []string{"where"}, "fields": fields{"latitude": "31", "longitude": "121"}})
	require.Equal(t, []result{{true, "got event", 1, ""}, {true, "got location", 1, ""}}, results, "the event, then the place")

	results, _ = w.ask("say", fields{"user": "oLiLei", "kind": "text", "content": "wrong"})
	require.False(t, results[0].OK)
	require.Equal(t, wechattest.FaultNotice, results[0].Saw)
	require.Contains(t, results[0].Error, "XML")

	_, refused := w.ask("tap", fields{"user": "oLiLei", "names": []string{"no such button"}})
	require.Contains(t, refused, "no such button")

	resp, err := http.Post(w.base+"/page/upload?user=oLiLei&kind=image&wait=true", "application/octet-stream", nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	var uploaded struct{ Results []result }
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&uploaded))
	require.Equal(t, []result{{true, "got image", 1, ""}}, uploaded.Results)
}

func TestQueries(t *testing.T) {
	p, w := openPage(t, wechattest.Config{})
	p.Bot(xmlBot(func(m xmlMessage) string { return m.reply("text", "<Content>hi</Content>") }))
	_, refused := w.ask("say", fields{"user": "oLiLei", "kind": "text", "content": "hello"})
	require.Empty(t, refused)
	_, refused = w.ask("say", fields{"user": "oHanMeimei", "kind": "text", "content": "hello"})
	require.Empty(t, refused)
	resp, err := http.Get(w.base + "/cgi-bin/menu/get?access_token=made-up")
	require.NoError(t, err)
	resp.Body.Close()

	var chat []struct {
		User, From string
		Shown      map[string]string
	}
	w.get("/page/chat?user=oLiLei", &chat)
	require.Len(t, chat, 2)
	require.Equal(t, "hi", chat[1].Shown["Content"])
	w.get("/page/chat", &chat)
	require.Len(t, chat, 4)
	w.get("/page/chat?user=nobody", &chat)
	require.NotNil(t, chat)
	require.Empty(t, chat)

	var calls []struct {
		Path, Query string
		Code        int
	}
	w.get("/page/calls?path=/cgi-bin/menu/*", &calls)
	require.Len(t, calls, 1)
	require.Equal(t, 40014, calls[0].Code)
	require.NotContains(t, calls[0].Query, "made-up", "without credentials")

	var state struct{ Account struct{ AppID string } }
	w.get("/page/state", &state)
	require.Equal(t, wechattest.DefaultAppID, state.Account.AppID)
}
