package message

import "github.com/seed-f21aa8d8/wechat/message/internal/tree"

// Lookup returns the text of the element at path, as in
//
//	status, found := m.Lookup("PublishEventInfo", "publish_status")
//
// It is for elements for which the type has no field. If several elements have the
// same name, it uses the first. Lookup parses Raw on every call.
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
