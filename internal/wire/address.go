package wire

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
)

// CheckBaseURL returns an error unless base is an absolute https or http URL with a
// host and an optional path. Plain http to another machine would reveal credentials, so
// it is allowed only if insecure is set. An empty base means [DefaultBaseURL].
func CheckBaseURL(base string, insecure bool) error {
	if base == "" {
		return nil
	}
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("it is not an absolute http or https URL")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("it has more than a scheme, a host and a path")
	case u.Scheme == "http" && !insecure && !Loopback(u.Hostname()):
		return fmt.Errorf("plain http to %s would send credentials unencrypted: use https", u.Host)
	}
	return nil
}

// Loopback reports whether host, a name or an IP address without a port, is this
// machine.
func Loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
