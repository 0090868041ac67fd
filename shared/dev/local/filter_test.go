package local

import (
	"encoding/json"
	"testing"
)

func TestFilter(t *testing.T) {
	const record = `{"eventName":"INSERT","dynamodb":{"SizeBytes":59,"Keys":{"pk":{"S":"STAFF#GE_1"},"sk":{"S":"STAFF"}},
		"NewImage":{"kind":{"S":"person"},"count":{"N":"5"},"gone":{"BOOL":false},"tags":{"SS":["a","b"]},"none":{"NULL":true}}}}`
	tests := []struct {
		pattern string
		want    bool
	}{
		{`{"dynamodb":{"Keys":{"sk":{"S":["STAFF"]}}}}`, true},
		{`{"dynamodb":{"Keys":{"sk":{"S":["staff"]}}}}`, false},
		{`{"dynamodb":{"Keys":{"sk":{"S":["JOB","STAFF"]}}}}`, true},
		{`{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"STAFF#"}]}}}}`, true},
		{`{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"JOB#"}]}}}}`, false},
		{`{"dynamodb":{"Keys":{"pk":{"S":[{"suffix":"_1"}]}}}}`, true},
		{`{"dynamodb":{"Keys":{"sk":{"S":[{"equals-ignore-case":"staff"}]}}}}`, true},
		{`{"eventName":["INSERT"],"dynamodb":{"Keys":{"sk":{"S":["STAFF"]}}}}`, true},
		{`{"eventName":["REMOVE"],"dynamodb":{"Keys":{"sk":{"S":["STAFF"]}}}}`, false},
		{`{"eventName":[{"anything-but":"REMOVE"}]}`, true},
		{`{"eventName":[{"anything-but":["INSERT","MODIFY"]}]}`, false},
		{`{"dynamodb":{"Keys":{"pk":{"S":[{"anything-but":{"prefix":"INDEX#"}}]}}}}`, true},
		{`{"dynamodb":{"Keys":{"pk":{"S":[{"anything-but":{"prefix":"STAFF#"}}]}}}}`, false},
		{`{"dynamodb":{"Keys":{"none":{"S":[{"anything-but":"x"}]}}}}`, false},
		{`{"dynamodb":{"NewImage":{"kind":{"S":[{"exists":true}]}}}}`, true},
		{`{"dynamodb":{"NewImage":{"missing":{"S":[{"exists":true}]}}}}`, false},
		{`{"dynamodb":{"NewImage":{"missing":{"S":[{"exists":false}]}}}}`, true},
		{`{"dynamodb":{"OldImage":{"kind":{"S":[{"exists":false}]}}}}`, true},
		{`{"dynamodb":{"NewImage":{"kind":[{"exists":true}]}}}`, false},
		{`{"dynamodb":{"NewImage":{"count":{"N":["5"]}}}}`, true},
		{`{"dynamodb":{"NewImage":{"count":{"N":[{"numeric":["=",5]}]}}}}`, false},
		{`{"dynamodb":{"SizeBytes":[{"numeric":[">",0,"<=",59]}]}}`, true},
		{`{"dynamodb":{"SizeBytes":[{"numeric":["<",59]}]}}`, false},
		{`{"dynamodb":{"SizeBytes":[59]}}`, true},
		{`{"dynamodb":{"NewImage":{"gone":{"BOOL":[false]}}}}`, true},
		{`{"dynamodb":{"NewImage":{"tags":{"SS":["b"]}}}}`, true},
		{`{"dynamodb":{"NewImage":{"tags":{"SS":["c"]}}}}`, false},
		{`{"$or":[{"eventName":["REMOVE"]},{"dynamodb":{"Keys":{"sk":{"S":["STAFF"]}}}}]}`, true},
		{`{"$or":[{"eventName":["REMOVE"]},{"eventName":["MODIFY"]}]}`, false},
		{`{}`, true},
	}
	var event map[string]any
	if err := json.Unmarshal([]byte(record), &event); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.pattern, func(t *testing.T) {
			f, err := newFilter([]string{tt.pattern})
			if err != nil {
				t.Fatal(err)
			}
			if got := f.passes(event); got != tt.want {
				t.Errorf("passes = %t", got)
			}
		})
	}
	if f, err := newFilter(nil); err != nil || !f.passes(event) {
		t.Error("without a filter a record does not pass")
	}
	if f, err := newFilter([]string{`{"eventName":["REMOVE"]}`, `{"eventName":["INSERT"]}`}); err != nil || !f.passes(event) {
		t.Error("one of two filters is enough")
	}
}

func TestFiltersThatCannotBeJudged(t *testing.T) {
	for _, pattern := range []string{
		`{`, `[]`, `{"a":"b"}`, `{"a":[{"wildcard":"*"}]}`, `{"a":[{"prefix":1}]}`, `{"a":[{"numeric":[">"]}]}`, `{"a":[{"numeric":["!",1]}]}`,
		`{"a":[{"exists":"yes"}]}`, `{"a":[{"prefix":"x","suffix":"y"}]}`, `{"$or":["x"]}`, `{"a":[{"anything-but":{"cidr":"x"}}]}`,
	} {
		if _, err := newFilter([]string{pattern}); err == nil {
			t.Errorf("%s was accepted", pattern)
		}
	}
}
