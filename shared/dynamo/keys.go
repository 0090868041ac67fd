package dynamo

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

// key is the primary key of one item.
type key struct{ pk, sk string }

func (k key) av() map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: k.pk},
		"sk": &types.AttributeValueMemberS{Value: k.sk},
	}
}

// The person's own partition: both sides, known devices, sessions.
func staffPK(c staff.EmployeeCode) string            { return "STAFF#" + c.String() }
func staffKey(c staff.EmployeeCode) key              { return key{staffPK(c), "STAFF"} }
func accountKey(c staff.EmployeeCode) key            { return key{staffPK(c), "ACCOUNT"} }
func deviceKey(c staff.EmployeeCode, mac string) key { return key{staffPK(c), "DEVICE#" + mac} }
func sessionKey(c staff.EmployeeCode, hash string) key {
	return key{staffPK(c), sessionPrefix + hash}
}

// sessionPrefix is how the sort keys of a person's sessions begin.
const sessionPrefix = "SESSION#"

// Names are unique because they are keys.
func accountNameKey(a staff.Account) key { return key{"NAME#" + a.String(), "NAME"} }
func phoneNameKey(p staff.Phone) key     { return key{"PHONE#" + p.E164(), "NAME"} }

// signInNameKey is where a typed name leads. What is neither an account nor a
// phone leads to an item that nobody can have.
func signInNameKey(n staff.SignInName) key {
	if p, ok := n.Phone(); ok {
		return phoneNameKey(p)
	}
	if a, err := staff.ParseAccount(n.Normal()); err == nil {
		return accountNameKey(a)
	}
	return key{"NAME#", "NAME"}
}

func ticketKey(id account.Secret) key { return key{"TICKET#" + id.Hash(), "TICKET"} }

// Counts. Their subjects are MACs, so that the table lists no phone or address.
func rateKey(what, mac string) key { return key{"RATE#" + what + "#" + mac, "RATE"} }
func budgetKey(at time.Time) key {
	day, _ := account.Day(at)
	return rateKey("budget", day)
}
func addressKey(source string, now time.Time) key {
	return rateKey("address", source+"#"+now.UTC().Format("2006-01-02T15"))
}

// signInsPK is a person's sign-in history, newest last.
func signInsPK(c staff.EmployeeCode) string { return "SIGNINS#" + c.String() }

// Organisations.
func orgPK(c staff.OrgCode) string { return "ORG#" + c.String() }
func orgKey(c staff.OrgCode) key   { return key{orgPK(c), "ORG"} }
func countKey(c staff.OrgCode) key { return key{orgPK(c), "COUNT"} }
func totalKey(c staff.OrgCode) key { return key{orgPK(c), "TOTAL"} }
func holdsKey(c staff.OrgCode) key { return key{orgPK(c), "HOLDS"} }
func adminKey(c staff.OrgCode, of staff.EmployeeCode, grant string) key {
	return key{orgPK(c), adminPrefix + of.String() + "#" + grant}
}

// childKey is an organisation in the partition of its parent, in order; the
// roots lie in that of no organisation.
func childKey(o staff.Org) key {
	return key{orgPK(o.Parent()), fmt.Sprintf("%s%010d#%s", childPrefix, o.Order, o.Code)}
}

// closedKey is one that is closed: on no list, but what moves takes it along.
func closedKey(o staff.Org) key { return key{orgPK(o.Parent()), closedPrefix + o.Code.String()} }

// How the sort keys of an organisation's grants and children begin.
const (
	adminPrefix  = "ADMIN#"
	childPrefix  = "CHILD#"
	closedPrefix = "CLOSED#"
)

// Organisations by whole name (staff.NameKey), and the topmost ones of a
// division and of those around it (staff.Org.Heads).
func findOrgPK(nameKey string) string                { return "FINDORG#" + nameKey }
func findOrgKey(nameKey string, c staff.OrgCode) key { return key{findOrgPK(nameKey), c.String()} }
func divisionPK(code string) string                  { return "DIVISION#" + code }
func divisionKey(code string, c staff.OrgCode) key   { return key{divisionPK(code), c.String()} }

