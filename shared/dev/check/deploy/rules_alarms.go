package deploy

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"chaoxi/shared/fault"
	"chaoxi/shared/meter"
)

// alarmRules: who has to act is told, and what is counted is looked at.
var alarmRules = []rule{
	{"alarms", ruleAlarms, []broken{
		{"nobody told", remove("Resources.SlowAlarm.Properties.AlarmActions"), "SlowAlarm tells nobody"},
		{"a topic that CloudWatch may not publish to", set("Resources.AlarmTopic", `Properties: {KmsMasterKeyId: alias/aws/sns}`), "AlarmTopic"},
		{"somewhere else told", set("Resources.SlowAlarm.Properties", `AlarmActions: [!Ref OtherTopic]`), "SlowAlarm tells OtherTopic"},
		{"nothing said about missing data", remove("Resources.SlowAlarm.Properties.TreatMissingData"), "SlowAlarm does not say"},
		{"without a line", text("Resources", `SlowAlarm`, `SluggishAlarm`), "SluggishAlarm has no line"},
		{"a line without an alarm", page(`\| *SlowAlarm *\|`, `| FastAlarm |`), "FastAlarm, which does not exist"},
		{"a line that says nothing", page(`(\| *SlowAlarm *\|)[^|]*\|`, `$1 |`), "does not say of SlowAlarm"},
	}},
	{"metrics", ruleMetrics, []broken{
		{"an alarm on what nobody counts", set("Resources.TextsRefusedAlarm.Properties", `MetricName: TextsRejected`), "TextsRejected"},
		{"an alarm by what nobody says", member("Resources.SignInFailuresAlarm", `Name: code`, `Name: reason`), "SignInFailuresAlarm"},
		{"a metric of AWS's by what AWS does not say", member("Resources.TableThrottlesAlarm", `Name: TableName`, `Name: Table`), "TableThrottlesAlarm looks at AWS/DynamoDB ReadThrottleEvents by [Table]"},
		{"a metric of AWS's that we do not know", member("Resources.TableThrottlesAlarm", `MetricName: ReadThrottleEvents`, `MetricName: ThrottledRequests`), "AWS/DynamoDB ThrottledRequests"},
		{"lines of no log that are counted", set("Resources.GatewayThrottles.Properties", `LogGroupName: /aws/lambda/other`), "GatewayThrottles counts lines of /aws/lambda/other"},
		{"lines that nobody counts", remove("Resources.KeyRefusals"), "KeyUnusableAlarm looks at KeyRefusals"},
		{"a part of a sum that nobody counts", member("Resources.SignInFailuresAlarm", `MetricName: SignIns`, `MetricName: LogIns`), "LogIns"},
		{"a code that is not in the catalogue", member("Resources.SignInFailuresAlarm", `Value: credentials_wrong`, `Value: password_wrong`), "password_wrong"},
		{"a part of a sum that is nothing", set("Resources.SignInFailuresAlarm.Properties", `Metrics: [{Id: wrong}]`), "SignInFailuresAlarm: a part of it"},
		{"a picture of what nobody counts", text("Resources.Dashboard", `"SignIns"`, `"LogIns"`), "LogIns"},
		{"a picture that cannot be read", text("Resources.Dashboard", `"widgets"`, `widgets`), "Dashboard: invalid character"},
		{"a count that nobody looks at", text("Resources.Dashboard", `"StreamLag"`, `"TextsSent"`), "nobody looks at StreamLag"},
		{"a sum by what nobody says", text("Resources.Dashboard", `{Chaoxi,function}`, `{Chaoxi,phone}`), "phone"},
	}},
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
	"AWS/ApiGateway 4xx":                         {"ApiId"},
	"AWS/ApiGateway 5xx":                         {"ApiId"},
	"AWS/ApiGateway Count":                       {"ApiId"},
	"AWS/Events TriggeredRules":                  {"RuleName"},
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
	for _, id := range d.resources("AWS::Logs::MetricFilter") {
		p := at(d.resource(id), "Properties")
		if group := show(at(p, "LogGroupName")); !slices.Contains(d.resources("AWS::Logs::LogGroup"), group) {
			complain("%s counts lines of %s, which is no log of ours", id, group)
		}
		for _, m := range each(at(p, "MetricTransformations")) {
			if show(at(m, "MetricNamespace")) == meter.Namespace {
				counted[show(at(m, "MetricName"))] = true
			}
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
