package onecode

import (
	"context"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Limits of an application, in codes.
const (
	countStep = 10_000
	maxCount  = 20_000_000
)

// Apply asks for a batch of codes: a multiple of 10,000, at most 20,000,000. The caller
// chooses isvID. A second call with the same isvID returns the same application, so a
// call can be repeated. Apply returns the platform's id of the application.
//
// POST /intp/marketcode/applycode (申请二维码)
func (s *Service) Apply(ctx context.Context, count int, isvID string) (applicationID string, err error) {
	const path = "/intp/marketcode/applycode"
	if err := limit.Check(path, "count (code_count)", "codes", count, countStep, maxCount); err != nil {
		return "", err
	}
	if count%countStep != 0 {
		return "", limit.Rule(path, "count (code_count)", "is "+strconv.Itoa(count)+", must be a multiple of 10000")
	}
	if err := limit.Required(path, "isvID (isv_application_id)", isvID); err != nil {
		return "", err
	}
	in := struct {
		Count int    `json:"code_count"`
		ISVID string `json:"isv_application_id"`
	}{count, isvID}
	var out struct {
		ID string `json:"application_id"`
	}
	err = s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry())
	return out.ID, err
}

// Ref identifies an application by one of its two ids.
type Ref struct {
	ID    string // from [Service.Apply]
	ISVID string // the caller's own
}

// Status is the state of an application. The documents name only one.
type Status string

// Finished is the state of an application whose codes are ready.
const Finished Status = "FINISH"

// Application is a batch of codes.
type Application struct {
	ID      string                    `json:"application_id"`
	ISVID   string                    `json:"isv_application_id"`
	Status  Status                    `json:"status"`
	Ranges  []Range                   `json:"code_generate_list"` // of codes, for [Service.Download]
	Created officialaccount.Timestamp `json:"create_time"`
	Updated officialaccount.Timestamp `json:"update_time"`
}

// Range is a range of the codes of an application. It includes Start and End.
type Range struct {
	Start int64 `json:"code_start"`
	End   int64 `json:"code_end"`
}

func (r Range) check(path string) error {
	switch {
	case r.Start < 0:
		return limit.Rule(path, "Start (code_start)", "is negative")
	case r.End < r.Start:
		return limit.Rule(path, "End (code_end)", "is less than Start")
	}
	return nil
}

// number returns the id of an application as the platform expects it in requests.
func number(path, field, id string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return 0, limit.Rule(path, field, "is "+strconv.Quote(id)+", must be a positive number")
	}
	return n, nil
}

// GetApplication returns the state of an application. Its codes are ready when Status
// is Finished. For any other status, ask again later.
//
// POST /intp/marketcode/applycodequery (查询二维码申请单)
func (s *Service) GetApplication(ctx context.Context, ref Ref) (*Application, error) {
	const path = "/intp/marketcode/applycodequery"
	if (ref.ID == "") == (ref.ISVID == "") {
		return nil, limit.Rule(path, "ID (application_id)", "and ISVID (isv_application_id): exactly one must be set")
	}
	in := struct {
		ID    int64  `json:"application_id,omitempty"`
		ISVID string `json:"isv_application_id,omitempty"`
	}{ISVID: ref.ISVID}
	if ref.ID != "" {
		var err error
		if in.ID, err = number(path, "ID (application_id)", ref.ID); err != nil {
			return nil, err
		}
	}
	var application Application
	if err := s.oa.Post(ctx, path, in, &application, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &application, nil
}
