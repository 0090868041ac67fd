package admin_test

import (
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
)

func TestReveal(t *testing.T) {
	d := newDesk(t)
	by := d.may(d.WangFang, account.PIIReveal)
	uc := admin.Reveal{Store: d.store, Keys: d.keys, Now: d.clock, Random: d.random}
	aside, above := d.admin(70, grant(account.AuditGrant, d.Finance, account.PIIReveal)), d.admin(71, grant(account.AuditGrant, d.Data, account.PIIReveal))
	_, err := uc.Load(t.Context(), d.may(aside, account.PIIReveal), d.ZhangMin.Staff.Code.String())
	d.wants("through a concurrent post", err, "permission_denied")
	_, err = uc.Load(t.Context(), d.may(above, account.PIIReveal), d.ZhangMin.Staff.Code.String())
	d.wants("through the main post", err, "ok")
	_, err = uc.Load(t.Context(), d.may(above, account.PIIReveal), d.HeJing.Staff.Code.String())
	d.wants("through the last main post", err, "ok")
	_, err = uc.Load(t.Context(), d.may(above, account.PIIReveal), d.SunLi.Staff.Code.String())
	d.wants("out of sight", err, "staff_missing")
	reveal := func(p account.Person, in admin.RevealInput) (map[string]string, error) {
		t.Helper()
		target, err := uc.Load(t.Context(), by, p.Staff.Code.String())
		if err != nil {
			t.Fatal(err)
		}
		return uc.Run(t.Context(), d.call, by, target, in)
	}
	for _, tt := range []struct {
		name string
		in   admin.RevealInput
		want string
	}{
		{"nothing said", admin.RevealInput{}, "field_invalid fields:required reason:required"},
		{"what is not masked, and twice", admin.RevealInput{Fields: []string{"name", "phone", "phone"}, Reason: "核实"}, "field_invalid fields[0]:not_a_choice fields[2]:duplicate"},
		{"a reason that shows nothing", admin.RevealInput{Fields: []string{"phone"}, Reason: "\u200b…"}, "field_invalid reason:required"},
		{"a reason with a control character", admin.RevealInput{Fields: []string{"phone"}, Reason: "a\x00b"}, "field_invalid reason:invalid"},
	} {
		values, err := reveal(d.ZhangMin, tt.in)
		d.wants(tt.name, err, tt.want)
		d.wants(tt.name+": values and audit", []any{len(values), d.actions()}, []any{0, ""})
	}
	values, err := reveal(d.ZhangMin, admin.RevealInput{Fields: []string{"idCard", "phone"}, Reason: " 核实身份\r\n（电话） "})
	d.wants("values", []any{values["phone"], values["idCard"], err}, []any{"+8613700000001", "11010519491231002X", nil})
	entry := d.store.Entries()[0]
	d.wants("the audit has the fields, and not the values", d.actions()+" "+entry.Reason+" "+d.last(), "reveal 核实身份\n（电话） idCard:  > ; phone:  > ")
	values, err = reveal(d.HeJing, admin.RevealInput{Fields: []string{"phone", "idCard"}, Reason: "核实"})
	d.wants("what is not on file", []any{values, err}, []any{map[string]string{"phone": "", "idCard": "110105194912310062"}, nil})
}
