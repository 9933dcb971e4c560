package wechattest

// AnswerInvitation accepts or refuses the pending invitation to be an agent. It returns
// an error if no invitation to the account is pending.
func (p *Platform) AnswerInvitation(account string, accept bool) error {
	return p.customerService.AnswerInvitation(account, accept)
}

// SetAgentOnline sets whether an agent is online. It returns an error if there is no
// such agent.
func (p *Platform) SetAgentOnline(account string, online bool) error {
	return p.customerService.SetAgentOnline(account, online)
}

// AgentSend sends a text from an agent to a user in a session with the agent. It does
// not need a reply window.
func (p *Platform) AgentSend(account, openID, text string) error {
	return p.customerService.AgentSend(account, openID, text)
}
