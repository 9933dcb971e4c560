package wechattest

import "fmt"

// AnswerLink has the administrator of a mini program agree to a link with the account that
// /cgi-bin/wxopen/wxamplink asked for, or refuse it. It returns an error if no
// link is waiting.
func (p *Platform) AnswerLink(appID string, agree bool) error {
	if !p.wxopen.Answer(appID, agree) {
		return fmt.Errorf("wechattest: no link to %s is waiting", appID)
	}
	return nil
}

// MiniProgramOf returns the mini program, and its page, that WeChat opens for an
// ordinary QR code with that URL. WeChat uses the published jump rule with the longest
// prefix that fits. found is false if no rule fits; then WeChat opens the URL itself.
func (p *Platform) MiniProgramOf(url string) (appID, path string, found bool) {
	return p.wxopen.Open(url)
}
