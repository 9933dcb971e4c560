package officialaccount

// Language is the language of a user's WeChat, or of a requested profile.
type Language string

// The languages of a profile.
const (
	SimplifiedChinese  Language = "zh_CN"
	TraditionalChinese Language = "zh_TW"
	English            Language = "en"
)
