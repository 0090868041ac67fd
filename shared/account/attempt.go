package account

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"chaoxi/shared/fault"
)

// AddressStore counts failures of any kind by source address and hour.
type AddressStore interface {
	AddressFailures(ctx context.Context, source string, now time.Time) (int, error)
	AddAddressFailure(ctx context.Context, source string, now time.Time) error
}

// attempt is one request that may be a guess at a secret: when it came, and from
// which address. Failures count by address and hour, whatever the secret was.
//
// They are counted when they happen, not before: a gateway has hundreds of people
// behind it who sign in in the same second of the morning. If each of them were
// counted as a failure until proven otherwise, the last ones would be refused. The
// strict counts are those by name, device and ticket.
type attempt struct {
	addresses AddressStore
	keys      Keys
	settings  Settings
	now       time.Time
	source    string // what the address is counted by; "" if it is exempt
}

func newAttempt(addresses AddressStore, keys Keys, s Settings, now time.Time, address string) attempt {
	return attempt{addresses, keys, s, now, s.source(keys, address)}
}

// source is what an address is counted by; "" if it is exempt, being the
// gateway of a government network with many people behind it.
func (s Settings) source(keys Keys, address string) string {
	if ip, err := netip.ParseAddr(address); err == nil {
		for _, net := range s.SharedEgress {
			if net.Contains(ip.Unmap()) {
				return ""
			}
		}
	}
	return keys.MAC("address", address)
}

// refuse answers RateLimited if the address has failed too often this hour.
func (a attempt) refuse(ctx context.Context) error {
	if a.source == "" {
		return nil
	}
	n, err := a.addresses.AddressFailures(ctx, a.source, a.now)
	if err != nil {
		return fmt.Errorf("read the address's failures: %w", err)
	}
	if n >= a.settings.AddressFailures {
		return fault.RateLimited.After(a.now.Truncate(time.Hour).Add(time.Hour).Sub(a.now))
	}
	return nil
}

// failed counts a failure of the address and returns why.
func (a attempt) failed(ctx context.Context, why error) error {
	if a.source == "" {
		return why
	}
	if err := a.addresses.AddAddressFailure(ctx, a.source, a.now); err != nil {
		return fmt.Errorf("count a failure of the address: %w", err)
	}
	return why
}
