package maintain

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

// Finding is an item of the table that does not agree with another one.
type Finding struct {
	What string // the rule: one of the words of docs/operations.md
	Key  string // of the item, without names and with masked phones
	Want string // what should be there

	lags  bool // the indexer puts it right, and may not have come to it yet
	stray bool // it is about a scanned item: the thing that the item names does not have it
}

// These words name the rules.
const (
	badItem    = "item"    // cannot be read, or is of no known kind
	badRecord  = "record"  // a person's record breaks a rule by itself
	badAccount = "account" // the account is missing, or does not fit the person's state
	badName    = "name"    // a person without one of their names, or a name that leads elsewhere
	badPost    = "post"    // a post on an organisation that it may not be on
	badGrant   = "grant"   // one side of a grant without the other
	badOwner   = "owner"   // a device, session, history line, account or number without its owner
	badVersion = "version" // a version of a record without its audit entry, or with two
	badAudit   = "audit"   // an audit entry is not in all of its places
	badOrg     = "org"     // an organisation's place in the tree
	badOrgRow  = "org_row" // an item by which an organisation is found
	badIndex   = "index"   // the index does not have what follows from the person
	behind     = "behind"  // the indexer has not seen the person's last change
	badRow     = "row"     // a row of the index that no entry accounts for
	badCount   = "count"   // the number of people of an organisation itself
	badHolds   = "holds"   // the number of posts and children that an organisation holds
	badTotal   = "total"   // the number of people of an organisation with all below
	badRequest = "request" // a recovery request, its mark and its rows in queues
	badJob     = "job"     // a job, its chunks and its lines in the lists
	badCopy    = "copy"    // what is kept in several copies
)

// owner is the kind of thing to which an item belongs.
type owner int

const (
	nothing owner = iota // the item need not agree with others, so Check skips it
	aPerson
	anOrg
	aRequest
	anEntry // of the audit; its id is made by entryID
	aJob
	aCopied // what is kept in several copies; its id is made by copiedID
	unknown // the item is of no known kind
)

// itemKind says of a kind of items where they lie and to what they belong.
type itemKind struct {
	kind   string
	pk, sk string // how its keys begin
	owner  owner
	own    bool                                      // the item is the thing itself
	id     func(k table.Key, item table.Item) string // of the thing
}

// idInPK returns what is behind the first "#" of the partition key.
func idInPK(k table.Key, _ table.Item) string {
	_, id, _ := strings.Cut(k.PK, "#")
	return id
}

// idInSK returns what is behind the last "#" of the sort key.
func idInSK(k table.Key, _ table.Item) string {
	return k.SK[strings.LastIndexByte(k.SK, '#')+1:]
}

// idInAttribute returns a function that returns an attribute.
func idInAttribute(name string) func(table.Key, table.Item) string {
	return func(_ table.Key, item table.Item) string { return table.Str(item[name]) }
}

// entryID returns the subject and the sort key, which all copies of an entry have in
// common.
func entryID(k table.Key, item table.Item) string {
	return table.Str(item["subject"]) + "\x00" + k.SK
}

// copiedID returns what the keys of all copies have in common: how the partition key
// begins, and the sort key.
func copiedID(k table.Key, _ table.Item) string {
	return k.PK[:strings.IndexByte(k.PK, '#')+1] + "\x00" + k.SK
}

