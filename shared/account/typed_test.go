package account_test

import (
	"testing"

	"chaoxi/shared/account"
)

// TestTyped: what nobody sees, or need not be typed, decides nothing: in the account, the
// phone and the name that begin a flow, and in the code that goes on with it.
func TestTyped(t *testing.T) {
	for _, tt := range []struct {
		name, file   string // of the person on file
		typed, full  string
		want, signIn string
	}{
		{"zhouqiang", "周强", "zhouqiang\u200b", "周强", "ok", "second step"},
		{"zhouqiang", "周强", "zhouqiang", "周强\u200b", "ok", "second step"},
		{"zhouqiang", "周强", "ＺｈｏｕＱｉａｎｇ", "周\u00ad强", "ok", "second step"},
		{"zhouqiang", "周强", "\u202d13700000001\u202c", "周强", "ok", "second step"},
		{"zhouqiang", "周强", "tel:+86-137-0000-0001", "周 强", "ok", "second step"},
		{"zhouqiang", "周强", "8613700000001", "周强", "ok", "second step"},
		{"zhouqiang", "周强", "013700000001", "周强", "ok", "second step"},
		{"zhouqiang", "周强", "85213700000001", "周强", "name_or_account_wrong", "credentials_wrong 4"},
		{"zhouqiang", "周强", "zhouqiang", "周强强", "name_or_account_wrong", "second step"},
		{"13700000001", "周强", "8613700000001", "周强", "ok", "second step"}, // the account is the phone
		{"zhangmin", "张敏(大)", "zhangmin", "张敏", "ok", "second step"},
		{"zhangmin", "张敏(大)", "zhangmin", "张敏（大）", "ok", "second step"},
		{"zhangmin", "张敏(大)", "zhangmin", "张敏(小)", "name_or_account_wrong", "second step"},
		{"zhangmin", "张敏2", "zhangmin", "张敏", "ok", "second step"},
		{"zhangmin", "张敏", "zhangmin", "张敏2", "name_or_account_wrong", "second step"},
		{"ayi", "阿依古丽·买买提", "ayi", "阿依古丽.买买提", "ok", "second step"},
		{"ayi", "阿依古丽.买买提", "ayi", "阿依古丽●买买提", "ok", "second step"},
		{"huanglei", "⻩磊", "huanglei", "黄磊", "ok", "second step"},
		{"wangyan", "王\ue863", "wangyan", "王䶮", "ok", "second step"},
		{"zhangmin", "张\U000E0100敏", "zhangmin", "张敏", "ok", "second step"},
	} {
		w := newWorld(t)
		w.person(tt.name, tt.file, pending)
		equal(w, tt.full+" activates as "+tt.typed, w.begin(tt.typed, tt.full), tt.want)

		w = newWorld(t)
		w.person(tt.name, tt.file)
		_, err := w.recoveryOptions().Run(w.Context(), w.call, tt.typed, tt.full, "")
		equal(w, tt.full+" recovers as "+tt.typed, told(err), tt.want)
		equal(w, "signs in as "+tt.typed, w.signIn(tt.typed, password), tt.signIn)
	}
}

func TestTypedCode(t *testing.T) {
	for _, around := range [][2]string{{"\u200e", ""}, {"\u2068", "\u2069"}, {" ", "\n"}, {"\ufeff", "\u200b"}} {
		w := newWorld(t)
		w.person("linwei", "林伟")
		ticket := w.recover("linwei", "林伟")
		code := w.sendAgain(ticket)
		equal(w, "a code as it is copied", w.set(ticket, around[0]+code[:3]+around[1]+code[3:], newOne), "ok")
	}
	w := newWorld(t)
	for _, code := range []string{"48291", "4829131", "48291x", "４８２９１〇"} {
		_, err := w.setPassword().Run(w.Context(), w.call, account.SetPasswordInput{Ticket: "x", Code: code, Password: newOne, ConfirmPassword: newOne})
		equal(w, "code "+code, told(err), "field_invalid code:invalid")
	}
}
