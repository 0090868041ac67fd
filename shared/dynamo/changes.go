package dynamo

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// StreamRecord is a record of the table's stream, which holds both images.
type StreamRecord struct {
	Event         string // INSERT, MODIFY or REMOVE
	PK, SK        string
	Sequence      string
	By            string // who changed the item, where the stream knows
	Before, After []byte // the item in DynamoDB's JSON; empty where there was none
}

// Change is what a record of the stream says: one of the types below.
type Change interface{ change() }

// StaffChanged: a person's register side was written or removed.
type StaffChanged struct {
	Code          staff.EmployeeCode
	before, after table.Item
}

// RecoveryChanged: a recovery request was written or removed.
type RecoveryChanged struct{ ID string }

// CountChanged: an organisation owns other people than before, or has another
// child, or one less. The zero code stands for what the roots lie below.
type CountChanged struct{ Org staff.OrgCode }

// TotalChanged: the total of an organisation, with all below, is another one.
type TotalChanged struct{ Org staff.OrgCode }

// AuditWritten: there is a new entry of the audit, under its subject.
type AuditWritten struct{ Entry audit.Entry }

// AuditTouched: an entry of the audit was changed or removed, wherever it stands.
// Nobody may do that.
type AuditTouched struct{ Event, PK, SK, Sequence, By string }

// ChunkQueued: a chunk of a job waits to be done.
type ChunkQueued struct {
	Job string
	N   int
}

// Unfollowed: an item was changed that nothing follows from.
type Unfollowed struct{}

func (StaffChanged) change()    {}
func (RecoveryChanged) change() {}
func (CountChanged) change()    {}
func (TotalChanged) change()    {}
func (AuditWritten) change()    {}
func (AuditTouched) change()    {}
func (ChunkQueued) change()     {}
func (Unfollowed) change()      {}

// ChangeOf reads a record. Chunks and touched entries are known by their keys, all
// else by its kind.
func ChangeOf(r StreamRecord) (Change, error) {
	if job, n, err := table.ChunkOf(r.PK, r.SK); err == nil {
		return ChunkQueued{job, n}, nil
	}
	if table.IsAudit(r.PK) && r.Event != "INSERT" {
		return AuditTouched{r.Event, r.PK, r.SK, r.Sequence, r.By}, nil
	}
	before, err := imageOf(r.Before)
	if err != nil {
		return nil, fmt.Errorf("read the item before: %w", err)
	}
	after, err := imageOf(r.After)
	if err != nil {
		return nil, fmt.Errorf("read the item after: %w", err)
	}
	kind := table.Str(after["kind"])
	if kind == "" {
		kind = table.Str(before["kind"])
	}
	_, id, _ := strings.Cut(r.PK, "#")
	switch kind {
	case table.StaffKind:
		code, err := staff.ParseEmployeeCode(id)
		return StaffChanged{code, before, after}, err
	case table.RecoveryKind:
		return RecoveryChanged{id}, nil
	case table.CountKind, table.ChildKind:
		if id == "" {
			return CountChanged{}, nil
		}
		org, err := staff.ParseOrgCode(id)
		return CountChanged{org}, err
	case table.TotalKind:
		org, err := staff.ParseOrgCode(id)
		return TotalChanged{org}, err
	case table.AuditKind:
		entry, err := table.AuditFromItem(after)
		return AuditWritten{entry}, err
	}
	return Unfollowed{}, nil
}

// imageOf is an image of the stream as the client would have read the item; no
// image is nil.
func imageOf(image []byte) (table.Item, error) {
	if len(image) == 0 {
		return nil, nil
	}
	item, err := attributevalue.UnmarshalMapJSON(image)
	if err != nil || len(item) == 0 {
		return nil, err
	}
	return item, nil
}

// Sides are the person before and after; zero where there was no item. They are
// read only here: a person whose old record nobody can read is a changed person
// all the same.
func (c StaffChanged) Sides() (before, after staff.Staff, err error) {
	if before, err = table.StaffFromItem(c.before); err != nil {
		return staff.Staff{}, staff.Staff{}, fmt.Errorf("read the person before: %w", err)
	}
	if after, err = table.StaffFromItem(c.after); err != nil {
		return staff.Staff{}, staff.Staff{}, fmt.Errorf("read the person after: %w", err)
	}
	return before, after, nil
}
