package account

import (
	"time"

	"chaoxi/shared/staff"
)

// Device is a known device: on it, its person has proved to hold the phone.
type Device struct {
	MAC   string
	Name  string
	Until time.Time
	Epoch int64 // the account's device epoch when the device became known
}

// deviceMAC is what is stored of a device's secret, different for each person:
// under the current key first, then under the previous one.
func deviceMAC(keys Keys, c staff.EmployeeCode, secret string) []string {
	return keys.AllMACs("device", c.String(), secret)
}
