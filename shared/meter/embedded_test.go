package meter

import (
	"context"
	"encoding/json"
	"testing"
)

func TestEmbedded(t *testing.T) {
	got, err := json.Marshal(Embedded(1795348800000, Metrics{"": {"SignIns"}, "function": {"Units"}}))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"CloudWatchMetrics":[{"Dimensions":[[]],"Metrics":[{"Name":"SignIns"}],"Namespace":"Chaoxi"},` +
		`{"Dimensions":[["function"]],"Metrics":[{"Name":"Units"}],"Namespace":"Chaoxi"}],"Timestamp":1795348800000}`
	if string(got) != want {
		t.Errorf("%s", got)
	}
}

func TestCount(t *testing.T) {
	Count(context.Background(), SignIns, 1) // without a meter nothing happens
	ctx, m := With(context.Background())
	Count(ctx, TextsSent, 1)
	Count(ctx, TextsSent, 2)
	if got := m.Counts()[TextsSent]; got != 3 {
		t.Errorf("%v texts", got)
	}
}
