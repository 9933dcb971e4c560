package server

import (
	"fmt"
	"time"
)

// Publication holds the articles that were published together, by a publication or a
// mass send.
type Publication struct {
	DataID   int64 // msg_data_id
	Titles   []string
	Notified bool // sent to the followers' chats
	At       time.Time
}

// URL returns the address of an article by its position, from 0.
func (p Publication) URL(index int) string {
	return fmt.Sprintf("http://mp.weixin.qq.com/s?__biz=local&mid=%d&idx=%d", p.DataID, index+1)
}

// Publish passes the articles to the areas that need them. The lock is held.
func (s *Server) Publish(p Publication) {
	p.At = s.Now()
	for _, published := range s.Hooks.Published {
		published(p)
	}
}
