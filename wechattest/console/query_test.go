package console_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/template"
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
	resp, err := w.client.Post(w.base+"/page/"+name, "application/json", bytes.NewReader(body))
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
	resp, err := w.client.Get(w.base + path)
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

// The command receive waits for a message of the account, and returns each one once.
func TestReceive(t *testing.T) {
	p, w := openPage(t, wechattest.Config{})
	p.Bot(xmlBot(func(m xmlMessage) string { return m.reply("text", "<Content>at once</Content>") }))
	_, refused := w.ask("say", fields{"user": "oLiLei", "kind": "text", "content": "hello"})
	require.Empty(t, refused)
	account := p.Config()
	oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret, BaseURL: w.base})
	require.NoError(t, err)
	send := func(user, text string) {
		t.Helper()
		require.NoError(t, customerservice.New(oa).Send(t.Context(), user, customerservice.Text(text)))
	}
	receive := func(command fields) string {
		t.Helper()
		lines, refused := w.receive(command)
		require.Empty(t, refused)
		require.Len(t, lines, 1)
		require.Equal(t, "oLiLei", lines[0].User)
		return lines[0].Via + " " + lines[0].Shown["Content"]
	}
	send("oLiLei", "early")
	require.Equal(t, "customer_service early", receive(fields{"user": "oLiLei"}), "not the reply; also what came before")

	received := make(chan string)
	go func() { received <- receive(fields{"user": "oLiLei", "seconds": 60}) }()
	_, refused = w.ask("say", fields{"user": "oHanMeimei", "kind": "text", "content": "hello"})
	require.Empty(t, refused)
	send("oHanMeimei", "of another user")
	send("oLiLei", "late")
	require.Equal(t, "customer_service late", <-received)

	send("oLiLei", "one")
	templates := template.New(oa)
	id, err := templates.Add(t.Context(), "2023", "Order", "Time")
	require.NoError(t, err)
	_, err = templates.Send(t.Context(), template.Message{To: "oLiLei", TemplateID: id, Data: notice.Data{"thing1": {Value: "shipped"}, "thing2": {Value: "now"}}})
	require.NoError(t, err)
	require.Contains(t, receive(fields{"user": "oLiLei", "via": "template"}), "template ")
	require.Equal(t, "customer_service one", receive(fields{"user": "oLiLei", "via": "customer_service"}))

	_, refused = w.receive(fields{"user": "oLiLei", "via": "mass", "seconds": 0.01})
	require.Equal(t, "receive: oLiLei received no message by \"mass\" within 10ms", refused)
	_, refused = w.receive(fields{"user": "oLiLei", "seconds": 0.01})
	require.Equal(t, "receive: oLiLei received no message within 10ms", refused)
	for _, seconds := range []float64{-1, 301, 1e300} {
		_, refused = w.receive(fields{"user": "oLiLei", "seconds": seconds})
		require.Equal(t, "receive: seconds: want 0 to 300", refused)
	}
	_, refused = w.receive(fields{"user": "Li Lei"})
	require.Contains(t, refused, "not an openid")
}

// received is what a script reads of a message.
type received struct {
	User, Via string
	Shown     map[string]string
}

func (w *window) receive(command fields) (lines []received, refused string) {
	w.t.Helper()
	body, err := json.Marshal(command)
	require.NoError(w.t, err)
	resp, err := w.client.Post(w.base+"/page/receive", "application/json", bytes.NewReader(body))
	require.NoError(w.t, err)
	defer resp.Body.Close()
	var answer struct {
		Error   string
		Results []received
	}
	require.NoError(w.t, json.NewDecoder(resp.Body).Decode(&answer))
	require.Equal(w.t, answer.Error == "", resp.StatusCode == http.StatusOK)
	return answer.Results, answer.Error
}

// The command lose loses answers of the bot, and the platform repeats the message.
func TestLose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, w := openPageInBubble(t, wechattest.Config{})
		_, refused := w.ask("lose", fields{})
		require.Contains(t, refused, "no bot")
		ran := 0
		p.Bot(xmlBot(func(m xmlMessage) string { ran++; return m.reply("text", "<Content>hi</Content>") }))
		_, refused = w.ask("lose", fields{})
		require.Empty(t, refused)
		_, refused = w.ask("lose", fields{"times": 1})
		require.Empty(t, refused)
		for _, want := range []result{{true, "hi", 3, ""}, {true, "hi", 1, ""}} {
			results, refused := w.ask("say", fields{"user": "oLiLei", "kind": "text", "content": "hello"})
			require.Empty(t, refused)
			require.Equal(t, []result{want}, results)
		}
		require.Equal(t, 4, ran)
		for _, times := range []int{-1, 101} {
			_, refused = w.ask("lose", fields{"times": times})
			require.Equal(t, "lose: times: want 1 to 100", refused)
		}
	})
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
