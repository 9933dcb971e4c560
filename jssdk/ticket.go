package jssdk

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Service signs the pages of one account. It caches the tickets: make one and keep
// it. It is safe for concurrent use.
type Service struct {
	appID       string
	jsapi, card token.Source
}

// Tickets holds the sources of the tickets of a [Service], such as token.Shared or
// token.Remote. If a source is nil, its tickets are fetched from the platform.
type Tickets struct {
	JSAPI token.Source // tickets for pages
	Card  token.Source // tickets for cards
}

// New returns a Service for the client's account. It sends nothing: the first
// signature of a kind fetches its ticket.
func New(oa *officialaccount.Client) *Service { return NewWithTickets(oa, Tickets{}) }

// NewWithTickets is [New] with other sources of tickets.
func NewWithTickets(oa *officialaccount.Client, t Tickets) *Service {
	if t.JSAPI == nil {
		t.JSAPI = JSAPITickets(oa)
	}
	if t.Card == nil {
		t.Card = CardTickets(oa)
	}
	return &Service{appID: oa.AppID(), jsapi: token.Reuse(t.JSAPI, token.ReuseConfig{}), card: token.Reuse(t.Card, token.ReuseConfig{})}
}

// GetJSAPITicket returns the ticket that pages are signed with (jsapi_ticket), from
// the cache if it is still valid. The methods that sign call it.
//
// Errors: errcode.APIUnauthorized, DailyQuotaReached.
//
// GET /cgi-bin/ticket/getticket (获取 jsapi_ticket)
func (s *Service) GetJSAPITicket(ctx context.Context) (token.Token, error) { return s.jsapi.Token(ctx) }

// GetCardTicket returns the ticket that cards are signed with (卡券 api_ticket), from
// the cache if it is still valid. The methods that sign call it.
//
// Errors: errcode.APIUnauthorized for an account without cards.
//
// GET /cgi-bin/ticket/getticket (获取卡券 api_ticket)
func (s *Service) GetCardTicket(ctx context.Context) (token.Token, error) { return s.card.Token(ctx) }

// JSAPITickets returns a source that fetches a ticket for pages on every call, for
// token.Shared. [New] needs no source.
func JSAPITickets(oa *officialaccount.Client) token.Source {
	return &tickets{oa, "jsapi", token.JSAPITicket}
}

// CardTickets is [JSAPITickets] for cards.
func CardTickets(oa *officialaccount.Client) token.Source {
	return &tickets{oa, "wx_card", token.CardTicket}
}

// maxLife bounds the life of a ticket, in seconds.
const maxLife = 24 * 60 * 60

// tickets is a token.Source for one kind of ticket.
type tickets struct {
	oa   *officialaccount.Client
	name string // value of the parameter type
	kind token.Kind
}

// Key implements token.Keyed.
func (t *tickets) Key() string { return token.Key(t.oa.AppID(), "", t.kind) }

// Token fetches a ticket.
func (t *tickets) Token(ctx context.Context) (token.Token, error) {
	query := struct {
		Type string `url:"type"`
	}{t.name}
	var out struct {
		Ticket string `json:"ticket"`
		Life   int64  `json:"expires_in"` // seconds
	}
	asked := time.Now()
	if err := t.oa.Get(ctx, "/cgi-bin/ticket/getticket", query, &out); err != nil {
		return token.Token{}, err
	}
	if out.Ticket == "" || out.Life <= 0 {
		return token.Token{}, fmt.Errorf("jssdk: /cgi-bin/ticket/getticket: the answer has no ticket or no expires_in")
	}
	life := time.Duration(min(out.Life, maxLife)) * time.Second // bounded: a Duration holds fewer seconds than an int64
	return token.New(out.Ticket, asked.Add(life)), nil
}