// itemKinds has all kinds of items of the table.
var itemKinds = []itemKind{
	{table.StaffKind, "STAFF#", "STAFF", aPerson, true, idInPK},
	{"account", "STAFF#", "ACCOUNT", aPerson, false, idInPK},
	{"device", "STAFF#", "DEVICE#", aPerson, false, idInPK},
	{"session", "STAFF#", table.SessionPrefix, aPerson, false, idInPK},
	{"sign_in", "SIGNINS#", "", aPerson, false, idInPK},
	{"name", "NAME#", "NAME", aPerson, false, idInAttribute("owner")},
	{"name", "PHONE#", "NAME", aPerson, false, idInAttribute("owner")},
	{"name", "IDCARD#", "NAME", aPerson, false, idInAttribute("owner")},
	{"shared_card", table.SharedCardPK, "", aPerson, false, idInSK},
	{"admin", "ORG#", table.AdminPrefix, aPerson, false, idInAttribute("staff")},
	{table.IndexKind, "INDEX#", "INDEX", aPerson, false, idInPK},
	{table.RowKind, "FIND#", "", aPerson, false, idInSK},
	{table.RowKind, "LIST#", "", aPerson, false, idInSK},
	{table.RowKind, "TODO#", "", aPerson, false, idInSK},
	{table.RowKind, "ODDNAME#", "", aPerson, false, idInSK},
	{table.RowKind, "ODDBIRTH#", "", aPerson, false, idInSK},

	{"org", "ORG#", "ORG", anOrg, true, idInPK},
	{table.CountKind, "ORG#", "COUNT", anOrg, false, idInPK},
	{table.HoldsKind, "ORG#", "HOLDS", anOrg, false, idInPK},
	{table.TotalKind, "ORG#", "TOTAL", anOrg, false, idInPK},
	{"child", "ORG#", table.ChildPrefix, anOrg, false, idInSK},
	{table.ChildNameKind, "ORG#", table.ChildNamePrefix, anOrg, false, idInAttribute("org")},
	{"closed_child", "ORG#", table.ClosedPrefix, anOrg, false, idInSK},
	{"org_name", "FINDORG#", "", anOrg, false, idInSK},
	{"org_term", "ORGTERM#", "", anOrg, false, idInSK},
	{"division", "DIVISION#", "", anOrg, false, idInSK},

	{table.RecoveryKind, "RECOVERY#", "REQUEST", aRequest, true, idInPK},
	{"", "RECOVERY#", "QUEUES", aRequest, false, idInPK},
	{"queue", "QUEUE#", "", aRequest, false, idInSK},

	{table.AuditKind, "AUDIT#OF#", "", anEntry, true, entryID},
	{"audit_by", "AUDIT#BY#", "", anEntry, false, entryID},
	{table.AuditWholeKind, "AUDIT#WHOLE#", "WHOLE", nothing, false, nil},
	{"audit_in", "AUDIT#IN#", "", anEntry, false, entryID},

	{"job", "JOB#", "JOB", aJob, true, idInPK},
	{"chunk", "JOB#", table.ChunkPrefix, aJob, false, idInPK},
	{"job_mark", "JOB#", table.MarkPrefix, aJob, false, idInPK},
	{"job_people", "JOB#", table.PeoplePrefix, aJob, false, idInPK},
	{"job_results", "JOB#", table.ResultPrefix, aJob, false, idInPK},
	{"job_rows", "ROWS#", "ROWS", nothing, false, nil}, // they are there before their job, and may never get one
	{"job_line", "OWNJOBS#", "", aJob, false, idInSK},
	{"job_line", "JOBS", "", aJob, false, idInSK},

	{"moves", table.MovesPrefix, "MOVES", aCopied, true, copiedID},
	{"dictionary", table.DictionaryPrefix, "", aCopied, true, copiedID},
	{"once", "ONCE#", "ONCE", nothing, false, nil},
	{"ticket", "TICKET#", "TICKET", nothing, false, nil},
	{"failures", "RATE#", "RATE", nothing, false, nil},
	{table.NobodysKind, "RATE#nobodys#", "", nothing, false, nil},
	{"", "RATE#", "RATE", nothing, false, nil},
}

// lookupsOf returns the things to which items belong, each once.
func lookupsOf(items []table.Item) []lookup {
	type thing struct {
		of owner
		id string
	}
	at := map[thing]int{}
	var all []lookup
	for _, item := range items {
		k := table.KeyOf(item)
		i := slices.IndexFunc(itemKinds, func(s itemKind) bool {
			return s.kind == table.Str(item["kind"]) && strings.HasPrefix(k.PK, s.pk) && strings.HasPrefix(k.SK, s.sk)
		})
		t := thing{unknown, k.PK + "\x00" + k.SK}
		own := false
		if i >= 0 {
			if itemKinds[i].owner == nothing {
				continue
			}
			if id := itemKinds[i].id(k, item); wellFormed(itemKinds[i].owner, id) {
				t, own = thing{itemKinds[i].owner, id}, itemKinds[i].own
			}
		}
		n, ok := at[t]
		if !ok {
			n = len(all)
			at[t] = n
			all = append(all, lookup{of: t.of, id: t.id, scanned: table.Items{}})
		}
		all[n].full = all[n].full || own
		all[n].scanned[k] = item
	}
	return all
}

