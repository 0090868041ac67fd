package admin

import (
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// AuditEntry is who did what to whom, when and from where. It is written with
// the change itself and never touched again.
type AuditEntry struct {
	ID      string
	At      time.Time
	Actor   staff.EmployeeCode
	Subject string // employee or organisation code
	Action  string
	Changes []AuditChange
	Reason  string
	Call    account.Call
	Version int64 // that the change gave the subject; 0: none. Storage fills it in
}

// AuditChange is one field before and after, masked like every answer.
type AuditChange struct{ Field, Old, New string }
