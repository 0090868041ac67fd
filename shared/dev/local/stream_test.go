package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"chaoxi/shared/dev/runtimeapi"
	"chaoxi/shared/dev/sam"
)

// sink is a function that the stream starts. Answer decides each invocation's
// fate; the sequence numbers of every batch are kept.
type sink struct {
	answer func(batch []string) (string, error)

	mu      sync.Mutex
	batches [][]string
	events  []events.DynamoDBEvent
}

func (s *sink) Invoke(_ context.Context, event []byte) ([]byte, error) {
	var e events.DynamoDBEvent
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, err
	}
	var batch []string
	for _, r := range e.Records {
		batch = append(batch, r.Change.SequenceNumber)
	}
	s.mu.Lock()
	s.batches = append(s.batches, batch)
	s.events = append(s.events, e)
	s.mu.Unlock()
	if s.answer == nil {
		return []byte(`{"batchItemFailures":[]}`), nil
	}
	reply, err := s.answer(batch)
	return []byte(reply), err
}

func (s *sink) seen() [][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.batches)
}

// fakeStream has shards whose records are numbered through, 1, 2, …
type fakeStream struct {
	mu     sync.Mutex
	shards []*fakeShard
	errs   []error // of the next GetRecords calls
	read   int     // records that were handed out
}

type fakeShard struct {
	id, parent string
	records    []types.Record
	closed     bool
}

func (f *fakeStream) add(shard int, sequences ...int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range sequences {
		f.shards[shard].records = append(f.shards[shard].records, types.Record{
			EventName: types.OperationTypeInsert,
			Dynamodb: &types.StreamRecord{
				SequenceNumber: aws.String(strconv.Itoa(n)),
				Keys:           map[string]types.AttributeValue{"sk": &types.AttributeValueMemberS{Value: "STAFF"}},
			},
		})
	}
}

func (f *fakeStream) DescribeStream(_ context.Context, in *dynamodbstreams.DescribeStreamInput, _ ...func(*dynamodbstreams.Options)) (*dynamodbstreams.DescribeStreamOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	from := slices.IndexFunc(f.shards, func(s *fakeShard) bool { return s.id == aws.ToString(in.ExclusiveStartShardId) }) + 1
	d := &types.StreamDescription{}
	if from < len(f.shards) { // one a page
		s := f.shards[from]
		shard := types.Shard{ShardId: &s.id, SequenceNumberRange: &types.SequenceNumberRange{}}
		if s.parent != "" {
			shard.ParentShardId = &s.parent
		}
		if s.closed {
			shard.SequenceNumberRange.EndingSequenceNumber = aws.String("9")
		}
		d.Shards = []types.Shard{shard}
		if from+1 < len(f.shards) {
			d.LastEvaluatedShardId = &s.id
		}
	}
	return &dynamodbstreams.DescribeStreamOutput{StreamDescription: d}, nil
}

func (f *fakeStream) GetShardIterator(_ context.Context, in *dynamodbstreams.GetShardIteratorInput, _ ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetShardIteratorOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.shards[slices.IndexFunc(f.shards, func(s *fakeShard) bool { return s.id == *in.ShardId })]
	at := 0
	switch in.ShardIteratorType {
	case types.ShardIteratorTypeLatest:
		at = len(s.records)
	case types.ShardIteratorTypeAfterSequenceNumber:
		at = slices.IndexFunc(s.records, func(r types.Record) bool { return *r.Dynamodb.SequenceNumber == *in.SequenceNumber }) + 1
	}
	return &dynamodbstreams.GetShardIteratorOutput{ShardIterator: aws.String(fmt.Sprintf("%s/%d", s.id, at))}, nil
}

func (f *fakeStream) GetRecords(_ context.Context, in *dynamodbstreams.GetRecordsInput, _ ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetRecordsOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.errs) > 0 {
		err := f.errs[0]
		f.errs = f.errs[1:]
		return nil, err
	}
	id, position, _ := strings.Cut(*in.ShardIterator, "/")
	at, _ := strconv.Atoi(position)
	s := f.shards[slices.IndexFunc(f.shards, func(s *fakeShard) bool { return s.id == id })]
	out := &dynamodbstreams.GetRecordsOutput{Records: s.records[at:]}
	f.read += len(out.Records)
	if !s.closed {
		out.NextShardIterator = aws.String(fmt.Sprintf("%s/%d", id, len(s.records)))
	}
	return out, nil
}

var quick = Pace{Least: time.Millisecond, Most: 4 * time.Millisecond, Shards: 5 * time.Millisecond, Retry: time.Millisecond, RetryMost: 4 * time.Millisecond}

func pump(t *testing.T, api streams, o PumpOptions, sources ...Source) *Pump {
	t.Helper()
	o.Pace = quick
	p, err := StartPump(context.Background(), api, "arn", sources, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// await polls until the condition holds.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(20 * time.Second)
	for !condition() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("never: %s", what)
		}
	}
}