func wellFormed(of owner, id string) bool {
	var err error
	switch of {
	case aPerson:
		_, err = staff.ParseEmployeeCode(id)
	case anOrg:
		_, err = staff.ParseOrgCode(id)
	}
	return err == nil && id != ""
}

// lookAtUnknown reports items of no known kind: nothing writes such an item.
func lookAtUnknown(lookups []lookup) []observation {
	observations := make([]observation, len(lookups))
	for i, q := range lookups {
		for k, item := range q.scanned {
			observations[i].findings = append(observations[i].findings, newStray(badItem, k, false, "no item of this kind and key (kind %q)", safePrefix(table.Str(item["kind"]))))
		}
	}
	return observations
}

// newFinding makes a finding about the item with the key at.
func newFinding(what string, at table.Key, lags bool, format string, args ...any) Finding {
	return Finding{What: what, Key: maskedKey(at), Want: fmt.Sprintf(format, args...), lags: lags}
}

// newStray makes a finding about a scanned item that the thing it names does not
// have.
func newStray(what string, at table.Key, lags bool, format string, args ...any) Finding {
	f := newFinding(what, at, lags, format, args...)
	f.stray = true
	return f
}

// maskedKey returns a key without personal data: without accounts, names, and the
// terms that find people. It shows enough of a phone, a device or a session to tell
// two apart.
func maskedKey(k table.Key) string {
	part := strings.Split(k.PK, "#")
	end := k.SK[strings.LastIndexByte(k.SK, '#')+1:]
	switch part[0] {
	case "NAME":
		return "NAME#…"
	case "PHONE":
		if p, err := staff.ParsePhone(strings.TrimPrefix(k.PK, "PHONE#")); err == nil {
			return "PHONE#" + p.Masked()
		}
		return "PHONE#…"
	case "FIND", "LIST", "TODO", "ODDNAME", "ODDBIRTH":
		if len(part) > 2 {
			return strings.Join(part[:3], "#") + "#… " + safePrefix(end)
		}
	case "FINDORG", "ORGTERM":
		return part[0] + "#… " + safePrefix(end)
	case "STAFF":
		kind, rest, _ := strings.Cut(k.SK, "#")
		if rest != "" {
			kind += "#" + rest[:min(8, len(rest))] + "…"
		}
		return safePrefix(k.PK) + " " + safePrefix(kind)
	case "ORG", "INDEX", "AUDIT", "RECOVERY", "QUEUE", "SIGNINS", "DIVISION", "JOB", "JOBS", "OWNJOBS", "ORGMOVES", "DICT":
		return strings.TrimSuffix(safePrefix(k.PK)+" "+safePrefix(k.SK), " ")
	}
	return safePrefix(part[0]) + "#…"
}

// safePrefix returns s up to the first character that no code and no time has.
func safePrefix(s string) string {
	for i, c := range s {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.ContainsRune("_#-:.…", c):
		default:
			return s[:i] + "…"
		}
	}
	return s
}

// expired reports whether time to live may delete the item at any moment.
func expired(item table.Item, now time.Time) bool {
	var it struct {
		Expires int64 `dynamodbav:"expires"`
	}
	return table.Decode(item, &it) == nil && it.Expires > 0 && it.Expires <= now.Unix()
}

// personView is a person with everything that has to agree with the record.
type personView struct {
	code    staff.EmployeeCode
	now     time.Time
	staff   staff.Staff
	account account.Account
	index   staff.IndexRecord
	own     table.Items // STAFF, ACCOUNT, INDEX
	have    table.Items // names, the other sides of grants, rows
	orgs    staff.Orgs
	moving  bool          // below an organisation whose move is not done
	audited map[int64]int // number of audit entries by version
	scanned table.Items

	unreadable []Finding
}

// findings returns everything that is wrong with the person.
func (v personView) findings() []Finding {
	if v.own[table.StaffKey(v.code)] == nil {
		return v.ofNobody()
	}
	if len(v.unreadable) > 0 {
		return v.unreadable
	}
	var f []Finding
	for _, want := range v.staff.Violations() {
		f = append(f, newFinding(badRecord, table.StaffKey(v.code), false, "%s", want))
	}
	f = append(f, v.accountSide()...)
	f = append(f, v.names()...)
	f = append(f, v.posts()...)
	f = append(f, v.grants()...)
	f = append(f, v.versions()...)
	if v.moving { // the job of the move will index the person again
		return f
	}
	return append(f, v.indexed()...)
}

