package message

import "github.com/seed-f21aa8d8/wechat/message/internal/tree"

// Lookup returns the text of an element of the message by the names that lead to
// it, as in Lookup("NewInfo", "Inner", "B"). It is for what the type has no field
// for. Of elements of one name the first counts. Lookup reads Raw anew each time.
func (h *Header) Lookup(path ...string) (text string, found bool) {
	var t tree.Tree
	if read(&t, []byte(h.Raw)) != nil {
		return "", false
	}
	e := t.Root()
	for _, name := range path {
		e = e.Child(name)
	}
	return string(e.Bytes()), e.Found()
}
