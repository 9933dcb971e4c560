package wechattest

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/datacube"
)

// Reading is what a user did with an article on one visit. The statistics count it.
type Reading struct {
	Scene        string        // where the user came from, as the platform names it; 公众号消息 when empty
	Time         time.Duration // of reading
	Finished     bool          // read to the end
	Followed     bool          // followed the account after reading; send the event with User.Follow
	Shared       bool          // 分享
	Recommended  bool          // 在看
	Liked        bool          // 点赞
	Collected    bool          // 收藏
	OpenedSource bool          // 阅读原文
	PraiseMoney  int64         // reward (赞赏), in fen
}

// ReadArticle has the user read an article that was published or mass sent. index is the
// position of the article in the message, from 0. It returns an error if there is no such
// article.
//
// The article reports of the statistics count it on the day of the platform's time.
func (u *User) ReadArticle(msgDataID string, index int, r Reading) error {
	data, err := parseID("msg_data_id", msgDataID)
	if err != nil {
		return err
	}
	return u.platform.statistics.Read(u.user, data, index, datacube.Reading(r))
}
