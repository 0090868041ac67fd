package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/dev/check/repo"
	"chaoxi/shared/dev/sam"
	"chaoxi/shared/fault"
	"chaoxi/shared/meter"
)

// deployed is what the rules below judge: the template as written, what the
// functions' code does, and the page for whoever an alarm wakes.
type deployed struct {
	template   map[string]any
	effects    map[string]effects
	operations string
}

// rules are what must hold of everything that is deployed. Each has broken copies
// in breaks, which show that it can fail.
var rules = map[string]func(deployed, complain){
	"calls":        ruleCalls,
	"audit":        ruleAudit,
	"wildcards":    ruleWildcards,
	"boundary":     ruleBoundary,
	"table":        ruleTable,
	"logs":         ruleLogs,
	"throttling":   ruleThrottling,
	"concurrency":  ruleConcurrency,
	"architecture": ruleArchitecture,
	"secrets":      ruleSecrets,
	"rollout":      ruleRollout,
	"alarms":       ruleAlarms,
	"metrics":      ruleMetrics,
}

type complain func(format string, args ...any)

func TestDeployment(t *testing.T) {
	d := readDeployed(t, nil)
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) { rule(d, t.Errorf) })
	}
}

// breaks are changes that nobody should get past a rule: in the file, the first
// old after the line that begins with after becomes new.
var breaks = []struct {
	rule, what      string
	file            string // template.yaml if empty
	after, old, new string
	says            string // a part of the complaint
}{
	{"calls", "a permission that is not needed", "", "  HealthFunction:", "      Events:", "      Policies: [{Statement: [{Effect: Allow, Action: dynamodb:GetItem, Resource: !GetAtt Table.Arn}]}]\n      Events:", "HealthFunction may dynamodb:GetItem, which it does not"},
	{"calls", "a permission that is missing", "", "  LoginFunction:", "Action: dynamodb:Query", "Action: dynamodb:GetItem", "LoginFunction may not dynamodb:Query"},
	{"calls", "a permission twice", "", "  LoginFunction:", "Action: dynamodb:Query", "Action: [dynamodb:Query, dynamodb:GetItem]", "LoginFunction may dynamodb:GetItem twice"},
	{"calls", "a part of a transaction", "", "  SetPasswordFunction:", "Action: dynamodb:ConditionCheckItem", "Action: dynamodb:PutItem", "SetPasswordFunction may not dynamodb:ConditionCheckItem"},
	{"calls", "texts sent without leave", "", "  SendCodeFunction:", "Action: sns:Publish", "Action: sns:GetTopicAttributes", "SendCodeFunction may not sns:Publish"},
	{"calls", "another table", "", "  LoginFunction:", "Resource: !GetAtt Table.Arn", "Resource: !GetAtt OtherTable.Arn", "on OtherTable.Arn"},
	{"calls", "the table's key not to be used", "", "  LoginFunction:", "- kms:GenerateDataKey", "- kms:DescribeKey", "LoginFunction may not kms:GenerateDataKey"},
	{"calls", "nowhere to put what failed", "", "  IndexStaffFunction:", "Action: sqs:SendMessage", "Action: sqs:ReceiveMessage", "IndexStaffFunction may not sqs:SendMessage"},
	{"audit", "a function without the deny", "", "  LoginFunction:", "        - !Ref AuditIsAppendOnly\n", "", "LoginFunction writes and is not denied"},
	{"audit", "a deny that spares batches", "", "  AuditIsAppendOnly:", "              - dynamodb:BatchWriteItem\n", "", "is not denied"},
	{"audit", "a deny of other keys", "", "  AuditIsAppendOnly:", "AUDIT#*", "AUDIT#OF#*", "is not denied"},
	{"audit", "a deny that must match all keys", "", "  AuditIsAppendOnly:", "ForAnyValue:", "ForAllValues:", "is not denied"},
	{"audit", "nobody told of removed entries", "", "  IndexStaffFunction:", `["MODIFY","REMOVE"]`, `["MODIFY"]`, "no function is told"},
	{"wildcards", "any action", "", "  LoginFunction:", "Action: dynamodb:Query", "Action: dynamodb:*", "LoginFunction: action dynamodb:*"},
	{"wildcards", "any resource", "", "  LoginFunction:", "Resource: !GetAtt Table.Arn", `Resource: "*"`, "LoginFunction: resource *"},
	{"wildcards", "a resource by pattern", "", "  LoginFunction:", "Resource: !GetAtt Table.Arn", "Resource: !Sub arn:${AWS::Partition}:dynamodb:*:*:table/*", "LoginFunction: resource arn:"},
	{"wildcards", "publishing to topics", "", "  SendCodeFunction:", "NotResource: !Sub arn:${AWS::Partition}:sns:*:*:*", "NotResource: !Sub arn:${AWS::Partition}:sns:*:*:x", "SendCodeFunction: all but"},
	{"wildcards", "all but an action", "", "  LoginFunction:", "Action: dynamodb:Query", "NotAction: dynamodb:Query", "LoginFunction: NotAction"},
	{"wildcards", "a policy of somebody else's", "", "  LoginFunction:", "- !Ref AuditIsAppendOnly", "- AmazonDynamoDBFullAccess", "LoginFunction: policy"},
	{"wildcards", "a boundary that lets any action through", "", "  FunctionBoundary:", "              - dynamodb:GetItem\n", "              - dynamodb:*\n", "FunctionBoundary: action dynamodb:*"},
	{"wildcards", "a boundary that lets any resource through", "", "  FunctionBoundary:", "Resource: !GetAtt Key.Arn", `Resource: "*"`, "FunctionBoundary: resource *"},
	{"boundary", "none", "", "Globals:", "    PermissionsBoundary: !Ref FunctionBoundary\n", "", "HealthFunction"},
	{"boundary", "somebody else's", "", "Globals:", "!Ref FunctionBoundary", "arn:aws:iam::aws:policy/PowerUserAccess", "HealthFunction"},
	{"boundary", "one that stands in the way", "", "  FunctionBoundary:", "              - dynamodb:Query\n", "", "LoginFunction may not dynamodb:Query"},
	{"boundary", "one that keeps logs away", "", "  FunctionBoundary:", "logs:PutLogEvents", "logs:CreateLogGroup", "HealthFunction may not logs:PutLogEvents"},
	{"boundary", "one that lets through what nobody does", "", "  FunctionBoundary:", "              - dynamodb:Query\n", "              - dynamodb:Query\n              - dynamodb:Scan\n", "FunctionBoundary lets dynamodb:Scan through"},
	{"table", "provisioned", "", "  Table:", "PAY_PER_REQUEST", "PROVISIONED", "BillingMode"},
	{"table", "unprotected", "", "  Table:", "DeletionProtectionEnabled: true", "DeletionProtectionEnabled: false", "DeletionProtectionEnabled"},
	{"table", "deleted with the stack", "", "  Table:", "DeletionPolicy: Retain", "DeletionPolicy: Delete", "DeletionPolicy"},
	{"table", "deleted when replaced", "", "  Table:", "    UpdateReplacePolicy: Retain\n", "", "UpdateReplacePolicy"},
	{"table", "no way back", "", "  Table:", "PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false", "PointInTimeRecovery"},
	{"table", "not encrypted with our key", "", "  Table:", "KMSMasterKeyId: !GetAtt Key.Arn", "KMSMasterKeyId: alias/aws/dynamodb", "KMSMasterKeyId"},
	{"table", "a key that goes", "", "  Key:", "DeletionPolicy: Retain", "DeletionPolicy: Delete", "Key: DeletionPolicy"},
	{"table", "nothing expires", "", "  Table:", "AttributeName: expires", "AttributeName: expiry", "TimeToLive"},
	{"table", "half a stream", "", "  Table:", "NEW_AND_OLD_IMAGES", "NEW_IMAGE", "StreamViewType"},
	{"logs", "kept for ever", "", "  FunctionLog:", "      RetentionInDays: 180\n", "      LogGroupClass: STANDARD\n", "FunctionLog"},
	{"logs", "kept too short", "", "  ApiLog:", "RetentionInDays: 180", "RetentionInDays: 90", "ApiLog"},
	{"logs", "a group of its own", "", "  HealthFunction:", "      CodeUri", "      LoggingConfig: {LogGroup: /aws/lambda/health}\n      CodeUri", "HealthFunction"},
	{"logs", "a query in the access log", "", "  Api:", "$context.routeKey", "$context.path", "$context.path"},
	{"throttling", "none", "", "  Api:", "        ThrottlingRateLimit: 500\n", "", "ThrottlingRateLimit"},
	{"throttling", "bursts without end", "", "  Api:", "ThrottlingBurstLimit: 1000", "ThrottlingBurstLimit: 100000", "ThrottlingBurstLimit"},
	{"concurrency", "texts without end", "", "  SendCodeFunction:", "      ReservedConcurrentExecutions: !Ref SendCodeConcurrency\n", "", "SendCodeFunction"},
	{"concurrency", "hashes without end", "", "  LoginFunction:", "      ReservedConcurrentExecutions: !Ref LoginConcurrency\n", "", "LoginFunction"},
	{"architecture", "hashes on arm64", "", "  LoginFunction:", "!Ref HashingArchitecture", "!Ref Architecture", "LoginFunction"},
	{"architecture", "no hashes on x86_64", "", "  HealthFunction:", "!Ref Architecture", "!Ref HashingArchitecture", "HealthFunction"},
	{"architecture", "hashes with the smallest share of a CPU", "", "  LoginFunction:", "MemorySize: ", "MemorySize: 1024 # ", "LoginFunction"},
	{"secrets", "in the template", "", "  LoginFunction:", `!Sub "{{resolve:secretsmanager:${MacKeysSecret}:SecretString:keys}}"`, "c2VjcmV0", "LoginFunction: MAC_KEYS"},
	{"secrets", "a parameter", "", "  SendCodeFunction:", `SMS_GATEWAY_KEY: !If [TextsByGateway, !Sub "{{resolve:secretsmanager:${SmsGatewaySecret}:SecretString:key}}", ""]`, "SMS_GATEWAY_KEY: !Ref SmsGatewaySecret", "SendCodeFunction: SMS_GATEWAY_KEY"},
	{"secrets", "a default that looks like one", "", "  SmsGatewayUrl:", `Default: ""`, "Default: kX3v9QmT5rZpL0sBf7WcYh2NnJ8uEgAd", "SmsGatewayUrl"},
	{"secrets", "somebody's access key", "", "Transform:", "Description: Accounts", "Description: AKIAQ3EGRXNTJY5ZKLMB", "AKIA"},
	{"secrets", "a password as a parameter", "", "  SmsGatewayUrl:", "  SmsGatewayUrl:\n    Type: String\n    Default: \"\"", "  SmsGatewayPassword:\n    Type: String\n    Default: hunter2", "SmsGatewayPassword"},
	{"rollout", "no alias", "", "Globals:", "    AutoPublishAlias: live\n", "", "AutoPublishAlias"},
	{"rollout", "a setting that is not released", "", "  LoginFunction:", "      AutoPublishCodeSha256: !Ref Release\n", "", "LoginFunction: traffic stays"},
	{"rollout", "no way back", "", "Globals:", "!Ref FaultsAlarm, !Ref FunctionErrorsAlarm", "", "no alarm"},
	{"rollout", "no way past an alarm", "", "Globals:", "      Enabled: !Ref BySteps\n", "", "BySteps"},
	{"rollout", "an alarm that is not there", "", "Globals:", "!Ref FaultsAlarm", "!Ref NoAlarm", "NoAlarm"},
	{"rollout", "an alarm of the API, which waits for the deployment", "", "Globals:", "!Ref FaultsAlarm", "!Ref SlowAlarm", "SlowAlarm"},
	{"alarms", "nobody told", "", "  SlowAlarm:", "      AlarmActions: [!Ref AlarmTopic]\n", "", "SlowAlarm tells nobody"},
	{"alarms", "a topic that CloudWatch may not publish to", "", "  AlarmTopic:", "    Type: AWS::SNS::Topic\n", "    Type: AWS::SNS::Topic\n    Properties: {KmsMasterKeyId: alias/aws/sns}\n", "AlarmTopic"},
	{"alarms", "somewhere else told", "", "  SlowAlarm:", "!Ref AlarmTopic", "!Ref OtherTopic", "SlowAlarm tells OtherTopic"},
	{"alarms", "without a line", "", "  SlowAlarm:", "  SlowAlarm:", "  SluggishAlarm:", "SluggishAlarm has no line"},
	{"alarms", "a line without an alarm", "docs/operations.md", "| SlowAlarm", "| SlowAlarm", "| FastAlarm", "FastAlarm, which does not exist"},
	{"alarms", "a line that says nothing", "docs/operations.md", "| alarm", "| SlowAlarm | one request", "| SlowAlarm | | one request", "SlowAlarm"},
	{"metrics", "an alarm on what nobody counts", "", "  TextsRefusedAlarm:", "MetricName: TextsRefused", "MetricName: TextsRejected", "TextsRejected"},
	{"metrics", "an alarm by what nobody says", "", "  SignInFailuresAlarm:", "Name: code", "Name: reason", "SignInFailuresAlarm"},
	{"metrics", "a metric of AWS's by what AWS does not say", "", "  TableThrottlesAlarm:", "Name: TableName", "Name: Table", "TableThrottlesAlarm looks at AWS/DynamoDB ReadThrottleEvents by [Table]"},
	{"metrics", "a metric of AWS's that we do not know", "", "  TableThrottlesAlarm:", "MetricName: ReadThrottleEvents", "MetricName: ThrottledRequests", "AWS/DynamoDB ThrottledRequests"},
	{"metrics", "a part of a sum that nobody counts", "", "  SignInFailuresAlarm:", "MetricName: SignIns", "MetricName: LogIns", "LogIns"},
	{"metrics", "a code that is not in the catalogue", "", "  SignInFailuresAlarm:", "credentials_wrong", "password_wrong", "password_wrong"},
	{"metrics", "a picture of what nobody counts", "", "  Dashboard:", `"SignIns"`, `"LogIns"`, "LogIns"},
	{"metrics", "a count that nobody looks at", "", "  Dashboard:", `["Chaoxi", "StreamLag"`, `["Chaoxi", "TextsSent"`, "StreamLag"},
	{"metrics", "a sum by what nobody says", "", "  Dashboard:", "{Chaoxi,function}", "{Chaoxi,phone}", "phone"},
}

