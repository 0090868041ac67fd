package account

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"chaoxi/shared/fault"
)

// AddressStore counts by source address and hour: failures of all kinds, and calls
// that succeeded.
type AddressStore interface {
	AddressUse(ctx context.Context, source string, now time.Time) (AddressUse, error)
	AddAddressFailure(ctx context.Context, source string, now time.Time) error
	AddAddressCall(ctx context.Context, source string, now time.Time) error
}

// AddressUse is what one source address has done in an hour.
type AddressUse struct{ Failures, Calls int }

// attempt is one request that may be a guess at a password, a code or a name. Its
// failures count by source address and hour.
//
// A failure of an address is counted after it happened, though the tries of a name
// are counted before (lockout.begin). The reason: in the morning hundreds of people
// behind one gateway sign in within a second. If each of them counted as a failure
// until the password was compared, the last ones would be refused.
type attempt struct {
	addresses AddressStore
	keys      Keys
	settings  Settings
	now       time.Time
	sender    // where the request came from
	// spared requests have strict counts of their own: they come from an open session
	// or a known device. The failures of their address are neither asked for nor
	// added to, so that a colleague's typing errors keep nobody out.
	spared bool
	// onKnown reports whether the request comes from a known device of the ticket's
	// person. It costs a trip, so it is asked where a limit is reached that strangers
	// may have used up. nil: no device is named.
	onKnown func(context.Context, Ticket) (bool, error)
	// tell, if set, tells of a wrong code of a ticket. It runs beside the counting.
	tell func(context.Context, Ticket) error
}

func newAttempt(addresses AddressStore, keys Keys, s Settings, now time.Time, address string) attempt {
	return attempt{addresses: addresses, keys: keys, settings: s, now: now, sender: s.sender(keys, address)}
}

// sender is whom an address stands for.
type sender struct {
	source string // what it is counted by, a MAC
	shared bool   // a gateway with many people behind it
}

// sender finds out whom an address stands for. Of IPv6 a customer has a whole /64,
// so that is one sender. IPv4 written as IPv6 is IPv4.
func (s Settings) sender(keys Keys, address string) sender {
	var shared bool
	if ip, err := netip.ParseAddr(address); err == nil {
		ip = ip.Unmap().WithZone("")
		for _, net := range s.SharedEgress {
			shared = shared || net.Contains(ip)
		}
		if address = ip.String(); ip.Is6() {
			address = netip.PrefixFrom(ip, 64).Masked().String()
		}
	}
	return sender{keys.MAC("address", address), shared}
}

// times is a limit of one sender: many times as much for a shared gateway.
func (s sender) times(limit int, settings Settings) int {
	if s.shared {
		return limit * settings.SharedFactor
	}
	return limit
}

// ofSession is the attempt of somebody with an open session.
func (a attempt) ofSession() attempt {
	a.spared = true
	return a
}

// refuse answers RateLimited if the address has failed too often this hour.
func (a attempt) refuse(ctx context.Context) error {
	if a.spared {
		return nil
	}
	use, err := a.use(ctx)
	if err != nil {
		return err
	}
	return a.failures(use)
}

// use is what the address has done this hour.
func (a attempt) use(ctx context.Context) (AddressUse, error) {
	use, err := a.addresses.AddressUse(ctx, a.source, a.now)
	if err != nil {
		return AddressUse{}, fmt.Errorf("read the address's counts: %w", err)
	}
	return use, nil
}

// failures answers RateLimited if the address has failed too often, unless the
// request is spared.
func (a attempt) failures(use AddressUse) error {
	if !a.spared && use.Failures >= a.times(a.settings.AddressFailures, a.settings) {
		return a.limited()
	}
	return nil
}

// calls answers RateLimited if the address has called too often with success.
func (a attempt) calls(use AddressUse) error {
	if use.Calls >= a.times(a.settings.AddressCalls, a.settings) {
		return a.limited()
	}
	return nil
}

// limited is RateLimited until the hour is over.
func (a attempt) limited() error {
	return fault.RateLimited.RetryIn(a.now.Truncate(time.Hour).Add(time.Hour).Sub(a.now))
}

// failed counts a failure of the address and returns why the request failed.
func (a attempt) failed(ctx context.Context, why error) error {
	if a.spared {
		return why
	}
	if err := a.addresses.AddAddressFailure(ctx, a.source, a.now); err != nil {
		return fmt.Errorf("count a failure of the address: %w", err)
	}
	return why
}

// called counts a call that succeeds. If it cannot be counted, the call succeeds all
// the same: it may have changed something already.
func (a attempt) called(ctx context.Context) error {
	if err := a.addresses.AddAddressCall(ctx, a.source, a.now); err != nil {
		slog.WarnContext(ctx, "a call of the address was not counted", "err", err)
	}
	return nil
}

// wrongPassword ends a try whose password was wrong: it counts for the lockout key
// and for the address, and leaves a trace. It returns the answer.
func (a attempt) wrongPassword(ctx context.Context, t openTry, store TraceStore, by tracer) error {
	var counted Failures
	err := parallel(
		func() (err error) { counted, err = t.traced(ctx, store, by); return err },
		func() error { return a.failed(ctx, nil) },
	)
	if err != nil {
		return err
	}
	return t.lockout.wrongPassword(counted, a.now)
}
