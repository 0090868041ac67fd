package deploy

import (
	"maps"
	"slices"
	"strings"

	"chaoxi/shared/dev/rights"
)

// keyRules: a function may do to the table what its tests have seen it do, on the kinds
// of partitions that they have seen, and on no others.
var keyRules = []rule{
	{"keys", ruleKeys, []broken{
		{"grants and hashes within reach of a stranger", item("Resources.SendCodeFunction.Properties", `"TICKET#*"`, `["TICKET#*", "STAFF#*"]`), "SendCodeFunction may DeleteItem on STAFF#* TICKET#*, which"},
		{"a kind of key that is missing", item("Resources.SendCodeFunction.Properties", `"RATE#budget#*"`, `[]`), "SendCodeFunction may not UpdateItem on RATE#address#* RATE#budget#*"},
		{"all keys", member("Resources.SendCodeFunction", `Action: dynamodb:PutItem`, `{Action: dynamodb:PutItem, Condition: {}}`), "SendCodeFunction may PutItem on any key"},
		{"keys that a request need not name", text("Resources.SendCodeFunction.Properties", `Null`, `Bool`), "SendCodeFunction may BatchGetItem on any key"},
		{"one key of many", text("Resources.SendCodeFunction.Properties", `ForAllValues:`, `ForAnyValue:`), "SendCodeFunction may BatchGetItem on any key"},
		{"any attribute of a person", member("Resources.AdminSearchFunction", `Action: dynamodb:UpdateItem`, `{Action: dynamodb:UpdateItem, Condition: {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["STAFF#*"]}, "Null": {"dynamodb:LeadingKeys": "false"}}}`), "AdminSearchFunction may UpdateItem on STAFF#*, which"},
		{"one attribute more", item("Resources.AdminSearchFunction.Properties", `last_used_ms`, `[last_used_ms, grants]`), "AdminSearchFunction may UpdateItem on STAFF#* of administered_ms grants last_used_ms pk sk, which"},
		{"an answer with all attributes", text("Resources.AdminSearchFunction.Properties", `dynamodb:ReturnValues`, `dynamodb:Select`), "AdminSearchFunction may UpdateItem on any key"},
		{"a record that is out of date", forget("send-code", "UpdateItem RATE#text#*"), "SendCodeFunction may UpdateItem on RATE#address#* RATE#budget#* RATE#text#* TICKET#*, which"},
	}},
	{"records", ruleRecords, []broken{
		{"an action that no test has seen", forget("admin-search", "UpdateItem STAFF#*: administered_ms last_used_ms pk sk"), "admin-search: its code does dynamodb:UpdateItem, and no test"},
		{"a kind of key that no test has seen", forget("admin-search", "BatchGetItem INDEX#*"), "admin-search: its code names INDEX#*, and no test"},
		{"a key to which no test has seen something done", forget("send-code", "DeleteItem TICKET#*"), "send-code: its code does DeleteItem TICKET#*, and no test"},
		{"an action that the code does not do", remember("send-code", "BatchWriteItem TICKET#*"), "send-code: a test has seen dynamodb:BatchWriteItem, which its code does not do"},
		{"an exception that is none", remember("raise-recovery", "PutItem AUDIT#BY#* in a transaction"), "raise-recovery: never says AUDIT#BY#*"},
	}},
}

// forget takes a line out of a record, remember puts one into it.
func forget(function, line string) change {
	return func(d *deployed) {
		r := slices.DeleteFunc(slices.Clone(d.records[function]), func(c rights.Call) bool { return c.String() == line })
		if len(r) < len(d.records[function]) {
			d.records = maps.Clone(d.records)
			d.records[function] = r
		}
	}
}

func remember(function, line string) change {
	return func(d *deployed) {
		c, err := rights.Parse(line)
		if err != nil {
			panic(err) // it stands in this package
		}
		d.records = maps.Clone(d.records)
		d.records[function] = append(slices.Clone(d.records[function]), c)
	}
}

// statementOf reads a statement about the table. A condition of another form than ours
// counts as none.
func statementOf(s any) rights.Statement {
	a := rights.Statement{Action: strings.TrimPrefix(show(at(s, "Action")), "dynamodb:")}
	keys, attributes := at(s, "Condition", "ForAllValues:StringLike"), at(s, "Condition", "ForAllValues:StringEquals")
	absent := object(at(s, "Condition", "Null"))
	list := func(of any, name string) []string {
		var all []string
		for _, v := range each(at(of, name)) {
			all = append(all, show(v))
		}
		slices.Sort(all)
		return all
	}
	want, conditions := 1, 2
	if attributes != nil {
		want, conditions = 2, 4
		if absent["dynamodb:Attributes"] != "false" || show(at(s, "Condition", "StringEqualsIfExists", "dynamodb:ReturnValues")) != "NONE" {
			return a
		}
	}
	if len(object(at(s, "Condition"))) != conditions || len(absent) != want || absent["dynamodb:LeadingKeys"] != "false" {
		return a
	}
	a.Partitions, a.Attributes = list(keys, "dynamodb:LeadingKeys"), list(attributes, "dynamodb:Attributes")
	return a
}

