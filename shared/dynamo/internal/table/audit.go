package table

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

// auditItem is an audit.Entry as stored.
type auditItem struct {
	ID        string            `dynamodbav:"id"`
	At        int64             `dynamodbav:"at_ms"`
	Actor     string            `dynamodbav:"actor"`
	Subject   string            `dynamodbav:"subject"`
	Action    string            `dynamodbav:"action"`
	Changes   []auditChangeItem `dynamodbav:"changes,omitempty"`
	Reason    string            `dynamodbav:"reason,omitempty"`
	SourceIP  string            `dynamodbav:"source_ip"`
	RequestID string            `dynamodbav:"request_id"`
	Version   int64             `dynamodbav:"version,omitempty"`
}

// auditChangeItem is an audit.Change as stored.
type auditChangeItem struct {
	Field  string `dynamodbav:"field"`
	Old    string `dynamodbav:"old,omitempty"`
	New    string `dynamodbav:"new,omitempty"`
	Hidden bool   `dynamodbav:"hidden,omitempty"`
}

func auditChangesToItems(changes []audit.Change) []auditChangeItem {
	var items []auditChangeItem // nil where there are none: an empty list would be stored
	for _, c := range changes {
		items = append(items, auditChangeItem(c))
	}
	return items
}

func auditChangesFromItems(items []auditChangeItem) []audit.Change {
	var changes []audit.Change
	for _, it := range items {
		changes = append(changes, audit.Change(it))
	}
	return changes
}

// AuditToItem makes the item of an entry. It lies in one partition under its subject,
// in one under its actor, and in one for each organisation above the subject.
func AuditToItem(k Key, kind string, e audit.Entry) Item {
	return NewItem(k, kind, auditItem{
		e.ID, Millis(e.At), e.Actor.String(), string(e.Subject), string(e.Action), auditChangesToItems(e.Changes), e.Reason, e.Call.Address, e.Call.ID, e.Version,
	})
}

// AuditFromItem reads an entry from an item or an image of the stream.
func AuditFromItem(item Item) (audit.Entry, error) {
	var it auditItem
	if err := Decode(item, &it); err != nil {
		return audit.Entry{}, err
	}
	actor, err := staff.ParseEmployeeCode(it.Actor)
	if err != nil && it.Actor != "" { // the operator has no code
		return audit.Entry{}, fmt.Errorf("read an audit entry: %w", err)
	}
	return audit.Entry{
		ID: it.ID, At: Instant(it.At), Actor: actor, Subject: audit.Subject(it.Subject), Action: audit.Action(it.Action), Reason: it.Reason,
		Changes: auditChangesFromItems(it.Changes), Call: audit.Call{Address: it.SourceIP, ID: it.RequestID}, Version: it.Version,
	}, nil
}

// The kinds of items that hold an entry: under its subject, which the stream hands to
// IndexAudit, under its actor, and in the log of an organisation.
const (
	AuditKind   = "audit_of"
	AuditByKind = "audit_by"
	AuditInKind = "audit_in"
)

// auditWholeItem has the whole values of the hidden changes of an entry. It alone has
// them: the entry and its copies show the masks.
type auditWholeItem struct {
	ID      string            `dynamodbav:"id"`
	Subject string            `dynamodbav:"subject"`
	At      int64             `dynamodbav:"at_ms"`
	Changes []auditChangeItem `dynamodbav:"changes"`
}

// AuditWholeKind is the kind of the item of an entry's whole values.
const AuditWholeKind = "audit_whole"

// AuditWholeFromItem reads the whole values of an entry. A nil item gives none.
func AuditWholeFromItem(item Item) (id string, subject audit.Subject, changes []audit.Change, err error) {
	var it auditWholeItem
	err = Decode(item, &it)
	return it.ID, audit.Subject(it.Subject), auditChangesFromItems(it.Changes), err
}

// ErrAuditTwice says that an entry of this id is there already.
var ErrAuditTwice = errors.New("an audit entry of this id is there already")

// TxAudit is A1: the entry under its subject and under its actor, and apart from it the
// whole values of what it masks, as steps of the transaction that makes the change. An
// entry is put once and never touched.
func (c *Client) TxAudit(e audit.Entry) []TxWrite {
	at := SortTime(e.At)
	writes := []TxWrite{c.TxPut(AuditToItem(AuditOfKey(string(e.Subject), at, e.ID), AuditKind, e), Absent, nil, RefuseWith(ErrAuditTwice))}
	if !e.Actor.IsZero() {
		writes = append(writes, c.TxPut(AuditToItem(AuditByKey(e.Actor, at, e.ID), AuditByKind, e), Absent, nil, RefuseWith(ErrAuditTwice)))
	}
	if len(e.Whole) > 0 {
		whole := auditWholeItem{e.ID, string(e.Subject), Millis(e.At), auditChangesToItems(e.Whole)}
		writes = append(writes, c.TxPut(NewItem(AuditWholeKey(e.ID), AuditWholeKind, whole), Absent, nil, RefuseWith(ErrAuditTwice)))
	}
	return writes
}

// NobodysAudit returns an item of the size of an entry's, about a lock of a name that is
// nobody's. Nobody reads it.
func NobodysAudit(mac string, e audit.Entry) Item {
	item := AuditToItem(NobodysKey(mac, e.At, e.ID), NobodysKind, e)
	item["expires"] = &types.AttributeValueMemberN{Value: strconv.FormatInt(e.At.Add(NobodysLife).Unix(), 10)}
	return item
}

// TxAuditOfRecord is TxAudit for a change of a person's record. The entry names the
// version that the change gives the record, so each version has its entry, and a
// lost entry shows as a gap.
func (c *Client) TxAuditOfRecord(e audit.Entry, was, now staff.Staff) []TxWrite {
	e.Version = 0
	if now.Version != was.Version {
		e.Version = now.Version
	}
	return c.TxAudit(e)
}
