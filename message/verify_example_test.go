package message_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// A front process verifies requests and hands them to another process, which answers
// them. Between the two is a queue that carries bytes.
func ExampleVerifier() {
	config := message.Config{
		Token:          wechattest.DefaultToken,
		AppID:          wechattest.DefaultAppID,
		EncodingAESKey: wechattest.DefaultEncodingAESKey,
	}
	verifier, err := message.NewVerifier(config) // each of the two processes has one
	if err != nil {
		log.Fatal(err)
	}
	requests, answers := make(chan []byte), make(chan []byte)

	front := func(w http.ResponseWriter, r *http.Request) {
		verified, err := verifier.Verify(r)
		if err != nil {
			var refused *message.RefusedError
			if errors.As(err, &refused) {
				w.WriteHeader(refused.Status)
			}
			log.Print(err)
			return
		}
		parcel, err := json.Marshal(verified)
		if err != nil {
			log.Print(err)
			return
		}
		requests <- parcel
		w.Write(<-answers)
	}

	worker := func(parcel []byte) ([]byte, error) {
		var verified message.Verified
		if err := json.Unmarshal(parcel, &verified); err != nil {
			return nil, err
		}
		m, err := message.Parse(verified.Body)
		if err != nil {
			return nil, err
		}
		var reply message.Reply // nil is answered with success
		if text, ok := m.(*message.Text); ok {
			reply = message.TextReply("You said " + text.Content)
		}
		head := message.HeaderOf(m)
		answer, err := message.Encode(reply, head.FromUserName, head.ToUserName, head.Format)
		if err != nil {
			return nil, err
		}
		return verifier.Seal(verified.Envelope, answer)
	}
	go func() {
		for parcel := range requests {
			answer, err := worker(parcel)
			if err != nil {
				log.Print(err)
			}
			answers <- answer
		}
	}()

	platform, err := wechattest.Open(wechattest.Config{Mode: wechattest.Safe})
	if err != nil {
		log.Fatal(err)
	}
	defer platform.Close()
	platform.Bot(http.HandlerFunc(front))
	reply, err := platform.User("oLiLei").Text("hello")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(reply.Content, reply.Encrypted)
	close(requests)
	// Output: You said hello true
}
