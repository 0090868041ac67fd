package account

import (
	"net/netip"
	"time"
)

// Settings are the numbers of all rules. The zero value is of no use; see Defaults.
type Settings struct {
	CodeLife, VerifiedLife, TicketLife time.Duration
	CodeTries                          int

	TextInterval    time.Duration
	TextsADay       int
	SMSDailyBudget  int
	SMSPerSecond    int // of all jobs together
	AddressHourly   int
	AddressFailures int
	AddressCalls    int
	SharedEgress    []netip.Prefix // gateways with many people behind them
	SharedFactor    int            // by which the limits of an address are multiplied for these
	CodeTriesADay   int            // wrong codes of a person for one purpose
	NoticesADay     int            // of one kind to one person

	MissTries            int
	MissWindow, MissTime time.Duration
	LockTries, LockDaily int
	LockWindow, LockTime time.Duration
	LockDayTime          time.Duration
	SecondFactor         SecondFactor
	DeviceLife           time.Duration
	StepUpLife           time.Duration // how long a proof in a session counts for a change of the phone
	AppIdle, AppLife     time.Duration
	ConsoleIdle          time.Duration
	ConsoleLife          time.Duration
	SessionsEach         int
	PasswordsKept        int
	RecoveryLife         time.Duration
	RecoveryApprovedLife time.Duration
	RecoveriesADay       int
	AdministratorsListed int
	// Parts of the day's budget of texts: what activations may use, what notices may
	// use, what recoveries may use when the hour's part is spent, and that part.
	BudgetActivation, BudgetNotices, BudgetRecovery, BudgetHour float64
}

// SecondFactor says when a second step is asked for.
type SecondFactor string

// From a device that is not known, always, or never. The console always asks.
const (
	OnNewDevice SecondFactor = "new_device"
	Always      SecondFactor = "always"
	Off         SecondFactor = "off"
)

// Defaults are the numbers of the product's contract.
func Defaults() Settings {
	return Settings{
		CodeLife: 5 * time.Minute, VerifiedLife: 5 * time.Minute, TicketLife: 30 * time.Minute, CodeTries: 5,
		TextInterval: time.Minute, TextsADay: 10, SMSDailyBudget: 100_000, SMSPerSecond: 20, AddressHourly: 300, AddressFailures: 30,
		AddressCalls: 3000, SharedFactor: 50, CodeTriesADay: 25, NoticesADay: 3,
		MissTries: 5, MissWindow: 5 * time.Minute, MissTime: 30 * time.Minute,
		LockTries: 5, LockDaily: 30, LockWindow: 5 * time.Minute, LockTime: 30 * time.Minute, LockDayTime: day,
		SecondFactor: OnNewDevice, DeviceLife: 30 * day, StepUpLife: 10 * time.Minute,
		AppIdle: 7 * day, AppLife: 30 * day, ConsoleIdle: 30 * time.Minute, ConsoleLife: 12 * time.Hour, SessionsEach: 5,
		PasswordsKept: 5, RecoveryLife: 7 * day, RecoveryApprovedLife: day, RecoveriesADay: 3,
		AdministratorsListed: 10, BudgetActivation: 0.8, BudgetNotices: 0.95, BudgetRecovery: 0.2, BudgetHour: 0.1,
	}
}
