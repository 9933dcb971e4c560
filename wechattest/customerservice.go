package wechattest

// AnswerInvitation has the person who was invited to be an agent accept, or refuse.
// It is an error if no invitation to the account is open.
func (p *Platform) AnswerInvitation(account string, accept bool) error {
	return p.customerService.AnswerInvitation(account, accept)
}

// SetAgentOnline has an agent come to the desk, or leave it. It is an error if
// there is no such agent.
func (p *Platform) SetAgentOnline(account string, online bool) error {
	return p.customerService.SetAgentOnline(account, online)
}

// AgentSend has an agent write to a user whom it serves. The message needs no reply
// window.
func (p *Platform) AgentSend(account, openid, text string) error {
	return p.customerService.AgentSend(account, openid, text)
}
