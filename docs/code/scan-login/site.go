package scanlogin

import (
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// listen lets the bot ask the user who scans a code.
func listen(bot *message.Handler, s Scans) {
	ask := func(ctx context.Context, scene, openID string) (message.Reply, error) {
		ok, err := s.Scanned(ctx, scene, openID)
		if err != nil || !ok {
			return message.TextReply("二维码已失效，请刷新页面。"), err
		}
		return message.TextReply("有人正在电脑上登录，是你本人请回复 1。"), nil
	}
	// A follower.
	message.On(bot, func(ctx context.Context, e *message.ScanEvent) (message.Reply, error) {
		return ask(ctx, e.Scene, e.FromUserName)
	})
	// A user who begins to follow.
	message.On(bot, func(ctx context.Context, e *message.SubscribeEvent) (message.Reply, error) {
		if e.Scene != "" {
			return ask(ctx, e.Scene, e.FromUserName)
		}
		return message.TextReply("欢迎关注！"), nil
	})
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		ok, err := s.Confirm(ctx, m.FromUserName)
		if err != nil || !ok {
			return message.TextReply("没有需要确认的登录。"), err
		}
		return message.TextReply("登录成功。"), nil
	}, message.ContentEquals("1"))
}

const secretCookie = "__Host-scan"

// site adds the pages of the login. begin starts a session, with a new id, for the user
// with an openid.
func site(mux *http.ServeMux, s Scans, begin func(http.ResponseWriter, *http.Request, string) error) {
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		secret, picture, err := s.Begin(r.Context())
		if err != nil {
			broken(w, err)
			return
		}
		http.SetCookie(w, &http.Cookie{
			Name: secretCookie, Value: secret, Path: "/", MaxAge: int(life.Seconds()),
			Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		})
		w.Header().Set("Cache-Control", "no-store")
		_ = page.Execute(w, picture) // an error means that the browser went away
	})
	mux.HandleFunc("GET /login/state", func(w http.ResponseWriter, r *http.Request) {
		state, err := s.State(r.Context(), secretOf(r))
		if err != nil {
			broken(w, err)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		fmt.Fprint(w, state)
	})
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		openID, ok, err := s.Finish(r.Context(), secretOf(r))
		switch {
		case err != nil:
			broken(w, err)
		case !ok:
			http.Redirect(w, r, "/login", http.StatusSeeOther)
		case begin(w, r, openID) != nil:
			broken(w, fmt.Errorf("session of %s", openID))
		default:
			http.Redirect(w, r, "/", http.StatusSeeOther)
		}
	})
}

var page = template.Must(template.New("login").Parse(`<!DOCTYPE html>
<img src="{{.}}" alt="QR code" width="240"> <p id="state"></p>
<form id="finish" method="post" action="/login"></form>
<script>
const timer = setInterval(async () => {
	const state = await (await fetch("/login/state")).text();
	document.getElementById("state").textContent = state;
	if (state === "confirmed") document.getElementById("finish").submit();
	if (state !== "waiting" && state !== "asked") clearInterval(timer);
}, 1000);
</script>
`))

func secretOf(r *http.Request) string {
	c, err := r.Cookie(secretCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

func broken(w http.ResponseWriter, err error) {
	slog.Error("scan login", "error", err)
	http.Error(w, "请稍后再试", http.StatusBadGateway)
}

// openPlatform is the other kind of scan login: with a website application (网站应用) of the
// Open Platform. app is its own client, with its own AppID and AppSecret.
func openPlatform(app *officialaccount.Client, key []byte) (*oauth.Login, error) {
	return oauth.New(app).Login(oauth.LoginConfig{
		RedirectURL: "https://www.example.com/open/login",
		Keys:        [][]byte{key},
		Scope:       oauth.QRLogin,
	})
}
