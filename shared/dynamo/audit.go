package dynamo

import (
	"errors"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// auditEntry is who did what to whom, when and from where.
type auditEntry struct {
	ID      string
	At      time.Time
	Actor   staff.EmployeeCode
	Subject string // employee or organisation code
	Action  string
	Changes []auditChange
	Reason  string
	Call    account.Call
	Version int64 // that the change gave the subject's record; 0: it gave none
}

type auditChange struct {
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
	Changes   []auditChange `dynamodbav:"changes,omitempty"`
	Reason    string        `dynamodbav:"reason,omitempty"`
	SourceIP  string        `dynamodbav:"source_ip"`
	RequestID string        `dynamodbav:"request_id"`
	Version   int64         `dynamodbav:"version,omitempty"`
}

func auditToItem(e auditEntry) auditItem {
	return auditItem{e.ID, millis(e.At), e.Actor.String(), e.Subject, e.Action, e.Changes, e.Reason, e.Call.Address, e.Call.ID, e.Version}
}

// audit is A1: the entry under its subject and under its actor, as steps of the
// transaction that makes the change. An entry is put once and never touched.
func (s *Store) audit(e auditEntry) []step {
	it, at := auditToItem(e), sortTime(e.At)
	return []step{
		s.put(itemOf(auditOfKey(e.Subject, at, e.ID), AuditKind, it), "attribute_not_exists(pk)", nil, means(errAuditTwice)),
		s.put(itemOf(auditByKey(e.Actor, at, e.ID), "audit_by", it), "attribute_not_exists(pk)", nil, means(errAuditTwice)),
	}
}

var errAuditTwice = errors.New("an audit entry of this id is there already")
