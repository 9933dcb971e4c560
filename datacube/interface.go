package datacube

import "context"

// InterfaceSummary is how the developer's server answered the platform on one day.
type InterfaceSummary struct {
	Row
	CallbackCounters
}

// CallbackCounters count the requests of the platform to the developer's server.
type CallbackCounters struct {
	Callbacks int          `json:"callback_count"`
	Failures  int          `json:"fail_count"`
	TotalTime Milliseconds `json:"total_time_cost"` // of all answers together
	MaxTime   Milliseconds `json:"max_time_cost"`   // of the slowest answer
}

// GetInterfaceSummary returns how many messages and events the platform delivered to the
// developer's server and how fast that answered, by day, for a span of at most 30 days.
//
// POST /datacube/getinterfacesummary (获取被动回复概要数据)
func (s *Service) GetInterfaceSummary(ctx context.Context, span Span) (*Report[InterfaceSummary], error) {
	return get[InterfaceSummary](ctx, s.oa, rule{path: "/datacube/getinterfacesummary", days: 30}, span)
}

// InterfaceSummaryHour is an [InterfaceSummary] of one hour.
type InterfaceSummaryHour struct {
	Row
	Hour Hour `json:"ref_hour"`
	CallbackCounters
}

// GetInterfaceSummaryHour is [Service.GetInterfaceSummary] by hour, for one day.
//
// POST /datacube/getinterfacesummaryhour (获取被动回复分布数据)
func (s *Service) GetInterfaceSummaryHour(ctx context.Context, span Span) (*Report[InterfaceSummaryHour], error) {
	return get[InterfaceSummaryHour](ctx, s.oa, rule{path: "/datacube/getinterfacesummaryhour", days: 1}, span)
}
