package errcode

// advice is what to do about a code.
type advice struct{ english, chinese string }

// remedy holds the advice on the codes that people meet most.
func remedy(c Code) advice {
	return advice{}
}
