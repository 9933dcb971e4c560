package invoice

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Details are the contents of an invoice. Amounts are in fen.
type Details struct {
	Title         string                    `json:"title"`           // 发票抬头
	Fee           int64                     `json:"fee"`             // total with tax, in fen
	FeeWithoutTax int64                     `json:"fee_without_tax"` // in fen
	Tax           int64                     `json:"tax"`             // in fen
	BillingTime   officialaccount.Timestamp `json:"billing_time"`    // 开票时间
	BillingNo     string                    `json:"billing_no"`      // 发票号码; 20 digits for a fully digital invoice
	BillingCode   string                    `json:"billing_code"`    // 发票代码; empty for a fully digital invoice
	CheckCode     string                    `json:"check_code"`      // 校验码; empty for a fully digital invoice
	Items         []Item                    `json:"info,omitempty"`

	BuyerNumber          string `json:"buyer_number,omitempty"` // tax id of the buyer
	BuyerAddressAndPhone string `json:"buyer_address_and_phone,omitempty"`
	BuyerBankAccount     string `json:"buyer_bank_account,omitempty"`

	SellerNumber          string `json:"seller_number,omitempty"` // tax id of the seller
	SellerAddressAndPhone string `json:"seller_address_and_phone,omitempty"`
	SellerBankAccount     string `json:"seller_bank_account,omitempty"`

	Remarks string `json:"remarks,omitempty"`
	Cashier string `json:"cashier,omitempty"` // 收款人
	Maker   string `json:"maker,omitempty"`   // 开票人
}

// Item is a line of an invoice.
type Item struct {
	Name  string `json:"name"`
	Num   int    `json:"num,omitempty"`
	Unit  string `json:"unit,omitempty"`
	Price int64  `json:"price"` // of one unit, in fen
}