// ofNobody reports the scanned items of a person who is not on the register.
func (v personView) ofNobody() []Finding {
	var f []Finding
	for k, item := range v.scanned {
		switch kind := table.Str(item["kind"]); kind {
		case "name":
			f = append(f, newStray(badName, k, false, "no name of %s, who is not on the register", v.code))
		case "admin":
			f = append(f, newStray(badGrant, k, false, "no grant of %s, who is not on the register", v.code))
		case table.RowKind, table.IndexKind:
			f = append(f, newStray(badRow, k, true, "nothing of %s, who is not on the register", v.code))
		default:
			if !expired(item, v.now) {
				f = append(f, newStray(badOwner, k, false, "nothing of %s, who is not on the register", v.code))
			}
		}
	}
	return f
}

// accountSide compares the account with the person's state.
func (v personView) accountSide() []Finding {
	k := table.AccountKey(v.code)
	if v.own[k] == nil {
		return []Finding{newFinding(badAccount, k, false, "the account of the person")}
	}
	state := v.staff.State
	if state == staff.Frozen {
		state = v.staff.FrozenFrom
	}
	var f []Finding
	switch has := v.account.Password != ""; {
	case state == staff.Active && !has:
		f = append(f, newFinding(badAccount, k, false, "a password, as the person has activated"))
	case state == staff.Pending && has:
		f = append(f, newFinding(badAccount, k, false, "no password, as the person has not activated"))
	}
	if v.staff.Employment == staff.Left && len(v.account.Grants) > 0 {
		f = append(f, newFinding(badAccount, k, false, "no grants, as the person has left"))
	}
	if !v.account.Frozen.By.IsZero() && v.staff.State != staff.Frozen { // it would refuse every sign-in
		f = append(f, newFinding(badAccount, k, false, "no mark of a freeze, as the person is not frozen"))
	}
	if r := v.account.Recovery; r.ID != "" && v.now.Before(r.Day.Add(account.RecoveryRequestKept)) && v.have[table.RecoveryKey(r.ID)] == nil {
		f = append(f, newFinding(badRequest, k, false, "the request %s that is its last one", r.ID))
	}
	return f
}

// names compares the unique names with the items that lead to the person.
func (v personView) names() []Finding {
	var f []Finding
	owned := map[table.Key]bool{}
	for _, n := range dynamo.UniqueNames(v.staff) {
		owned[n.Key] = true
		if !reflect.DeepEqual(v.have[n.Key], table.NameItem(n.Key, v.code)) {
			f = append(f, newFinding(badName, n.Key, false, "a name that leads to %s", v.code))
		}
	}
	return append(f, v.strayFindings("name", owned, badName, false, "no name that %s does not have")...)
}

// posts compares the posts with their organisations.
func (v personView) posts() []Finding {
	var f []Finding
	bad := func(p staff.Post, format string, args ...any) {
		f = append(f, newFinding(badPost, table.StaffKey(v.code), false, "of the post %s, "+format, append([]any{p.ID}, args...)...))
	}
	for _, p := range v.staff.Posts {
		for _, c := range slices.Compact([]staff.OrgCode{p.Unit, p.Org}) {
			switch o := v.orgs[c]; {
			case o.Code.IsZero():
				bad(p, "an organisation %s", c)
			case p.Active && o.Closed:
				bad(p, "the organisation %s open", c)
			}
		}
		if org := v.orgs[p.Org]; p.Active && !org.Code.IsZero() && !org.In(p.Unit) {
			bad(p, "the unit %s above %s", p.Unit, p.Org)
		}
	}
	return f
}

