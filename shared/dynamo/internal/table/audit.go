package table

import (
	"errors"
	"fmt"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/staff"
)

// AuditEntry says who (Actor) did what (Action) to whom (Subject), when and from
// where. TxAudit makes the items of it.
type AuditEntry struct {
	ID      string
	At      time.Time
	Actor   staff.EmployeeCode // zero for the operator's tools
	Subject string             // employee or organisation code
	Action  string
	Changes []AuditChange
	Reason  string
	Call    account.Call
	Version int64 // of the subject's record after the change; 0 if it got no new one
}

// AuditChange is a field that changed, with the values before and after; "" for
// none.
type AuditChange struct {
	Field string `dynamodbav:"field"`
	Old   string `dynamodbav:"old,omitempty"`
	New   string `dynamodbav:"new,omitempty"`
}

// auditItem is an AuditEntry as stored.
type auditItem struct {
	ID        string        `dynamodbav:"id"`
	At        int64         `dynamodbav:"at_ms"`
	Actor     string        `dynamodbav:"actor"`
	Subject   string        `dynamodbav:"subject"`
	Action    string        `dynamodbav:"action"`
	Changes   []AuditChange `dynamodbav:"changes,omitempty"`
	Reason    string        `dynamodbav:"reason,omitempty"`
	SourceIP  string        `dynamodbav:"source_ip"`
	RequestID string        `dynamodbav:"request_id"`
	Version   int64         `dynamodbav:"version,omitempty"`
}

// AuditToItem returns the struct from which every item of e is made (NewItem).
func AuditToItem(e AuditEntry) auditItem {
	return auditItem{e.ID, Millis(e.At), e.Actor.String(), e.Subject, e.Action, e.Changes, e.Reason, e.Call.Address, e.Call.ID, e.Version}
}

// ErrAuditTwice says that the table has an audit entry of this id already.
var ErrAuditTwice = errors.New("an audit entry of this id is there already")

// AuditOf converts an entry of the domain.
func AuditOf(e admin.AuditEntry) AuditEntry {
	var changes []AuditChange // nil if there are none: an empty list would be stored
	for _, c := range e.Changes {
		changes = append(changes, AuditChange(c))
	}
	return AuditEntry{ID: e.ID, At: e.At, Actor: e.Actor, Subject: e.Subject, Action: e.Action, Changes: changes, Reason: e.Reason, Call: e.Call, Version: e.Version}
}

// AuditOfRecord converts an entry about a person's record that changes from was to
// now. The entry names the record's new version, if there is one. So each version
// has its entry, and a lost entry leaves a hole that the operator's check finds.
func AuditOfRecord(e admin.AuditEntry, was, now staff.Staff) AuditEntry {
	entry := AuditOf(e)
	entry.Version = 0
	if now.Version != was.Version {
		entry.Version = now.Version
	}
	return entry
}

// AuditKind is the kind of an entry under its subject. When such an item is written,
// the stream starts IndexAudit, which copies the entry to the logs of organisations.
const AuditKind = "audit_of"

// AuditFromItem reads an entry from an item or an image of the stream.
func AuditFromItem(item Item) (admin.AuditEntry, error) {
	var it auditItem
	if err := Decode(item, &it); err != nil {
		return admin.AuditEntry{}, err
	}
	actor, err := staff.ParseEmployeeCode(it.Actor)
	if err != nil && it.Actor != "" { // the operator's tools have no code
		return admin.AuditEntry{}, fmt.Errorf("read an audit entry: %w", err)
	}
	e := admin.AuditEntry{
		ID: it.ID, At: Instant(it.At), Actor: actor, Subject: it.Subject, Action: it.Action, Reason: it.Reason,
		Call: account.Call{Address: it.SourceIP, ID: it.RequestID}, Version: it.Version,
	}
	for _, c := range it.Changes {
		e.Changes = append(e.Changes, admin.AuditChange(c))
	}
	return e, nil
}

// TxAudit is A1: the entry under its subject and under its actor, as writes of the
// transaction that makes the change. No write replaces an entry: if one of this id
// is there, the transaction fails with ErrAuditTwice.
func (c *Client) TxAudit(e AuditEntry) []TxWrite {
	it, at := AuditToItem(e), SortTime(e.At)
	return []TxWrite{
		c.TxPut(NewItem(AuditOfKey(e.Subject, at, e.ID), AuditKind, it), "attribute_not_exists(pk)", nil, RefuseWith(ErrAuditTwice)),
		c.TxPut(NewItem(AuditByKey(e.Actor, at, e.ID), "audit_by", it), "attribute_not_exists(pk)", nil, RefuseWith(ErrAuditTwice)),
	}
}
