package rights

import (
	"reflect"
	"slices"
	"testing"
)

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		name, operation, body string
		want                  []string // lines; nil: it is refused
	}{
		{"a read", "GetItem", `{"Key":{"pk":{"S":"TICKET#ab"},"sk":{"S":"TICKET"}}}`, []string{"GetItem TICKET#*"}},
		{"a query", "Query", `{"KeyConditionExpression":"pk = :pk","ExpressionAttributeValues":{":pk":{"S":"FIND#GO_1#in#z"},":n":{"N":"1"}}}`, []string{"Query FIND#*"}},
		{"a batch of reads", "BatchGetItem", `{"RequestItems":{"t":{"ConsistentRead":true,"Keys":[{"pk":{"S":"RATE#failures#ab"}},{"pk":{"S":"JOBS"}}]}}}`, []string{"BatchGetItem RATE#failures#*", "BatchGetItem JOBS"}},
		{"a batch of writes", "BatchWriteItem", `{"RequestItems":{"t":[{"PutRequest":{"Item":{"pk":{"S":"LIST#GO_1#in"},"n":{"N":"1"},"l":{"L":[{"S":"x"}]}}}},{"DeleteRequest":{"Key":{"pk":{"S":"TODO#GO_1#in"}}}}]}}`, []string{"BatchWriteItem LIST#*", "BatchWriteItem TODO#*"}},
		{"a put without attributes that matter", "PutItem", `{"Item":{"pk":{"S":"AUDIT#IN#GO_1#2026-11#3"},"kind":{"S":"audit_in"}}}`, []string{"PutItem AUDIT#IN#*"}},
		{"a put of a person's", "PutItem", `{"Item":{"pk":{"S":"STAFF#GE_1"},"sk":{"S":"SESSION#ab"},"hash":{"S":"ab"},"expires":{"N":"1"}}}`, []string{"PutItem STAFF#*: expires hash pk sk"}},
		{"an update of a person's", "UpdateItem", `{"ReturnValues":"NONE","Key":{"pk":{"S":"STAFF#GE_1"},"sk":{"S":"ACCOUNT"}},"UpdateExpression":"SET #n = if_not_exists(seats, :none), administered_ms = :at REMOVE recovery","ConditionExpression":"attribute_exists(pk) AND (NOT epoch IN (:a, :b) OR size(grants) BETWEEN :a AND :b)","ExpressionAttributeNames":{"#n":"path"}}`,
			[]string{"UpdateItem STAFF#*: administered_ms epoch grants path pk recovery seats sk"}},
		{"an update of a person's that asks for all", "UpdateItem", `{"ReturnValues":"ALL_NEW","Key":{"pk":{"S":"STAFF#GE_1"}},"UpdateExpression":"SET seats = :now"}`, nil},
		{"an update of another item may ask for all", "UpdateItem", `{"ReturnValues":"ALL_NEW","Key":{"pk":{"S":"RATE#text#activate#ab"}},"UpdateExpression":"SET texts = :now"}`, []string{"UpdateItem RATE#text#*"}},
		{"a transaction", "TransactWriteItems", `{"TransactItems":[{"Put":{"Item":{"pk":{"S":"STAFF#GE_1"},"a":{"S":"x"}}}},{"ConditionCheck":{"Key":{"pk":{"S":"STAFF#GE_2"}}}},{"Update":{"Key":{"pk":{"S":"ORG#GO_1"}}}},{"Delete":{"Key":{"pk":{"S":"PHONE#+86139"}}}}]}`,
			[]string{"PutItem STAFF#* in a transaction", "ConditionCheckItem STAFF#* in a transaction", "UpdateItem ORG#* in a transaction", "DeleteItem PHONE#* in a transaction"}},
		{"a scan", "Scan", `{}`, nil},
		{"no key", "GetItem", `{"Key":{}}`, nil},
		{"no key in a transaction", "TransactWriteItems", `{"TransactItems":[{"Put":{"Item":{}}}]}`, nil},
		{"no JSON", "GetItem", `{`, nil},
	} {
		calls, err := Of(tt.operation, []byte(tt.body))
		var got []string
		for _, c := range calls {
			got = append(got, c.String())
			if back, err := Parse(c.String()); err != nil || !reflect.DeepEqual(back, c) {
				t.Errorf("%s: %q is read as %+v, %v", tt.name, c, back, err)
			}
		}
		if tt.want == nil && err == nil || tt.want != nil && (err != nil || !slices.Equal(got, tt.want)) {
			t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
	if c, err := Parse("GetItem: STAFF"); err == nil {
		t.Errorf("%+v is no call", c)
	}
}

func TestRecord(t *testing.T) {
	folder := t.TempDir()
	if r, err := Read(folder); err != nil || len(r) != 0 {
		t.Errorf("without a record: %v, %v", r, err)
	}
	var recorder Recorder
	recorder.Note("GetItem", []byte(`{"Key":{"pk":{"S":"TICKET#b"}}}`))
	recorder.Note("GetItem", []byte(`{"Key":{"pk":{"S":"TICKET#a"}}}`))
	recorder.Note("GetItem", []byte(`{"Key":{"pk":{"S":"JOB#a"}}}`))
	made, err := recorder.Record()
	if err != nil || len(made) != 2 || made[0].Partitions != "JOB#*" {
		t.Errorf("%v, %v", made, err)
	}
	if err := made.Write(folder); err != nil {
		t.Fatal(err)
	}
	read, err := Read(folder)
	if err != nil || !reflect.DeepEqual(read, made) {
		t.Errorf("written %v, read %v, %v", made, read, err)
	}
	if left := read.Without(made[:1]); len(left) != 1 || left[0].Partitions != "TICKET#*" {
		t.Errorf("without the first: %v", left)
	}
	recorder.Note("Scan", []byte(`{}`))
	if _, err := recorder.Record(); err == nil {
		t.Error("a scan is recorded")
	}
}

func TestStatements(t *testing.T) {
	read := func(lines ...string) Record {
		var r Record
		for _, s := range lines {
			c, err := Parse(s)
			if err != nil {
				t.Fatal(err)
			}
			r = append(r, c)
		}
		return r
	}
	narrow := read("UpdateItem TICKET#*", "UpdateItem STAFF#*: last_used_ms pk sk", "UpdateItem STAFF#*: pk seats sk", "UpdateItem ORG#* in a transaction", "GetItem TICKET#*")
	wide := append(read("UpdateItem STAFF#* in a transaction"), narrow...)
	for _, tt := range []struct {
		record Record
		want   []string
	}{
		{narrow, []string{"UpdateItem on ORG#* TICKET#*", "UpdateItem on STAFF#* of last_used_ms pk seats sk", "GetItem on TICKET#*"}},
		{wide, []string{"UpdateItem on ORG#* STAFF#* TICKET#*", "GetItem on TICKET#*"}},
		{nil, nil},
	} {
		var got []string
		for _, s := range tt.record.Statements() {
			got = append(got, s.String())
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%v: %q, want %q", tt.record, got, tt.want)
		}
	}
	for _, tt := range []struct {
		record  Record
		call    string
		refused bool
	}{
		{narrow, "UpdateItem STAFF#*: last_used_ms pk sk", false},
		{narrow, "UpdateItem STAFF#*: last_used_ms pk seats sk", false},
		{narrow, "UpdateItem STAFF#*: grants pk sk", true},
		{narrow, "UpdateItem STAFF#* in a transaction", true},
		{narrow, "UpdateItem TICKET#* in a transaction", false},
		{narrow, "DeleteItem TICKET#*", true},
		{narrow, "GetItem STAFF#*", true},
		{wide, "UpdateItem STAFF#*: grants pk sk", false},
		{wide, "UpdateItem STAFF#* in a transaction", false},
		{nil, "GetItem TICKET#*", true},
	} {
		if got := len(tt.record.Refused(read(tt.call))) > 0; got != tt.refused {
			t.Errorf("%s: refused %t", tt.call, got)
		}
	}
}
