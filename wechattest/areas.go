package wechattest

import "slices"

// This file is where a new part of the API is joined to the platform. To model
// an area, say menus, write menu.go with
//
//	type menus struct { … }                    // its state; the zero value is a fresh account
//	func menuEndpoints() []endpoint { … }      // its rows of the table, as in ticket.go
//
// and name both here. A handler is a func(*call) (any, error): it runs under
// the platform's lock, so it reads and changes state (c.areas.menus, c.receiver)
// freely and must not block; what it returns is the JSON answer (nil is errcode
// 0), what fail(code) makes is the platform's error. Events that a call causes
// are sent with c.later.

// areas is the state of every modelled part of the API.
type areas struct {
	tags            tags
	migrations      migrations
	drafts          drafts
	publications    publications
	mass            massJobs
	media           mediaLibrary
	menus           menus
	qrcodes         qrcodes
	shortKeys       shortKeys
	comments        comments
	customerService customerService
	subscriptions   subscriptions
	templates       templates
	components      components
	credentials     credentials
	quotas          quotas
	tickets         tickets
	browser         browser
	authorizations  authorizations
	autoReply       AutoReplyRules
}

// endpoints is the table of everything that the API answers.
func endpoints() []endpoint {
	return slices.Concat(
		profileEndpoints(),
		tagEndpoints(),
		blacklistEndpoints(),
		draftEndpoints(),
		freepublishEndpoints(),
		massEndpoints(),
		materialEndpoints(),
		mediaEndpoints(),
		menuEndpoints(),
		qrcodeEndpoints(),
		shortenEndpoints(),
		commentEndpoints(),
		customerServiceEndpoints(),
		subscribeEndpoints(),
		templateEndpoints(),
		componentEndpoints(),
		tokenEndpoints(),
		networkEndpoints(),
		ticketEndpoints(),
		openAPIEndpoints(),
		customMessageEndpoints(),
		browserEndpoints(),
		oauthEndpoints(),
		autoReplyEndpoints(),
	)
}
