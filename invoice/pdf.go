package invoice

import (
	"context"
	"io"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// SetPDF uploads the PDF file of an invoice and returns its media id (s_media_id). The file
// is streamed. The platform keeps it for three days, or for good once [Service.Insert] has
// used it. Its documents name no maximum size. Errors: errcode.InvoicePDFInvalid.
//
// POST /card/invoice/platform/setpdf (上传PDF)
func (s *Service) SetPDF(ctx context.Context, name string, r io.Reader) (mediaID string, err error) {
	const path = "/card/invoice/platform/setpdf"
	if err := limit.Required(path, "name", name); err != nil {
		return "", err
	}
	if r == nil {
		return "", limit.Rule(path, "pdf", "has no reader")
	}
	var out struct {
		MediaID string `json:"s_media_id"`
	}
	err = s.oa.Upload(ctx, path, officialaccount.Upload{Field: "pdf", Name: name, Body: r}, &out)
	return out.MediaID, err
}

// PDF is the link to the PDF file of an invoice.
type PDF struct {
	URL  string
	Life time.Duration // time until the link expires, usually 2 hours
}

// GetPDF returns a link to the PDF file of an invoice, by its media id.
//
// POST /card/invoice/platform/getpdf (查询已上传的PDF文件)
func (s *Service) GetPDF(ctx context.Context, mediaID string) (*PDF, error) {
	const path = "/card/invoice/platform/getpdf"
	if err := limit.Required(path, "mediaID (s_media_id)", mediaID); err != nil {
		return nil, err
	}
	in := struct {
		Action  string `json:"action"`
		MediaID string `json:"s_media_id"`
	}{"get_url", mediaID}
	var out struct {
		URL     string `json:"pdf_url"`
		Seconds int64  `json:"pdf_url_expire_time"`
	}
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &PDF{out.URL, time.Duration(out.Seconds) * time.Second}, nil
}

// DownloadPDF downloads the PDF file of an invoice, by its media id. It requests the
// link and follows it without the token. The caller closes the file, which is streamed.
//
// POST /card/invoice/platform/getpdf (查询已上传的PDF文件)
func (s *Service) DownloadPDF(ctx context.Context, mediaID string) (*officialaccount.File, error) {
	pdf, err := s.GetPDF(ctx, mediaID)
	if err != nil {
		return nil, err
	}
	return s.oa.Download(ctx, pdf.URL)
}
