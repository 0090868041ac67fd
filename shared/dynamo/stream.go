package dynamo

import "chaoxi/shared/dynamo/internal/table"

// The kinds of items whose changes the stream hands on.
const (
	StaffKind    = table.StaffKind
	RecoveryKind = table.RecoveryKind
	AuditKind    = table.AuditKind
	CountKind    = table.CountKind
	TotalKind    = table.TotalKind
	ChildKind    = table.ChildKind
)

// What the stream's images are.
var (
	StaffFromItem    = table.StaffFromItem
	RecoveryFromItem = table.RecoveryFromItem
	AuditFromItem    = table.AuditFromItem
	IsAudit          = table.IsAudit
)
