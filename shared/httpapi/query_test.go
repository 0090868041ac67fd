package httpapi

import (
	"errors"
	"fmt"
	"testing"

	"chaoxi/shared/fault"
)

// told is the code of an error with its fields.
func told(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return fmt.Sprint(err)
	}
	text := f.Code
	for _, field := range f.Fields {
		text += " " + field.Path + ":" + field.Code
	}
	return text
}

func TestParams(t *testing.T) {
	for query, want := range map[string]string{
		"":                 "<nil>",
		"org=a&limit=1":    "<nil>",
		"org=":             "<nil>",
		"=x":               `field_invalid "":unknown`,
		"org=a&=x&sort=up": `field_invalid "":unknown sort:unknown`,
		"org=a&org=b":      "field_invalid org:duplicate",
		"org=%zz":          "field_invalid query:invalid",
	} {
		if _, err := (&Request{event: Event{RawQueryString: query}}).Params("org", "limit"); told(err) != want {
			t.Errorf("%q: %s, want %s", query, told(err), want)
		}
	}
}

func TestLimit(t *testing.T) {
	for s, want := range map[string]string{
		"1": "1", "20": "20", "100": "100",
		"0": "field_invalid limit:out_of_range", "101": "field_invalid limit:out_of_range", "-1": "field_invalid limit:out_of_range",
		"": "field_invalid limit:invalid", "+5": "field_invalid limit:invalid", "05": "field_invalid limit:invalid", "5.0": "field_invalid limit:invalid",
		" 5": "field_invalid limit:invalid", "５": "field_invalid limit:invalid", "many": "field_invalid limit:invalid", "99999999999999999999": "field_invalid limit:invalid",
	} {
		n, err := Params{"limit": s}.Limit()
		got := fmt.Sprint(n)
		if err != nil {
			got = told(err)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
	if n, err := (Params{}).Limit(); n != pageLength || err != nil {
		t.Errorf("without one: %d, %v", n, err)
	}
}
