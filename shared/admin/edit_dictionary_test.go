package admin_test

import (
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/staff"
)

func (d *desk) editsEntry(by account.Person, dictionary, code string, in admin.DictionaryInput) (staff.DictionaryEntry, bool, error) {
	d.Helper()
	uc := admin.EditDictionary{Store: d.store, Now: d.clock, Random: d.random}
	c := admintest.CallerOf(by)
	target, err := uc.Load(d.Context(), c, dictionary, code)
	if err != nil {
		return staff.DictionaryEntry{}, false, err
	}
	return uc.Run(d.Context(), d.call, c, target, in)
}

func entry(label string, order int, enabled bool) admin.DictionaryInput {
	return admin.DictionaryInput{Label: to(label), Order: to(order), Enabled: to(enabled)}
}

func TestEditDictionary(t *testing.T) {
	d := newDesk(t)
	e, added, err := d.editsEntry(d.WangFang, staff.DictJobLevel, "ZHI_JI_9", entry(" 九级 ", 9, true))
	d.wants("a new one", []any{e, added, err}, []any{staff.DictionaryEntry{Dictionary: staff.DictJobLevel, Code: "ZHI_JI_9", Label: "九级", Order: 9, Enabled: true}, true, nil})
	d.wants("audit", d.last(), "label:  > 九级; order:  > 9; enabled:  > true")
	_, added, err = d.editsEntry(d.WangFang, staff.DictJobLevel, "ZHI_JI_9", entry("九级", 9, true))
	d.wants("the same again", []any{added, err, d.actions()}, []any{false, nil, "edit_dictionary"})
	_, added, err = d.editsEntry(d.WangFang, staff.DictJobLevel, "J1", entry("一级", 5, false))
	d.wants("switched off", []any{added, err}, []any{false, nil})
	d.wants("audit", d.last(), "label: 选项J1 > 一级; order: 1 > 5; enabled: true > false")
	all, _ := d.store.Dictionaries(t.Context())
	d.wants("can be chosen", []bool{all.Allows(staff.DictJobLevel, "J1"), all.Allows(staff.DictJobLevel, "J2"), all.Allows(staff.DictJobLevel, "ZHI_JI_9")}, []bool{false, true, true})
}

func TestEditDictionaryRefuses(t *testing.T) {
	d := newDesk(t)
	for _, tt := range []struct {
		name             string
		by               account.Person
		dictionary, code string
		in               admin.DictionaryInput
		want             string
	}{
		{"no super", d.deputy(), staff.DictJobLevel, "?", admin.DictionaryInput{}, "permission_denied"},
		{"a super further down", d.admin(70, grant(account.SuperGrant, d.District)), staff.DictJobLevel, "?", admin.DictionaryInput{}, "permission_denied"},
		{"a dictionary that there is not", d.WangFang, "x", "J1", admin.DictionaryInput{}, "not_found"},
		{"a code that cannot be", d.WangFang, staff.DictJobLevel, "J9", admin.DictionaryInput{}, "not_found"},
		{"a code of a dictionary that takes none", d.WangFang, staff.DictGender, "3", admin.DictionaryInput{}, "not_found"},
		{"nothing said", d.WangFang, staff.DictJobLevel, "J1", admin.DictionaryInput{}, "field_invalid label:required order:required enabled:required"},
		{"an order that cannot be", d.WangFang, staff.DictJobLevel, "J1", entry("一级", 0, true), "field_invalid order:out_of_range"},
		{"the label of another", d.WangFang, staff.DictJobLevel, "J1", entry("选项 j2", 1, true), "field_invalid label:label_taken"},
		{"the last one", d.WangFang, staff.DictBudgetedPost, "B1", entry("编制", 1, false), "field_invalid enabled:must_stay"},
		{"the main post", d.WangFang, staff.DictJobType, "main", entry("主职", 1, false), "field_invalid enabled:must_stay"},
		{"the last one of what nobody needs", d.WangFang, staff.DictPoliticalStatus, "13", entry("群众", 1, false), "ok"},
	} {
		before := d.actions()
		_, _, err := d.editsEntry(tt.by, tt.dictionary, tt.code, tt.in)
		d.wants(tt.name, err, tt.want)
		d.wants(tt.name+": audit", d.actions() != before, tt.want == "ok")
	}
}

func TestEditDictionaryLosesARace(t *testing.T) {
	edits := func(code string, in admin.DictionaryInput) func(d *desk) {
		return func(d *desk) {
			_, _, err := d.editsEntry(d.ChenJie, staff.DictJobLevel, code, in)
			d.wants("the rival", err, "ok")
		}
	}
	for _, tt := range []struct {
		name  string
		code  string
		in    admin.DictionaryInput
		rival func(d *desk)
		want  string
		added bool
		audit string
	}{
		{"somebody changes it: the later one wins", "J1", entry("一级", 1, true), edits("J1", entry("壹级", 3, true)), "ok", false, "label: 壹级 > 一级; order: 3 > 1"},
		{"somebody does the same", "J1", entry("一级", 1, true), edits("J1", entry("一级", 1, true)), "ok", false, "label: 选项J1 > 一级"},
		{"somebody adds it", "ZHI_JI_9", entry("九级", 9, true), edits("ZHI_JI_9", entry("玖级", 9, true)), "ok", false, "label: 玖级 > 九级"},
		{"somebody switches the other one off", "J1", entry("一级", 1, false), edits("J2", entry("二级", 2, false)), "field_invalid enabled:must_stay", false, "label: 选项J2 > 二级; enabled: true > false"},
	} {
		d := newDesk(t)
		d.races(1, func() { tt.rival(d) })
		_, added, err := d.editsEntry(d.WangFang, staff.DictJobLevel, tt.code, tt.in)
		d.wants(tt.name, []any{admintest.Verdict(err), added}, []any{tt.want, tt.added})
		d.wants(tt.name+": audit", d.last(), tt.audit)
	}
}
