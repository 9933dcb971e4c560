package menu

import (
	"bytes"
	"encoding/json"
)

// Format returns the menus as a file that [Parse] reads, without their ids. It is the
// same for menus that are equal.
func (m *Menus) Format() []byte {
	return formatFile(m.canonical())
}

// file is the form of the file.
type file struct {
	Menu struct {
		Buttons []Button `json:"button"`
	} `json:"menu"`
	Conditional []conditional `json:"conditionalmenu,omitempty"`
}

// conditional is a conditional menu without its id, as it is created.
type conditional struct {
	Buttons []Button  `json:"button"`
	Rule    MatchRule `json:"matchrule"`
}

func formatFile(m *Menus) []byte {
	var f file
	f.Menu.Buttons = m.Default.Buttons
	for _, one := range m.Conditional {
		f.Conditional = append(f.Conditional, conditional{one.Buttons, one.Rule})
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(f) // never fails: text and numbers
	return out.Bytes()
}

// canonical returns the menus with what makes a difference to followers only.
func (m *Menus) canonical() *Menus {
	c := &Menus{Default: Menu{Buttons: canonical(m.Default.Buttons), ID: m.Default.ID}}
	for _, one := range m.Conditional {
		one.Buttons = canonical(one.Buttons)
		if one.Rule.TagID == 0 {
			one.Rule.TagID = one.Rule.GroupID
		}
		one.Rule.GroupID = 0
		c.Conditional = append(c.Conditional, one)
	}
	return c
}

// canonical returns buttons without the fields that their types do not use. An empty list
// is not nil, so that it is written as a list.
func canonical(buttons []Button) []Button {
	all := make([]Button, len(buttons))
	for i, b := range buttons {
		all[i] = b.canonical()
	}
	return all
}

func (b Button) canonical() Button {
	if len(b.Sub) > 0 {
		b.Sub = canonical(b.Sub)
		return b
	}
	b.Sub = nil
	used, known := b.required("")
	if !known {
		return b
	}
	c := Button{Type: b.Type, Name: b.Name}
	for i := 0; i < len(used); i += 2 {
		switch used[i] {
		case ".key":
			c.Key = b.Key
		case ".url":
			c.URL = b.URL
		case ".media_id":
			c.MediaID = b.MediaID
		case ".article_id":
			c.ArticleID = b.ArticleID
		case ".appid":
			c.AppID = b.AppID
		case ".pagepath":
			c.PagePath = b.PagePath
		}
	}
	return c
}
