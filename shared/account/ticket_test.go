package account

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

var ticketKeys = Keys{Current: []byte("a key of thirty-two bytes, or so")}

// sentTicket is a ticket of 12:00 whose code, 402917, was sent at once.
func sentTicket(p Purpose) Ticket {
	t := Ticket{ID: ParseSecret("ticket"), Purpose: p, Epoch: 7, Expires: at(30), CodeExpires: at(5)}
	t.Code = ticketKeys.MAC(codeLabel, t.ID.Reveal(), "402917")
	return t
}

func TestTicketTry(t *testing.T) {
	const tries = 5
	tests := []struct {
		name string
		edit func(*Ticket)
		at   float64
		want error
	}{
		{"a fresh code", func(*Ticket) {}, 0, nil},
		{"the code's last moment", func(*Ticket) {}, 4.999, nil},
		{"at the code's end", func(*Ticket) {}, 5, fault.CodeExpired},
		{"no code sent yet", func(t *Ticket) { t.Code, t.CodeExpires = "", time.Time{} }, 0, fault.CodeExpired},
		{"the ticket's last moment", func(t *Ticket) { t.CodeExpires = at(40) }, 29.999, nil},
		{"at the ticket's end", func(t *Ticket) { t.CodeExpires = at(40) }, 30, fault.TicketInvalid},
		{"no such ticket", func(t *Ticket) { *t = Ticket{} }, 0, fault.TicketInvalid},
		{"four tries made", func(t *Ticket) { t.Tries = 4 }, 0, nil},
		{"five tries made", func(t *Ticket) { t.Tries = 5 }, 0, fault.CodeTriesSpent},
		{"five tries made and the code over", func(t *Ticket) { t.Tries = 5 }, 6, fault.CodeTriesSpent},
		{"five tries made and the ticket over", func(t *Ticket) { t.Tries = 5 }, 31, fault.TicketInvalid},
		{"verified, past the code's end", func(t *Ticket) { t.VerifiedUntil = at(9) }, 8.999, nil},
		{"verified no longer", func(t *Ticket) { t.VerifiedUntil = at(9) }, 9, fault.CodeExpired},
		{"verified, past the ticket's end", func(t *Ticket) { t.VerifiedUntil = at(31) }, 30, fault.TicketInvalid},
		{"verified with five tries made", func(t *Ticket) { t.VerifiedUntil, t.Tries = at(9), 5 }, 8, fault.CodeTriesSpent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := sentTicket(ForActivation)
			tt.edit(&before)
			after, err := before.Try(at(tt.at), tries)
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			counted := before
			if err == nil {
				counted.Tries++
				counted.TriedAt = at(tt.at)
			}
			if !reflect.DeepEqual(after, counted) {
				t.Errorf("%+v became %+v", before, after)
			}
		})
	}
}

// TestTriesOfATicket: a right code gives its try back; the fifth wrong one spends the
// ticket, and nothing is right after it.
func TestTriesOfATicket(t *testing.T) {
	const tries = 5
	ticket := sentTicket(ForActivation)
	try := func(digits string, minute float64) error {
		next, err := ticket.Try(at(minute), tries)
		if err != nil {
			return err
		}
		if ticket = next; !ticket.has(ticketKeys, digits) {
			ticket.Wrong++ // as WrongTry does
			return fault.CodeWrong
		}
		ticket.Tries-- // as VerifyCode does
		return nil
	}
	for left := 4; left >= 0; left-- {
		for range 3 {
			if err := try("402917", 0); err != nil {
				t.Fatalf("the right code with %d left: %v", left, err)
			}
		}
		if err := try("402918", 0); !errors.Is(err, fault.CodeWrong) {
			t.Fatal(err)
		}
	}
	for _, digits := range []string{"402918", "402917", "402918"} {
		if err := try(digits, 0); !errors.Is(err, fault.CodeTriesSpent) {
			t.Errorf("%s: %v, want all tries spent", digits, err)
		}
	}
	if ticket.Tries != tries || ticket.Wrong != tries {
		t.Errorf("%+v", ticket)
	}
}

// TestCodeTries: who comes while the last tries are being compared is told busy.
func TestCodeTries(t *testing.T) {
	const second = 1.0 / 60
	for _, tt := range []struct {
		name   string
		tries  CodeTries
		minute float64
		want   error
	}{
		{"none", CodeTries{}, 0, nil},
		{"some", CodeTries{Counted: 4, Wrong: 2, Last: at(0)}, 0, nil},
		{"all wrong", CodeTries{Counted: 5, Wrong: 5, Last: at(0)}, 0, fault.CodeTriesSpent},
		{"one is being compared", CodeTries{Counted: 5, Wrong: 4, Last: at(0)}, 0, fault.Busy},
		{"all are being compared", CodeTries{Counted: 5, Last: at(0)}, 14 * second, fault.Busy},
		{"one was given up", CodeTries{Counted: 5, Wrong: 4, Last: at(0)}, 15 * second, fault.CodeTriesSpent},
		{"from before wrong ones were counted apart", CodeTries{Counted: 5}, 0, fault.CodeTriesSpent},
	} {
		next, err := tt.tries.Begin(at(tt.minute), 5)
		if !errors.Is(err, tt.want) || err != nil && tt.want == nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		want := tt.tries
		if tt.want == nil {
			want.Counted, want.Last = want.Counted+1, at(tt.minute)
		}
		if next != want {
			t.Errorf("%s: %+v", tt.name, next)
		}
	}
}