func TestBatchesAndRetries(t *testing.T) {
	fails := func(reply string, err error, times int) func([]string) (string, error) {
		return func([]string) (string, error) {
			if times == 0 {
				return "", nil
			}
			times--
			return reply, err
		}
	}
	// poisoned fails each batch that holds record 3, naming it or not.
	poisoned := func(name bool) func([]string) (string, error) {
		return func(batch []string) (string, error) {
			if !slices.Contains(batch, "3") {
				return `{"batchItemFailures":[]}`, nil
			}
			if name {
				return `{"batchItemFailures":[{"itemIdentifier":"4"},{"itemIdentifier":"3"}]}`, nil
			}
			return "", runtimeapi.ErrCrashed
		}
	}
	all := []string{"1", "2", "3", "4", "5"}
	tests := []struct {
		name   string
		stream sam.Stream
		answer func([]string) (string, error)
		want   [][]string
	}{
		{"batches", sam.Stream{BatchSize: 2}, nil, [][]string{{"1", "2"}, {"3", "4"}, {"5"}}},
		{"crash, then well", sam.Stream{BatchSize: 5, Retries: -1}, fails("", runtimeapi.ErrCrashed, 2), [][]string{all, all, all}},
		{"given up", sam.Stream{BatchSize: 5, Retries: 1}, fails("", errors.New("x"), 2), [][]string{all, all}},
		{"no retries", sam.Stream{BatchSize: 5, Retries: 0}, fails("", errors.New("x"), 1), [][]string{all}},
		{"too old", sam.Stream{BatchSize: 5, Retries: -1, MaxAge: time.Second}, fails("", errors.New("x"), 1), [][]string{all}},
		{"answer that nobody asked for", sam.Stream{BatchSize: 5}, fails(`{"batchItemFailures":[{"itemIdentifier":"1"}]}`, nil, 9), [][]string{all}},
		{"partial answer", sam.Stream{BatchSize: 5, Retries: -1, PartialAnswer: true}, fails(`{"batchItemFailures":[{"itemIdentifier":"3"}]}`, nil, 1), [][]string{all, {"3", "4", "5"}}},
		{"partial answer, poisoned for good", sam.Stream{BatchSize: 5, Retries: 1, PartialAnswer: true}, poisoned(true), [][]string{all, {"3", "4", "5"}}},
		{"partial answer, poisoned, bisected", sam.Stream{BatchSize: 5, Retries: 1, PartialAnswer: true, Bisect: true}, poisoned(true), [][]string{all, {"3"}, {"3"}, {"4", "5"}}},
		{"bisected", sam.Stream{BatchSize: 5, Retries: 1, Bisect: true}, poisoned(false), [][]string{all, {"1", "2"}, {"3", "4", "5"}, {"3"}, {"3"}, {"4", "5"}}},
		{"event too large", sam.Stream{BatchSize: 5, Retries: 0}, fails("", runtimeapi.ErrTooLarge, 1), [][]string{all, {"1", "2"}, {"3", "4", "5"}}},
		{"unknown record in the answer", sam.Stream{BatchSize: 5, Retries: -1, PartialAnswer: true}, fails(`{"batchItemFailures":[{"itemIdentifier":"77"}]}`, nil, 1), [][]string{all, all}},
		{"record without a name in the answer", sam.Stream{BatchSize: 5, Retries: -1, PartialAnswer: true}, fails(`{"batchItemFailures":[{}]}`, nil, 1), [][]string{all, all}},
		{"no JSON in the answer", sam.Stream{BatchSize: 5, Retries: -1, PartialAnswer: true}, fails(`{`, nil, 1), [][]string{all, all}},
		{"null in the answer", sam.Stream{BatchSize: 5, Retries: -1, PartialAnswer: true}, fails(`null`, nil, 1), [][]string{all}},
		{"filtered out", sam.Stream{BatchSize: 5, Filters: []string{`{"dynamodb":{"Keys":{"sk":{"S":["JOB"]}}}}`}}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fakeStream{shards: []*fakeShard{{id: "a", closed: true}}}
			f.add(0, 1, 2, 3, 4, 5)
			s := &sink{answer: tt.answer}
			after := &sink{} // a source that has come to the end of the same stream
			tt.stream.Enabled = true
			p := pump(t, f, PumpOptions{FromStart: true},
				Source{Function: "f", Invoke: s, Stream: tt.stream}, Source{Function: "after", Invoke: after, Stream: sam.Stream{Enabled: true, BatchSize: 10}})
			await(t, "all batches", func() bool { return len(s.seen()) >= len(tt.want) && len(after.seen()) == 1 })
			f.mu.Lock()
			f.shards = append(f.shards, &fakeShard{id: "b", parent: "a"})
			f.mu.Unlock()
			f.add(1, 6)
			if tt.stream.Filters == nil { // the next record shows that nothing more came before it
				tt.want = append(tt.want, []string{"6"})
			}
			await(t, "the record after them", func() bool { return len(s.seen()) >= len(tt.want) && len(after.seen()) == 2 })
			p.Close()
			if got := s.seen(); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("batches %v, want %v", got, tt.want)
			}
		})
	}
}

