package deploy

import (
	"maps"
	"slices"
	"strings"
)

// tableRules: nothing is lost, and nothing lies open.
var tableRules = []rule{
	{"table", ruleTable, []broken{
		{"provisioned", set("Resources.Table.Properties", `BillingMode: PROVISIONED`), "BillingMode"},
		{"unprotected", set("Resources.Table.Properties", `DeletionProtectionEnabled: false`), "DeletionProtectionEnabled"},
		{"deleted with the stack", set("Resources.Table", `DeletionPolicy: Delete`), "Table: DeletionPolicy"},
		{"deleted when replaced", remove("Resources.Table.UpdateReplacePolicy"), "Table: UpdateReplacePolicy"},
		{"no way back", set("Resources.Table.Properties.PointInTimeRecoverySpecification", `PointInTimeRecoveryEnabled: false`), "PointInTimeRecovery"},
		{"not encrypted with our key", set("Resources.Table.Properties.SSESpecification", `KMSMasterKeyId: alias/aws/dynamodb`), "KMSMasterKeyId"},
		{"a key that goes", set("Resources.Key", `DeletionPolicy: Delete`), "Key: DeletionPolicy"},
		{"a key that is not rotated", set("Resources.Key.Properties", `EnableKeyRotation: false`), "Key: it is not rotated"},
		{"a key of settings that goes", set("Resources.SettingsKey", `DeletionPolicy: Delete`), "SettingsKey: DeletionPolicy"},
		{"people's roles that may change the audit", item("Resources.Table.Properties", `dynamodb:PartiQLUpdate`, `[]`), "Table: its policy does not deny"},
		{"everybody's role may read", remove("Resources.Table.Properties.ResourcePolicy"), "Table: its policy does not deny"},
		{"the roles of other stacks", text("Resources.Table.Properties", `${AWS::StackName}-`, ``), "Table: its policy does not deny"},
		{"a second table", set("Resources", `SecondTable: {Type: AWS::DynamoDB::Table}`), "tables: [SecondTable Table]"},
		{"nothing expires", set("Resources.Table.Properties.TimeToLiveSpecification", `AttributeName: expiry`), "TimeToLive"},
		{"half a stream", set("Resources.Table.Properties.StreamSpecification", `StreamViewType: NEW_IMAGE`), "StreamViewType"},
	}},
}

// ruleTable: nothing is lost, and nothing lies open.
func ruleTable(d deployed, complain complain) {
	const table = "Table"
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
	for _, id := range append(d.resources("AWS::KMS::Key"), table) {
		for _, policy := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
			if got := show(at(d.resource(id), policy)); got != "Retain" {
				complain("%s: %s is %q, want Retain", id, policy, got)
			}
		}
	}
	for _, id := range d.resources("AWS::KMS::Key") {
		if show(at(d.resource(id), "Properties", "EnableKeyRotation")) != "true" {
			complain("%s: it is not rotated", id)
		}
	}
	const functions = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${AWS::StackName}-*FunctionRole-*"
	policy := each(at(d.resource(table), "Properties", "ResourcePolicy", "PolicyDocument", "Statement"))
	denies := func(actions []string, condition func(any) bool) {
		if !slices.ContainsFunc(policy, func(s any) bool {
			return at(s, "Effect") == "Deny" && at(s, "Principal") == "*" && at(s, "Resource") == "*" && len(object(at(s, "Condition"))) == 1 && condition(at(s, "Condition")) &&
				!slices.ContainsFunc(actions, func(a string) bool { return !slices.Contains(each(at(s, "Action")), any(a)) })
		}) {
			complain("%s: its policy does not deny %v", table, actions)
		}
	}
	denies(touching, func(c any) bool {
		return slices.Equal(each(at(c, "ForAnyValue:StringLike", "dynamodb:LeadingKeys")), []any{"AUDIT#*"})
	})
	items := append(slices.Sorted(maps.Keys(tableActions)), "dynamodb:Scan", "dynamodb:PartiQLSelect", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete")
	denies(items, func(c any) bool {
		but := each(at(c, "ArnNotLike", "aws:PrincipalArn"))
		return len(but) == 2 && show(but[0]) == functions && show(but[1]) == "OperatorRoleArn"
	})
	if all := d.resources("AWS::DynamoDB::Table"); len(all) != 1 {
		complain("tables: %v", all)
	}
}
