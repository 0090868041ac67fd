package account

import (
	"time"

	"chaoxi/shared/staff"
)

// Device is a device that its person proved the phone on.
type Device struct {
	MAC   string
	Name  string
	Until time.Time
	Epoch int64 // the account's device epoch at that time
}

// deviceMAC is what is kept of a device's secret, for this person alone: under
// the current key first, then under the previous one.
func deviceMAC(keys Keys, c staff.EmployeeCode, secret string) []string {
	return keys.Each("device", c.String(), secret)
}
