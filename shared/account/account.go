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
	"net/netip"
	"slices"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
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

// Permission is 权限点.
type Permission string

// The permissions.
const (
	StaffRead   Permission = "staff.read"
	StaffEdit   Permission = "staff.edit"
	StaffBatch  Permission = "staff.batch"
	StaffImport Permission = "staff.import"
	OrgEdit     Permission = "org.edit"
	AdminGrant  Permission = "admin.grant"
	AuditRead   Permission = "audit.read"
	PIIReveal   Permission = "pii.reveal"
)

// GrantType is the kind of a grant.
type GrantType string

// The kinds.
const (
	SuperGrant GrantType = "super"
	UnitGrant  GrantType = "unit"
	AuditGrant GrantType = "audit"
)

// Grant makes a person an administrator of an organisation and all below it.
type Grant struct {
	ID    string
	Type  GrantType
	Org   staff.OrgCode
	Added []Permission // beyond those of the type
}

// Permissions are those of the type, then the added ones.
func (g Grant) Permissions() []Permission {
	var of []Permission
	switch g.Type {
	case SuperGrant:
		of = []Permission{StaffRead, StaffEdit, StaffBatch, StaffImport, OrgEdit, AdminGrant, AuditRead, PIIReveal}
	case UnitGrant:
		of = []Permission{StaffRead, StaffEdit, StaffBatch, StaffImport, OrgEdit}
	case AuditGrant:
		of = []Permission{StaffRead, AuditRead}
	}
	for _, p := range g.Added {
		if !slices.Contains(of, p) {
			of = append(of, p)
		}
	}
	return of
}

// Allows reports whether the grant has p.
func (g Grant) Allows(p Permission) bool { return slices.Contains(g.Permissions(), p) }

// Client is what a session is for.
type Client string

// The clients: a token in the app, cookies in the two kinds of page.
const (
	App       Client = "app"
	MobileWeb Client = "mobile_web"
	Console   Client = "console"
)

// Known reports whether there is such a client.
func (c Client) Known() bool { return c == App || c.Page() }

// Page reports whether the client is a page, whose secrets live in cookies.
func (c Client) Page() bool { return c == MobileWeb || c == Console }

// Origin says which page sent a request, as far as its browser tells.
type Origin string

// The origins. A request that says nothing of a browser comes from no page.
const (
	NoPage    Origin = ""
	OwnPage   Origin = "own"
	OtherPage Origin = "other" // somebody else's, or a browser without a page
)

// Admit answers CrossSite if the client's sign-in may not come from there: a
// page's must come from the page itself, the app's from no page at all, so that
// page script never holds a token.
func (o Origin) Admit(c Client) error {
	if c.Page() && o != OwnPage || !c.Page() && o != NoPage {
		return fault.CrossSite
	}
	return nil
}

// Settings are every number of the rules. The zero value is of no use; see
// Defaults.
type Settings struct {
	CodeLife, VerifiedLife, TicketLife time.Duration
	CodeTries                          int

	TextInterval    time.Duration
	TextsADay       int
	SMSDailyBudget  int
	AddressHourly   int
	AddressFailures int
	SharedEgress    []netip.Prefix // addresses that the two hourly limits spare

	MissTries              int
	MissWindow, MissTime   time.Duration
	LockTries, LockDaily   int
	LockWindow, LockTime   time.Duration
	LockDayTime            time.Duration
	SecondFactor           SecondFactor
	DeviceLife             time.Duration
	AppIdle, AppLife       time.Duration
	ConsoleIdle            time.Duration
	ConsoleLife            time.Duration
	SessionsEach           int
	PasswordsKept          int
	RecoveryLife           time.Duration
	RecoveryApprovedLife   time.Duration
	RecoveriesADay         int
	AdministratorsListed   int
	BudgetSecondStepsShare float64 // of the budget, from which on only second steps are texted
}

// SecondFactor says when a second step is asked for.
type SecondFactor string

// When: from a device not known, always, or never. The console always asks.
const (
	OnNewDevice SecondFactor = "new_device"
	Always      SecondFactor = "always"
	Off         SecondFactor = "off"
)

// Defaults are the numbers of the product's contract.
func Defaults() Settings {
	return Settings{
		CodeLife: 5 * time.Minute, VerifiedLife: 5 * time.Minute, TicketLife: 30 * time.Minute, CodeTries: 5,
		TextInterval: time.Minute, TextsADay: 10, SMSDailyBudget: 100_000, AddressHourly: 300, AddressFailures: 30,
		MissTries: 5, MissWindow: 5 * time.Minute, MissTime: 30 * time.Minute,
		LockTries: 5, LockDaily: 30, LockWindow: 5 * time.Minute, LockTime: 30 * time.Minute, LockDayTime: day,
		SecondFactor: OnNewDevice, DeviceLife: 30 * day,
		AppIdle: 7 * day, AppLife: 30 * day, ConsoleIdle: 30 * time.Minute, ConsoleLife: 12 * time.Hour, SessionsEach: 5,
		PasswordsKept: 5, RecoveryLife: 7 * day, RecoveryApprovedLife: day, RecoveriesADay: 3,
		AdministratorsListed: 10, BudgetSecondStepsShare: 0.8,
	}
}

const day = 24 * time.Hour

// SignInHistoryLife is how long a line of the sign-in history is kept.
const SignInHistoryLife = 180 * day

// Call is what is known of a request that does not depend on its body.
type Call struct {
	Address string // source address, as the gateway saw it
	ID      string // request id, for the audit
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
