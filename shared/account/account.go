// Package account takes a person from "on the register" to "signed in": codes and
// tickets, passwords, sign-in with its locks and second step, sessions, and
// recovery.
//
// It has two kinds of file. A use case is a struct of what it needs, with Run or one
// method for each request. Its file is called after its function (login.go), or after
// what it does if the function has several (change_phone.go of me). Use cases do not
// call each other. Below them are the things they work with and
// their rules: ticket.go, lockout.go, password.go, session.go and so on.
//
// The package knows no DynamoDB, HTTP or JSON; settings, clock and randomness are
// handed in. It does not decide what an administrator may do; package admin does.
// Look first at Login in login.go: the other use cases have the same shape.
package account

import (
	"slices"
	"time"

	"chaoxi/shared/staff"
)

// Account is what a person signs in with. It is stored apart from the register, so
// that password hashes are read only where they are needed.
type Account struct {
	Password      string   // encoded hash, "" before activation
	Past          []string // the hashes before it, newest first
	PasswordSetAt time.Time
	// Epoch is copied into each session and ticket. Raising it ends all that have an
	// older one.
	Epoch int64
	// DeviceEpoch does the same for known devices.
	DeviceEpoch int64
	// ClearedAt is when the failures were cleared. Those counted before do not count.
	ClearedAt time.Time
	Grants    []Grant
	// Frozen is what it takes to end a freeze. It is zero if nobody is known to have
	// frozen the person.
	Frozen   FreezeMark
	Recovery LastRecovery
	// Slots are the slots of the sessions that count. A session without a slot is
	// over.
	Slots []SessionSlot
}

// FreezeMark says who froze a person, and what they held then. Only a caller whose
// grants cover these may end the freeze.
type FreezeMark struct {
	By     staff.EmployeeCode
	Grants []Grant
}

// Hashes are the passwords that may not be used again, the present one first.
func (a Account) Hashes() []string {
	if a.Password == "" {
		return nil
	}
	return append([]string{a.Password}, a.Past...)
}

// LastRecovery is the latest recovery request of a person, and how many requests
// there were on that day. The request itself has its state.
type LastRecovery struct {
	ID    string
	Day   time.Time // when the day's first request was made
	Count int
}

// SessionSlot is one of the slots that a person has for sessions.
type SessionSlot struct {
	Hash string    // of the session
	At   time.Time // when the session took the slot
}

// HasSlot reports whether the session with the hash has one of the slots.
func HasSlot(slots []SessionSlot, hash string) bool {
	return slices.ContainsFunc(slots, func(slot SessionSlot) bool { return slot.Hash == hash })
}
