package table

import (
	"errors"
	"fmt"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/staff"
)

// AuditEntry is who did what to whom, when and from where.
type AuditEntry struct {
	ID      string
	At      time.Time
	Actor   staff.EmployeeCode
	Subject string // employee or organisation code
	Action  string
	Changes []AuditChange
	Reason  string
	Call    account.Call
	Version int64 // that the change gave the subject's record; 0: it gave none
}

type AuditChange struct {
	Field string `dynamodbav:"field"`
	Old   string `dynamodbav:"old,omitempty"`
	New   string `dynamodbav:"new,omitempty"`
}

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

func AuditToItem(e AuditEntry) auditItem {
	return auditItem{e.ID, Millis(e.At), e.Actor.String(), e.Subject, e.Action, e.Changes, e.Reason, e.Call.Address, e.Call.ID, e.Version}
}

var ErrAuditTwice = errors.New("an audit entry of this id is there already")

func AuditOf(e admin.AuditEntry) AuditEntry {
	var changes []AuditChange // none is left out, in every copy
	for _, c := range e.Changes {
		changes = append(changes, AuditChange(c))
	}
	return AuditEntry{ID: e.ID, At: e.At, Actor: e.Actor, Subject: e.Subject, Action: e.Action, Changes: changes, Reason: e.Reason, Call: e.Call, Version: e.Version}
}

// AuditOfRecord is the entry about a change of a person's record: it names the
// version that the change gives it, so that each version has its entry and a
// lost one is missed.
func AuditOfRecord(e admin.AuditEntry, was, now staff.Staff) AuditEntry {
	entry := AuditOf(e)
	entry.Version = 0
	if now.Version != was.Version {
		entry.Version = now.Version
	}
	return entry
}

// AuditKind marks the items whose writing the stream hands to IndexAudit: an
// entry under its subject.
const AuditKind = "audit_of"

// AuditFromItem reads an entry from an item or an image of the stream.
func AuditFromItem(item Item) (admin.AuditEntry, error) {
	var it auditItem
	if err := Decode(item, &it); err != nil {
		return admin.AuditEntry{}, err
	}
	actor, err := staff.ParseEmployeeCode(it.Actor)
	if err != nil && it.Actor != "" { // the operator's own tools are nobody
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

// TxAudit is A1: the entry under its subject and under its actor, as steps of the
// transaction that makes the change. An entry is put once and never touched.
func (c *Client) TxAudit(e AuditEntry) []TxWrite {
	it, at := AuditToItem(e), SortTime(e.At)
	return []TxWrite{
		c.TxPut(NewItem(AuditOfKey(e.Subject, at, e.ID), AuditKind, it), "attribute_not_exists(pk)", nil, RefuseWith(ErrAuditTwice)),
		c.TxPut(NewItem(AuditByKey(e.Actor, at, e.ID), "audit_by", it), "attribute_not_exists(pk)", nil, RefuseWith(ErrAuditTwice)),
	}
}
