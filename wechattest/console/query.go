package console

import (
	"encoding/json"
	"net/http"
)

// conversation returns the chat of a user, or of all users, for scripts. The page itself
// receives events.
func (g *Page) conversation(w http.ResponseWriter, r *http.Request) {
	user := r.URL.Query().Get("user")
	lines := g.chat.List(func(l chatLine) bool { return user == "" || l.User == user })
	writeJSON(w, append([]chatLine{}, lines...))
}

// callsOf returns the calls of a path, of a prefix that ends in *, or all of them.
func (g *Page) callsOf(w http.ResponseWriter, r *http.Request) {
	list := []shownCall{}
	for _, c := range g.platform.Calls(r.URL.Query().Get("path")) {
		list = append(list, showCall(c))
	}
	writeJSON(w, list)
}

func writeJSON(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	_ = out.Encode(answer) // an error means that the caller has disconnected
}
