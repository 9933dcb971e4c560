package server

import (
	"fmt"
	"time"
)

// Publication is the articles that went out together, by a publication or a mass send.
type Publication struct {
	DataID   int64 // msg_data_id
	Titles   []string
	Notified bool // the followers received it in their chats
	At       time.Time
}

// URL is the address of an article, by its place from 0 on.
func (p Publication) URL(index int) string {
	return fmt.Sprintf("http://mp.weixin.qq.com/s?__biz=local&mid=%d&idx=%d", p.DataID, index+1)
}

// Publish makes the articles known to the areas that deal with them, now. The lock is
// held.
func (s *Server) Publish(p Publication) {
	p.At = s.Now()
	for _, published := range s.Hooks.Published {
		published(p)
	}
}