func TestShards(t *testing.T) {
	enabled := sam.Stream{Enabled: true, BatchSize: 10, Retries: -1}
	t.Run("children wait for their parents", func(t *testing.T) {
		f := &fakeStream{shards: []*fakeShard{{id: "child", parent: "parent"}, {id: "parent", parent: "trimmed", closed: true}}}
		f.add(1, 1, 2)
		f.add(0, 3)
		failed := false
		s := &sink{answer: func(batch []string) (string, error) {
			if batch[0] == "1" && !failed {
				failed = true
				return "", runtimeapi.ErrTimeout
			}
			return "", nil
		}}
		pump(t, f, PumpOptions{FromStart: true}, Source{Invoke: s, Stream: enabled})
		await(t, "both shards", func() bool { return len(s.seen()) == 3 })
		if got := s.seen(); !reflect.DeepEqual(got, [][]string{{"1", "2"}, {"1", "2"}, {"3"}}) {
			t.Errorf("batches %v", got)
		}
	})
	t.Run("latest: only what comes after the start, in old and new shards", func(t *testing.T) {
		f := &fakeStream{shards: []*fakeShard{{id: "old", closed: true}, {id: "open", parent: "old"}}}
		f.add(0, 1)
		f.add(1, 2)
		s := &sink{}
		pump(t, f, PumpOptions{}, Source{Invoke: s, Stream: enabled})
		f.add(1, 3)
		await(t, "the open shard", func() bool { return len(s.seen()) == 1 })
		f.mu.Lock()
		f.shards[1].closed = true
		f.shards = append(f.shards, &fakeShard{id: "new", parent: "open"})
		f.mu.Unlock()
		f.add(2, 4)
		await(t, "the new shard", func() bool { return len(s.seen()) == 2 })
		if got := s.seen(); !reflect.DeepEqual(got, [][]string{{"3"}, {"4"}}) {
			t.Errorf("batches %v", got)
		}
	})
	t.Run("iterators that have expired", func(t *testing.T) {
		f := &fakeStream{shards: []*fakeShard{{id: "a"}}}
		f.add(0, 1)
		s := &sink{}
		pump(t, f, PumpOptions{FromStart: true}, Source{Invoke: s, Stream: enabled})
		await(t, "the first record", func() bool { return len(s.seen()) == 1 })
		f.mu.Lock()
		f.errs = []error{&types.ExpiredIteratorException{}, errors.New("network"), &types.ExpiredIteratorException{}}
		f.mu.Unlock()
		f.add(0, 2)
		await(t, "the second record", func() bool { return len(s.seen()) == 2 })
		if got := s.seen(); !reflect.DeepEqual(got, [][]string{{"1"}, {"2"}}) {
			t.Errorf("batches %v", got)
		}
	})
	t.Run("a source that is switched off", func(t *testing.T) {
		if _, err := StartPump(context.Background(), &fakeStream{}, "arn", []Source{{Stream: sam.Stream{Filters: []string{"{"}}}}, PumpOptions{}); err != nil {
			t.Error(err)
		}
		if _, err := StartPump(context.Background(), &fakeStream{}, "arn", []Source{{Stream: sam.Stream{Enabled: true, Filters: []string{"{"}}}}, PumpOptions{}); err == nil {
			t.Error("a broken filter was accepted")
		}
	})
}

// The stream is read once for all functions, and one that is busy holds up no other. What
// comes meanwhile is one batch for it.
func TestFunctionsShareTheReading(t *testing.T) {
	stream := &fakeStream{shards: []*fakeShard{{id: "a"}}}
	busy, free := make(chan struct{}), &sink{}
	slow := &sink{answer: func(batch []string) (string, error) { <-busy; return "", nil }}
	settings := sam.Stream{Enabled: true, BatchSize: 10}
	pump(t, stream, PumpOptions{}, Source{Invoke: slow, Stream: settings}, Source{Invoke: free, Stream: settings})
	for n := 1; n <= 4; n++ {
		stream.add(0, n)
		await(t, fmt.Sprintf("record %d", n), func() bool { return len(free.seen()) == n })
	}
	close(busy)
	await(t, "the slow one has all", func() bool { return len(slow.seen()) == 2 })
	if got, want := slow.seen(), [][]string{{"1"}, {"2", "3", "4"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("the slow one got %v, want %v", got, want)
	}
	stream.mu.Lock()
	defer stream.mu.Unlock()
	if stream.read != 4 {
		t.Errorf("%d records were read for 4", stream.read)
	}
}

// However long nothing was written, the next record is delivered in well under a
// second.
func TestPaceOfAnIdleSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream, s := &fakeStream{shards: []*fakeShard{{id: "a"}}}, &sink{}
		p, err := StartPump(t.Context(), stream, "arn", []Source{{Invoke: s, Stream: sam.Stream{Enabled: true, BatchSize: 10}}}, PumpOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		for n := 1; n <= 3; n++ {
			time.Sleep(time.Hour + time.Duration(n)*77*time.Millisecond)
			stream.add(0, n)
			time.Sleep(250 * time.Millisecond)
			if got := len(s.seen()); got != n {
				t.Errorf("%d of %d records are delivered", got, n)
			}
		}
	})
}

