package wire

import (
	"testing"
	"time"
)

func TestTimeAndNull(t *testing.T) {
	at := time.Date(2026, 3, 2, 8, 30, 0, 999, time.FixedZone("", 8*3600))
	if got := Time(at); got != "2026-03-02T00:30:00Z" {
		t.Error(got)
	}
	if Null("") != nil || *Null("x") != "x" {
		t.Error("an absent text is null, and no other is")
	}
}
