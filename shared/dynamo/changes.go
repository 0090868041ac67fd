package dynamo

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// StreamRecord is a record of the table's stream, with both images of the item.
type StreamRecord struct {
	Event         string // INSERT, MODIFY or REMOVE
	PK, SK        string
	Sequence      string
	By            string // who changed the item, if the stream says so
	Before, After []byte // the item in DynamoDB's JSON; empty if there was none
}

// Change is the meaning of a record of the stream: one of the types below.
type Change interface{ change() }

// StaffChanged says that the STAFF item of a person was written or deleted.
type StaffChanged struct {
	Code          staff.EmployeeCode
	before, after table.Item
}

// OrgChanged says that the ORG item of an organisation was written or deleted.
type OrgChanged struct{ before, after table.Item }

// RecoveryChanged says that a recovery request was written or deleted.
type RecoveryChanged struct{ ID string }

// CountChanged says that the count of an organisation has changed, or that it has
// got or lost a child. Org is the zero code if that child is a root.
type CountChanged struct{ Org staff.OrgCode }

// TotalChanged says that the stored total of an organisation has changed.
type TotalChanged struct{ Org staff.OrgCode }

// AuditWritten says that a new entry of the audit was put under its subject.
type AuditWritten struct{ Entry audit.Entry }

// AuditTouched says that an entry of the audit was changed or deleted, in any of its
// places. Nobody may do that.
type AuditTouched struct{ Event, PK, SK, Sequence, By string }

// ChunkQueued says that the chunk N of a job waits for a worker.
type ChunkQueued struct {
	Job string
	N   int
}

// Unfollowed says that an item has changed, and that nothing has to follow from it.
type Unfollowed struct{}

func (StaffChanged) change()    {}
func (OrgChanged) change()      {}
func (RecoveryChanged) change() {}
func (CountChanged) change()    {}
func (TotalChanged) change()    {}
func (AuditWritten) change()    {}
func (AuditTouched) change()    {}
func (ChunkQueued) change()     {}
func (Unfollowed) change()      {}

// ChangeOf returns the meaning of a record. It knows chunks and touched audit
// entries by their keys, and all other items by their kinds.
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
	case table.OrgKind:
		return OrgChanged{before, after}, nil
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

// imageOf converts an image of the stream to an item as the client reads it. It
// returns nil if there is no image.
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

// Sides returns the person before and after the change; the zero Staff if there was
// no item. ChangeOf does not read the images yet: even if the old item cannot be
// read, ChangeOf has to report that the person has changed.
func (c StaffChanged) Sides() (before, after staff.Staff, err error) {
	if before, err = table.StaffFromItem(c.before); err != nil {
		return staff.Staff{}, staff.Staff{}, fmt.Errorf("read the person before: %w", err)
	}
	if after, err = table.StaffFromItem(c.after); err != nil {
		return staff.Staff{}, staff.Staff{}, fmt.Errorf("read the person after: %w", err)
	}
	return before, after, nil
}

// Sides returns the organisation before and after the change, with the paths as stored;
// the zero Org if there was no item.
func (c OrgChanged) Sides() (before, after staff.Org, err error) {
	for _, side := range []struct {
		item table.Item
		org  *staff.Org
	}{{c.before, &before}, {c.after, &after}} {
		if side.item == nil {
			continue
		}
		if *side.org, err = table.OrgFromItem(side.item); err != nil {
			return staff.Org{}, staff.Org{}, err
		}
	}
	return before, after, nil
}
