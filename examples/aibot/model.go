package main

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"

	"github.com/sashabaranov/go-openai"
)

// turn is one contribution to a conversation.
type turn struct {
	Role    role
	Text    string
	Picture string `json:",omitempty"` // address of a picture
}

type role string

const (
	user      role = "user"
	assistant role = "assistant"
)

// instructions describe the task to the model. They contain no secrets.
const instructions = "You are the assistant of a WeChat Official Account. Answer briefly, in the language of the question, in Markdown."

// model is a language model behind an endpoint of the OpenAI protocol.
type model struct {
	client *openai.Client
	name   string
}

// newModel returns the model of that name at url. Without a transport the usual one is
// used.
func newModel(url, key, name string, transport http.RoundTripper) *model {
	c := openai.DefaultConfig(key)
	c.BaseURL = url
	c.HTTPClient = &http.Client{Transport: transport}
	return &model{openai.NewClientWithConfig(c), name}
}

// stream returns the answer to a conversation as it arrives.
func (m *model) stream(ctx context.Context, said []turn) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		request := openai.ChatCompletionRequest{
			Model:    m.name,
			Messages: []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleSystem, Content: instructions}},
		}
		for _, t := range said {
			request.Messages = append(request.Messages, t.message())
		}
		stream, err := m.client.CreateChatCompletionStream(ctx, request)
		if err != nil {
			yield("", err)
			return
		}
		defer stream.Close()
		for {
			part, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield("", err)
				return
			}
			for _, choice := range part.Choices {
				if choice.Index == 0 && choice.Delta.Content != "" && !yield(choice.Delta.Content, nil) {
					return
				}
			}
		}
	}
}

// message is the turn in the protocol of the client.
func (t turn) message() openai.ChatCompletionMessage {
	m := openai.ChatCompletionMessage{Role: string(t.Role)}
	if t.Picture == "" {
		m.Content = t.Text
		return m
	}
	m.MultiContent = []openai.ChatMessagePart{
		{Type: openai.ChatMessagePartTypeText, Text: t.Text},
		{Type: openai.ChatMessagePartTypeImageURL, ImageURL: &openai.ChatMessageImageURL{URL: t.Picture}},
	}
	return m
}