// ruleKeys: the statements about the table are those that follow from what the tests
// have seen the function do.
func ruleKeys(d deployed, complain complain) {
	d.functions(func(id string, _ effects) {
		var want, have []string
		for _, a := range d.records[d.name(id)].Statements() {
			want = append(want, a.String())
		}
		own, _ := d.statements(id)
		for _, s := range own {
			if at(s, "Effect") == "Allow" && strings.HasPrefix(show(at(s, "Action")), "dynamodb:") {
				have = append(have, statementOf(s).String())
			}
		}
		for _, a := range want {
			if !slices.Contains(have, a) {
				complain("%s may not %s, which functions/%s/%s has", id, a, d.name(id), rights.File)
			}
		}
		for _, a := range have {
			if !slices.Contains(want, a) {
				complain("%s may %s, which is not what functions/%s/%s has", id, a, d.name(id), rights.File)
			}
		}
	})
}

// never is what the reading of the code takes for possible and is not: by function, what
// it would be, and why it does not happen.
var never = []struct {
	functions []string
	what      string
	why       string
}{
	{[]string{"admin-get-staff", "admin-export", "admin-grants", "admin-orgs", "admin-recovery", "admin-add-staff", "dictionaries", "raise-recovery", "set-password", "login"}, "AUDIT#WHOLE#*",
		"no entry that it writes hides a value: only a changed phone, ID card or date of birth does"},
	{[]string{"admin-audit"}, "PutItem AUDIT#WHOLE#*", "the same"},
	{[]string{"raise-recovery"}, "AUDIT#BY#*", "the entry has no actor: whoever knows account and name can raise a request"},
	{[]string{"login"}, "AUDIT#BY#*", "the entry has no actor: whoever knows a name can lock it"},
	{[]string{"me"}, "RATE#nobodys#*", "a caller is somebody"},
	{[]string{"index-staff"}, "JOB#*", "the code that tells changes of the table apart has the keys of all"},
	{[]string{"me"}, "NAME#*", "a person changes the phone here, and no account"},
	{[]string{"me"}, "IDCARD#*", "a person changes the phone here, and no ID card"},
	{[]string{"me"}, "RECOVERY#*", "a ticket for another phone is of no request"},
	{[]string{"me"}, "ORGMOVES#*", "organisations are read as they are stored"},
	{[]string{"admin-add-staff", "admin-grants", "admin-recovery", "admin-update-posts", "run-jobs"}, "RATE#address#*", "a text that an administrator causes is not counted for an address"},
	{[]string{"admin-add-staff", "admin-change-state", "admin-update-posts"}, "BatchGetItem NAME#*", "whose an account is shows when it is claimed; only a phone is looked up, that an account looks like"},
	{[]string{"admin-batch"}, "BatchGetItem JOBS", "a list is queried, and then the jobs of its page are read"},
	{[]string{"admin-batch"}, "BatchGetItem OWNJOBS#*", "the same"},
	{[]string{"run-jobs"}, "ONCE#*", "somebody whom an import adds is marked by the job, and has no key"},
	{[]string{"admin-change-state", "admin-add-staff", "admin-update-posts"}, "JOB#*", "a request of its own has no mark"},
	{[]string{"admin-add-staff", "admin-update-posts"}, "GetItem IDCARD#*", "a request of its own is written, and whose an ID card is shows then"},
	{[]string{"admin-add-staff"}, "DeleteItem INDEX#*", "nobody erases a person in the moment in which they are added"},
}

// excused reports whether never has what a function seems to do: an action, a kind of
// partition, or an action on it.
func excused(function, what string) bool {
	for _, n := range never {
		if slices.Contains(n.functions, function) && (what == n.what || strings.HasSuffix(what, " "+n.what) || strings.HasPrefix(n.what, what+" ")) {
			return true
		}
	}
	return false
}

// seen reports whether the record of a function has an action.
func (d deployed) seen(function, action string) bool {
	return slices.ContainsFunc(d.records[d.name(function)], func(c rights.Call) bool { return "dynamodb:"+c.Action == action })
}

// ruleRecords: the tests have seen each function do all that its code does, so that
// nothing is refused that no test has tried.
func ruleRecords(d deployed, complain complain) {
	for function, does := range d.effects {
		actions, partitions, pairs := map[string]bool{}, map[string]bool{}, map[string]bool{}
		for _, c := range d.records[function] {
			actions["dynamodb:"+c.Action], partitions[c.Partitions], pairs[c.Action+" "+c.Partitions] = true, true, true
		}
		for action := range does.actions {
			if name, ok := strings.CutPrefix(action, "dynamodb:"); ok && !actions[action] && !excused(function, name) {
				complain("%s: its code does %s, and no test has seen it", function, action)
			}
		}
		for action := range actions {
			if !does.actions[action] {
				complain("%s: a test has seen %s, which its code does not do", function, action)
			}
		}
		for p := range does.named {
			if !partitions[p] && !excused(function, p) {
				complain("%s: its code names %s, and no test has seen it", function, p)
			}
		}
		for pair := range does.pairs {
			if !pairs[pair] && !excused(function, pair) {
				complain("%s: its code does %s, and no test has seen it", function, pair)
			}
		}
		for _, n := range never {
			if slices.Contains(n.functions, function) && (partitions[n.what] || pairs[n.what] || !does.named[n.what] && !does.pairs[n.what]) {
				complain("%s: never says %s (%s), and that is not so", function, n.what, n.why)
			}
		}
	}
	for function, r := range d.records {
		if _, known := d.effects[function]; !known {
			complain("%s has %d calls, and no code", function, len(r))
		}
	}
}
