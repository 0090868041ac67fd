package account

import (
	"strings"
	"testing"

	"chaoxi/shared/staff"
)

func TestKnownDevices(t *testing.T) {
	h := SignInState{Person: Person{Account: Account{DeviceEpoch: 2}}, Devices: []Device{
		{MAC: "good", Until: at(10), Epoch: 2}, {MAC: "over", Until: at(0), Epoch: 2}, {MAC: "forgotten", Until: at(10), Epoch: 1},
	}}
	for _, tt := range []struct {
		macs []string
		m    float64
		want bool
	}{
		{[]string{"good"}, 0, true},
		{[]string{"new key's", "good"}, 0, true},
		{[]string{"good"}, 9.99, true},
		{[]string{"good"}, 10, false},
		{[]string{"over"}, 0, false},
		{[]string{"forgotten"}, 0, false},
		{[]string{"unknown"}, 0, false},
		{[]string{""}, 0, false},
		{nil, 0, false},
	} {
		if h.knows(tt.macs, at(tt.m)) != tt.want {
			t.Errorf("%q at %v: %v", tt.macs, tt.m, !tt.want)
		}
	}
}

// TestDevicesAreOnePersons checks that one secret is not the same device for two
// people.
func TestDevicesAreOnePersons(t *testing.T) {
	keys := Keys{Current: []byte("current"), Previous: []byte("previous")}
	one, err := staff.ParseEmployeeCode("GE_" + strings.Repeat("0a", 16))
	if err != nil {
		t.Fatal(err)
	}
	other, err := staff.ParseEmployeeCode("GE_" + strings.Repeat("0b", 16))
	if err != nil {
		t.Fatal(err)
	}
	secret := strings.Repeat("d", 22)
	if a, b := deviceMAC(keys, one, secret), deviceMAC(keys, other, secret); len(a) != 2 || a[0] == b[0] || a[1] == b[1] || a[0] == a[1] {
		t.Errorf("%q, %q", a, b)
	}
}
