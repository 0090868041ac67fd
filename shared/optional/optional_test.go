package optional

import (
	"encoding/json"
	"testing"
)

func TestValue(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		want       Value[int]
		orZero     int
	}{
		{"absent", `{}`, Value[int]{}, 0},
		{"null", `{"n":null}`, Value[int]{Set: true, Null: true}, 0},
		{"given", `{"n":3}`, Of(3), 3},
		{"given as zero", `{"n":0}`, Of(0), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got struct {
				N Value[int] `json:"n"`
			}
			if err := json.Unmarshal([]byte(tt.body), &got); err != nil || got.N != tt.want || got.N.OrZero() != tt.orZero {
				t.Errorf("%+v, %v, %d; want %+v, %d", got.N, err, got.N.OrZero(), tt.want, tt.orZero)
			}
		})
	}
	var n Value[int]
	if err := n.UnmarshalJSON([]byte(`"3"`)); err == nil {
		t.Error("a text was taken for a number")
	}
	if (Value[string]{Set: true, Null: true, Value: "x"}).OrZero() != "" {
		t.Error("a field that is null has a value")
	}
}
