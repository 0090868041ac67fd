package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"chaoxi/shared/fault"
	"chaoxi/shared/optional"
)

// wire has one field of every shape that a request of ours has.
type wire struct {
	Account string                 `json:"account"`
	Trust   bool                   `json:"trust"`
	Version int64                  `json:"version"`
	Limit   int                    `json:"limit"`
	Device  *wireDevice            `json:"device"`
	Posts   []wirePost             `json:"posts"`
	Removed []string               `json:"removed"`
	Level   optional.Value[string] `json:"level"`
	Day     weekday                `json:"day"`
	Hidden  string                 `json:"-"`
}

type wireDevice struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type wirePost struct {
	ID string `json:"id"`
	WirePart
	Tags  optional.Value[[]string]   `json:"tags"`
	At    optional.Value[wireDevice] `json:"at"`
	Days  optional.Value[[]weekday]  `json:"days"`
	Owner optional.Value[weekday]    `json:"owner"`
	Notes optional.Value[[]wireNote] `json:"notes"`
}

// WirePart is what two requests have in common.
type WirePart struct {
	Order optional.Value[int] `json:"order"`
	Kind  string              `json:"kind"`
	Inner string              `json:"-"`
}

type wireNote struct {
	Text string `json:"text"`
}

// weekday is a value type of the domain that parses itself.
type weekday struct{ s string }

func (d *weekday) UnmarshalText(b []byte) error {
	if !slices.Contains([]string{"周一", "周五"}, string(b)) {
		return errors.New("no day that we know")
	}
	d.s = string(b)
	return nil
}

