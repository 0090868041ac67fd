package admintest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

func (s subject) changesDictionaries() {
	is := func(code string) staff.DictionaryEntry {
		i := slices.IndexFunc(s.Seed.Dictionaries, func(e staff.DictionaryEntry) bool { return e.Dictionary == staff.DictJobLevel && e.Code == code })
		return s.Seed.Dictionaries[i]
	}
	off, added := is("J2"), staff.DictionaryEntry{Dictionary: staff.DictJobLevel, Code: "J3", Label: "三级", Order: 3, Enabled: true}
	off.Enabled = false
	other := is("J1")
	other.Label = "一级"
	without := func() Seed {
		seed := s.Seed
		seed.Dictionaries = slices.DeleteFunc(slices.Clone(seed.Dictionaries), func(e staff.DictionaryEntry) bool { return e == is("J2") })
		return seed
	}
	with := func(e staff.DictionaryEntry) Seed {
		seed := without()
		seed.Dictionaries = append(seed.Dictionaries, e)
		return seed
	}
	for _, tt := range []struct {
		name   string
		seed   Seed
		change admin.DictionaryChange
		want   string
	}{
		{"a new entry", s.Seed, admin.DictionaryChange{Now: added}, "ok"},
		{"a new entry that is there", s.Seed, admin.DictionaryChange{Now: is("J1")}, "revised"},
		{"as it was read", s.Seed, admin.DictionaryChange{Was: is("J1"), Now: other}, "ok"},
		{"not as it was read", s.Seed, admin.DictionaryChange{Was: other, Now: is("J1")}, "revised"},
		{"not there", s.Seed, admin.DictionaryChange{Was: added, Now: added}, "revised"},
		{"another can be chosen", s.Seed, admin.DictionaryChange{Was: is("J1"), Now: other, Remaining: is("J2")}, "ok"},
		{"the other is switched off", with(off), admin.DictionaryChange{Was: is("J1"), Now: other, Remaining: is("J2")}, "revised"},
		{"the other is not there", without(), admin.DictionaryChange{Was: is("J1"), Now: other, Remaining: is("J2")}, "revised"},
	} {
		s.Run(tt.name, func(t *testing.T) {
			s := subject{t, s.open, s.Town}
			st := s.open(t, tt.seed)
			before := of(st.Dictionaries(t.Context()))(s)
			tt.change.Audit = Entry(1, audit.EditDictionary, s.WangFang, audit.OfDictionaryEntry(tt.change.Now.Dictionary, tt.change.Now.Code))
			s.wants("error", Verdict(st.ChangeDictionary(t.Context(), tt.change)), tt.want)
			if tt.want == "ok" {
				before = append(slices.DeleteFunc(before, func(e staff.DictionaryEntry) bool { return e == tt.change.Was }), tt.change.Now)
			}
			s.wants("entries", sorted(of(st.Dictionaries(t.Context()))(s)), sorted(before))
			by := of(st.AuditEntries(t.Context(), admin.AuditRange{By: s.WangFang.Staff.Code, From: Noon, To: Noon.Add(time.Hour), Limit: 5}))(s)
			s.wants("audit", len(by.Entries) == 1, tt.want == "ok")
		})
	}
}

func sorted(all staff.Dictionaries) []string {
	texts := make([]string, len(all))
	for i, e := range all {
		texts[i] = fmt.Sprintf("%+v", e)
	}
	slices.Sort(texts)
	return texts
}
