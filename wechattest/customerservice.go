package wechattest

// AnswerInvitation accepts or refuses the open invitation to be an agent.
// It is an error if no invitation to the account is open.
func (p *Platform) AnswerInvitation(account string, accept bool) error {
	return p.customerService.AnswerInvitation(account, accept)
}

// SetAgentOnline brings an agent online or offline. It is an error if
// there is no such agent.
func (p *Platform) SetAgentOnline(account string, online bool) error {
	return p.customerService.SetAgentOnline(account, online)
}

// AgentSend sends a text from an agent to a user of theirs. It needs no reply window.
func (p *Platform) AgentSend(account, openid, text string) error {
	return p.customerService.AgentSend(account, openid, text)
}
