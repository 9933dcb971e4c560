// Package user manages the followers of an account: profiles, remarks, tags and the
// blacklist, as in the "User management" chapter of the platform's documents (用户管理).
//
// # Followers
//
// A user's openid is different for every account. The unionid is the same for all
// accounts of one owner. [Service.All] returns the openids of all followers,
// [Service.GetProfiles] returns their profiles:
//
//	users := user.New(oa)
//	for id, err := range users.All(ctx) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(id)
//	}
//
// Since 2021-12-27, profiles have no nickname and no avatar. Ask the user for them
// through web authorization (package oauth).
//
// # Tags and blacklist
//
// An account may have 100 tags (标签), and a user 20. Tags select the receivers of a mass
// send and the menu that a user sees. Blacklisted users (黑名单) cannot write to the
// account and receive nothing from it.
//
// Calls that change several users accept at most as many users as the platform does in
// one call, 50 for tags and 20 for the blacklist, so that it is always clear which
// users have changed. [slices.Chunk] splits a longer list.
package user

import (
	"slices"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Service manages the followers of one account. It is one pointer, cheap to make.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// Page is a page of users, by their openids.
type Page struct {
	Total   int      // of all pages; 0 for the users with a tag, which the platform does not count
	OpenIDs []string // empty after the last page
	Next    string   // cursor of the next page; empty at the end
}

// answer is a [Page] as the platform writes it. An empty page has no data.
type answer struct {
	Total int `json:"total"`
	Data  struct {
		OpenIDs []string `json:"openid"`
	} `json:"data"`
	Next string `json:"next_openid"`
}

func (a answer) page() *Page {
	ids := slices.DeleteFunc(a.Data.OpenIDs, func(id string) bool { return id == "" })
	return &Page{Total: a.Total, OpenIDs: ids, Next: a.Next}
}

func checkOpenIDs(path string, ids []string, most int) error {
	if err := limit.Check(path, "openIDs (openid_list)", "openids", len(ids), 1, most); err != nil {
		return err
	}
	if slices.Contains(ids, "") {
		return limit.Rule(path, "openIDs (openid_list)", "has an empty openid")
	}
	return nil
}
