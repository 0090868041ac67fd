// Package account takes a person on the register to "signed in": codes and
// tickets, passwords, sign-in with its locks and second step, sessions, and
// recovery.
//
// It holds rules (pure functions of state and time) and one use case a file,
// each a struct of what it needs with one Run. It knows no DynamoDB, HTTP or
// JSON; settings, clock and randomness are handed in. It decides nothing about
// what an administrator may do (package admin). Look first at SignIn in
// login.go: every other use case follows its shape.
package account

import (
	"slices"
	"time"
)

// Account is the sign-in side of a person. It is stored apart from the
// register, so that hashes are read only where they are needed.
type Account struct {
	Password      string   // encoded hash, "" before activation
	Past          []string // the hashes before it, newest first
	PasswordSetAt time.Time
	// Epoch is what sessions and tickets are compared with: raising it ends all.
	Epoch int64
	// DeviceEpoch does the same for known devices.
	DeviceEpoch int64
	// ClearedAt makes every failure counted before it void.
	ClearedAt time.Time
	Grants    []Grant
	Recovery  LastRecovery
	// Seats are the sessions that count, as many as a person may have. One without
	// a seat is dead.
	Seats []Seat
}

// Hashes are all passwords that may not be used again, the present one first.
func (a Account) Hashes() []string {
	if a.Password == "" {
		return nil
	}
	return append([]string{a.Password}, a.Past...)
}

// LastRecovery is the latest recovery request of a person and how many there
// were on its day. What became of it, the request itself says.
type LastRecovery struct {
	ID    string
	Day   time.Time // when the day's first request was made
	Count int
}

// Seat is the place of one session among those that a person may have.
type Seat struct {
	Hash string
	At   time.Time // when it was taken
}

// Seated reports whether the session of a hash has one of seats.
func Seated(seats []Seat, hash string) bool {
	return slices.ContainsFunc(seats, func(seat Seat) bool { return seat.Hash == hash })
}