// TestStreamOfDynamoDBLocal pumps the real thing: what was there before is not
// replayed, filters hold, and images arrive as Lambda's event type reads them.
func TestStreamOfDynamoDBLocal(t *testing.T) {
	db := liveDynamoDB(t)
	tmpl, err := sam.Load("../sam/testdata/template.yaml", sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	table, _ := tmpl.Table("Table")
	client, name := db.Client(), fmt.Sprintf("stream-%d-%d", os.Getpid(), time.Now().UnixNano())
	ctx := context.Background()
	if err := table.Create(ctx, client, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name}) })
	put := func(pk, sk string) {
		t.Helper()
		_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &name, Item: map[string]dynamotypes.AttributeValue{
			"pk": &dynamotypes.AttributeValueMemberS{Value: pk}, "sk": &dynamotypes.AttributeValueMemberS{Value: sk},
			"n": &dynamotypes.AttributeValueMemberN{Value: "5"}, "b": &dynamotypes.AttributeValueMemberB{Value: []byte{0, 1}},
			"l": &dynamotypes.AttributeValueMemberL{Value: []dynamotypes.AttributeValue{&dynamotypes.AttributeValueMemberBOOL{Value: true}, &dynamotypes.AttributeValueMemberNULL{Value: true}}},
			"m": &dynamotypes.AttributeValueMemberM{Value: map[string]dynamotypes.AttributeValue{"s": &dynamotypes.AttributeValueMemberSS{Value: []string{"x"}}}},
			"q": &dynamotypes.AttributeValueMemberNS{Value: []string{"7"}}, "r": &dynamotypes.AttributeValueMemberBS{Value: [][]byte{{2}}},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	put("STAFF#0", "STAFF")

	index, _ := tmpl.Function("index-staff")
	s, replay := &sink{}, &sink{}
	arn, err := streamARN(ctx, client, name)
	if err != nil {
		t.Fatal(err)
	}
	live, err := StartPump(ctx, db.Streams(), arn, []Source{{Function: "index-staff", Invoke: s, Stream: index.Streams[0]}}, PumpOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	put("STAFF#1", "STAFF")
	put("INDEX#1", "INDEX")
	put("STAFF#2", "STAFF")
	await(t, "both people", func() bool {
		n := 0
		for _, b := range s.seen() {
			n += len(b)
		}
		return n == 2
	})
	first := s.events[0].Records[0]
	if first.EventName != "INSERT" || first.Change.Keys["pk"].String() != "STAFF#1" || first.EventSourceArn != arn || first.Change.OldImage != nil {
		t.Errorf("record %+v", first)
	}
	img := first.Change.NewImage
	if img["n"].Number() != "5" || !slices.Equal(img["b"].Binary(), []byte{0, 1}) || !img["l"].List()[0].Boolean() || !img["l"].List()[1].IsNull() ||
		img["m"].Map()["s"].StringSet()[0] != "x" || img["q"].NumberSet()[0] != "7" || img["r"].BinarySet()[0][0] != 2 {
		t.Errorf("image %+v", img)
	}

	again, err := StartPump(ctx, db.Streams(), arn, []Source{{Function: "index-staff", Invoke: replay, Stream: index.Streams[0]}}, PumpOptions{FromStart: true})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	await(t, "all three people", func() bool { b := replay.seen(); return len(b) == 1 && len(b[0]) == 3 })
}

// liveDynamoDB is the one that make test starts.
func liveDynamoDB(t *testing.T) *DynamoDB {
	t.Helper()
	if os.Getenv(endpointVariable) == "" {
		const why = endpointVariable + " is not set; `make test` starts a DynamoDB Local and sets it"
		if os.Getenv("REQUIRE_DYNAMODB") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	db, err := StartDynamoDB(context.Background(), func(s string) { t.Log(s) })
	if err != nil {
		t.Fatal(err)
	}
	return db
}
