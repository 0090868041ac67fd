package account

import (
	"fmt"
	"testing"
	"time"
)

// TestDefaults has the contract's numbers once more.
func TestDefaults(t *testing.T) {
	const hour = time.Hour
	want := Settings{
		CodeLife: 5 * time.Minute, VerifiedLife: 5 * time.Minute, TicketLife: 30 * time.Minute, CodeTries: 5,
		TextInterval: 60 * time.Second, TextsADay: 10, SMSDailyBudget: 100_000, SMSPerSecond: 20, AddressHourly: 300, AddressFailures: 30, AddressCalls: 3000, SharedFactor: 50, CodeTriesADay: 25, NoticesADay: 3,
		BudgetActivation: 0.8, BudgetNotices: 0.95, BudgetRecovery: 0.2, BudgetHour: 0.1,
		MissTries: 5, MissWindow: 5 * time.Minute, MissTime: 30 * time.Minute,
		LockTries: 5, LockWindow: 5 * time.Minute, LockTime: 30 * time.Minute, LockDaily: 30, LockDayTime: 24 * hour,
		SecondFactor: "new_device", DeviceLife: 30 * 24 * hour, StepUpLife: 10 * time.Minute, AppIdle: 7 * 24 * hour, AppLife: 30 * 24 * hour, ConsoleIdle: 30 * time.Minute, ConsoleLife: 12 * hour,
		SessionsEach: 5, PasswordsKept: 5, RecoveryLife: 7 * 24 * hour, RecoveryApprovedLife: 24 * hour, RecoveriesADay: 3, AdministratorsListed: 10,
	}
	if got := Defaults(); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}
