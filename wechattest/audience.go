package wechattest

// What menus and mass sends ask of the areas of tags and drafts. The platform has
// neither tags nor drafts of its own so far, so no user bears a tag and no media_id
// names a draft.

// knowsTag reports whether the account has the tag.
func (p *Platform) knowsTag(string) bool { return false }

// hasTag reports whether the user bears the tag.
func (u *User) hasTag(string) bool { return false }

// draftArticles is how many articles the draft with that media_id has; 0 without one.
func (p *Platform) draftArticles(string) int { return 0 }

// consumeDraft removes a draft that has been sent.
func (p *Platform) consumeDraft(string) {}
