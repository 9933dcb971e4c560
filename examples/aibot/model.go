package main

import (
	"context"
	"iter"
	"net/http"

	"github.com/openai/openai-go"
	"github.com/openai/openai-go/option"
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

// instructions is what the model is told about its task. It has no secrets.
const instructions = "You are the assistant of a WeChat Official Account. Answer briefly, in the language of the question, in Markdown."

// model is a language model behind an endpoint of the OpenAI protocol.
type model struct {
	client openai.Client
	name   string
}

// newModel returns the model of that name at url. Without a transport the usual one is
// used.
func newModel(url, key, name string, transport http.RoundTripper) *model {
	opts := []option.RequestOption{option.WithBaseURL(url), option.WithAPIKey(key), option.WithMaxRetries(1)}
	if transport != nil {
		opts = append(opts, option.WithHTTPClient(&http.Client{Transport: transport}))
	}
	return &model{openai.NewClient(opts...), name}
}

// stream returns the answer to a conversation as it arrives.
func (m *model) stream(ctx context.Context, said []turn) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		params := openai.ChatCompletionNewParams{
			Model:    m.name,
			Messages: []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(instructions)},
		}
		for _, t := range said {
			params.Messages = append(params.Messages, t.param())
		}
		stream := m.client.Chat.Completions.NewStreaming(ctx, params)
		defer stream.Close()
		for stream.Next() {
			for _, choice := range stream.Current().Choices {
				if choice.Index == 0 && choice.Delta.Content != "" && !yield(choice.Delta.Content, nil) {
					return
				}
			}
		}
		if err := stream.Err(); err != nil {
			yield("", err)
		}
	}
}

// param is the turn in the protocol of the client.
func (t turn) param() openai.ChatCompletionMessageParamUnion {
	switch {
	case t.Role == assistant:
		return openai.AssistantMessage(t.Text)
	case t.Picture != "":
		return openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
			openai.TextContentPart(t.Text),
			openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: t.Picture}),
		})
	}
	return openai.UserMessage(t.Text)
}
