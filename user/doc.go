// Package user reads the followers of an account and sorts them: profiles,
// remarks, tags and the blacklist, as in the "User management" chapter of the
// platform's documents (用户管理).
//
// # Followers
//
// An account knows its users by their openid, which no other account shares; by
// their unionid, accounts of one owner recognise the same person. [Service.All]
// goes through the openids of all followers, [Service.Profiles] adds what the
// platform tells of each:
//
//	users := user.New(oa)
//	for id, err := range users.All(ctx) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(id)
//	}
//
// Since 2021-12-27 the platform leaves nickname and portrait out of profiles; ask
// the user through web authorization (package oauth).
//
// # Tags and blacklist
//
// An account may have 100 tags (标签), a user 20. Tags choose the receivers of a
// mass send and the menu that a user sees. Blacklisted users (黑名单) cannot write to
// the account and get nothing from it.
//
// Calls that change many users take as many as the platform does at once, 50 for
// tags and 20 for the blacklist, and refuse more: after a failure halfway nobody
// could tell who had been changed. [slices.Chunk] cuts a longer list.
package user

import (
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Service reads and sorts the followers of one account. It holds nothing but the client.
type Service struct{ oa *officialaccount.Client }

// New returns the followers of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// page is a page of openids. There is no data when it is empty.
type page struct {
	Total int `json:"total"`
	Count int `json:"count"`
	Data  struct {
		OpenIDs []string `json:"openid"`
	} `json:"data"`
	Next string `json:"next_openid"`
}

func (p page) openIDs() OpenIDs {
	return OpenIDs{Total: p.Total, Count: p.Count, OpenIDs: p.Data.OpenIDs, Next: p.Next}
}

// OpenIDs is a page of users.
type OpenIDs struct {
	Total   int      // of all pages; 0 for the followers with a tag, whom the platform does not count
	Count   int      // on this page
	OpenIDs []string // none on the page after the last
	Next    string   // where the next page begins; empty at the end
}

func checkOpenIDs(path string, ids []string, most int) error {
	if err := limit.Check(path, "openid_list", "openids", len(ids), 1, most); err != nil {
		return err
	}
	for _, id := range ids {
		if id == "" {
			return limit.Rule(path, "openid_list", "has an empty openid")
		}
	}
	return nil
}

func checkOpenID(path, id string) error {
	if id == "" {
		return limit.Rule(path, "openid", "is empty")
	}
	return nil
}
