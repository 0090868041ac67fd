package deploy

import (
	"slices"
	"strings"

	"chaoxi/shared/meter"
)

// roleRules: nobody may do more than the code does.
var roleRules = []rule{
	{"calls", ruleCalls, []broken{
		{"a permission that is not needed", set("Resources.HealthFunction.Properties", `Policies: [{Statement: [{Effect: Allow, Action: dynamodb:GetItem, Resource: !GetAtt Table.Arn}]}]`), "HealthFunction may dynamodb:GetItem, which it does not"},
		{"a permission that is missing", member("Resources.LoginFunction", `Action: dynamodb:Query`, `Action: dynamodb:GetItem`), "LoginFunction may not dynamodb:Query"},
		{"a permission twice", member("Resources.LoginFunction", `Action: dynamodb:Query`, `Action: [dynamodb:Query, dynamodb:Query]`), "LoginFunction may dynamodb:Query twice"},
		{"a part of a transaction", member("Resources.SetPasswordFunction", `Action: dynamodb:ConditionCheckItem`, `Action: dynamodb:PutItem`), "SetPasswordFunction may not dynamodb:ConditionCheckItem"},
		{"texts sent without leave", member("Resources.SendCodeFunction", `Action: sns:Publish`, `Action: sns:GetTopicAttributes`), "SendCodeFunction may not sns:Publish"},
		{"others told without leave", member("Resources.IndexStaffFunction", `Action: kinesis:PutRecord`, `Action: kinesis:PutRecords`), "IndexStaffFunction may not kinesis:PutRecord"},
		{"others told on another stream", member("Resources.IndexStaffFunction", `Resource: !GetAtt FeedStream.Arn`, `Resource: !GetAtt OtherStream.Arn`), "on OtherStream.Arn"},
		{"another table", member("Resources.LoginFunction", `Resource: !GetAtt Table.Arn`, `Resource: !GetAtt OtherTable.Arn`), "on OtherTable.Arn"},
		{"the table's key not to be used", item("Resources.LoginFunction", `kms:GenerateDataKey`, `[kms:DescribeKey]`), "LoginFunction may not kms:GenerateDataKey"},
		{"nowhere to put what failed", member("Resources.IndexStaffFunction", `Action: sqs:SendMessage`, `Action: sqs:ReceiveMessage`), "IndexStaffFunction may not sqs:SendMessage"},
	}},
	{"audit", ruleAudit, []broken{
		{"a function without the deny", item("Resources.LoginFunction", `!Ref AuditIsAppendOnly`, `[]`), "LoginFunction writes and is not denied"},
		{"a deny that spares batches", item("Resources.AuditIsAppendOnly", `dynamodb:BatchWriteItem`, `[]`), "is not denied"},
		{"a deny of other keys", text("Resources.AuditIsAppendOnly", `AUDIT#*`, `AUDIT#OF#*`), "is not denied"},
		{"a deny that must match all keys", text("Resources.AuditIsAppendOnly", `ForAnyValue:`, `ForAllValues:`), "is not denied"},
		{"nobody told of removed entries", text("Resources.IndexStaffFunction", `["MODIFY","REMOVE"]`, `["MODIFY"]`), "no function is told"},
	}},
	{"wildcards", ruleWildcards, []broken{
		{"any action", member("Resources.LoginFunction", `Action: dynamodb:Query`, `Action: dynamodb:*`), "LoginFunction: action dynamodb:*"},
		{"any resource", member("Resources.LoginFunction", `Resource: !GetAtt Table.Arn`, `Resource: "*"`), "LoginFunction: resource *"},
		{"a resource by pattern", member("Resources.LoginFunction", `Resource: !GetAtt Table.Arn`, `Resource: !Sub arn:${AWS::Partition}:dynamodb:*:*:table/*`), "LoginFunction: resource arn:"},
		{"publishing to topics", text("Resources.SendCodeFunction", `:sns:*:*:*`, `:sns:*:*:x`), "SendCodeFunction: all but"},
		{"all but an action", member("Resources.LoginFunction", `Action: dynamodb:Query`, `NotAction: dynamodb:Query`), "LoginFunction: NotAction"},
		{"a policy of somebody else's", item("Resources.LoginFunction", `!Ref AuditIsAppendOnly`, `[AmazonDynamoDBFullAccess]`), "LoginFunction: policy"},
		{"a role of somebody else's", set("Resources.LoginFunction.Properties", `Role: !GetAtt AdminRole.Arn`), "LoginFunction: role AdminRole.Arn"},
		{"a role that may do anything", set("Resources", `AdminRole: {Type: AWS::IAM::Role, Properties: {Policies: [{PolicyDocument: {Statement: {Effect: Allow, Action: "*"}}}]}}`), "AdminRole: action *"},
		{"a boundary that lets any action through", item("Resources.FunctionBoundary", `dynamodb:GetItem`, `["dynamodb:*"]`), "FunctionBoundary: action dynamodb:*"},
		{"a boundary that lets any resource through", member("Resources.FunctionBoundary", `Resource: !GetAtt Table.StreamArn`, `Resource: "*"`), "FunctionBoundary: resource *"},
	}},
	{"boundary", ruleBoundary, []broken{
		{"none", remove("Globals.Function.PermissionsBoundary"), "HealthFunction"},
		{"somebody else's", set("Globals.Function", `PermissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess`), "HealthFunction"},
		{"one that stands in the way", item("Resources.FunctionBoundary", `dynamodb:Query`, `[]`), "LoginFunction may not dynamodb:Query"},
		{"one that keeps logs away", item("Resources.FunctionBoundary", `logs:PutLogEvents`, `[logs:CreateLogGroup]`), "HealthFunction may not logs:PutLogEvents"},
		{"one that lets through what nobody does", item("Resources.FunctionBoundary", `dynamodb:Query`, `[dynamodb:Query, dynamodb:Scan]`), "FunctionBoundary lets dynamodb:Scan through"},
	}},
}

