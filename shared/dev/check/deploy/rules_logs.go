package deploy

import (
	"fmt"
	"slices"
	"strings"
)

// logRules: who did what can be looked up, and nothing else about people can.
var logRules = []rule{
	{"logs", ruleLogs, []broken{
		{"kept for ever", remove("Resources.FunctionLog.Properties.RetentionInDays"), "FunctionLog"},
		{"kept too short", set("Resources.ApiLog.Properties", `RetentionInDays: 180`), "ApiLog is kept for 180"},
		{"a number that CloudWatch does not offer", set("Resources.FunctionLog.Properties", `RetentionInDays: 200`), "FunctionLog"},
		{"not encrypted with a key of ours", remove("Resources.ApiLog.Properties.KmsKeyId"), "ApiLog is not encrypted"},
		{"a group of its own", set("Resources.HealthFunction.Properties", `LoggingConfig: {LogGroup: /aws/lambda/health}`), "HealthFunction"},
		{"an access log of its own", set("Resources.Api.Properties.AccessLogSettings", `DestinationArn: !GetAtt OtherLog.Arn`), "Api logs to"},
		{"a path in the access log", text("Resources.Api", `$context.routeKey`, `$context.path`), "$context.path"},
	}},
}

// leastRetention is how long an operator has to be able to look back, in days: longer
// than half a year. CloudWatch takes no number between 180 and 365.
const leastRetention = 365

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
	for _, id := range groups {
		if key := show(at(d.resource(id), "Properties", "KmsKeyId")); key != "LogKey.Arn" {
			complain("%s is not encrypted with LogKey, but with %q", id, key)
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