// grants compares the grants in the account with those under the organisations.
func (v personView) grants() []Finding {
	var f []Finding
	owned := map[table.Key]bool{}
	for _, g := range v.account.Grants {
		k := table.AdminKey(g.Org, v.code, g.ID)
		owned[k] = true
		if !reflect.DeepEqual(v.have[k], table.AdminToItem(v.code, g)) {
			f = append(f, newFinding(badGrant, k, false, "the grant that %s holds", v.code))
		}
		if v.orgs[g.Org].Code.IsZero() {
			f = append(f, newFinding(badGrant, k, false, "an organisation %s", g.Org))
		}
	}
	return append(f, v.strayFindings("admin", owned, badGrant, false, "no grant that %s does not hold")...)
}

// strayFindings reports the scanned items of one kind that are not in owned.
func (v personView) strayFindings(kind string, owned map[table.Key]bool, what string, lags bool, want string) []Finding {
	var f []Finding
	for k, item := range v.scanned {
		if table.Str(item["kind"]) == kind && !owned[k] {
			f = append(f, newStray(what, k, lags, want, v.code))
		}
	}
	return f
}

// versions requires one audit entry about each version since the person was loaded.
func (v personView) versions() []Finding {
	var f []Finding
	at := table.Key{PK: table.AuditOfKey(v.code.String(), "", "").PK, SK: ""}
	for n := v.staff.Loaded + 1; n <= v.staff.Version; n++ {
		if v.audited[n] != 1 {
			f = append(f, newFinding(badVersion, at, false, "one entry about version %d, not %d", n, v.audited[n]))
		}
	}
	for n := range v.audited {
		if n <= v.staff.Loaded || n > v.staff.Version {
			f = append(f, newFinding(badVersion, at, false, "no entry about version %d, which there is not", n))
		}
	}
	return f
}

// indexed compares the index record with the one that follows from the person, then
// the rows. A row that no entry accounts for shows among the scanned items.
func (v personView) indexed() []Finding {
	k := table.IndexKey(v.code)
	now := staff.IndexRecordOf(v.staff, v.orgs)
	now.Stamp, now.At = v.index.Stamp, v.index.At
	var f []Finding
	switch {
	case v.index.Revision < v.staff.Revision:
		f = append(f, newFinding(behind, k, true, "revision %d of the person, not %d", v.staff.Revision, v.index.Revision))
	case !reflect.DeepEqual(v.own[k], table.IndexToItem(v.code, now)):
		f = append(f, newFinding(badIndex, k, true, "what the person comes to"))
	default:
		facts := staff.RowAttributesOf(v.staff)
		for _, e := range now.Entries {
			for _, r := range e.Rows(v.code) {
				if !reflect.DeepEqual(v.have[table.RowKey(r)], table.RowToItem(r, e, facts)) {
					f = append(f, newFinding(badIndex, table.RowKey(r), true, "what the person comes to"))
				}
			}
		}
	}
	for k, item := range v.scanned {
		if table.Str(item["kind"]) == table.RowKind && !listedIn(v.index, v.code, k) && !listedIn(now, v.code, k) {
			f = append(f, newStray(badRow, k, true, "no row that the index's record of %s does not list", v.code))
		}
	}
	return f
}

// listedIn reports whether k is the key of a row that the index record x of the
// person c accounts for.
func listedIn(x staff.IndexRecord, c staff.EmployeeCode, k table.Key) bool {
	r, err := table.RowFromKey(k)
	return err == nil && len(x.Unlisted(c, []staff.Row{r})) == 0
}

// orgView is an organisation with everything that has to agree with it.
type orgView struct {
	code        staff.OrgCode
	org, parent staff.Org
	have        table.Items // the items by which it is found
	scanned     table.Items
	unreadable  bool
	moving      bool // it or one above it has moved, and the move is not done
}

func (v orgView) findings() []Finding {
	if v.unreadable {
		return []Finding{newFinding(badItem, table.OrgKey(v.code), false, "an item that can be read")}
	}
	var f []Finding
	expected := table.Items{}
	if !v.org.Code.IsZero() {
		for _, item := range orgItems(v.org, v.parent.Division) {
			expected[table.KeyOf(item)] = item
		}
		delete(expected, table.OrgKey(v.code))
		f = append(f, v.pathFindings()...)
	}
	for k, item := range expected {
		if !reflect.DeepEqual(v.have[k], item) && !v.awaitsMoveJob(item) {
			f = append(f, newFinding(badOrgRow, k, false, "a row that leads to %s", v.code))
		}
	}
	for k, item := range v.scanned {
		switch table.Str(item["kind"]) {
		case "child", table.ChildNameKind, "closed_child", "org_name", "org_term", "division":
			if expected[k] == nil && !v.awaitsMoveJob(item) {
				f = append(f, newStray(badOrgRow, k, false, "no row that leads to %s from here", v.code))
			}
		case table.CountKind, table.HoldsKind, table.TotalKind:
			if v.org.Code.IsZero() {
				f = append(f, newStray(badOwner, k, false, "no numbers of %s, which there is not", v.code))
			}
		}
	}
	return f
}

