package account

import (
	"time"

	"chaoxi/shared/staff"
)

// Day is the day of t in China, as 20261123, and when it ends. Texts are counted
// by that day: a sentence that says "tomorrow" means the reader's tomorrow.
func Day(t time.Time) (name string, end time.Time) {
	t = t.In(staff.Beijing)
	return t.Format("20060102"), time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, staff.Beijing)
}

const day = 24 * time.Hour
