package officialaccount

import "errors"

// ErrNoSecret means that an endpoint needs the AppSecret and Config.Secret is empty.
var ErrNoSecret = errors.New("officialaccount: this endpoint needs Config.Secret")
