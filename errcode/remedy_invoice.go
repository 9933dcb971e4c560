package errcode

// invoiceRemedy holds the advice on codes of invoices and fiscal receipts.
func invoiceRemedy(c Code) advice {
	switch c {
	case InvalidCardID:
		return advice{"card_id is unknown: take it from the page or from createcard of the same account", "card_id 不存在：用页面返回的，或本账号 createcard 返回的"}
	case InvalidEncryptCode:
		return advice{"encrypt_code does not belong to card_id: pass both on as the page received them", "encrypt_code 与 card_id 不符：两者都原样使用页面返回的值"}
	case InvalidCardStatus:
		return advice{"the template is unknown, was created a moment ago, or the account has no card permission: wait a moment and try again", "卡券模板不存在、刚创建或账号没有卡券权限：稍候再试"}
	case InvalidInvoiceTitle:
		return advice{"title differs from what the user authorized: take it from getauthdata", "title 与用户授权的抬头不一致：用 getauthdata 返回的抬头"}
	case DuplicateInvoiceOrder:
		return advice{"this order has its invoice already: do not insert it again", "该订单的发票已插入卡包：不要重复插入"}
	case InvoicePayMchUnset:
		return advice{"set the payment merchant first, with setbizattr and action=set_pay_mch", "尚未设置商户号：先用 setbizattr 的 set_pay_mch 设置"}
	case InvoiceAuthFieldUnset:
		return advice{"set the fields of the authorization page first, with setbizattr and action=set_auth_field", "尚未设置授权页字段：先用 setbizattr 的 set_auth_field 设置"}
	case InvoiceContactUnset:
		return advice{"set the merchant's contact first, with setbizattr and action=set_contact", "尚未设置商户联系方式：先用 setbizattr 的 set_contact 设置"}
	case InvoiceParamsInvalid:
		return advice{"a parameter is missing or wrong; for an authorization page, also check that ticket is a current one of type wx_card", "参数缺失或不对；获取授权页时还须确认 ticket 是有效的 wx_card 类型的票据"}
	case InvoiceInsertRejected:
		return advice{"the order was refused with rejectinsert, which is final: ask the user again with another order_id", "该订单已用 rejectinsert 拒绝且不可恢复：换一个 order_id 重新授权"}
	case InvoiceOwnerInvalid:
		return advice{"one of the invoices does not belong to openid: call once for each user", "有发票不属于该 openid：按用户分别调用"}
	case InvoiceOrderNeverAuthorized:
		return advice{"the user has not authorized this order_id for this s_pappid: wait for user_authorize_invoice, and compare both ids with those of getauthurl", "用户未对该 s_pappid 授权此 order_id：等收到 user_authorize_invoice 事件，并核对两个值与 getauthurl 时是否一致"}
	case InvoiceMustBeLocked:
		return advice{"lock the invoice before closing it", "核销前须先锁定发票"}
	case InvoicePDFInvalid:
		return advice{"the file is not a PDF, or its media id is unknown or older than 3 days: upload it with setpdf again", "文件不是 PDF，或 media_id 不存在、已超过 3 天：用 setpdf 重新上传"}
	case BillingNumbersInvalid:
		return advice{"billing_no or billing_code is empty or wrong: only a fully digital invoice has no code", "billing_no 或 billing_code 为空或不对：只有数电票没有发票代码"}
	case BillingNumbersRepeated:
		return advice{"an invoice with this billing_no and billing_code was inserted already", "该发票号码和代码已插入过"}
	case InvoiceScanTextExpired:
		return advice{"let the user show the QR code of the title again", "二维码内容已过期：请用户重新出示抬头二维码"}
	case InvoiceCheckCodeEmpty:
		return advice{"check_code is required, except for a fully digital invoice", "须填写 check_code（数电票除外）"}
	case InvoiceOrderIDRepeated:
		return advice{"use another order_id: each one stands for one invoice", "order_id 已使用过：每张发票用不同的 order_id"}
	case InvoiceCancelled, InvoiceClosed:
		return advice{"the status of this invoice is final: it was cancelled or reimbursed", "该发票已冲红或已核销，状态不能再变"}
	case InvoiceNotFound:
		return advice{"compare card_id and code with what insert returned; code is not the encrypted one", "核对 card_id 和 code 是否为 insert 返回的值；code 不是加密的 encrypt_code"}
	case FiscalOrderIDEmpty, FiscalOpenIDEmpty, FiscalSerialEmpty, FiscalSellerNameEmpty, FiscalSellerAddressEmpty, FiscalSellerPhoneEmpty,
		FiscalBuyerNameEmpty, FiscalDrawerEmpty, FiscalTotalEmpty, FiscalAmountEmpty, FiscalTaxEmpty, FiscalTaxpayerIDEmpty:
		return advice{"fill in the field that errmsg names", "补上 errmsg 所指的字段"}
	case FiscalTaxpayerIDMismatch:
		return advice{"nsrsbh must be the tax number with which the invoice was issued", "nsrsbh 须与开票时的纳税人识别号一致"}
	case FiscalSerialOtherOrder:
		return advice{"fpqqlsh was used for another order: use a new serial for each order", "fpqqlsh 已用于其他订单：每个订单用新的流水号"}
	case FiscalOrderOtherSerial:
		return advice{"this order was issued with another fpqqlsh: repeat the call with that one", "该订单已用其他流水号开票：重试时用原来的 fpqqlsh"}
	case FiscalSerialNotFound:
		return advice{"fpqqlsh is unknown: check it, and that the request was accepted", "fpqqlsh 不存在：核对流水号，并确认开票请求已被受理"}
	}
	return advice{}
}
