package deploy

import "strings"

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
		{"a second table", set("Resources", `SecondTable: {Type: AWS::DynamoDB::Table}`), "tables: [SecondTable Table]"},
		{"nothing expires", set("Resources.Table.Properties.TimeToLiveSpecification", `AttributeName: expiry`), "TimeToLive"},
		{"half a stream", set("Resources.Table.Properties.StreamSpecification", `StreamViewType: NEW_IMAGE`), "StreamViewType"},
	}},
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
