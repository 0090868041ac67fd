package streamapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"chaoxi/shared/meter"
)

// batchOf is an event with a record for each of changes, written "pk=value" or
// "pk/sk=value". The n-th one has the sequence number n.
func batchOf(t *testing.T, changes ...string) Event {
	t.Helper()
	var records []string
	for i, c := range changes {
		key, value, _ := strings.Cut(c, "=")
		pk, sk, _ := strings.Cut(key, "/")
		records = append(records, fmt.Sprintf(
			`{"eventName":"MODIFY","dynamodb":{"Keys":{"sk":{"S":%q},"pk":{"S":%q}},"SequenceNumber":"%d","NewImage":{"v":{"S":%q}}}}`, sk, pk, i+1, value))
	}
	var e Event
	if err := json.Unmarshal([]byte(`{"Records":[`+strings.Join(records, ",")+`]}`), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// read is a Decoder. It cannot read "unreadable", and has a bug with "crash".
func read(r Record) (string, error) {
	var image struct{ V struct{ S string } }
	if err := json.Unmarshal(r.After, &image); err != nil {
		return "", err
	}
	switch image.V.S {
	case "unreadable":
		return "", errors.New("it has no value")
	case "crash":
		panic("a value that nobody thought of")
	}
	return r.PK + "=" + image.V.S, nil
}

// handled gathers what a handler was called with, by key.
type handled struct {
	sync.Mutex
	changes map[string][]string
}

func (h *handled) add(changes []string) {
	h.Lock()
	defer h.Unlock()
	if h.changes == nil {
		h.changes = map[string][]string{}
	}
	key, _, _ := strings.Cut(changes[0], "=")
	h.changes[key] = append(h.changes[key], fmt.Sprint(changes))
}

// serve returns the sequence numbers that are reported, and the log.
func serve(t *testing.T, ctx context.Context, e Event, handle Handler[string]) ([]string, string) {
	t.Helper()
	var log bytes.Buffer
	reply, err := Serve(slog.New(slog.NewJSONHandler(&log, nil)), "index-staff", read, handle)(ctx, e)
	if err != nil {
		t.Fatal(err)
	}
	failed := []string{}
	for _, f := range reply.BatchItemFailures {
		failed = append(failed, f.ItemIdentifier)
	}
	return failed, log.String()
}

func TestItemsFail(t *testing.T) {
	broken := errors.New("the table is away")
	for _, tt := range []struct {
		name    string
		records []string
		failed  []string
		handled []string // calls for the item a
		says    string
	}{
		{"one after the other", []string{"a=1", "b=1", "a=2"}, nil, []string{"[a=1 a=2]"}, ""},
		{"the same record twice", []string{"a=1", "a=1"}, nil, []string{"[a=1 a=1]"}, ""},
		{"two items of one partition", []string{"a/COUNT=1", "a/TOTAL=1"}, nil, []string{"[a=1]", "[a=1]"}, ""},
		{"an error", []string{"a=1", "b=1", "broken=1", "c=1"}, []string{"3"}, []string{"[a=1]"}, broken.Error()},
		{"an error of a later record", []string{"b=1", "broken=1", "a=1", "broken=2"}, []string{"2"}, []string{"[a=1]"}, broken.Error()},
		{"two items", []string{"broken=1", "a=1", "broken too=1"}, []string{"1", "3"}, []string{"[a=1]"}, broken.Error()},
		{"a panic", []string{"panic=1", "a=1"}, []string{"1"}, []string{"[a=1]"}, "panic: a bug"},
		{"a panic while reading", []string{"b=crash", "a=1"}, []string{"1"}, []string{"[a=1]"}, "panic: a value that nobody thought of"},
		{"a record that cannot be read", []string{"a=1", "b=unreadable"}, []string{"2"}, []string{"[a=1]"}, "read record 2: it has no value"},
		{"one of an item's records cannot be read", []string{"a=1", "a=unreadable", "a=3"}, []string{"1"}, []string{"[a=1 a=3]"}, "read record 2: it has no value"},
		{"none of an item's records can be read", []string{"a=unreadable", "a=unreadable"}, []string{"1"}, nil, "read record 2: it has no value"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var calls handled
			failed, log := serve(t, context.Background(), batchOf(t, tt.records...), func(_ context.Context, changes []string) error {
				calls.add(changes)
				switch {
				case strings.HasPrefix(changes[0], "broken"):
					return broken
				case strings.HasPrefix(changes[0], "panic"):
					panic("a bug")
				}
				return nil
			})
			if !slices.Equal(failed, tt.failed) {
				t.Errorf("%v are reported, want %v", failed, tt.failed)
			}
			if got := calls.changes["a"]; !slices.Equal(got, tt.handled) {
				t.Errorf("a is handled as %v, want %v", got, tt.handled)
			}
			if !strings.Contains(log, tt.says) {
				t.Errorf("no %q in\n%s", tt.says, log)
			}
			if n := strings.Count(log, `"msg":"record"`); n != len(tt.failed) {
				t.Errorf("%d lines about what failed, want %d:\n%s", n, len(tt.failed), log)
			}
		})
	}
}

// What is done before the time is up stays done. What is still going on is ended a
// second before the function, and reported.
func TestDeadlineInABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		failed, log := serve(t, ctx, batchOf(t, "quick=1", "slow=1", "quick too=1"), func(ctx context.Context, changes []string) error {
			if !strings.HasPrefix(changes[0], "slow") {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		})
		if took := time.Since(began); took != 59*time.Second {
			t.Errorf("the work ends after %s", took)
		}
		if !slices.Equal(failed, []string{"2"}) || !strings.Contains(log, context.DeadlineExceeded.Error()) || !strings.Contains(log, `"failed":1`) {
			t.Errorf("%v are reported:\n%s", failed, log)
		}
	})
}

