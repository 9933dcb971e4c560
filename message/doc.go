// Package message receives what the platform sends to an account's callback URL,
// and answers it.
//
// A [Handler] is an [http.Handler]. It lets in what the platform signed, decodes
// it into a Go type, calls the function registered for that type, and writes the
// reply as the platform wants it:
//
//	h, err := message.NewHandler(message.Config{
//		Token:          os.Getenv("WECHAT_TOKEN"),
//		AppID:          os.Getenv("WECHAT_APPID"),
//		EncodingAESKey: os.Getenv("WECHAT_AES_KEY"), // empty: plaintext mode
//	})
//	if err != nil {
//		log.Fatal(err)
//	}
//	message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
//		return message.TextReply(m.Content), nil
//	})
//	http.Handle("/wechat", h)
package message
