package account

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTextLimits(t *testing.T) {
	s := Defaults()
	for _, p := range []Purpose{ForActivation, ForRecovery, ForRequest, ForPhone, ForInvitation, ForDecision} {
		if l := s.smsLimits(p); l.Budget != 80_000 || l.ADay != 10 || l.Interval != time.Minute || l.AnHour != 300 {
			t.Errorf("%s: %+v", p, l)
		}
	}
	for _, p := range []Purpose{ForSignIn, ForStepUp} {
		if l := s.smsLimits(p); l.Budget != 100_000 {
			t.Errorf("%s has the whole budget, not %d", p, l.Budget)
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
	for _, notice := range []Notice{PhoneChanged, Invitation, RequestApproved, RequestRejected} {
		if n := len([]rune(notice.text)); n > 70 || n < 20 || strings.ContainsAny(notice.text, "%0123456789") {
			t.Errorf("%s: %d characters: %s", notice.purpose, n, notice.text)
		}
	}
}
