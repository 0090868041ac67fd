package admintest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/admin"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

func (s subject) countsProbes() {
	st, by, other := s.open(s.T, s.Seed), s.LinWei.Staff.Code, s.WangFang.Staff.Code
	at := Noon.Add(45 * time.Minute)
	reserve := func(who staff.EmployeeCode, at time.Time) string {
		return Verdict(st.ReserveProbe(s.Context(), who, at, 2))
	}
	release := func(who staff.EmployeeCode) string { return Verdict(st.ReleaseProbe(s.Context(), who, at)) }
	s.wants("nothing is given back", release(by), "ok")
	s.wants("two places", []string{reserve(by, at), reserve(by, Noon), reserve(by, at)}, []string{"ok", "ok", "rate_limited"})
	var f *fault.Error
	if err := st.ReserveProbe(s.Context(), by, at, 2); !errors.As(err, &f) || f.RetryAfter != 15*time.Minute {
		s.Errorf("%+v", err)
	}
	s.wants("of somebody else", reserve(other, at), "ok")
	s.wants("of the next hour", reserve(by, Noon.Add(time.Hour)), "ok")
	s.wants("one given back", []string{release(by), reserve(by, at), reserve(by, at)}, []string{"ok", "ok", "rate_limited"})

	answers := make([]string, 12)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() { answers[i] = Verdict(st.ReserveProbe(s.Context(), other, Noon.Add(3*time.Hour), 5)) })
	}
	wait.Wait()
	slices.Sort(answers)
	s.wants("five of twelve at once", slices.Index(answers, "rate_limited"), 5)
}

// A refusal says which name is whose.
func (s subject) saysWhoseNamesAre() {
	for _, tt := range []struct {
		name   string
		change func(*admin.Change)
		want   admin.Taken
	}{
		{"the account", func(c *admin.Change) { c.Now.Account = s.HeJing.Staff.Account }, admin.Taken{Field: admin.FieldAccount, Owner: s.HeJing.Staff.Code}},
		{"the phone", func(c *admin.Change) { c.Now.Phone = s.SunLi.Staff.Phone }, admin.Taken{Field: admin.FieldPhone, Owner: s.SunLi.Staff.Code}},
		{"the ID card", func(c *admin.Change) { c.Now.IDCard = s.ZhangMin.Staff.IDCard }, admin.Taken{Field: admin.FieldIDCard, Owner: s.ZhangMin.Staff.Code}},
	} {
		s.Run(tt.name, func(t *testing.T) {
			s := subject{t, s.open, s.Town}
			st := s.open(t, s.Seed)
			var taken *admin.Taken
			if err := st.AddStaff(t.Context(), s.newcomer(tt.change)); !errors.As(err, &taken) || *taken != tt.want {
				t.Errorf("added: %v, %+v", err, taken)
			}
			if tt.want.Owner == s.ZhangMin.Staff.Code {
				return
			}
			taken = nil
			if err := st.Change(t.Context(), s.edit(tt.change)); !errors.As(err, &taken) || *taken != tt.want {
				t.Errorf("changed: %v, %+v", err, taken)
			}
		})
	}
}
