package officialaccount

import "errors"

// ErrNoSecret is the error of an endpoint that needs the AppSecret when
// Config.Secret is empty.
var ErrNoSecret = errors.New("officialaccount: this endpoint needs Config.Secret")