// Items are handled side by side, but not all of a large batch.
func TestItemsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var records []string
		for i := range 20 {
			records = append(records, fmt.Sprintf("%d=1", i))
		}
		var begun atomic.Int32
		next, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			serve(t, t.Context(), batchOf(t, records...), func(context.Context, []string) error {
				begun.Add(1)
				<-next
				return nil
			})
		}()
		for _, want := range []int32{8, 9, 10} {
			synctest.Wait() // until nobody can go on
			if n := begun.Load(); n != want {
				t.Errorf("%d are begun, want %d", n, want)
			}
			next <- struct{}{}
		}
		close(next)
		<-done
		if n := begun.Load(); n != 20 {
			t.Errorf("%d are begun in the end", n)
		}
	})
}

// One line says what a batch came to. It is an error if something failed, or if
// something was counted.
func TestLine(t *testing.T) {
	for _, tt := range []struct {
		name    string
		handle  Handler[string]
		level   string
		members map[string]any
		not     []string
		metrics string
	}{
		{
			"all is well",
			func(ctx context.Context, _ []string) error { meter.Add(ctx, 1.5); return nil },
			"INFO",
			map[string]any{"function": "index-staff", "requestId": "req-1", "records": 3.0, "items": 2.0, "failed": 0.0, "calls": 2.0, "Units": 3.0, "StreamLag": 0.0},
			[]string{"Faults", "JobsFailed"},
			`[{"Dimensions":[["function"]],"Metrics":[{"Name":"Units"},{"Name":"StreamLag"}],"Namespace":"Chaoxi"}]`,
		},
		{
			"items fail",
			func(context.Context, []string) error { return errors.New("no") },
			"ERROR",
			map[string]any{"failed": 2.0, "Faults": 2.0},
			[]string{"JobsFailed"},
			`[{"Dimensions":[[]],"Metrics":[{"Name":"Faults"}],"Namespace":"Chaoxi"},` +
				`{"Dimensions":[["function"]],"Metrics":[{"Name":"Units"},{"Name":"StreamLag"}],"Namespace":"Chaoxi"}]`,
		},
		{
			"somebody has to look",
			func(ctx context.Context, _ []string) error { meter.Count(ctx, meter.JobsFailed, 1); return nil },
			"ERROR",
			map[string]any{"failed": 0.0, "JobsFailed": 2.0},
			[]string{"Faults"},
			`[{"Dimensions":[[]],"Metrics":[{"Name":"JobsFailed"}],"Namespace":"Chaoxi"},` +
				`{"Dimensions":[["function"]],"Metrics":[{"Name":"Units"},{"Name":"StreamLag"}],"Namespace":"Chaoxi"}]`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx := lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{AwsRequestID: "req-1"})
			began := time.Now().Truncate(time.Millisecond)
			_, log := serve(t, ctx, batchOf(t, "a=1", "b=1", "a=2"), tt.handle)
			if n := strings.Count(log, `"msg":"batch"`); n != 1 {
				t.Fatalf("%d lines:\n%s", n, log)
			}
			lines := strings.Split(strings.TrimSpace(log), "\n")
			var line map[string]any
			if err := json.Unmarshal([]byte(lines[len(lines)-1]), &line); err != nil {
				t.Fatal(err)
			}
			if line["msg"] != "batch" || line["level"] != tt.level {
				t.Errorf("the last line is %v", line)
			}
			for name, want := range tt.members {
				if line[name] != want {
					t.Errorf("%s is %v, want %v", name, line[name], want)
				}
			}
			for _, name := range tt.not {
				if _, there := line[name]; there {
					t.Errorf("%s is there", name)
				}
			}
			if ms, isNumber := line["ms"].(float64); !isNumber || ms < 0 {
				t.Errorf("it took %v", line["ms"])
			}
			aws := line["_aws"].(map[string]any)
			if got, _ := json.Marshal(aws["CloudWatchMetrics"]); string(got) != tt.metrics {
				t.Errorf("metrics are\n%s, want\n%s", got, tt.metrics)
			}
			if stamp := time.UnixMilli(int64(aws["Timestamp"].(float64))); stamp.Before(began) || stamp.After(time.Now()) {
				t.Errorf("at %s, and the test began at %s", stamp, began)
			}
		})
	}
}

