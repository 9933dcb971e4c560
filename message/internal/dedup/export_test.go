package dedup

// ClaimKey is the key of a message in the store.
func ClaimKey(key string) string { return newClaim(&run{outcome: &outcome{key: key}}).key }