// statements are those of a function's own policies; managed are the names of
// the others.
func (d deployed) statements(function string) (own []any, managed []string) {
	for _, p := range each(at(d.resource(function), "Properties", "Policies")) {
		if list := at(p, "Statement"); list != nil {
			own = append(own, each(list)...)
		} else {
			managed = append(managed, show(p))
		}
	}
	return own, managed
}

// needs are what a function has to be allowed, by action, with the one table, key
// or queue that it does it to.
func (d deployed) needs(function string, does effects) map[string]string {
	need := map[string]string{}
	for action := range does.actions {
		switch {
		case strings.HasPrefix(action, "dynamodb:") && !d.seen(function, action) && excused(d.name(function), strings.TrimPrefix(action, "dynamodb:")):
		case strings.HasPrefix(action, "dynamodb:"):
			need[action] = "Table.Arn"
		case action == "kinesis:PutRecord":
			need[action] = "FeedStream.Arn"
		case action != "sns:Publish": // which has no resource: ruleWildcards
			need[action] = "any"
		default:
			need[action] = ""
		}
	}
	if does.usesTable() {
		need["kms:Decrypt"] = "Key.Arn"
	}
	if does.writes() {
		need["kms:GenerateDataKey"] = "Key.Arn"
	}
	for _, e := range object(at(d.resource(function), "Properties", "Events")) {
		if failed := at(e, "Properties", "DestinationConfig", "OnFailure", "Destination"); failed != nil {
			need["sqs:SendMessage"] = show(failed)
		}
	}
	return need
}

// ruleCalls: a function may do what its code does and nothing else, to the one
// table, key and queue that it does it to.
func ruleCalls(d deployed, complain complain) {
	d.functions(func(id string, does effects) {
		need := d.needs(id, does)
		may := map[string]bool{}
		own, _ := d.statements(id)
		for _, s := range own {
			if at(s, "Effect") != "Allow" {
				continue
			}
			for _, a := range each(at(s, "Action")) {
				action, known := show(a), show(a)+show(at(s, "Condition"))
				where, needed := need[action]
				switch {
				case !needed:
					complain("%s may %s, which it does not", id, action)
				case may[known]:
					complain("%s may %s twice", id, action)
				case where != "any" && where != show(at(s, "Resource")):
					complain("%s may %s on %s, not on %s", id, action, show(at(s, "Resource")), where)
				}
				may[action], may[known] = true, true
			}
		}
		for action := range need {
			if !may[action] {
				complain("%s may not %s, which it does", id, action)
			}
		}
	})
}

// touching are the ways to change or remove what is there. A put is not among
// them: it is how an entry is written, on the condition that there is none.
var touching = []string{"dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete"}

const touchedPattern = `{"eventName":["MODIFY","REMOVE"],"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"AUDIT#"}]}}}}`

// ruleAudit: nobody who writes may change or remove an entry of the audit, and if
// somebody else does, it is seen.
func ruleAudit(d deployed, complain complain) {
	denies := func(s any) bool {
		keys := each(at(s, "Condition", "ForAnyValue:StringLike", "dynamodb:LeadingKeys"))
		for _, action := range touching {
			if !slices.Contains(each(at(s, "Action")), any(action)) {
				return false
			}
		}
		return at(s, "Effect") == "Deny" && show(at(s, "Resource")) == "Table.Arn" && len(object(at(s, "Condition"))) == 1 && slices.Contains(keys, any("AUDIT#*"))
	}
	d.functions(func(id string, does effects) {
		own, managed := d.statements(id)
		for _, p := range managed {
			own = append(own, each(at(d.resource(p), "Properties", "PolicyDocument", "Statement"))...)
		}
		if does.writes() && !slices.ContainsFunc(own, denies) {
			complain("%s writes and is not denied to touch the audit", id)
		}
	})
	told := false
	d.functions(func(id string, does effects) {
		for _, e := range object(at(d.resource(id), "Properties", "Events")) {
			for _, f := range each(at(e, "Properties", "FilterCriteria", "Filters")) {
				told = told || does.metrics[meter.AuditTouched] && at(f, "Pattern") == touchedPattern
			}
		}
	})
	if !told {
		complain("no function is told by the stream of an entry that was touched: none has the filter %s", touchedPattern)
	}
}

