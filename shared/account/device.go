package account

import (
	"context"
	"slices"
	"time"

	"chaoxi/shared/staff"
)

// Device is a known device: on it, its person has proved to hold the phone. Or it is one
// that is merely remembered: somebody has signed in on it who did not want it known. A
// second sign-in on such a device is no news.
type Device struct {
	MAC   string
	Name  string
	Until time.Time // as long as it is known; zero if it never was
	Kept  time.Time // as long as it is remembered
	Epoch int64     // the account's device epoch when the device became known
}

// deviceMemory is how long a device is remembered after a sign-in on it: as long as the
// sign-in. Whoever proves a device anew that was known until lately needs no notice.
const deviceMemory = SignInHistoryLife

// deviceMAC is what is stored of a device's secret, different for each person:
// under the current key first, then under the previous one.
func deviceMAC(keys Keys, c staff.EmployeeCode, secret string) []string {
	return keys.AllMACs("device", c.String(), secret)
}

// DeviceReader reads people with devices.
type DeviceReader interface {
	PersonReader
	// Devices reads those of a person's devices that have one of the MACs.
	Devices(ctx context.Context, c staff.EmployeeCode, macs []string) ([]Device, error)
}

// personOn reads a person, and whether the device with the secret is a known one of
// theirs. Without a secret it is not.
func personOn(ctx context.Context, store DeviceReader, keys Keys, c staff.EmployeeCode, secret string, now time.Time) (Person, bool, error) {
	if secret == "" {
		p, err := store.Person(ctx, c)
		return p, false, err
	}
	macs := deviceMAC(keys, c, secret)
	var p Person
	var devices []Device
	err := parallel(
		func() (err error) { p, err = store.Person(ctx, c); return err },
		func() (err error) { devices, err = store.Devices(ctx, c, macs); return err },
	)
	return p, p.Staff.CanSignIn() && p.Account.knows(devices, macs, now), err
}

// newDeviceLine is the line of a device that a new password makes known.
func newDeviceLine(id string, d Device, now time.Time, address string) SignIn {
	return SignIn{ID: id, At: now, Outcome: WasNewDevice, DeviceName: d.Name, Address: address}
}

// knows reports whether one of the devices, with one of the MACs, is a known device at
// now.
func (a Account) knows(devices []Device, macs []string, now time.Time) bool {
	for _, d := range devices {
		if slices.Contains(macs, d.MAC) && d.Epoch == a.DeviceEpoch && now.Before(d.Until) {
			return true
		}
	}
	return false
}