// awaitsMoveJob reports whether the job of a move may still have to write an item.
// That is so for divisions: which organisations are topmost depends on those above.
func (v orgView) awaitsMoveJob(item table.Item) bool {
	return v.moving && table.Str(item["kind"]) == "division"
}

// pathFindings compares the path of an organisation with that of its parent, both as
// the moves have them.
func (v orgView) pathFindings() []Finding {
	o, k := v.org, table.OrgKey(v.code)
	if len(o.Path) == 0 || o.Path[len(o.Path)-1] != v.code {
		return []Finding{newFinding(badOrg, k, false, "a path that ends with the organisation")}
	}
	if !o.Parent().IsZero() && v.parent.Code.IsZero() {
		return []Finding{newFinding(badOrg, k, false, "a parent %s", o.Parent())}
	}
	var f []Finding
	if want := o.Under(v.parent); !slices.Equal(want.Path, o.Path) {
		f = append(f, newFinding(badOrg, k, false, "the path of the parent %s, then its own code", o.Parent()))
	}
	if v.parent.Closed && !o.Closed {
		f = append(f, newFinding(badOrg, k, false, "an open parent, as it is open"))
	}
	return f
}

// requestView is a recovery request with everything that has to agree with it.
type requestView struct {
	id      string
	now     time.Time
	request account.RecoveryRequest
	item    table.Item
	person  account.Person
	orgs    staff.Orgs
	scopes  []staff.OrgCode // that may have a row, says the QUEUES item
	moving  bool            // below an organisation whose move is not done
	have    table.Items     // rows in queues
	scanned table.Items

	unreadable []Finding
}

func (v requestView) findings() []Finding {
	if len(v.unreadable) > 0 {
		return v.unreadable
	}
	var f []Finding
	if v.request.ID == "" {
		for k, item := range v.scanned {
			if !expired(item, v.now) {
				f = append(f, newStray(badRequest, k, true, "nothing of the request %s, which there is not", v.id))
			}
		}
		return f
	}
	if expired(v.item, v.now) {
		return nil
	}
	at := table.RecoveryKey(v.id)
	switch latest := v.person.Account.Recovery.ID; {
	case v.person.Staff.Code.IsZero():
		return []Finding{newFinding(badRequest, at, false, "no request of %s, who is not on the register", v.request.Staff)}
	case latest != v.id && v.request.Open(v.now, v.person.Account):
		f = append(f, newFinding(badRequest, at, false, "the person's last request, as it is open"))
	case latest == v.id:
		// Only the person's last request follows them to other organisations.
		// Earlier ones stay in their queues.
		for _, row := range v.rows() {
			k := table.QueueKey(row, v.request)
			if !reflect.DeepEqual(v.have[k], table.QueueToItem(row, v.request)) && !v.moving {
				f = append(f, newFinding(badRequest, k, true, "a row of the request"))
			}
		}
	}
	for k, item := range v.scanned {
		if table.Str(item["kind"]) == "queue" && !v.belongsAt(k) && !v.moving {
			f = append(f, newStray(badRequest, k, true, "no row of the request %s here", v.id))
		}
	}
	return f
}

// rows returns the rows that follow from the request and the person.
func (v requestView) rows() []account.QueueRow { return v.request.QueueRows(v.person.Staff, v.orgs) }

// belongsAt reports whether the request may have a row with the key k.
func (v requestView) belongsAt(k table.Key) bool {
	if v.person.Account.Recovery.ID == v.id {
		return slices.ContainsFunc(v.rows(), func(row account.QueueRow) bool { return table.QueueKey(row, v.request) == k })
	}
	return slices.ContainsFunc(v.scopes, func(scope staff.OrgCode) bool {
		return table.QueueKey(account.QueueRow{Scope: scope, State: v.request.State}, v.request) == k
	})
}

