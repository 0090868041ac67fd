package table

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// This file is the table. A key is built here or nowhere, and a read or write
// that is not a row of docs/access-patterns.md does not exist; each method names
// its row (P1, T2, …).
//
// Key functions take domain types wherever there is one: only a parsed value
// can reach a key, so no input can forge a "#".

// Key is the primary key of one item.
type Key struct{ PK, SK string }

func (k Key) AV() Item {
	return Item{
		"pk": &types.AttributeValueMemberS{Value: k.PK},
		"sk": &types.AttributeValueMemberS{Value: k.SK},
	}
}

// The person's own partition: both sides, known devices, sessions.
func StaffPK(c staff.EmployeeCode) string            { return "STAFF#" + c.String() }
func StaffKey(c staff.EmployeeCode) Key              { return Key{StaffPK(c), "STAFF"} }
func AccountKey(c staff.EmployeeCode) Key            { return Key{StaffPK(c), "ACCOUNT"} }
func deviceKey(c staff.EmployeeCode, mac string) Key { return Key{StaffPK(c), "DEVICE#" + mac} }
func SessionKey(c staff.EmployeeCode, hash string) Key {
	return Key{StaffPK(c), SessionPrefix + hash}
}

// SessionPrefix is how the sort keys of a person's sessions begin.
const SessionPrefix = "SESSION#"

// Names are unique because they are keys.
func AccountNameKey(a staff.Account) Key { return Key{"NAME#" + a.String(), "NAME"} }
func PhoneNameKey(p staff.Phone) Key     { return Key{"PHONE#" + p.E164(), "NAME"} }

// SignInNameKey is where a typed name leads. What is neither an account nor a
// phone leads to an item that nobody can have.
func SignInNameKey(n staff.SignInName) Key {
	if p, ok := n.Phone(); ok {
		return PhoneNameKey(p)
	}
	if a, err := staff.ParseAccount(n.Normal()); err == nil {
		return AccountNameKey(a)
	}
	return Key{"NAME#", "NAME"}
}

func TicketKey(id account.Secret) Key { return Key{"TICKET#" + id.Hash(), "TICKET"} }

// Counts. Their subjects are MACs, so that the table lists no phone or address.
func RateKey(counter, mac string) Key { return Key{"RATE#" + counter + "#" + mac, "RATE"} }
func BudgetKey(at time.Time) Key {
	day, _ := account.Day(at)
	return RateKey("budget", day)
}
func AddressKey(source string, now time.Time) Key {
	return RateKey("address", source+"#"+now.UTC().Format("2006-01-02T15"))
}

// SignInsPK is a person's sign-in history, newest last.
func SignInsPK(c staff.EmployeeCode) string { return "SIGNINS#" + c.String() }

// Organisations.
func OrgPK(c staff.OrgCode) string { return "ORG#" + c.String() }
func OrgKey(c staff.OrgCode) Key   { return Key{OrgPK(c), "ORG"} }
func CountKey(c staff.OrgCode) Key { return Key{OrgPK(c), "COUNT"} }
func TotalKey(c staff.OrgCode) Key { return Key{OrgPK(c), "TOTAL"} }
func HoldsKey(c staff.OrgCode) Key { return Key{OrgPK(c), "HOLDS"} }
func AdminKey(c staff.OrgCode, of staff.EmployeeCode, grant string) Key {
	return Key{OrgPK(c), AdminPrefix + of.String() + "#" + grant}
}

// childKey is an organisation in the partition of its parent, in order; the
// roots lie in that of no organisation.
func childKey(o staff.Org) Key {
	return Key{OrgPK(o.Parent()), fmt.Sprintf("%s%010d#%s", ChildPrefix, o.Order, o.Code)}
}

// closedKey is one that is closed: on no list, but what moves takes it along.
func closedKey(o staff.Org) Key { return Key{OrgPK(o.Parent()), ClosedPrefix + o.Code.String()} }

// How the sort keys of an organisation's grants and children begin.
const (
	AdminPrefix  = "ADMIN#"
	ChildPrefix  = "CHILD#"
	ClosedPrefix = "CLOSED#"
)