// ruleWildcards: what is allowed is written out. Publishing to phones is the one
// exception: they have no ARN, so it is everything but topics. What SAM adds for
// logs, streams and tracing is AWS's own and wider; the boundary narrows it.
func ruleWildcards(d deployed, complain complain) {
	judge := func(id string, statements []any) {
		for _, s := range statements {
			if at(s, "Effect") == "Deny" {
				continue
			}
			if at(s, "NotAction") != nil {
				complain("%s: NotAction allows what nobody thought of", id)
			}
			for _, a := range each(at(s, "Action")) {
				if strings.Contains(show(a), "*") {
					complain("%s: action %s", id, show(a))
				}
			}
			for _, r := range each(at(s, "Resource")) {
				if slices.Contains(boundless, show(at(s, "Action"))+" "+show(r)) {
					continue
				}
				if strings.Contains(show(r), "*") {
					complain("%s: resource %s", id, show(r))
				}
			}
			if but := at(s, "NotResource"); but != nil && (show(at(s, "Action")) != "sns:Publish" || show(but) != "arn:${AWS::Partition}:sns:*:*:*") {
				complain("%s: all but %s", id, show(but))
			}
		}
	}
	ours := d.resources("AWS::IAM::ManagedPolicy")
	d.functions(func(id string, _ effects) {
		own, managed := d.statements(id)
		judge(id, own)
		for _, p := range managed {
			if !slices.Contains(ours, p) {
				complain("%s: policy %s is not of this template", id, p)
			}
		}
		if role := d.setting(id, "Role"); role != nil {
			complain("%s: role %s is not of its own", id, show(role))
		}
	})
	for _, kind := range []string{"AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role"} {
		for _, id := range d.resources(kind) {
			judge(id, each(at(d.resource(id), "Properties", "PolicyDocument", "Statement")))
			for _, p := range each(at(d.resource(id), "Properties", "Policies")) {
				judge(id, each(at(p, "PolicyDocument", "Statement")))
			}
		}
	}
}

// boundless is what has no narrower resource: X-Ray knows none, and the streams of
// a table are asked for by this pattern.
var boundless = []string{
	"[xray:PutTelemetryRecords xray:PutTraceSegments] *",
	`dynamodb:ListStreams {"Fn::Join":["/",[{"Fn::GetAtt":["Table","Arn"]},"stream","*"]]}`,
}

// ruleBoundary: no function can do more than its policies and the boundary both
// say, and the boundary says no more than what they all need together.
func ruleBoundary(d deployed, complain complain) {
	all := map[string]bool{}
	d.functions(func(id string, does effects) {
		boundary := show(d.setting(id, "PermissionsBoundary"))
		if !slices.Contains(d.resources("AWS::IAM::ManagedPolicy"), boundary) {
			complain("%s: boundary %q is not of this template", id, boundary)
			return
		}
		need := d.needs(id, does)
		for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
			need[action] = show(d.setting(id, "LoggingConfig", "LogGroup")) + ".Arn"
		}
		for _, action := range []string{"xray:PutTelemetryRecords", "xray:PutTraceSegments"} {
			need[action] = "*"
		}
		for _, e := range object(at(d.resource(id), "Properties", "Events")) {
			if at(e, "Type") == "DynamoDB" {
				for _, action := range []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"} {
					need[action] = "Table.StreamArn"
				}
				need["dynamodb:ListStreams"] = "any"
			}
		}
		for action, where := range need {
			all[boundary+" "+action] = true
			if !slices.ContainsFunc(each(at(d.resource(boundary), "Properties", "PolicyDocument", "Statement")), func(s any) bool {
				to := each(at(s, "Resource"))
				return at(s, "Effect") == "Allow" && slices.Contains(each(at(s, "Action")), any(action)) &&
					(where == "" || where == "any" || slices.ContainsFunc(to, func(r any) bool { return show(r) == where }))
			}) {
				complain("%s may not %s on %q, which it does: %s keeps it from that", id, action, where, boundary)
			}
		}
	})
	for _, boundary := range d.resources("AWS::IAM::ManagedPolicy") {
		for _, s := range each(at(d.resource(boundary), "Properties", "PolicyDocument", "Statement")) {
			for _, a := range each(at(s, "Action")) {
				if at(s, "Effect") == "Allow" && !all[boundary+" "+show(a)] {
					complain("%s lets %s through, which nobody does", boundary, show(a))
				}
			}
		}
	}
}