func TestDecode(t *testing.T) {
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	none := []string{}
	tests := []struct {
		name, body string
		want       *fault.Error
		fields     []string // path:code
	}{
		{"an empty object", `{}`, nil, none},
		{"white space around", " \t\r\n{ \"account\" : \"x\" } \n", nil, none},
		{"every field", `{"account":"x","trust":true,"version":3,"limit":20,"device":{"id":"i","name":"n"},"posts":[{"id":"p","order":1,"kind":"k","tags":["a"],
			"at":{"id":"i"},"days":["周一"],"owner":"周五","notes":[{"text":"t"}]},{}],"removed":["a","b"],"level":"L","day":"周一"}`, nil, none},
		{"null where a value may be missing", `{"device":null,"level":null,"posts":[{"order":null,"tags":null,"at":null,"days":null,"owner":null,"notes":null}]}`, nil, none},
		{"empty lists", `{"posts":[],"removed":[]}`, nil, none},
		{"an escaped key", `{"\u0061ccount":"x"}`, nil, none},
		{"a pair of surrogates", `{"account":"\ud83d\ude00 \u00e9 \\ud800"}`, nil, none},
		{"what a gateway makes of bytes that are no UTF-8", `{"account":"` + "\uFFFD" + `"}`, fault.BodyInvalid, none},
		{"a replacement character that was asked for", `{"account":"\ufffd"}`, nil, none},
		{"the least number", `{"version":-9223372036854775808}`, nil, none},

		{"nothing", ``, fault.BodyInvalid, none},
		{"white space alone", " \n", fault.BodyInvalid, none},
		{"not UTF-8", "{\"account\":\"\xff\"}", fault.BodyInvalid, none},
		{"GB18030", "{\"account\":\"\xcd\xf5\"}", fault.BodyInvalid, none},
		{"UTF-16", "\xff\xfe{\x00}\x00", fault.BodyInvalid, none},
		{"a surrogate in UTF-8", "{\"account\":\"\xed\xa0\x80\"}", fault.BodyInvalid, none},
		{"a byte order mark", "\ufeff{}", fault.BodyInvalid, none},
		{"half a pair", `{"account":"\ud83d"}`, fault.BodyInvalid, none},
		{"the other half", `{"account":"\ude00"}`, fault.BodyInvalid, none},
		{"halves the wrong way round", `{"account":"\ude00\ud83d"}`, fault.BodyInvalid, none},
		{"half a pair before something else", `{"account":"\ud83d\u0041"}`, fault.BodyInvalid, none},
		{"half a pair after an escaped backslash", `{"account":"\\\ud83d"}`, fault.BodyInvalid, none},
		{"half a pair beside a wrong type", `{"trust":"\ud83d"}`, fault.BodyInvalid, none},
		{"a control character", "{\"account\":\"a\nb\"}", fault.BodyInvalid, none},
		{"form data", `account=x&trust=1`, fault.BodyInvalid, none},
		{"a comment", `{"account":"x"/**/}`, fault.BodyInvalid, none},
		{"single quotes", `{'account':'x'}`, fault.BodyInvalid, none},
		{"no quotes", `{account:"x"}`, fault.BodyInvalid, none},
		{"a comma at the end", `{"account":"x",}`, fault.BodyInvalid, none},
		{"a comma at the end of a list", `{"removed":["x",]}`, fault.BodyInvalid, none},
		{"a comma in front", `{,"account":"x"}`, fault.BodyInvalid, none},
		{"no comma", `{"account":"x" "trust":true}`, fault.BodyInvalid, none},
		{"no colon", `{"account" "x"}`, fault.BodyInvalid, none},
		{"a number for a key", `{1:2}`, fault.BodyInvalid, none},
		{"an unfinished object", `{"account":"x"`, fault.BodyInvalid, none},
		{"an unfinished text", `{"account":"x`, fault.BodyInvalid, none},
		{"an unfinished list", `{"removed":["x"`, fault.BodyInvalid, none},
		{"unfinished where it is of a wrong type", `{"account":[`, fault.BodyInvalid, none},
		{"the wrong bracket", `{"removed":["x"}}`, fault.BodyInvalid, none},
		{"NaN", `{"version":NaN}`, fault.BodyInvalid, none},
		{"a leading zero", `{"version":01}`, fault.BodyInvalid, none},
		{"a second object", `{}{}`, fault.BodyInvalid, none},
		{"a bracket too many", `{}}`, fault.BodyInvalid, none},
		{"a word after it", `{} x`, fault.BodyInvalid, none},
		{"a NUL after it", "{}\x00", fault.BodyInvalid, none},
		{"a list of objects", `[{}]`, fault.BodyInvalid, none},
		{"a list", `[]`, fault.BodyInvalid, none},
		{"null", `null`, fault.BodyInvalid, none},
		{"a text", `"{}"`, fault.BodyInvalid, none},
		{"a number", `1`, fault.BodyInvalid, none},
		{"true", `true`, fault.BodyInvalid, none},

		{"an unknown field", `{"accounts":"x"}`, fault.BodyInvalid, []string{"accounts:unknown"}},
		{"another case", `{"Account":"x"}`, fault.BodyInvalid, []string{"Account:unknown"}},
		{"a letter that folds to ours", `{"devıce":{}}`, fault.BodyInvalid, []string{"devıce:unknown"}},
		{"the long s, which encoding/json takes for s", `{"trUſt":true}`, fault.BodyInvalid, []string{"trUſt:unknown"}},
		{"an empty key", `{"":"x"}`, fault.BodyInvalid, []string{`"":unknown`}},
		{"a field that is no part of the body", `{"Hidden":"x"}`, fault.BodyInvalid, []string{"Hidden:unknown"}},
		{"a field called dash", `{"-":"x"}`, fault.BodyInvalid, []string{"-:unknown"}},
		{"an unknown field below", `{"posts":[{},{"x":1}]}`, fault.BodyInvalid, []string{"posts[1].x:unknown"}},
		{"what two requests share, by its own name", `{"posts":[{"WirePart":{}}]}`, fault.BodyInvalid, []string{"posts[0].WirePart:unknown"}},
		{"a field of it that is no part of the body", `{"posts":[{"Inner":"x"}]}`, fault.BodyInvalid, []string{"posts[0].Inner:unknown"}},
		{"a field of it twice", `{"posts":[{"kind":"a","kind":"b"}]}`, fault.BodyInvalid, []string{"posts[0].kind:duplicate"}},
		{"a field of it of the wrong type", `{"posts":[{"kind":1}]}`, fault.FieldInvalid, []string{"posts[0].kind:wrong_type"}},
		{"an unknown field in an optional object", `{"posts":[{"at":{"x":1}}]}`, fault.BodyInvalid, []string{"posts[0].at.x:unknown"}},
		{"an unknown field beside a wrong type", `{"trust":1,"x":1}`, fault.BodyInvalid, []string{"x:unknown"}},
		{"a long unknown field", `{"` + strings.Repeat("潮", 500) + `":1}`, fault.BodyInvalid, []string{strings.Repeat("潮", 80) + "…:unknown"}},
		{"twice", `{"account":"x","account":"x"}`, fault.BodyInvalid, []string{"account:duplicate"}},
		{"twice, once escaped", `{"account":"x","\u0061ccount":"y"}`, fault.BodyInvalid, []string{"account:duplicate"}},
		{"twice below", `{"device":{"id":"a","name":"n","id":"b"}}`, fault.BodyInvalid, []string{"device.id:duplicate"}},
		{"twice in a list", `{"posts":[{"order":1,"order":1}]}`, fault.BodyInvalid, []string{"posts[0].order:duplicate"}},
		{"an object twice", `{"device":{},"device":null}`, fault.BodyInvalid, []string{"device:duplicate"}},
		{"nested too deep", `{"account":` + deep(17) + `}`, fault.BodyInvalid, none},
		{"nested as deep as a body may be", `{"account":` + strings.Repeat("[", 30_000) + strings.Repeat("]", 30_000) + `}`, fault.BodyInvalid, none},

		{"null for a text", `{"account":null}`, fault.FieldInvalid, []string{"account:required"}},
		{"null for a list", `{"posts":null}`, fault.FieldInvalid, []string{"posts:required"}},
		{"null in a list", `{"posts":[null],"removed":[null]}`, fault.FieldInvalid, []string{"posts[0]:required", "removed[0]:required"}},
		{"null for a number and a truth", `{"version":null,"trust":null}`, fault.FieldInvalid, []string{"version:required", "trust:required"}},
		{"a number for a text", `{"account":1}`, fault.FieldInvalid, []string{"account:wrong_type"}},
		{"a text for a number", `{"version":"3"}`, fault.FieldInvalid, []string{"version:wrong_type"}},
		{"a text for a truth", `{"trust":"true"}`, fault.FieldInvalid, []string{"trust:wrong_type"}},
		{"an object for a text", `{"account":{"x":1,"x":[{}]}}`, fault.FieldInvalid, []string{"account:wrong_type"}},
		{"a list for an object", `{"device":[]}`, fault.FieldInvalid, []string{"device:wrong_type"}},
		{"an object for a list", `{"posts":{}}`, fault.FieldInvalid, []string{"posts:wrong_type"}},
		{"a list for a text that parses itself", `{"day":[]}`, fault.FieldInvalid, []string{"day:wrong_type"}},
		{"an object for a text that parses itself", `{"day":{"s":"周一"}}`, fault.FieldInvalid, []string{"day:wrong_type"}},
		{"a number for a text that parses itself", `{"day":1}`, fault.FieldInvalid, []string{"day:wrong_type"}},
		{"a text that does not parse", `{"day":"周日","posts":[{"days":["周一","周日"],"owner":"x"}]}`, fault.FieldInvalid,
			[]string{"day:invalid", "posts[0].days[1]:invalid", "posts[0].owner:invalid"}},
		{"a fraction", `{"version":1.5}`, fault.FieldInvalid, []string{"version:wrong_type"}},
		{"a whole number written as a fraction", `{"version":1.0}`, fault.FieldInvalid, []string{"version:wrong_type"}},
		{"an exponent", `{"version":1e3}`, fault.FieldInvalid, []string{"version:wrong_type"}},
		{"a number beyond 64 bits", `{"version":9223372036854775808}`, fault.FieldInvalid, []string{"version:wrong_type"}},
		{"a number beyond anything", `{"version":1e999999}`, fault.FieldInvalid, []string{"version:wrong_type"}},
		{"a number of 10,000 digits", `{"limit":` + strings.Repeat("9", 10_000) + `}`, fault.FieldInvalid, []string{"limit:wrong_type"}},
		{"wrong types in optional fields", `{"level":1,"posts":[{"order":"1","tags":[1],"at":"x","notes":[{"text":2}]}]}`, fault.FieldInvalid,
			[]string{"level:wrong_type", "posts[0].order:wrong_type", "posts[0].tags[0]:wrong_type", "posts[0].at:wrong_type", "posts[0].notes[0].text:wrong_type"}},
		{"nested as deep as we go", `{"account":` + deep(15) + `}`, fault.FieldInvalid, []string{"account:wrong_type"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Decode([]byte(tt.body), &wire{})
			if got := fieldsOf(err); !sameFault(err, tt.want) || !slices.Equal(got, tt.fields) {
				t.Errorf("%v %v, want %v %v", err, got, tt.want, tt.fields)
			}
		})
	}
}

