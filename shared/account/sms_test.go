package account

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTextLimits(t *testing.T) {
	s := Defaults()
	for _, tt := range []struct {
		purpose           Purpose
		day, hour, beyond int // of all shards
		aDay              int
		interval          time.Duration
	}{
		{ForSignIn, 100_000, 0, 0, 10, time.Minute},
		{ForStepUp, 100_000, 0, 0, 10, time.Minute},
		{ForRecovery, 100_000, 10_000, 20_000, 10, time.Minute},
		{ForRequest, 100_000, 10_000, 20_000, 10, time.Minute},
		{ForActivation, 80_000, 10_000, 0, 10, time.Minute},
		{ForInvitation, 80_000, 10_000, 0, 10, time.Minute},
		{ForDecision, 95_000, 10_000, 0, 3, 0},
		{ForPhone, 80_000, 10_000, 0, 10, time.Minute},
		{ForPhoneNotice, 95_000, 10_000, 0, 3, 0},
	} {
		l := s.smsLimits(tt.purpose)
		b := l.Budget
		near := func(what string, part, want int) {
			if all := part * b.Shards; all > want || all < want-b.Shards {
				t.Errorf("%s: %s is %d, want %d", tt.purpose, what, all, want)
			}
		}
		near("a day", b.Day, tt.day)
		near("an hour", b.Hour, tt.hour)
		near("beyond", b.Beyond, tt.beyond)
		if b.Shards != 16 || l.ADay != tt.aDay || l.Interval != tt.interval || l.AnHour != 300 {
			t.Errorf("%s: %+v", tt.purpose, l)
		}
	}
}

// TestShardsNeverExceedTheBudget: whatever the budget, the parts are never more.
func TestShardsNeverExceedTheBudget(t *testing.T) {
	s := Defaults()
	for _, budget := range []int{1, 2, 9, 10, 1000, 5999, 6000, 12_001, 99_999, 100_000, 100_015, 1_000_000} {
		s.SMSDailyBudget = budget
		for _, p := range []Purpose{ForSignIn, ForRecovery, ForActivation, ForPhoneNotice} {
			b := s.smsLimits(p).Budget
			if b.Whole*b.Shards > budget || b.Day > b.Whole || b.Shards < 1 || b.Shards > mostShards || b.Hour*b.Shards > max(1, budget/10) {
				t.Errorf("%d, %s: %+v", budget, p, b)
			}
		}
	}
}

// TestCodeTexts keeps each text in one part, which is what a carrier registers.
func TestCodeTexts(t *testing.T) {
	for _, p := range []Purpose{ForActivation, ForRecovery, ForSignIn, ForStepUp, ForPhone, ForRequest} {
		text := fmt.Sprintf(codeTexts[p], "402917", 5)
		if n := len([]rune(text)); n > 70 || !strings.HasPrefix(text, "验证码402917，用于") || !strings.Contains(text, "5分钟内有效") || strings.Contains(text, "%") {
			t.Errorf("%s: %d characters: %s", p, n, text)
		}
	}
	for _, notice := range []Notice{PhoneChanged, PasswordSet, NewDevice, GrantGiven, Invitation, RequestApproved, RequestRejected} {
		if n := len([]rune(notice.text)); n > 70 || n < 20 || strings.ContainsAny(notice.text, "%0123456789") {
			t.Errorf("%s: %d characters: %s", notice.purpose, n, notice.text)
		}
	}
}