func TestRulesCanFail(t *testing.T) {
	tried := map[string]bool{}
	for _, tt := range breaks {
		t.Run(tt.rule+"/"+tt.what, func(t *testing.T) {
			file := tt.file
			if file == "" {
				file = "template.yaml"
			}
			d := readDeployed(t, func(name, text string) string {
				if name != file {
					return text
				}
				at := strings.Index("\n"+text, "\n"+tt.after)
				if at < 0 || !strings.Contains(text[at:], tt.old) {
					t.Fatalf("%s has no %q after %q any more: break it elsewhere", name, tt.old, tt.after)
				}
				return text[:at] + strings.Replace(text[at:], tt.old, tt.new, 1)
			})
			var complaints []string
			rules[tt.rule](d, func(format string, args ...any) { complaints = append(complaints, fmt.Sprintf(format, args...)) })
			if !slices.ContainsFunc(complaints, func(c string) bool { return strings.Contains(c, tt.says) }) {
				t.Errorf("the rule says %q, want something of %q", complaints, tt.says)
			}
		})
		tried[tt.rule] = true
	}
	for name := range rules {
		if !tried[name] {
			t.Errorf("nothing shows that rule %s can fail", name)
		}
	}
}

// readDeployed reads everything, changed on its way in, if somebody wants to.
func readDeployed(t *testing.T, change func(file, text string) string) deployed {
	t.Helper()
	read := func(file string) string {
		text, err := os.ReadFile(repo.Path(t, file))
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			return change(file, string(text))
		}
		return string(text)
	}
	written, err := sam.Written([]byte(read("template.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	d := deployed{written, functionEffects(t), read("docs/operations.md")}
	if len(d.resources("AWS::Serverless::Function")) < 10 || len(d.resources("AWS::CloudWatch::Alarm")) < 10 {
		t.Fatal("template.yaml was misread")
	}
	return d
}

// resources are the logical ids of a type.
func (d deployed) resources(kind string) []string {
	var ids []string
	for id, r := range object(d.template["Resources"]) {
		if at(r, "Type") == kind {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (d deployed) resource(id string) any { return at(d.template, "Resources", id) }

// setting is one of a function, its own or that of all.
func (d deployed) setting(function string, path ...string) any {
	if own := at(d.resource(function), append([]string{"Properties"}, path...)...); own != nil {
		return own
	}
	return at(d.template, append([]string{"Globals", "Function"}, path...)...)
}

// functions yields every function's logical id and what its code does.
func (d deployed) functions(yield func(id string, does effects)) {
	for _, id := range d.resources("AWS::Serverless::Function") {
		name := strings.TrimSuffix(strings.TrimPrefix(show(at(d.resource(id), "Properties", "CodeUri")), "functions/"), "/")
		yield(id, d.effects[name])
	}
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// at is what stands at a path of members.
func at(v any, path ...string) any {
	for _, name := range path {
		v = object(v)[name]
	}
	return v
}

// each is a list, or the one value that stands where a list could; of a choice
// by condition, all that could be chosen.
func each(v any) []any {
	var all []any
	if list, ok := v.([]any); ok {
		for _, item := range list {
			all = append(all, each(item)...)
		}
		return all
	}
	if choice, ok := at(v, "Fn::If").([]any); ok && len(choice) == 3 {
		return append(each(choice[1]), each(choice[2])...)
	}
	if v == nil || at(v, "Ref") == "AWS::NoValue" {
		return nil
	}
	return []any{v}
}

// show writes a value as a person would: what is referred to by its name.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case map[string]any:
		if name, ok := v["Ref"].(string); ok {
			return name
		}
		if name, ok := v["Fn::Sub"].(string); ok {
			return name
		}
		if attr, ok := v["Fn::GetAtt"].([]any); ok {
			return show(attr[0]) + "." + show(attr[1])
		}
		text, _ := json.Marshal(v)
		return string(text)
	}
	return fmt.Sprint(v)
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
		case strings.HasPrefix(action, "dynamodb:"):
			need[action] = "Table.Arn"
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
				action := show(a)
				where, needed := need[action]
				switch {
				case !needed:
					complain("%s may %s, which it does not", id, action)
				case may[action]:
					complain("%s may %s twice", id, action)
				case where != "any" && where != show(at(s, "Resource")):
					complain("%s may %s on %s, not on %s", id, action, show(at(s, "Resource")), where)
				}
				may[action] = true
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

// ruleTable: nothing is lost, and nothing lies open.
func ruleTable(d deployed, complain complain) {
	const table, key = "Table", "Key"
	for _, tt := range []struct {
		want string
		path []string
	}{
		{"PAY_PER_REQUEST", []string{"BillingMode"}},
		{"true", []string{"DeletionProtectionEnabled"}},
		{"true", []string{"PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"}},
		{"true", []string{"SSESpecification", "SSEEnabled"}},
		{"KMS", []string{"SSESpecification", "SSEType"}},
		{"Key.Arn", []string{"SSESpecification", "KMSMasterKeyId"}},
		{"true", []string{"TimeToLiveSpecification", "Enabled"}},
		{"expires", []string{"TimeToLiveSpecification", "AttributeName"}},
		{"NEW_AND_OLD_IMAGES", []string{"StreamSpecification", "StreamViewType"}},
	} {
		if got := show(at(at(d.resource(table), "Properties"), tt.path...)); got != tt.want {
			complain("%s: %s is %q, want %q", table, strings.Join(tt.path, "."), got, tt.want)
		}
	}
	for _, id := range []string{table, key} {
		for _, policy := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
			if got := show(at(d.resource(id), policy)); got != "Retain" {
				complain("%s: %s is %q, want Retain", id, policy, got)
			}
		}
	}
	if show(at(d.resource(key), "Properties", "EnableKeyRotation")) != "true" {
		complain("%s: it is not rotated", key)
	}
	if all := d.resources("AWS::DynamoDB::Table"); len(all) != 1 {
		complain("tables: %v", all)
	}
}

// leastRetention is how long an operator has to be able to look back, in days.
const leastRetention = 180

// ruleLogs: every function and the gateway write to a log of this template, which
// is kept long enough, and not for ever.
func ruleLogs(d deployed, complain complain) {
	groups := d.resources("AWS::Logs::LogGroup")
	for _, id := range groups {
		var days int
		if fmt.Sscan(show(at(d.resource(id), "Properties", "RetentionInDays")), &days); days < leastRetention {
			complain("%s is kept for %d days (0: for ever), want %d", id, days, leastRetention)
		}
	}
	d.functions(func(id string, _ effects) {
		if g := show(d.setting(id, "LoggingConfig", "LogGroup")); !slices.Contains(groups, g) {
			complain("%s logs to %q", id, g)
		}
	})
	for _, id := range d.resources("AWS::Serverless::HttpApi") {
		access := at(d.resource(id), "Properties", "AccessLogSettings")
		if g := strings.TrimSuffix(show(at(access, "DestinationArn")), ".Arn"); !slices.Contains(groups, g) {
			complain("%s logs to %q", id, g)
		}
		// Paths and queries hold codes of people, phones and names.
		for _, part := range []string{"$context.path", "querystring", "$context.authorizer", "header"} {
			if strings.Contains(show(at(access, "Format")), part) {
				complain("%s logs %s", id, part)
			}
		}
	}
}

// ruleThrottling: one client cannot have everything. The bounds are those of API
// Gateway's own account.
func ruleThrottling(d deployed, complain complain) {
	for _, id := range d.resources("AWS::Serverless::HttpApi") {
		for limit, most := range map[string]int{"ThrottlingRateLimit": 10_000, "ThrottlingBurstLimit": 5_000} {
			var n int
			if fmt.Sscan(show(at(d.resource(id), "Properties", "DefaultRouteSettings", limit)), &n); n < 1 || n > most {
				complain("%s: %s is %d", id, limit, n)
			}
		}
	}
}

// ruleConcurrency: what costs money or a whole CPU has a bound of its own, so that
// a flood of it neither runs up a bill nor takes the place of all else.
func ruleConcurrency(d deployed, complain complain) {
	d.functions(func(id string, does effects) {
		if (does.texts() || does.hashes) && d.setting(id, "ReservedConcurrentExecutions") == nil {
			complain("%s texts (%t) or hashes (%t), as often at once as anybody likes", id, does.texts(), does.hashes)
		}
	})
}

// ruleArchitecture: who hashes runs where hashes are quick, with a whole CPU, which
// Lambda gives with 1,769 MB (docs/performance.md).
func ruleArchitecture(d deployed, complain complain) {
	d.functions(func(id string, does effects) {
		want, least := "Architecture", 0
		if does.hashes {
			want, least = "HashingArchitecture", 1769
		}
		if got := show(each(d.setting(id, "Architectures"))[0]); got != want {
			complain("%s runs on %s, want %s", id, got, want)
		}
		var memory int
		if fmt.Sscan(show(d.setting(id, "MemorySize")), &memory); memory < least {
			complain("%s has %d MB, want %d", id, memory, least)
		}
	})
}

// secretVariables are those that shared/config reads keys from.
var secretVariables = []string{"MAC_KEYS", "SMS_GATEWAY_KEY"}

var (
	fromSecret      = regexp.MustCompile(`^\{\{resolve:secretsmanager:\$\{\w+Secret\}:SecretString:\w+\}\}$`)
	secretParameter = regexp.MustCompile(`(?i)(secret|password|token|keys?)$`)
	looksSecret     = regexp.MustCompile(`(AKIA|ASIA)[A-Z0-9]{16}|-----BEGIN|^[A-Za-z0-9+][A-Za-z0-9+/_-]{31,}={0,2}$`)
)

// ruleSecrets: a secret is named, never written, and not a parameter either, which
// anybody who may look at the stack can read.
func ruleSecrets(d deployed, complain complain) {
	d.functions(func(id string, _ effects) {
		for _, name := range secretVariables {
			for _, v := range each(d.setting(id, "Environment", "Variables", name)) {
				if v != "" && !fromSecret.MatchString(show(at(v, "Fn::Sub"))) {
					complain("%s: %s does not come from the secrets' own place", id, name)
				}
			}
		}
	})
	for name, p := range object(d.template["Parameters"]) {
		if secretParameter.MatchString(name) && !strings.HasPrefix(show(at(p, "Default")), "chaoxi/") {
			complain("parameter %s holds a secret, and not the name of one", name)
		}
	}
	var walk func(where string, v any)
	walk = func(where string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, member := range v {
				walk(where+"."+name, member)
			}
		case []any:
			for _, item := range v {
				walk(where, item)
			}
		case string:
			if looksSecret.MatchString(v) && strings.ContainsAny(v, "-23456789") { // words have none
				complain("%s looks like a secret: %s", where, v)
			}
		}
	}
	walk("template", d.template)
}

// ruleRollout: every deployment reaches every function, by steps, and back when an
// alarm rises. Not one on the API: its routes wait for the deployment.
func ruleRollout(d deployed, complain complain) {
	d.functions(func(id string, _ effects) {
		if d.setting(id, "AutoPublishAlias") == nil {
			complain("%s: no AutoPublishAlias", id)
		}
		if show(d.setting(id, "AutoPublishCodeSha256")) != "Release" || show(d.setting(id, "Environment", "Variables", "VERSION")) != "Version" {
			complain("%s: traffic stays with its old version when a setting or a secret alone changes", id)
		}
		if !slices.Contains(each(d.setting(id, "DeploymentPreference", "Type")), any("Canary10Percent5Minutes")) {
			complain("%s: it is not rolled out by steps", id)
		}
		if show(d.setting(id, "DeploymentPreference", "Enabled")) != "BySteps" {
			complain("%s: with an alarm up nothing can be deployed that would put it right: want BySteps", id)
		}
		alarms := each(d.setting(id, "DeploymentPreference", "Alarms"))
		if len(alarms) == 0 {
			complain("%s: no alarm rolls it back", id)
		}
		for _, a := range alarms {
			switch alarm := d.resource(show(a)); {
			case at(alarm, "Type") != "AWS::CloudWatch::Alarm":
				complain("%s: %s is no alarm", id, show(a))
			case strings.Contains(show(alarm), `{"Ref":"Api"}`):
				complain("%s: %s waits for the API, and the API for it", id, show(a))
			}
		}
	})
}

var alarmLine = regexp.MustCompile(`(?m)^\| *(\w+Alarm) *\|(.*)\|$`)

// ruleAlarms: an alarm tells somebody, and docs/operations.md tells what to do.
func ruleAlarms(d deployed, complain complain) {
	lines := map[string]bool{}
	for _, m := range alarmLine.FindAllStringSubmatch(d.operations, -1) {
		lines[m[1]] = true
		cells := strings.Split(m[2], " | ")
		if len(cells) != 3 || slices.ContainsFunc(cells, func(c string) bool { return len(strings.TrimSpace(c)) < 5 }) {
			complain("docs/operations.md does not say of %s what it means, where to look and what to do", m[1])
		}
	}
	alarms := d.resources("AWS::CloudWatch::Alarm")
	for _, id := range alarms {
		if !lines[id] {
			complain("%s has no line in docs/operations.md", id)
		}
		p := at(d.resource(id), "Properties")
		told := each(at(p, "AlarmActions"))
		if len(told) == 0 {
			complain("%s tells nobody", id)
		}
		for _, topic := range told {
			// Under a key CloudWatch needs a policy of that key, which SNS's own has not.
			if t := d.resource(show(topic)); at(t, "Type") != "AWS::SNS::Topic" || at(t, "Properties", "KmsMasterKeyId") != nil {
				complain("%s tells %s, to which CloudWatch cannot publish", id, show(topic))
			}
		}
		if at(p, "AlarmDescription") == nil || at(p, "TreatMissingData") == nil {
			complain("%s does not say what it is, or what no data mean", id)
		}
	}
	for id := range lines {
		if !slices.Contains(alarms, id) {
			complain("docs/operations.md has a line for %s, which does not exist", id)
		}
	}
}

// dimensions are what our metrics may be told apart by: nothing of a person.
var dimensions = []string{"function", "code"}

// ofAWS are the metrics of AWS's that alarms look at, with what each is told apart
// by: CloudWatch takes an alarm on any other, which then never has data. (Metrics
// pages of Lambda, API Gateway, SQS, SNS and DynamoDB; ThrottledRequests, for one,
// is not given by table alone.)
var ofAWS = map[string][]string{
	"AWS/ApiGateway 5xx":                         {"ApiId"},
	"AWS/ApiGateway Latency":                     {"ApiId"},
	"AWS/Lambda Errors":                          {"", "FunctionName"},
	"AWS/Lambda Throttles":                       {"", "FunctionName"},
	"AWS/Lambda Invocations":                     {"", "FunctionName"},
	"AWS/Lambda IteratorAge":                     {"FunctionName"},
	"AWS/SQS ApproximateNumberOfMessagesVisible": {"QueueName"},
	"AWS/SNS SMSMonthToDateSpentUSD":             {""},
	"AWS/DynamoDB ReadThrottleEvents":            {"TableName"},
	"AWS/DynamoDB WriteThrottleEvents":           {"TableName"},
}

var search = regexp.MustCompile(`SEARCH\('\{Chaoxi(?:,(\w+))?\} MetricName="(\w+)"'`)

// ruleMetrics: what an alarm or the dashboard looks at is counted by some
// function, and what is counted is looked at.
func ruleMetrics(d deployed, complain complain) {
	counted, looked := map[string]bool{}, map[string]bool{}
	for _, does := range d.effects {
		maps.Copy(counted, does.metrics)
	}
	look := func(where, metric, dimension string) {
		if looked[metric] = true; !counted[metric] {
			complain("%s looks at %s, which nobody counts", where, metric)
		}
		if dimension != "" && !slices.Contains(dimensions, dimension) {
			complain("%s looks at %s by %s, want %v", where, metric, dimension, dimensions)
		}
	}
	for _, id := range d.resources("AWS::CloudWatch::Alarm") {
		p := at(d.resource(id), "Properties")
		watched := []any{p}
		if parts := each(at(p, "Metrics")); len(parts) > 0 {
			watched = watched[:0]
			for _, part := range parts {
				if metric := at(part, "MetricStat", "Metric"); metric != nil {
					watched = append(watched, metric)
				} else if at(part, "Expression") == nil {
					complain("%s: a part of it is neither a metric nor made of some", id)
				}
			}
		}
		for _, m := range watched {
			var by []string
			for _, dimension := range each(at(m, "Dimensions")) {
				by = append(by, show(at(dimension, "Name")))
				if value := show(at(dimension, "Value")); by[0] == "code" && !slices.ContainsFunc(fault.Catalogue, func(e *fault.Error) bool { return e.Code == value }) {
					complain("%s looks at code %s, which is not in the catalogue", id, value)
				}
			}
			name := show(at(m, "MetricName"))
			switch namespace := show(at(m, "Namespace")); {
			case namespace == meter.Namespace:
				look(id, name, strings.Join(by, ","))
			case !slices.Contains(ofAWS[namespace+" "+name], strings.Join(by, ",")):
				complain("%s looks at %s %s by %v, which AWS does not give", id, namespace, name, by)
			}
		}
	}
	for _, id := range d.resources("AWS::CloudWatch::Dashboard") {
		var board struct {
			Widgets []struct{ Properties struct{ Metrics [][]any } }
		}
		text := regexp.MustCompile(`\$\{[^}]+\}`).ReplaceAllString(show(at(d.resource(id), "Properties", "DashboardBody")), "x")
		if err := json.Unmarshal([]byte(text), &board); err != nil {
			complain("%s: %v", id, err)
		}
		for _, w := range board.Widgets {
			namespace := ""
			for _, m := range w.Properties.Metrics {
				for _, found := range search.FindAllStringSubmatch(show(at(m[0], "expression")), -1) {
					look(id, found[2], found[1])
				}
				if first, ok := m[0].(string); ok && first != "." && first != "..." {
					namespace = first
				}
				if _, plain := m[0].(string); plain && namespace == meter.Namespace {
					dimension := ""
					if len(m) > 2 {
						dimension, _ = m[2].(string)
					}
					look(id, show(m[1]), dimension)
				}
			}
		}
	}
	for metric := range counted {
		if !looked[metric] {
			complain("nobody looks at %s", metric)
		}
	}
}
