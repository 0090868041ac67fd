package dynamo

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestChangeOf(t *testing.T) {
	const code, org = "GE_5f0c2a9e7b1d4c6388aa10e2f4d9b7c3", "GO_9f8e7d6c5b4a39281706f5e4d3c2b1a0"
	kind := func(kind string) []byte { return fmt.Appendf(nil, `{"kind":{"S":%q}}`, kind) }
	entry := []byte(`{"kind":{"S":"audit_of"},"id":{"S":"e"},"actor":{"S":"` + code + `"},"subject":{"S":"` + org + `"},"action":{"S":"freeze"}}`)
	touched := func(event, pk string) string { return fmt.Sprintf("AuditTouched{%s %s sk 7 somebody}", event, pk) }
	for _, tt := range []struct {
		name          string
		event, pk, sk string
		before, after []byte
		want          string // or a part of the error
	}{
		{"a person", "MODIFY", "STAFF#" + code, "STAFF", kind("staff"), kind("staff"), "StaffChanged{" + code},
		{"a person who is removed", "REMOVE", "STAFF#" + code, "STAFF", kind("staff"), nil, "StaffChanged{" + code},
		{"nobody", "INSERT", "STAFF#nobody", "STAFF", nil, kind("staff"), "nobody"},
		{"a request", "INSERT", "RECOVERY#r", "REQUEST", nil, kind("recovery"), "RecoveryChanged{r}"},
		{"a count", "MODIFY", "ORG#" + org, "COUNT", kind("count"), kind("count"), "CountChanged{" + org + "}"},
		{"a child", "REMOVE", "ORG#" + org, "CHILD#0000000001#" + org, kind("child"), nil, "CountChanged{" + org + "}"},
		{"a root", "INSERT", "ORG#", "CHILD#0000000001#" + org, nil, kind("child"), "CountChanged{}"},
		{"a total", "MODIFY", "ORG#" + org, "TOTAL", kind("total"), kind("total"), "TotalChanged{" + org + "}"},
		{"a total of nothing", "MODIFY", "ORG#", "TOTAL", kind("total"), kind("total"), "organisation"},
		{"a new entry", "INSERT", "AUDIT#OF#" + org, "sk", nil, entry, "AuditWritten{{e "},
		{"a new entry that cannot be read", "INSERT", "AUDIT#OF#" + org, "sk", nil, []byte(`{"kind":{"S":"audit_of"},"actor":{"S":"x"}}`), "read an audit entry"},
		{"a new entry under its actor", "INSERT", "AUDIT#BY#" + code, "sk", nil, kind("audit_by"), "Unfollowed{}"},
		{"an entry that was changed", "MODIFY", "AUDIT#OF#" + org, "sk", entry, entry, touched("MODIFY", "AUDIT#OF#"+org)},
		{"an entry that was removed", "REMOVE", "AUDIT#IN#" + org + "#2026-03", "sk", kind("audit_in"), nil, touched("REMOVE", "AUDIT#IN#"+org+"#2026-03")},
		{"a touched entry of which nothing is said", "MODIFY", "AUDIT#OF#" + org, "sk", nil, []byte("?"), touched("MODIFY", "AUDIT#OF#"+org)},
		{"a chunk", "INSERT", "JOB#j", "CHUNK#000012", nil, kind("chunk"), "ChunkQueued{j 12}"},
		{"a chunk by its keys alone", "", "JOB#j", "CHUNK#000001", nil, nil, "ChunkQueued{j 1}"},
		{"no chunk", "INSERT", "JOB#j", "CHUNK#one", nil, kind("chunk"), "Unfollowed{}"},
		{"a job", "MODIFY", "JOB#j", "JOB", kind("job"), kind("job"), "Unfollowed{}"},
		{"nothing", "", "", "", nil, nil, "Unfollowed{}"},
		{"no JSON before", "MODIFY", "STAFF#" + code, "STAFF", []byte("{"), kind("staff"), "read the item before"},
		{"no item after", "MODIFY", "STAFF#" + code, "STAFF", kind("staff"), []byte(`{"kind":"staff"}`), "read the item after"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := ChangeOf(StreamRecord{Event: tt.event, PK: tt.pk, SK: tt.sk, Sequence: "7", By: "somebody", Before: tt.before, After: tt.after})
			got := strings.TrimPrefix(fmt.Sprintf("%T%v", c, c), "dynamo.")
			if err != nil {
				got = err.Error()
			}
			if !strings.HasPrefix(got, tt.want) && (err == nil || !strings.Contains(got, tt.want)) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// A person is read from both images, and one whose old image nobody can read has
// changed all the same.
func TestSidesOfAPerson(t *testing.T) {
	const code = "GE_5f0c2a9e7b1d4c6388aa10e2f4d9b7c3"
	image := func(name, account string) []byte {
		item := map[string]any{"kind": map[string]string{"S": "staff"}, "code": map[string]string{"S": code}, "full_name": map[string]string{"S": name}, "account": map[string]string{"S": account}}
		b, err := json.Marshal(item)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, tt := range []struct {
		name          string
		before, after []byte
		was, is       string
		err           string
	}{
		{"changed", image("张敏", "zhangmin"), image("张小敏", "zhangmin"), "张敏", "张小敏", ""},
		{"new", nil, image("张敏", "zhangmin"), "", "张敏", ""},
		{"new, the image before empty", []byte("{}"), image("张敏", "zhangmin"), "", "张敏", ""},
		{"new, the image before null", []byte("null"), image("张敏", "zhangmin"), "", "张敏", ""},
		{"removed", image("张敏", "zhangmin"), nil, "张敏", "", ""},
		{"was no person", image("张敏", "张敏"), image("张敏", "zhangmin"), "", "", "read the person before"},
		{"is no person", image("张敏", "zhangmin"), image("张敏", "张敏"), "", "", "read the person after"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := ChangeOf(StreamRecord{Event: "MODIFY", PK: "STAFF#" + code, SK: "STAFF", Before: tt.before, After: tt.after})
			if err != nil {
				t.Fatal(err)
			}
			was, is, err := c.(StaffChanged).Sides()
			if was.Name != tt.was || is.Name != tt.is || was.Code.IsZero() != (tt.was == "") {
				t.Errorf("was %+v, is %+v", was, is)
			}
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%v, want %q", err, tt.err)
			}
		})
	}
}

func TestSidesOfAnOrganisation(t *testing.T) {
	const code = "GO_5f0c2a9e7b1d4c6388aa10e2f4d9b7c3"
	image := func(name, code string) []byte {
		item := map[string]any{"kind": map[string]string{"S": "org"}, "code": map[string]string{"S": code}, "full_name": map[string]string{"S": name}, "path": map[string]any{"L": []any{map[string]string{"S": code}}}}
		b, err := json.Marshal(item)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, tt := range []struct {
		name          string
		before, after []byte
		was, is       string
		ok            bool
	}{
		{"changed", image("数据局", code), image("数据管理局", code), "数据局", "数据管理局", true},
		{"new", nil, image("数据局", code), "", "数据局", true},
		{"removed", image("数据局", code), nil, "数据局", "", true},
		{"was none", image("数据局", "x"), image("数据局", code), "", "", false},
		{"is none", image("数据局", code), image("数据局", "x"), "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := ChangeOf(StreamRecord{Event: "MODIFY", PK: "ORG#" + code, SK: "ORG", Before: tt.before, After: tt.after})
			if err != nil {
				t.Fatal(err)
			}
			was, is, err := c.(OrgChanged).Sides()
			if was.Name != tt.was || is.Name != tt.is || was.Code.IsZero() != (tt.was == "") || (err == nil) != tt.ok {
				t.Errorf("was %+v, is %+v, %v", was, is, err)
			}
		})
	}
}

// Every type of value that an item may have is read as the client reads it.
func TestImageOf(t *testing.T) {
	const image = `{"s":{"S":"张敏"},"n":{"N":"5"},"b":{"B":"AQ=="},"yes":{"BOOL":true},"null":{"NULL":true},
		"ss":{"SS":["a"]},"ns":{"NS":["1"]},"bs":{"BS":["Ag=="]},"l":{"L":[{"M":{"x":{"S":""}}}]}}`
	want := map[string]types.AttributeValue{
		"s": &types.AttributeValueMemberS{Value: "张敏"}, "n": &types.AttributeValueMemberN{Value: "5"}, "b": &types.AttributeValueMemberB{Value: []byte{1}},
		"yes": &types.AttributeValueMemberBOOL{Value: true}, "null": &types.AttributeValueMemberNULL{Value: true},
		"ss": &types.AttributeValueMemberSS{Value: []string{"a"}}, "ns": &types.AttributeValueMemberNS{Value: []string{"1"}}, "bs": &types.AttributeValueMemberBS{Value: [][]byte{{2}}},
		"l": &types.AttributeValueMemberL{Value: []types.AttributeValue{&types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"x": &types.AttributeValueMemberS{Value: ""}}}}},
	}
	if got, err := imageOf([]byte(image)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := imageOf(nil); got != nil || err != nil {
		t.Errorf("no image is %v, %v", got, err)
	}
}
