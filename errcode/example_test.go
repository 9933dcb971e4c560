package errcode_test

import (
	"errors"
	"fmt"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// Distinguish errors that pass with time from errors that a person has to fix.
func Example() {
	for _, err := range []error{
		errcode.New(45009, "reach max api daily quota limit"),
		errcode.New(48001, "api unauthorized rid: 62fb9bc8-078c24da-4202f278"),
		errcode.New(40164, "invalid ip 203.0.113.7, not in whitelist"),
	} {
		var refusal *errcode.Error
		switch {
		case errors.Is(err, errcode.ErrQuota):
			fmt.Println("try again tomorrow")
		case errors.Is(err, errcode.APIUnauthorized) && errors.As(err, &refusal):
			fmt.Println("no permission; quote to the platform's support:", refusal.RID)
		case errors.Is(err, errcode.ErrIPRefused) && errors.As(err, &refusal):
			fmt.Println("add to the allow-list:", refusal.IP())
		}
	}
	// Output:
	// try again tomorrow
	// no permission; quote to the platform's support: 62fb9bc8-078c24da-4202f278
	// add to the allow-list: 203.0.113.7
}

func ExampleCode_Remedy() {
	fmt.Println(errcode.InvalidCharset.Remedy())
	fmt.Println(errcode.InvalidCharset.RemedyZH())
	// Output:
	// send the characters themselves instead of \uXXXX escapes
	// 请直接发送 UTF-8 字符，不要使用 \uXXXX 转义
}
