package account

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"chaoxi/shared/fault"
)

// AddressStore counts failures of all kinds by source address and hour.
type AddressStore interface {
	AddressFailures(ctx context.Context, source string, now time.Time) (int, error)
	AddAddressFailure(ctx context.Context, source string, now time.Time) error
}

// attempt is one request that may be a guess at a password, a code or a name. Its
// failures count by source address and hour.
//
// A failure of an address is counted after it happened, though the failures of a
// name are counted before (lockout.begin). The reason: in the morning hundreds of
// people behind one gateway sign in within a second. If each of them counted as a
// failure until the password was compared, the last ones would be refused.
type attempt struct {
	addresses AddressStore
	keys      Keys
	settings  Settings
	now       time.Time
	source    string // what the address is counted by; "" if it is not counted
}

func newAttempt(addresses AddressStore, keys Keys, s Settings, now time.Time, address string) attempt {
	return attempt{addresses, keys, s, now, s.source(keys, address)}
}

// source is what an address is counted by. It is "" for the gateways of government
// networks in SharedEgress: so many people are behind them that they are not
// counted.
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
		return fault.RateLimited.RetryIn(a.now.Truncate(time.Hour).Add(time.Hour).Sub(a.now))
	}
	return nil
}

// failed counts a failure of the address and returns why the request failed.
func (a attempt) failed(ctx context.Context, why error) error {
	if a.source == "" {
		return why
	}
	if err := a.addresses.AddAddressFailure(ctx, a.source, a.now); err != nil {
		return fmt.Errorf("count a failure of the address: %w", err)
	}
	return why
}

// wrongPassword ends a try whose password was wrong: it counts for the lockout key
// and for the address. It returns the answer.
func (a attempt) wrongPassword(ctx context.Context, t openTry) error {
	var counted Failures
	err := parallel(
		func() (err error) { counted, err = t.wrong(ctx); return err },
		func() error { return a.failed(ctx, nil) },
	)
	if err != nil {
		return err
	}
	return t.lockout.wrongPassword(counted, a.now)
}
