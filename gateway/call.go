package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/secret"
)

// Call describes a call through a [Proxy] to an observer. It holds no credential.
type Call struct {
	RequestID string
	TraceID   string // of the caller's header traceparent (W3C Trace Context); empty without one
	Business  string // empty if the caller is unknown
	AppID     string // empty if the account is unknown
	Method    string
	Path      string // of the platform; empty if the caller is unknown
	Route     string // the pattern in [Business].Allow that allowed the path; empty if none did
	Host      string // the platform's host that was called last
	Attempts  int    // requests sent
	Replayed  bool   // the call was sent again with a new token
	Status    int    // HTTP status of the answer; 499 if the caller closed the connection or stopped sending its body
	Code      errcode.Code
	RID       string // the platform's rid of an error
	Reason    Reason // the reason of a refusal by the proxy itself; empty otherwise
	Note      string // a remark for the log
	Cut       bool   // the answer is incomplete
	Bytes     int64  // of the answer's body
	Duration  time.Duration
}

// report calls the observer and writes the log line.
func (p *Proxy) report(ctx context.Context, x *exchange, refused *refusal) {
	c := &x.seen
	if p.cfg.OnCall != nil {
		p.cfg.OnCall(*c)
	}
	level := slog.LevelInfo
	if c.Status >= http.StatusBadRequest || c.Code != 0 || c.Cut {
		level = slog.LevelWarn
	}
	if !p.cfg.Logger.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request_id", c.RequestID), slog.String("business", c.Business), slog.String("appid", c.AppID),
		slog.String("method", c.Method), slog.String("path", c.Path), slog.String("host", c.Host),
		slog.Int("status", c.Status), slog.Int("errcode", int(c.Code)), slog.String("rid", c.RID),
		slog.Int("attempts", c.Attempts), slog.Bool("replayed", c.Replayed),
		slog.Int64("bytes", c.Bytes), slog.String("took", c.Duration.String()),
	}
	if c.TraceID != "" {
		attrs = append(attrs, slog.String("trace_id", c.TraceID))
	}
	if c.Note != "" {
		attrs = append(attrs, slog.String("note", c.Note))
	}
	if refused != nil {
		attrs = append(attrs, slog.String("reason", string(c.Reason)), slog.String("detail", refused.Message))
		if refused.cause != nil {
			attrs = append(attrs, secret.Attrs(refused.cause)...)
		}
	}
	p.cfg.Logger.LogAttrs(ctx, level, "gateway: call", attrs...)
}