// entryView is an audit entry with its copies.
type entryView struct {
	key            table.Key  // of the entry under its subject
	entry          table.Item // under its subject
	actorKey       table.Key  // of the copy under its actor
	actorCopy      table.Item
	logKeys        []table.Key // of the copies in the logs of the roots
	logCopies      table.Items
	subjectMissing bool // the subject is a person who is not on the register, and was not erased
	inTree         bool // the subject is in the tree
	scanned        table.Items
}

func (v entryView) findings() []Finding {
	var f []Finding
	if v.entry == nil {
		for k := range v.scanned {
			f = append(f, newStray(badAudit, k, false, "the entry under its subject, too"))
		}
		return f
	}
	if table.Str(v.entry["actor"]) != "" && !sameContent(v.actorCopy, v.entry) {
		f = append(f, newFinding(badAudit, v.actorKey, false, "the entry %s", maskedKey(v.key)))
	}
	if v.subjectMissing {
		f = append(f, newFinding(badAudit, v.key, false, "no entry about somebody who is not on the register"))
	}
	if v.inTree && !slices.ContainsFunc(v.logKeys, func(k table.Key) bool { return v.logCopies[k] != nil }) {
		f = append(f, newFinding(badAudit, v.key, true, "the entry in the log of its organisations, too"))
	}
	for k, item := range v.scanned {
		if k != v.key && k != v.actorKey && (table.Str(item["kind"]) != "audit_in" || !sameContent(item, v.entry)) {
			f = append(f, newStray(badAudit, k, false, "nothing but what stands in %s", maskedKey(v.key)))
		}
	}
	return f
}

// sameContent reports whether two items have the same in them, whatever their keys are.
func sameContent(a, b table.Item) bool {
	content := func(item table.Item) table.Item {
		item = maps.Clone(item)
		for _, own := range []string{"pk", "sk", "kind"} {
			delete(item, own)
		}
		return item
	}
	return a != nil && b != nil && reflect.DeepEqual(content(a), content(b))
}

// jobView is a job with everything that has to agree with it.
type jobView struct {
	id         string
	now        time.Time
	job        jobs.Job
	item       table.Item
	chunks     int // number of CHUNK# items
	doneChunks int // number of those that are done
	lines      table.Items
	moves      staff.Moves
	scanned    table.Items

	unreadable []Finding
}

func (v jobView) findings() []Finding {
	if len(v.unreadable) > 0 {
		return v.unreadable
	}
	var f []Finding
	if v.item == nil {
		for k, item := range v.scanned {
			if !expired(item, v.now) {
				f = append(f, newStray(badJob, k, false, "nothing of the job %s, which there is not", v.id))
			}
		}
		return f
	}
	if expired(v.item, v.now) {
		return nil
	}
	at := table.JobKey(v.id)
	if v.chunks != v.job.Chunks || v.doneChunks != v.job.Finished || v.chunks == 0 {
		f = append(f, newFinding(badJob, at, false, "%d chunks and %d of them done, not %d and %d", max(1, v.job.Chunks), v.job.Finished, v.chunks, v.doneChunks))
	}
	if seq := v.job.Params["seq"]; v.job.Kind == admin.JobMoveOrg && !slices.Contains([]jobs.State{jobs.Queued, jobs.Running}, v.job.CurrentState()) {
		for _, m := range v.moves.List {
			if m.Done.IsZero() && strconv.FormatInt(m.Seq, 10) == seq {
				f = append(f, newFinding(badJob, at, false, "the move of %s at its end, as the job is over", m.Org))
			}
		}
	}
	for _, k := range jobLines(v.job) {
		if v.lines[k] == nil {
			f = append(f, newFinding(badJob, k, false, "a line about the job %s", v.id))
		}
	}
	return f
}

// jobLines returns the keys of a job's lines: in the list of its owner, and in the
// list of all jobs.
func jobLines(j jobs.Job) []table.Key {
	sk := table.SortTime(j.CreatedAt) + "#" + j.ID
	return []table.Key{{PK: table.JobsPK(j.Owner), SK: sk}, {PK: table.JobsPK(staff.EmployeeCode{}), SK: sk}}
}