// sameFault reports whether err is want itself, and not merely something made
// of it; without want it has to be nil.
func sameFault(err error, want *fault.Error) bool {
	var e *fault.Error
	if want == nil {
		return err == nil
	}
	return errors.As(err, &e) && e.Code == want.Code && e.Kind == want.Kind
}

func fieldsOf(err error) []string {
	paths := []string{}
	var e *fault.Error
	if errors.As(err, &e) {
		for _, f := range e.Fields {
			paths = append(paths, f.Path+":"+f.Code)
		}
	}
	return paths
}

func TestDecodedValues(t *testing.T) {
	var got wire
	if err := Decode([]byte(`{"account":"\u738b芳","version":9007199254740993,`+
		`"level":null,"day":"周五","device":{"id":"a\"b"},"posts":[{"order":7,"tags":[]},{"order":null,"owner":"周一"}]}`), &got); err != nil {
		t.Fatal(err)
	}
	want := wire{
		Account: "王芳", Version: 9007199254740993, Level: optional.Value[string]{Set: true, Null: true}, Day: weekday{"周五"}, Device: &wireDevice{ID: `a"b`},
		Posts: []wirePost{
			{WirePart: WirePart{Order: optional.Value[int]{Set: true, Value: 7}}, Tags: optional.Value[[]string]{Set: true, Value: []string{}}},
			{WirePart: WirePart{Order: optional.Value[int]{Set: true, Null: true}}, Owner: optional.Value[weekday]{Set: true, Value: weekday{"周一"}}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

// TestBodiesMadeToBeSlow bounds what one body can cost: each flaw that is named
// is compared with all others.
func TestBodiesMadeToBeSlow(t *testing.T) {
	body := `{"removed":[` + strings.Repeat("1,", 30_000) + `1]}`
	err := Decode([]byte(body), &wire{})
	if n := len(fieldsOf(err)); !sameFault(err, fault.FieldInvalid) || n != fault.MaxFields {
		t.Errorf("%d flaws are named", n)
	}
}

// FuzzDecode holds what is accepted against an oracle that is slow and simple:
// encoding/json, which says what is JSON and fits the struct, and a walk over
// the tokens for what it lets pass.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"account":"x","trust":true}`, `{"Account":"x"}`, `{"account":"x","\u0061ccount":"y"}`, `{"posts":[{"order":null},null]}`, `{"device":null}`,
		`{"account":null}`, `{"level":null,"day":"周一"}`, `{"version":1.0}`, `{"account":"\ud800"}`, `{"account":"\ud83d\ude00\\u"}`, `{} {}`, `[{}]`, "\ufeff{}", "{\"account\":\"\xff\"}",
		`{"posts":[{"at":{"id":"x"},"tags":["a"],"notes":[{"text":"t"}],"days":["周日"]}]}`, `{"removed":[[[[]]]]}`, `{"account":[}`, `{"":1}`, `{"trUſt":true}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var got wire
		err := Decode(body, &got)
		var e *fault.Error
		if err != nil && (!errors.As(err, &e) || e.Kind != fault.KindMalformed && e.Kind != fault.KindInvalid) {
			t.Fatalf("%q: %v is not the caller's fault", body, err)
		}
		want, why := oracle(body)
		if (err == nil) != (why == "") {
			t.Fatalf("%q: %v, but the oracle says %q", body, err, why)
		}
		if err == nil && !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %+v, but the oracle says %+v", body, got, want)
		}
	})
}

func oracle(body []byte) (wire, string) {
	var w wire
	if !utf8.Valid(body) || !json.Valid(body) {
		return w, "no JSON in UTF-8"
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return w, err.Error()
	}
	text := string(body)
	for rest := text; ; { // every escape in turn; outside of texts there is none
		_, after, found := strings.Cut(rest, `\`)
		if !found {
			break
		}
		rest = after[1:]
		var high, low rune
		if n, _ := fmt.Sscanf(after, "u%4x", &high); n == 1 && utf16.IsSurrogate(high) {
			if n, _ := fmt.Sscanf(after, `u%4x\u%4x`, &high, &low); n < 2 || utf16.DecodeRune(high, low) == utf8.RuneError {
				return w, "half a surrogate pair"
			}
			rest = after[11:]
		}
	}
	fields := map[string]string{ // what may stand at a path, indexes left out
		"": "object", ".account": "text", ".trust": "truth", ".version": "number", ".limit": "number", ".device": "object?", ".device.id": "text", ".device.name": "text",
		".posts": "list", ".posts[]": "object", ".posts[].id": "text", ".posts[].order": "number?", ".posts[].kind": "text", ".posts[].tags": "list?", ".posts[].tags[]": "text",
		".posts[].at": "object?", ".posts[].at.id": "text", ".posts[].at.name": "text", ".posts[].days": "list?", ".posts[].days[]": "text", ".posts[].owner": "text?",
		".posts[].notes": "list?", ".posts[].notes[]": "object", ".posts[].notes[].text": "text", ".removed": "list", ".removed[]": "text", ".level": "text?", ".day": "text",
	}
	dec := json.NewDecoder(strings.NewReader(text))
	var walk func(path string) string
	walk = func(path string) string {
		shape, known := fields[path]
		token, _ := dec.Token()
		is := map[bool]string{true: "null"}[token == nil]
		switch v := token.(type) {
		case string:
			is = "text"
		case bool:
			is = "truth"
		case float64:
			is = "number"
		case json.Delim:
			is = map[json.Delim]string{'{': "object", '[': "list"}[v]
		}
		base, optional := strings.CutSuffix(shape, "?")
		if !known || is != base && (is != "null" || !optional) {
			return path + " is " + is
		}
		seen := map[string]bool{}
		for (is == "object" || is == "list") && dec.More() {
			at := path + "[]"
			if is == "object" {
				key, _ := dec.Token()
				if at = path + "." + key.(string); seen[at] {
					return at + " twice"
				}
				seen[at] = true
			}
			if why := walk(at); why != "" {
				return why
			}
		}
		if is == "object" || is == "list" {
			dec.Token()
		}
		return ""
	}
	return w, walk("")
}