// The lag is that of the oldest record. One without a time has none.
func TestLag(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) record { return record{at: noon.Add(-d)} }
	for _, tt := range []struct {
		name    string
		records []record
		want    time.Duration
	}{
		{"none", nil, 0},
		{"the oldest of three", []record{ago(time.Second), ago(time.Hour), ago(time.Minute)}, time.Hour},
		{"no time", []record{{}, ago(time.Second)}, time.Second},
		{"of a clock that is ahead", []record{ago(-time.Second)}, 0},
	} {
		if got := lag(noon, tt.records); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestReadRecord(t *testing.T) {
	const event = `{"Records":[
		{"eventID":"1","eventName":"REMOVE","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"cn-north-1",
		 "userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},
		 "dynamodb":{"ApproximateCreationDateTime":1772438400.5,"Keys":{"pk":{"S":"TICKET#1"},"sk":{"S":"TICKET"}},
		  "SequenceNumber":"11","SizeBytes":59,"StreamViewType":"NEW_AND_OLD_IMAGES","OldImage":{"n":{"N":"1"}}}},
		{"dynamodb":{"Keys":{"pk":{"N":"1"}},"NewImage":{"PK":{"S":"no key"}}}},
		{}]}`
	var e Event
	if err := json.Unmarshal([]byte(event), &e); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range e.Records {
		got = append(got, fmt.Sprintf("%s %s %s %s %s %s %s %v", r.Event, r.PK, r.SK, r.Sequence, r.By, r.Before, r.After, r.at.UTC().Format(time.RFC3339Nano)))
	}
	want := []string{
		`REMOVE TICKET#1 TICKET 11 dynamodb.amazonaws.com {"n":{"N":"1"}}  2026-03-02T08:00:00.5Z`,
		`      {"PK":{"S":"no key"}} 0001-01-01T00:00:00Z`,
		`       0001-01-01T00:00:00Z`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if err := json.Unmarshal([]byte(`{"Records":[{"dynamodb":{"SequenceNumber":1}}]}`), &e); err == nil {
		t.Error("a sequence number that is no text is taken")
	}
}

// The events that are shown to developers are read in full.
func TestSampleEvents(t *testing.T) {
	for name, want := range map[string]int{"index-staff": 2, "run-jobs": 1} {
		b, err := os.ReadFile("../../events/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var e Event
		if err := json.Unmarshal(b, &e); err != nil {
			t.Fatal(err)
		}
		if len(e.Records) != want {
			t.Errorf("%s: %d records", name, len(e.Records))
		}
		for _, r := range e.Records {
			if r.Event == "" || r.PK == "" || r.SK == "" || r.Sequence == "" || len(r.After) == 0 || r.at.IsZero() || (r.Event == "MODIFY") != (len(r.Before) > 0) {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}

// Lambda takes an empty list for a success. It knows failures by this very name.
func TestReply(t *testing.T) {
	for want, handle := range map[string]Handler[string]{
		`{"batchItemFailures":[]}`:                       func(context.Context, []string) error { return nil },
		`{"batchItemFailures":[{"itemIdentifier":"1"}]}`: func(context.Context, []string) error { return errors.New("no") },
	} {
		reply, err := Serve(slog.New(slog.DiscardHandler), "run-jobs", read, handle)(context.Background(), batchOf(t, "a=1"))
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := json.Marshal(reply); string(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
