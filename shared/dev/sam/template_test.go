package sam

import (
	"reflect"
	"testing"
	"time"
)

func load(t *testing.T, o Options) *Template {
	t.Helper()
	tmpl, err := Load("testdata/template.yaml", o)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s = %#v, want %#v", what, got, want)
	}
}

func TestFunctions(t *testing.T) {
	tmpl := load(t, Options{Names: map[string]string{"Table": "chaoxi-1"}})

	var ids []string
	for _, f := range tmpl.Functions {
		ids = append(ids, f.LogicalID)
	}
	equal(t, "functions", ids, []string{"IndexStaffFunction", "LoginFunction", "WebFunction"})

	login, ok := tmpl.Function("login")
	if !ok {
		t.Fatal("no function login")
	}
	equal(t, "timeout", login.Timeout, 10*time.Second)
	equal(t, "memory", login.MemoryMB, 256)
	equal(t, "handler", login.Handler, "bootstrap")
	equal(t, "architecture", login.Architecture, "arm64")
	equal(t, "environment", login.Environment, map[string]string{
		"TABLE_NAME":       "chaoxi-1",
		"CODE_LIFE":        "5m",
		"SMS_DAILY_BUDGET": "100000",
		"SHARED_EGRESS":    "10.0.0.0/8,192.0.2.0/24",
		"MAC_KEYS":         "{{resolve:secretsmanager:chaoxi/mac}}",
		"WHERE":            "arn:aws:dynamodb:local:000000000000:table/chaoxi-1/${not}",
		"JOINED":           "a-test-y",
		"IMPORTED":         `{"Fn::ImportValue":"other-stack"}`,
	})
	equal(t, "policies", login.Policies, []any{map[string]any{"Statement": []any{
		map[string]any{"Effect": "Allow", "Action": "dynamodb:UpdateItem", "Resource": "Table.Arn"}}}})
	equal(t, "routes", login.Routes, []Route{{"POST", "/v1/sessions"}, {"GET", "/v1/admin/staff/{employeeCode}"}})
	equal(t, "route key", login.Routes[1].Key(), "GET /v1/admin/staff/{employeeCode}")

	web, _ := tmpl.Function("web")
	equal(t, "architecture by default", web.Architecture, "x86_64")
	equal(t, "default route", web.Routes, []Route{{Path: DefaultPath}})
	equal(t, "default route key", web.Routes[0].Key(), "$default")

	index, _ := tmpl.Function("index-staff")
	equal(t, "streams", index.Streams, []Stream{{
		Table: "Table", Filters: []string{`{"dynamodb":{"Keys":{"sk":{"S":["STAFF"]}}}}`}, Start: "TRIM_HORIZON", BatchSize: 25,
		Retries: 8, Bisect: true, PartialAnswer: true, Enabled: true, OnFailure: "Dropped.Arn",
	}})
}

func TestParameters(t *testing.T) {
	tmpl := load(t, Options{Parameters: map[string]string{"CodeLife": "1m", "Stage": "prod", "Domain": "gov.example"}})

	equal(t, "parameter", tmpl.Parameters["CodeLife"], Parameter{Type: "String", Default: "5m", HasDefault: true, Description: "How long a code is good", Value: "1m"})
	login, _ := tmpl.Function("login")
	equal(t, "CODE_LIFE", login.Environment["CODE_LIFE"], "1m")
	equal(t, "ONLY_PROD", login.Environment["ONLY_PROD"], "1")
	equal(t, "memory", login.MemoryMB, 512)
	if _, ok := tmpl.Function("prod-only"); !ok {
		t.Error("a function whose condition holds is missing")
	}
	equal(t, "cors", tmpl.API.CORS, &CORS{AllowOrigins: []string{"https://gov.example"}, AllowMethods: []string{"GET"},
		AllowHeaders: []string{}, ExposeHeaders: []string{}, MaxAge: 60})
}

func TestAPI(t *testing.T) {
	a := load(t, Options{}).API
	equal(t, "api", *a, API{
		LogicalID: "Api", Stage: "$default", Throttle: Throttle{Rate: 100, Burst: 200}, AccessLog: `{"id":"$context.requestId"}`,
		RouteThrottle: map[string]Throttle{"POST /v1/sessions": {Rate: 10.5, Burst: 20}},
	})
}

func TestTable(t *testing.T) {
	table, ok := load(t, Options{}).Table("Table")
	if !ok {
		t.Fatal("no table")
	}
	input := table.Input("t-1")
	equal(t, "name", *input.TableName, "t-1")
	equal(t, "ttl", table.TTL, "expires")
	equal(t, "keys", []string{*input.KeySchema[0].AttributeName, string(input.KeySchema[1].KeyType)}, []string{"pk", "RANGE"})
	equal(t, "attributes", len(input.AttributeDefinitions), 2)
	equal(t, "stream", string(input.StreamSpecification.StreamViewType), "NEW_AND_OLD_IMAGES")
	equal(t, "without", table.WithoutStream().Input("t-1").StreamSpecification == nil, true)
}

func TestOddTemplates(t *testing.T) {
	tests := []struct {
		name, template, want string
	}{
		{"empty", "", ""},
		{"no resources", "Transform: x", ""},
		{"condition that names itself", "Conditions: {A: !Condition A}\nResources: {F: {Type: AWS::Serverless::Function, Condition: A}}", ""},
		{"wrong shapes", "Resources: {F: {Type: AWS::Serverless::Function, Properties: {CodeUri: functions/f/, Timeout: [1], Environment: 7, Events: [1]}}}", "f"},
		{"reference to nothing", "Resources: {F: {Type: AWS::Serverless::Function, Properties: {CodeUri: !Sub 'functions/${Nothing}/'}}}", "Nothing"},
		{"anchor and merge", "X: &x {CodeUri: functions/shared/}\nResources: {F: {Type: AWS::Serverless::Function, Properties: {<<: *x, Timeout: 1}}}", "shared"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tmpl, err := Parse([]byte(tt.template), Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range tmpl.Functions {
				got += f.Name
			}
			equal(t, "functions", got, tt.want)
		})
	}
	if _, err := Parse([]byte("a: [1"), Options{}); err == nil {
		t.Error("broken YAML was read")
	}
}
