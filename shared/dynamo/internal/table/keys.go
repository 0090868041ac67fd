package table

import (
	"crypto/sha256"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// All keys of the table are built in this file. docs/table.md shows an item of each
// kind. Each read and each write of the table is a row of docs/access-patterns.md,
// and the method that makes it names the row (P1, T2, …).
//
// Key functions take domain types wherever there is one. Such values have been
// parsed, so nobody can type a "#" that gets into a key.

// Key is the primary key of one item.
type Key struct{ PK, SK string }

// AV returns the key as the SDK takes it.
func (k Key) AV() Item {
	return Item{
		"pk": &types.AttributeValueMemberS{Value: k.PK},
		"sk": &types.AttributeValueMemberS{Value: k.SK},
	}
}

// StaffPK is the partition of one person: both sides, known devices, sessions.
func StaffPK(c staff.EmployeeCode) string { return "STAFF#" + c.String() }

// StaffKey is the key of the register's side of a person.
func StaffKey(c staff.EmployeeCode) Key { return Key{StaffPK(c), "STAFF"} }

// AccountKey is the key of the sign-in side of a person.
func AccountKey(c staff.EmployeeCode) Key { return Key{StaffPK(c), "ACCOUNT"} }

// DeviceKey is the key of a device of a person.
func DeviceKey(c staff.EmployeeCode, mac string) Key { return Key{StaffPK(c), "DEVICE#" + mac} }

// SessionKey is the key of a person's session; hash is the hash of its token's
// secret.
func SessionKey(c staff.EmployeeCode, hash string) Key {
	return Key{StaffPK(c), SessionPrefix + hash}
}

// SessionPrefix begins the sort keys of a person's sessions.
const SessionPrefix = "SESSION#"

// AccountNameKey is the key of the item that says who has an account. An account is
// unique because it is a key.
func AccountNameKey(a staff.Account) Key { return Key{"NAME#" + a.String(), "NAME"} }

// PhoneNameKey is the key of the item that says who has a phone. A phone is unique
// because it is a key.
func PhoneNameKey(p staff.Phone) Key { return Key{"PHONE#" + p.E164(), "NAME"} }

// IDCardKey is the key of the item that says who, of the people in service, has an ID
// card. The number is hashed, as keys get to where items do not, such as the list of
// the busiest keys.
func IDCardKey(number string) Key {
	return Key{fmt.Sprintf("IDCARD#%x", sha256.Sum256([]byte(number))), "NAME"}
}

// SharedCardKey is the key of the note that a person has another's ID card. All notes
// are one partition: there are few, and nobody can bring about another one.
func SharedCardKey(c staff.EmployeeCode) Key { return Key{SharedCardPK, c.String()} }

// SharedCardPK is the partition of the people whose ID card is another's.
const SharedCardPK = "SHAREDCARD"

// SignInNameKey is the PhoneNameKey or AccountNameKey of a name that somebody typed.
// If it can be neither, it is a key that no item ever has.
func SignInNameKey(n staff.SignInName) Key {
	if p, ok := n.Phone(); ok {
		return PhoneNameKey(p)
	}
	if a, err := staff.ParseAccount(n.Normal()); err == nil {
		return AccountNameKey(a)
	}
	return Key{"NAME#", "NAME"}
}

// TicketKey is the key of a ticket. It has a hash of the id.
func TicketKey(id account.Secret) Key { return Key{"TICKET#" + id.Hash(), "TICKET"} }

// RateKey is the key of a count of failures or texts. Phones and addresses are
// counted by their MACs, so that the table lists none of them.
func RateKey(counter, mac string) Key { return Key{"RATE#" + counter + "#" + mac, "RATE"} }

// BudgetKey is the key of a shard of the count of all texts of a day.
func BudgetKey(at time.Time, shard int) Key {
	day, _ := account.Day(at)
	return RateKey("budget", fmt.Sprintf("%s#%d", day, shard))
}

// HourAttribute is the attribute of a BudgetKey's item that counts the texts of the
// hour in which at lies, such as h07. The hours of China begin when those of UTC do.
func HourAttribute(at time.Time) string { return fmt.Sprintf("h%02d", at.UTC().Hour()) }

// PaceKey is the key of the row in which the texts of all jobs leave.
func PaceKey() Key { return RateKey("pace", "texts") }

// CodesKey is the key of the tries of codes of a day.
func CodesKey(mac string, at time.Time) Key {
	day, _ := account.Day(at)
	return RateKey("codes", mac+"#"+day)
}

// AddressKey is the key of the count of the texts, failures and calls of one source
// address in an hour of UTC.
func AddressKey(source string, now time.Time) Key {
	return RateKey("address", source+"#"+now.UTC().Format("2006-01-02T15"))
}

// ProbesKey is the key of the count of names that an administrator has looked up in
// an hour of UTC.
func ProbesKey(by staff.EmployeeCode, at time.Time) Key {
	return RateKey("probes", by.String()+"#"+at.UTC().Format("2006-01-02T15"))
}

// SignInsPK is the partition of a person's sign-in history, newest last.
func SignInsPK(c staff.EmployeeCode) string { return "SIGNINS#" + c.String() }

// SignInKey is the key of a line of a person's sign-in history. One session may have
// several lines of one moment.
func SignInKey(c staff.EmployeeCode, l account.SignIn) Key {
	return Key{SignInsPK(c), SortTime(l.At) + "#" + l.ID + "#" + string(l.Outcome)}
}

// NobodysKey is the key of what a failure leaves whose name is nobody's; mac is that of
// the name.
func NobodysKey(mac string, at time.Time, id string) Key {
	return Key{RateKey("nobodys", mac).PK, SortTime(at) + "#" + id}
}

// OrgPK is the partition of one organisation: the organisation itself, its numbers,
// its grants, and the organisations directly below it.
func OrgPK(c staff.OrgCode) string { return "ORG#" + c.String() }

// OrgKey is the key of the organisation itself.
func OrgKey(c staff.OrgCode) Key { return Key{OrgPK(c), "ORG"} }

// CountKey is the key of the CountItem of an organisation.
func CountKey(c staff.OrgCode) Key { return Key{OrgPK(c), "COUNT"} }

// TotalKey is the key of the TotalItem of an organisation.
func TotalKey(c staff.OrgCode) Key { return Key{OrgPK(c), "TOTAL"} }

// HoldsKey is the key of the HoldsItem of an organisation.
func HoldsKey(c staff.OrgCode) Key { return Key{OrgPK(c), "HOLDS"} }

// AdminKey is the key of a grant on an organisation: of is its holder, grant its id.
func AdminKey(c staff.OrgCode, of staff.EmployeeCode, grant string) Key {
	return Key{OrgPK(c), AdminPrefix + of.String() + "#" + grant}
}

// childKey is the key of an organisation in the partition of its parent, sorted by
// order. Roots lie in the partition of the zero code.
func childKey(o staff.Org) Key {
	return Key{OrgPK(o.Parent()), fmt.Sprintf("%s%010d#%s", ChildPrefix, o.Order, o.Code)}
}

// closedKey is the key of a closed organisation in the partition of its parent.
// Lists do not show it, but when the parent moves, it moves, too.
func closedKey(o staff.Org) Key { return Key{OrgPK(o.Parent()), ClosedPrefix + o.Code.String()} }

// ChildNameKey is the key of the item that says which open organisation below a parent
// has a name. A name is unique below one parent because it is a key.
func ChildNameKey(o staff.Org) Key {
	return Key{OrgPK(o.Parent()), ChildNamePrefix + staff.NameKey(o.Name)}
}

// These prefixes begin the sort keys of an organisation's grants, open children, their
// names, and closed children.
const (
	AdminPrefix     = "ADMIN#"
	ChildPrefix     = "CHILD#"
	ChildNamePrefix = "NAMED#"
	ClosedPrefix    = "CLOSED#"
)

// FindOrgPK is the partition of the organisations with one whole name
// (staff.NameKey).
func FindOrgPK(nameKey string) string { return "FINDORG#" + nameKey }

func findOrgKey(nameKey string, c staff.OrgCode) Key { return Key{FindOrgPK(nameKey), c.String()} }

// DivisionPK is the partition of the topmost organisations of a division
// (staff.Org.IsTopOf).
func DivisionPK(code string) string { return "DIVISION#" + code }

// DivisionKey is the key of one of the topmost organisations of a division.
func DivisionKey(code string, c staff.OrgCode) Key { return Key{DivisionPK(code), c.String()} }

// OrgTermPK is the partition of the organisations by a part of the name
// (staff.Org.Terms). The first character of the term spreads them over partitions.
func OrgTermPK(term string) string {
	_, size := utf8.DecodeRuneInString(term)
	return "ORGTERM#" + term[:size]
}

func orgTermKey(term string, c staff.OrgCode) Key {
	return Key{OrgTermPK(term), term + "#" + c.String()}
}

// Copies is into how many partitions those items are divided that too many requests
// would read or write: copies of the list of moves and of the dictionaries, shares of
// the budget of texts, parts of an organisation's log. A write of a copy writes all
// copies, in one transaction. A read takes any one.
const Copies = 8

// AnyCopy is the number of the copy that a read takes.
func AnyCopy() int { return rand.IntN(Copies) }

// MovesKey is the key of the n-th copy of the list of moves (staff.Moves).
func MovesKey(n int) Key { return Key{fmt.Sprintf("%s%d", MovesPrefix, n), "MOVES"} }

// MovesPrefix begins the partitions of the list of moves.
const MovesPrefix = "ORGMOVES#"

// OnceKey is the key of a request that is carried out once; id is a hash.
func OnceKey(id string) Key { return Key{"ONCE#" + id, "ONCE"} }

// JobKey is the key of a job. Its partition also has the chunks and their results.
func JobKey(id string) Key { return Key{"JOB#" + id, "JOB"} }

// ChunkKey is the key of the chunk n of a job.
func ChunkKey(id string, n int) Key { return Key{JobKey(id).PK, fmt.Sprintf("%s%06d", ChunkPrefix, n)} }

func resultKey(id string, n int) Key {
	return Key{JobKey(id).PK, fmt.Sprintf("%s%06d", ResultPrefix, n)}
}

// PeopleKey is the key of the part n of the people whom a job was made with.
func PeopleKey(id string, n int) Key {
	return Key{JobKey(id).PK, fmt.Sprintf("%s%06d", PeoplePrefix, n)}
}

// MarkKey is the key of what a job has done to a person.
func MarkKey(id string, who staff.EmployeeCode) Key {
	return Key{JobKey(id).PK, MarkPrefix + who.String()}
}

// RowMarkKey is the key of what a job has done for a row of its file.
func RowMarkKey(id string, row int) Key {
	return Key{JobKey(id).PK, fmt.Sprintf("%sROW#%07d", MarkPrefix, row)}
}

// JobRowsKey is the key of what the chunk n of a job is about, as the job's file has it.
// Each has a partition of its own, so that a large file is written at once.
func JobRowsKey(id string, n int) Key { return Key{fmt.Sprintf("ROWS#%s#%06d", id, n), "ROWS"} }

// JobsPK is the list of one owner's jobs or, for the zero code, of everybody's.
func JobsPK(owner staff.EmployeeCode) string {
	if owner.IsZero() {
		return "JOBS"
	}
	return "OWNJOBS#" + owner.String()
}

// These prefixes begin the sort keys of what stands beside a job.
const (
	ChunkPrefix  = "CHUNK#"
	MarkPrefix   = "MARK#"
	PeoplePrefix = "PEOPLE#"
	ResultPrefix = "RESULT#"
)

// RowKey is the key of a row of the search index. Its partition is sorted by term
// (in a FIND) or by place (in all others), then by person.
func RowKey(r staff.Row) Key {
	return Key{RangePK(r.Kind, r.Scope, r.Left, r.Term), r.Term + "#" + r.Staff.String()}
}

// RangePK is a partition of the search index: FIND#<scope>#<in|left>#<bucket>,
// LIST#<scope>#<in|left>, TODO#<scope>#in, ODDNAME#<scope>#in or ODDBIRTH#<scope>#in.
// Only a FIND has a bucket, so only there the term matters.
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

// IndexKey is the key of a person's index record.
func IndexKey(c staff.EmployeeCode) Key { return Key{"INDEX#" + c.String(), "INDEX"} }

// RecoveryKey is the key of a recovery request.
func RecoveryKey(id string) Key { return Key{"RECOVERY#" + id, "REQUEST"} }

// RecoveryQueuesKey is the key of the QUEUES item, which has the organisations that
// may have a row of a request.
func RecoveryQueuesKey(id string) Key { return Key{"RECOVERY#" + id, "QUEUES"} }

// queuePK is the queue of requests that the administrators of one organisation read.
func queuePK(scope staff.OrgCode) string { return "QUEUE#" + scope.String() }

func queueSK(state, at, id string) string { return state + "#" + queuePlace(at, id) }

// queuePlace orders the rows of one state in all queues.
func queuePlace(at, id string) string { return at + "#" + id }

// IsAudit reports whether a partition has entries of the audit. An entry is put once
// and never changed or deleted: the roles of all functions deny it.
func IsAudit(pk string) bool { return strings.HasPrefix(pk, auditPrefix) }

const auditPrefix = "AUDIT#"

// AuditOfKey is the key of the entry id under its subject; at is SortTime of the
// entry.
func AuditOfKey(subject, at, id string) Key { return Key{auditPrefix + "OF#" + subject, at + "#" + id} }

// AuditByKey is the key of the entry id under its actor; at is SortTime of the
// entry.
func AuditByKey(actor staff.EmployeeCode, at, id string) Key {
	return Key{auditPrefix + "BY#" + actor.String(), at + "#" + id}
}

// AuditWholeKey is the key of the whole values of what the entry id masks.
func AuditWholeKey(id string) Key { return Key{auditPrefix + "WHOLE#" + id, "WHOLE"} }

// AuditInPK is a part of the log of an organisation: of the entries about it, and about
// everybody and everything in it and below, in the month of UTC in which at lies. A
// log has Copies parts. All of them together are the log.
func AuditInPK(org staff.OrgCode, at time.Time, part int) string {
	return fmt.Sprintf("%sIN#%s#%s#%d", auditPrefix, org, at.UTC().Format("2006-01"), part)
}

// AuditInKey is the key of the entry id, made at at, in the log of an organisation.
func AuditInKey(org staff.OrgCode, at time.Time, id string) Key {
	h := fnv.New32a()
	h.Write([]byte(id))
	return Key{AuditInPK(org, at, int(h.Sum32()%Copies)), SortTime(at) + "#" + id}
}

// DictionaryPK is the partition of the n-th copy of all dictionary entries.
func DictionaryPK(n int) string { return fmt.Sprintf("%s%d", DictionaryPrefix, n) }

// DictionaryPrefix begins the partitions of dictionary entries.
const DictionaryPrefix = "DICT#"

// DictionaryKey is the key of the entry with this code in a dictionary, in the n-th
// copy.
func DictionaryKey(n int, dictionary, code string) Key {
	return Key{DictionaryPK(n), dictionary + "#" + code}
}

// SortTime is a time as part of a sort key: in UTC, to the millisecond, always of
// the same length.
func SortTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// LockKey is the key of the failures of a guard, or of the misses of a name. The
// two cannot meet under one key: their MACs are made under different labels.
func LockKey(mac string) Key { return RateKey("failures", mac) }

// DayAttribute is the attribute that counts the texts of the day in which t lies,
// such as d20261123.
func DayAttribute(t time.Time) string {
	name, _ := account.Day(t)
	return "d" + name
}