// Organisations by a part of the name (staff.Org.Terms), spread over partitions by
// the first character.
func orgTermPK(term string) string {
	_, size := utf8.DecodeRuneInString(term)
	return "ORGTERM#" + term[:size]
}
func orgTermKey(term string, c staff.OrgCode) key {
	return key{orgTermPK(term), term + "#" + c.String()}
}

// movesKey is the list of organisations that have moved (staff.Moves).
var movesKey = key{"ORGMOVES", "MOVES"}

// A job with its chunks and their results, and the lists of jobs: of one owner
// and, of the zero code, of everybody.
func jobKey(id string) key          { return key{"JOB#" + id, "JOB"} }
func chunkKey(id string, n int) key { return key{jobKey(id).pk, fmt.Sprintf("%s%06d", chunkPrefix, n)} }
func resultKey(id string, n int) key {
	return key{jobKey(id).pk, fmt.Sprintf("%s%06d", resultPrefix, n)}
}
func jobsPK(owner staff.EmployeeCode) string {
	if owner.IsZero() {
		return "JOBS"
	}
	return "OWNJOBS#" + owner.String()
}

// How the sort keys of a job's chunks and results begin.
const (
	chunkPrefix  = "CHUNK#"
	resultPrefix = "RESULT#"
)

// The search index: FIND#<scope>#<in|left>#<bucket>, LIST#<scope>#<in|left>,
// TODO#<scope>#in; sorted by term or place, then person.
func rowKey(r staff.Row) key {
	return key{rangePK(r.List, r.Scope, r.Left, r.Term), r.Term + "#" + r.Staff.String()}
}

func rangePK(l staff.List, scope staff.OrgCode, left bool, term string) string {
	pk := string(l) + "#" + scope.String() + "#in"
	if left {
		pk = string(l) + "#" + scope.String() + "#left"
	}
	if l == staff.ByTerm {
		pk += "#" + staff.Bucket(term)
	}
	return pk
}

func indexKey(c staff.EmployeeCode) key { return key{"INDEX#" + c.String(), "INDEX"} }

// Recovery requests and the queues that administrators read.
func recoveryKey(id string) key           { return key{"RECOVERY#" + id, "REQUEST"} }
func recoveryQueuesKey(id string) key     { return key{"RECOVERY#" + id, "QUEUES"} }
func queuePK(scope staff.OrgCode) string  { return "QUEUE#" + scope.String() }
func queueSK(state, at, id string) string { return state + "#" + at + "#" + id }

// IsAudit reports whether a partition holds entries of the audit. They are put once
// and never touched again; every role denies it.
func IsAudit(pk string) bool { return strings.HasPrefix(pk, auditPrefix) }

const auditPrefix = "AUDIT#"

func auditOfKey(subject, at, id string) key { return key{auditPrefix + "OF#" + subject, at + "#" + id} }
func auditByKey(actor staff.EmployeeCode, at, id string) key {
	return key{auditPrefix + "BY#" + actor.String(), at + "#" + id}
}

// auditInPK is what happened in an organisation and below it in a month of UTC.
func auditInPK(org staff.OrgCode, at time.Time) string {
	return auditPrefix + "IN#" + org.String() + "#" + at.UTC().Format("2006-01")
}

const dictionaryPK = "DICT"

func dictionaryKey(dictionary, code string) key {
	return key{dictionaryPK, dictionary + "#" + code}
}

// sortTime is a time as part of a sort key: fixed width, UTC, to the millisecond.
func sortTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// guardKey is where the failures of a guard or of a miss are kept. Both are
// MACs under labels of their own, so they share a name space.
func guardKey(mac string) key { return rateKey("failures", mac) }

func dayAttribute(t time.Time) string {
	name, _ := account.Day(t)
	return "d" + name
}

// turnItem counts the texts of one purpose to one phone. Days are attributes of
// their own (d20261123), so that one update counts and limits whatever the day
// of the text before.
func (s *Store) turnKey(t account.Turn) key { return rateKey("text", string(t.Purpose)+"#"+t.Counted) }