// Organisations by whole name (staff.NameKey), and the topmost ones of a
// division and of those around it (staff.Org.Heads).
func FindOrgPK(nameKey string) string                { return "FINDORG#" + nameKey }
func findOrgKey(nameKey string, c staff.OrgCode) Key { return Key{FindOrgPK(nameKey), c.String()} }
func DivisionPK(code string) string                  { return "DIVISION#" + code }
func DivisionKey(code string, c staff.OrgCode) Key   { return Key{DivisionPK(code), c.String()} }

// Organisations by a part of the name (staff.Org.Terms), spread over partitions by
// the first character.
func OrgTermPK(term string) string {
	_, size := utf8.DecodeRuneInString(term)
	return "ORGTERM#" + term[:size]
}
func orgTermKey(term string, c staff.OrgCode) Key {
	return Key{OrgTermPK(term), term + "#" + c.String()}
}

// MovesKey is the list of organisations that have moved (staff.Moves).
var MovesKey = Key{"ORGMOVES", "MOVES"}

// A job with its chunks and their results, and the lists of jobs: of one owner
// and, of the zero code, of everybody.
func JobKey(id string) Key          { return Key{"JOB#" + id, "JOB"} }
func ChunkKey(id string, n int) Key { return Key{JobKey(id).PK, fmt.Sprintf("%s%06d", ChunkPrefix, n)} }
func resultKey(id string, n int) Key {
	return Key{JobKey(id).PK, fmt.Sprintf("%s%06d", ResultPrefix, n)}
}
func JobsPK(owner staff.EmployeeCode) string {
	if owner.IsZero() {
		return "JOBS"
	}
	return "OWNJOBS#" + owner.String()
}

// How the sort keys of a job's chunks and results begin.
const (
	ChunkPrefix  = "CHUNK#"
	ResultPrefix = "RESULT#"
)

// The search index: FIND#<scope>#<in|left>#<bucket>, LIST#<scope>#<in|left>,
// TODO#<scope>#in; sorted by term or place, then person.
func RowKey(r staff.Row) Key {
	return Key{RangePK(r.Kind, r.Scope, r.Left, r.Term), r.Term + "#" + r.Staff.String()}
}

func RangePK(kind staff.IndexKind, scope staff.OrgCode, left bool, term string) string {
	pk := string(kind) + "#" + scope.String() + "#in"
	if left {
		pk = string(kind) + "#" + scope.String() + "#left"
	}
	if kind == staff.ByTerm {
		pk += "#" + staff.Bucket(term)
	}
	return pk
}

func IndexKey(c staff.EmployeeCode) Key { return Key{"INDEX#" + c.String(), "INDEX"} }

// Recovery requests and the queues that administrators read.
func RecoveryKey(id string) Key           { return Key{"RECOVERY#" + id, "REQUEST"} }
func RecoveryQueuesKey(id string) Key     { return Key{"RECOVERY#" + id, "QUEUES"} }
func queuePK(scope staff.OrgCode) string  { return "QUEUE#" + scope.String() }
func queueSK(state, at, id string) string { return state + "#" + at + "#" + id }

// IsAudit reports whether a partition holds entries of the audit. They are put once
// and never touched again; every role denies it.
func IsAudit(pk string) bool { return strings.HasPrefix(pk, auditPrefix) }

const auditPrefix = "AUDIT#"

func AuditOfKey(subject, at, id string) Key { return Key{auditPrefix + "OF#" + subject, at + "#" + id} }
func AuditByKey(actor staff.EmployeeCode, at, id string) Key {
	return Key{auditPrefix + "BY#" + actor.String(), at + "#" + id}
}

// AuditInPK is what happened in an organisation and below it in a month of UTC.
func AuditInPK(org staff.OrgCode, at time.Time) string {
	return auditPrefix + "IN#" + org.String() + "#" + at.UTC().Format("2006-01")
}

const DictionaryPK = "DICT"

func DictionaryKey(dictionary, code string) Key {
	return Key{DictionaryPK, dictionary + "#" + code}
}

// SortTime is a time as part of a sort key: fixed width, UTC, to the millisecond.
func SortTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// LockKey is where the failures of a guard or of a miss are kept. Both are
// MACs under labels of their own, so they share a name space.
func LockKey(mac string) Key { return RateKey("failures", mac) }

func DayAttribute(t time.Time) string {
	name, _ := account.Day(t)
	return "d" + name
}
