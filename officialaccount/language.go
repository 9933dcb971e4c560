package officialaccount

// Language is the language of the place names in a user's profile.
type Language string

// The languages of a profile.
const (
	SimplifiedChinese  Language = "zh_CN"
	TraditionalChinese Language = "zh_TW"
	English            Language = "en"
)