func TestTicketCheck(t *testing.T) {
	ticket, other := sentTicket(ForSignIn), sentTicket(ForSignIn)
	other.ID = ParseSecret("other")
	rotated := Keys{Current: []byte("another key of thirty-two bytes."), Previous: ticketKeys.Current}
	tests := []struct {
		name   string
		ticket Ticket
		keys   Keys
		digits string
		right  bool
	}{
		{"the code", ticket, ticketKeys, "402917", true},
		{"the code after the keys were rotated", ticket, rotated, "402917", true},
		{"the code under no key of ours", ticket, Keys{Current: rotated.Current}, "402917", false},
		{"another code", ticket, ticketKeys, "402916", false},
		{"nothing", ticket, ticketKeys, "", false},
		{"the MAC itself", ticket, ticketKeys, ticket.Code, false},
		{"another ticket's code", other, ticketKeys, "402917", false},
		{"nothing on a ticket without a code", Ticket{ID: ticket.ID}, ticketKeys, "", false},
	}
	for _, tt := range tests {
		if got := tt.ticket.has(tt.keys, tt.digits); got != tt.right {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestTicketStands(t *testing.T) {
	code, err := staff.ParseEmployeeCode("GE_" + strings.Repeat("0a", 16))
	if err != nil {
		t.Fatal(err)
	}
	phone := func(s string) staff.Phone {
		p, err := staff.ParsePhone(s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	onFile, other := phone("13700000003"), phone("13700000009")
	state := func(s staff.AccountState) func(*staff.Staff, *Account) {
		return func(p *staff.Staff, _ *Account) { p.State = s }
	}
	left := func(p *staff.Staff, _ *Account) { p.Employment, p.Phone = staff.Left, staff.Phone{} }
	epoch := func(_ *staff.Staff, a *Account) { a.Epoch++ }
	changed := func(p *staff.Staff, _ *Account) { p.Phone = other }
	nobody := func(p *staff.Staff, _ *Account) { *p = staff.Staff{} }
	same := func(*staff.Staff, *Account) {}
	invalid := fault.TicketInvalid

	tests := []struct {
		name     string
		purposes []Purpose
		was      staff.AccountState // of the person when the flow began
		then     func(*staff.Staff, *Account)
		want     error
	}{
		{"nothing happened", []Purpose{ForActivation}, staff.Pending, same, nil},
		{"activated meanwhile", []Purpose{ForActivation}, staff.Pending, state(staff.Active), fault.AlreadyActive},
		{"activated meanwhile, and the epoch raised", []Purpose{ForActivation}, staff.Pending, func(p *staff.Staff, a *Account) { p.State = staff.Active; a.Epoch++ }, fault.AlreadyActive},
		{"frozen before activation", []Purpose{ForActivation}, staff.Pending, state(staff.Frozen), invalid},
		{"left before activation", []Purpose{ForActivation}, staff.Pending, left, invalid},
		{"phone corrected before activation", []Purpose{ForActivation}, staff.Pending, changed, invalid},
		{"epoch raised before activation", []Purpose{ForActivation}, staff.Pending, epoch, invalid},
		{"gone before activation", []Purpose{ForActivation}, staff.Pending, nobody, invalid},

		{"nothing happened", []Purpose{ForRecovery, ForSignIn, ForStepUp, ForRequest, ForPhone}, staff.Active, same, nil},
		{"frozen", []Purpose{ForRecovery, ForSignIn, ForStepUp, ForRequest, ForPhone}, staff.Active, state(staff.Frozen), invalid},
		{"left", []Purpose{ForRecovery, ForSignIn, ForStepUp, ForRequest, ForPhone}, staff.Active, left, invalid},
		{"left and reinstated", []Purpose{ForRecovery, ForSignIn, ForStepUp, ForRequest, ForPhone}, staff.Active, state(staff.Pending), invalid},
		{"password set", []Purpose{ForRecovery, ForSignIn, ForStepUp, ForRequest, ForPhone}, staff.Active, epoch, invalid},
		{"phone changed", []Purpose{ForRecovery, ForSignIn, ForStepUp, ForRequest}, staff.Active, changed, invalid},
		{"gone", []Purpose{ForRecovery, ForSignIn, ForStepUp, ForRequest, ForPhone}, staff.Active, nobody, invalid},
	}
	for _, tt := range tests {
		for _, purpose := range tt.purposes {
			t.Run(string(purpose)+": "+tt.name, func(t *testing.T) {
				p, a := staff.Staff{Code: code, Phone: onFile, Employment: staff.InService, State: tt.was}, Account{Epoch: 7}
				ticket := sentTicket(purpose)
				ticket.Staff, ticket.Phone = code, onFile
				if purpose == ForPhone {
					ticket.Phone = other // the one that is to be theirs
				}
				tt.then(&p, &a)
				if err := ticket.stands(p, a); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
					t.Errorf("%v, want %v", err, tt.want)
				}
			})
		}
	}
}
