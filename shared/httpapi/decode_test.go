package httpapi

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"chaoxi/shared/fault"
)

func TestContentTypes(t *testing.T) {
	for contentType, ok := range map[string]bool{
		"application/json":                              true,
		"Application/JSON":                              true,
		"application/json; charset=utf-8":               true,
		`application/json;charset="UTF-8"`:              true,
		"application/json; profile=x":                   true,
		"":                                              false,
		"json":                                          false,
		"text/json":                                     false,
		"text/plain":                                    false,
		"application/json-patch+json":                   false,
		"application/vnd.api+json":                      false,
		"application/jsonp":                             false,
		"application/x-www-form-urlencoded":             false,
		"multipart/form-data; boundary=x":               false,
		"application/json; charset=gb18030":             false,
		"application/json; charset=utf-16":              false,
		"application/json; charset":                     false,
		"application/json; charset=utf-8; charset=big5": false,
		"application/json, text/plain":                  false,
		"text/plain, application/json":                  false,
	} {
		r := &Request{event: Event{Headers: map[string]string{"content-type": contentType}, Body: `{}`}}
		_, err := Decode[struct{}](r)
		if want := map[bool]*fault.Error{false: fault.MediaType}[ok]; !sameFault(err, want) {
			t.Errorf("%q: %v", contentType, err)
		}
	}
	t.Run("before anything about the body", func(t *testing.T) {
		r := &Request{event: Event{Body: strings.Repeat("x", MaxBody+1)}}
		if _, err := Decode[struct{}](r); !sameFault(err, fault.MediaType) {
			t.Error(err)
		}
	})
	t.Run("a body that is no base64", func(t *testing.T) {
		r := &Request{event: Event{Headers: map[string]string{"content-type": "application/json"}, Body: `{}`, IsBase64Encoded: true}}
		if _, err := Decode[struct{}](r); !sameFault(err, fault.BodyInvalid) {
			t.Error(err)
		}
	})
}

func TestBodyLength(t *testing.T) {
	type body struct {
		Account string `json:"account"`
	}
	long := func(total int) string {
		return `{"account":"` + strings.Repeat("x", total-len(`{"account":""}`)) + `"}`
	}
	for name, tt := range map[string]struct {
		body string
		want *fault.Error
	}{
		"exactly 64 KiB":       {long(MaxBody), nil},
		"one byte too many":    {long(MaxBody + 1), fault.TooLarge},
		"too long and no JSON": {strings.Repeat("x", MaxBody+1), fault.TooLarge},
		"no JSON":              {"x", fault.BodyInvalid},
	} {
		for _, encoded := range []bool{false, true} {
			r := &Request{event: Event{Headers: map[string]string{"content-type": "application/json"}, Body: tt.body, IsBase64Encoded: encoded}}
			if encoded {
				r.event.Body = base64.StdEncoding.EncodeToString([]byte(tt.body))
			}
			if v, err := Decode[body](r); !sameFault(err, tt.want) || err == nil && len(v.Account) < 60_000 {
				t.Errorf("%s, base64 %v: %v, want %v", name, encoded, err, tt.want)
			}
		}
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

// A file is taken as it came, up to its limit, and nothing but a file is.
func TestFile(t *testing.T) {
	octets := map[string]string{"content-type": "application/octet-stream"}
	for name, tt := range map[string]struct {
		event Event
		want  string
		err   *fault.Error
	}{
		"text":              {Event{Headers: octets, Body: "abc"}, "abc", nil},
		"bytes":             {Event{Headers: octets, Body: base64.StdEncoding.EncodeToString([]byte("\xff\x00")), IsBase64Encoded: true}, "\xff\x00", nil},
		"nothing":           {Event{Headers: octets}, "", nil},
		"as long as may be": {Event{Headers: octets, Body: "abcd"}, "abcd", nil},
		"longer":            {Event{Headers: octets, Body: "abcde"}, "", fault.TooLarge},
		"bad base64":        {Event{Headers: octets, Body: "%", IsBase64Encoded: true}, "", fault.BodyInvalid},
		"JSON":              {Event{Headers: map[string]string{"content-type": "application/json"}, Body: "{}"}, "", fault.MediaType},
		"no type":           {Event{Body: "abc"}, "", fault.MediaType},
	} {
		got, err := (&Request{event: tt.event}).File(4)
		if string(got) != tt.want || !sameFault(err, tt.err) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
