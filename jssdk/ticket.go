package jssdk

import (
	"context"
	"time"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Service signs for the pages of one account. It keeps the tickets, so make one and
// keep it; it is safe for concurrent use.
type Service struct {
	appID       string
	jsapi, card token.Source
}

// Option is an option of [New].
type Option func(*Service)

// WithJSAPITickets takes the tickets for pages from src instead of fetching them: from
// token.Shared, token.Remote, or a source of one's own.
func WithJSAPITickets(src token.Source) Option { return func(s *Service) { s.jsapi = src } }

// WithCardTickets takes the tickets for cards from src instead of fetching them.
func WithCardTickets(src token.Source) Option { return func(s *Service) { s.card = src } }

// New makes a Service for the client's account. It sends nothing: the first
// signature of a kind fetches the ticket for it.
func New(oa *officialaccount.Client, opts ...Option) *Service {
	s := &Service{appID: oa.AppID(), jsapi: JSAPITickets(oa), card: CardTickets(oa)}
	for _, o := range opts {
		o(s)
	}
	s.jsapi, s.card = token.Reuse(s.jsapi), token.Reuse(s.card)
	return s
}

// JSAPITicket returns the ticket that pages are signed with (jsapi_ticket), the one
// that is kept or a new one. The methods that sign call it themselves.
//
// Errors: errcode.APIUnauthorized, DailyQuotaReached.
//
// GET /cgi-bin/ticket/getticket (获取 jsapi_ticket)
func (s *Service) JSAPITicket(ctx context.Context) (token.Token, error) { return s.jsapi.Token(ctx) }

// CardTicket returns the ticket that cards are signed with (卡券 api_ticket), the one
// that is kept or a new one. The methods that sign call it themselves.
//
// Errors: errcode.APIUnauthorized for an account without cards.
//
// GET /cgi-bin/ticket/getticket (获取卡券 api_ticket)
func (s *Service) CardTicket(ctx context.Context) (token.Token, error) { return s.card.Token(ctx) }

// JSAPITickets fetches a ticket for pages whenever it is asked, for token.Shared:
// [New] alone needs no source.
func JSAPITickets(oa *officialaccount.Client) token.Source {
	return &tickets{oa, "jsapi", token.JSAPITicket}
}

// CardTickets is [JSAPITickets] for cards.
func CardTickets(oa *officialaccount.Client) token.Source {
	return &tickets{oa, "wx_card", token.CardTicket}
}

// tickets is a token.Source that knows what its tickets are for.
type tickets struct {
	oa   *officialaccount.Client
	name string // as the platform calls the kind
	kind token.Kind
}

// Identity lets token.Shared keep every kind of ticket of every account apart.
func (t *tickets) Identity() token.Identity { return token.NewIdentity(t.oa.AppID(), "", t.kind) }

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
	return token.New(out.Ticket, asked.Add(time.Duration(out.Life)*time.Second)), nil
}
