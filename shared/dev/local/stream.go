package local

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"chaoxi/shared/dev/runtimeapi"
	"chaoxi/shared/dev/sam"
)

// streams has the calls of DynamoDB Streams that the pump makes.
type streams interface {
	// DescribeStream lists the shards of a stream.
	DescribeStream(context.Context, *dynamodbstreams.DescribeStreamInput, ...func(*dynamodbstreams.Options)) (*dynamodbstreams.DescribeStreamOutput, error)
	// GetShardIterator returns a position in a shard. Errors:
	// *types.TrimmedDataAccessException.
	GetShardIterator(context.Context, *dynamodbstreams.GetShardIteratorInput, ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetShardIteratorOutput, error)
	// GetRecords reads from a position on. Errors: *types.ExpiredIteratorException,
	// *types.TrimmedDataAccessException.
	GetRecords(context.Context, *dynamodbstreams.GetRecordsInput, ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetRecordsOutput, error)
}

// Source is one function that reads the stream.
type Source struct {
	Function string // name
	Invoke   Invoker
	Stream   sam.Stream // how the template connects the function
}

// Pump hands the records of a table's stream to functions, as the event source
// mappings of Lambda do: filtered, in batches, in order within a shard, and again if
// they fail. It reads the stream once for all of them, because reading is dear for
// DynamoDB Local. The functions do not wait for each other, until one of them is far
// behind (aheadMost).
type Pump struct {
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// PumpOptions change the pump. The zero value is ready to use.
type PumpOptions struct {
	// FromStart makes the pump begin with the oldest records of the stream. Otherwise it
	// begins with what is written after StartPump has returned.
	FromStart bool
	Log       *slog.Logger // nil: no log
	Pace      Pace
}

// Pace says how often the pump does things. The zero value suits one machine: search
// is up to date in well under a second, and an idle system reads five times a
// second.
type Pace struct {
	Least, Most time.Duration // between two reads of a shard: Least after records, up to Most without
	Shards      time.Duration // between two looks for new shards
	Retry       time.Duration // before the first retry; it doubles each time, up to RetryMost
	RetryMost   time.Duration
}

// orDefaults returns p, or for the zero value the default pace.
func (p Pace) orDefaults() Pace {
	if p == (Pace{}) {
		return Pace{Least: 20 * time.Millisecond, Most: 200 * time.Millisecond, Shards: time.Second, Retry: 100 * time.Millisecond, RetryMost: 2 * time.Second}
	}
	return p
}

// StartPump starts a pump for the stream arn. When it returns, the positions in the
// stream are fixed: whatever is written from then on is delivered.
func StartPump(ctx context.Context, api streams, arn string, sources []Source, o PumpOptions) (*Pump, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	r := &reader{api: api, arn: arn, pace: o.Pace.orDefaults(), log: o.Log, states: map[string]*shard{}, ended: make(chan string)}
	for _, s := range sources {
		if !s.Stream.Enabled {
			continue
		}
		f, err := newFilter(s.Stream.Filters)
		if err != nil {
			return nil, fmt.Errorf("stream of %s: %w", s.Function, err)
		}
		r.followers = append(r.followers, follower{Source: s, filter: f, pace: r.pace, log: o.Log.With("function", s.Function)})
	}
	if len(r.followers) == 0 {
		return &Pump{cancel: func() {}}, nil
	}
	if err := r.position(ctx, o.FromStart); err != nil {
		return nil, fmt.Errorf("stream: %w", err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &Pump{cancel: cancel}
	p.running.Go(func() { r.run(ctx) })
	return p, nil
}

// Close stops the pump, and waits until calls of functions have ended.
func (p *Pump) Close() error {
	p.cancel()
	p.running.Wait()
	return nil
}

// reader reads the stream for all functions that follow it.
type reader struct {
	api       streams
	arn       string
	followers []follower
	pace      Pace
	log       *slog.Logger

	states map[string]*shard // by the id of the shard
	ended  chan string       // ids of shards that were read to their end
}

// follower hands records to one function, as an event source mapping does.
type follower struct {
	Source
	filter filter
	pace   Pace
	log    *slog.Logger
}

// shard is how far the reader has come with one shard.
type shard struct {
	iterator string // where to begin; "": with the first record
	running  bool
	done     bool
}

// position decides where to begin in each shard that exists now.
func (r *reader) position(ctx context.Context, fromStart bool) error {
	shards, err := r.shards(ctx)
	if err != nil {
		return err
	}
	if fromStart {
		return nil
	}
	for _, s := range shards {
		id := aws.ToString(s.ShardId)
		if s.SequenceNumberRange != nil && s.SequenceNumberRange.EndingSequenceNumber != nil {
			r.states[id] = &shard{done: true}
			continue
		}
		iterator, err := r.iterator(ctx, id, types.ShardIteratorTypeLatest, "")
		if err != nil {
			return err
		}
		r.states[id] = &shard{iterator: iterator}
	}
	return nil
}

// run reads each shard in a goroutine of its own. It begins with a shard when the
// parent of the shard is done.
func (r *reader) run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	for ctx.Err() == nil {
		shards, err := r.shards(ctx)
		if err != nil && ctx.Err() == nil {
			r.log.Warn("stream: look for shards", "error", err.Error())
		}
		for _, s := range shards {
			id := aws.ToString(s.ShardId)
			state := r.states[id]
			if state == nil {
				state = &shard{}
				r.states[id] = state
			}
			parent := r.states[aws.ToString(s.ParentShardId)] // nil: the shard has none, or the stream has dropped it
			if state.running || state.done || parent != nil && !parent.done {
				continue
			}
			state.running = true
			running.Go(func() {
				r.read(ctx, id, state.iterator)
				select {
				case r.ended <- id:
				case <-ctx.Done():
				}
			})
		}
		timer := time.NewTimer(r.pace.Shards)
		select {
		case id := <-r.ended: // children of the shard may begin now
			r.states[id].done = true
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// shards lists the shards of the stream, and adds new ones to r.states.
func (r *reader) shards(ctx context.Context) ([]types.Shard, error) {
	var all []types.Shard
	input := &dynamodbstreams.DescribeStreamInput{StreamArn: &r.arn}
	for {
		out, err := r.api.DescribeStream(ctx, input)
		if err != nil {
			return all, fmt.Errorf("describe stream: %w", err)
		}
		all = append(all, out.StreamDescription.Shards...)
		input.ExclusiveStartShardId = out.StreamDescription.LastEvaluatedShardId
		if input.ExclusiveStartShardId == nil {
			break
		}
	}
	// A child may be listed before its parent. So all shards get their state before run
	// looks at the parent of any.
	for _, s := range all {
		if id := aws.ToString(s.ShardId); r.states[id] == nil {
			r.states[id] = &shard{}
		}
	}
	return all, nil
}

// iterator returns a position in the shard id: of the kind and, if after is not "",
// behind that sequence number.
func (r *reader) iterator(ctx context.Context, id string, kind types.ShardIteratorType, after string) (string, error) {
	input := &dynamodbstreams.GetShardIteratorInput{StreamArn: &r.arn, ShardId: &id, ShardIteratorType: kind}
	if after != "" {
		input.SequenceNumber = &after
	}
	out, err := r.api.GetShardIterator(ctx, input)
	if err != nil {
		return "", fmt.Errorf("position in shard %s: %w", id, err)
	}
	return aws.ToString(out.ShardIterator), nil
}

// aheadMost is how many answers of the stream the reader is ahead of a function in one
// shard. Then it waits for that one, and so do the others.
const aheadMost = 16

// read delivers the records of one shard, from iterator to the end of the shard, and
// waits until all functions have them.
func (r *reader) read(ctx context.Context, id, iterator string) {
	lanes := make([]chan []record, len(r.followers))
	var delivering sync.WaitGroup
	for i, f := range r.followers {
		lanes[i] = make(chan []record, aheadMost)
		delivering.Go(func() { f.follow(ctx, lanes[i]) })
	}
	r.readTo(ctx, id, iterator, func(records []record) {
		for _, lane := range lanes {
			select {
			case lane <- records:
			case <-ctx.Done():
			}
		}
	})
	for _, lane := range lanes {
		close(lane)
	}
	delivering.Wait()
}

// readTo reads one shard from iterator to its end. If a read fails, it tries again, if
// need be with a new iterator.
func (r *reader) readTo(ctx context.Context, id, iterator string, deliver func([]record)) {
	wait := r.pace.Least
	last := ""
	begin := types.ShardIteratorTypeLatest
	if iterator == "" {
		begin = types.ShardIteratorTypeTrimHorizon
	}
	renew, kind := iterator == "", begin
	for {
		var err error
		var out *dynamodbstreams.GetRecordsOutput
		if renew {
			if iterator, err = r.iterator(ctx, id, kind, last); err == nil {
				renew = false
			}
		}
		if err == nil {
			out, err = r.api.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: &iterator})
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			r.log.Warn("stream: read", "shard", id, "error", err.Error())
			var expired *types.ExpiredIteratorException
			var trimmed *types.TrimmedDataAccessException
			switch {
			case errors.As(err, &trimmed):
				renew, kind, last = true, types.ShardIteratorTypeTrimHorizon, ""
			case errors.As(err, &expired) && last != "":
				renew, kind = true, types.ShardIteratorTypeAfterSequenceNumber
			case errors.As(err, &expired):
				renew, kind = true, begin // no records were read so far
			}
			wait = min(2*wait, r.pace.RetryMost)
			if !pause(ctx, wait) {
				return
			}
			continue
		}
		if n := len(out.Records); n > 0 {
			last = aws.ToString(out.Records[n-1].Dynamodb.SequenceNumber)
			records := make([]record, n)
			for i, raw := range out.Records {
				records[i] = newRecord(raw, r.arn)
			}
			deliver(records)
			wait = r.pace.Least
		}
		if out.NextShardIterator == nil {
			return
		}
		iterator = *out.NextShardIterator
		if !pause(ctx, wait) {
			return
		}
		wait = min(2*wait, r.pace.Most)
	}
}

// pause waits for d. It reports false if ctx ends before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// record is one change in the form in which the function gets it.
type record struct {
	event    map[string]any
	sequence string
	created  time.Time
}

// follow hands the records of a lane to the function: those that pass the filter, in
// batches. What has come meanwhile makes larger batches.
func (f follower) follow(ctx context.Context, lane <-chan []record) {
	for records := range lane {
		for range len(lane) {
			records = slices.Concat(records, <-lane)
		}
		records = slices.DeleteFunc(slices.Clone(records), func(rec record) bool { return !f.filter.passes(rec.event) })
		for batch := range slices.Chunk(records, max(1, f.Stream.BatchSize)) {
			f.batch(ctx, batch)
		}
	}
}

// batch delivers one batch again and again, until all records are done or Lambda
// would give up: after so many retries, or when the records are too old.
func (f follower) batch(ctx context.Context, records []record) {
	wait := f.pace.Retry
	attempts := 0
	for len(records) > 0 && ctx.Err() == nil {
		done, err := f.invoke(ctx, records)
		if ctx.Err() != nil {
			return
		}
		records = records[done:]
		if err == nil {
			continue
		}
		f.log.Warn("stream: batch failed", "records", len(records), "from", records[0].sequence, "error", err.Error())
		if len(records) > 1 && (f.Stream.Bisect || errors.Is(err, runtimeapi.ErrTooLarge)) {
			half := len(records) / 2
			f.batch(ctx, records[:half])
			f.batch(ctx, records[half:])
			return
		}
		if done > 0 {
			attempts, wait = 0, f.pace.Retry
		}
		attempts++
		tired := f.Stream.Retries >= 0 && attempts > f.Stream.Retries
		old := f.Stream.MaxAge > 0 && time.Since(records[0].created) > f.Stream.MaxAge
		if tired || old { // Lambda would report this to the on-failure destination
			f.log.Error("stream: records dropped", "records", len(records), "attempts", attempts,
				"from", records[0].sequence, "to", records[len(records)-1].sequence, "keys", keysOf(records), "destination", f.Stream.OnFailure, "error", err.Error())
			return
		}
		if !pause(ctx, wait) {
			return
		}
		wait = min(2*wait, f.pace.RetryMost)
	}
}

// invoke calls the function with a batch. It returns how many records, from the first
// on, are done, and an error if that is not all of them.
func (f follower) invoke(ctx context.Context, records []record) (int, error) {
	batch := make([]any, len(records))
	for i, rec := range records {
		batch[i] = rec.event
	}
	event, err := json.Marshal(map[string]any{"Records": batch})
	if err != nil {
		return 0, fmt.Errorf("write event: %w", err)
	}
	reply, err := f.Invoke.Invoke(ctx, event)
	if err != nil {
		return 0, err
	}
	if !f.Stream.PartialAnswer {
		return len(records), nil
	}
	var answer struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	switch string(reply) {
	case "", "null", `""`: // an empty answer means that all records are done
		return len(records), nil
	}
	if err := json.Unmarshal(reply, &answer); err != nil {
		return 0, fmt.Errorf("read answer: %w", err)
	}
	if len(answer.BatchItemFailures) == 0 {
		return len(records), nil
	}
	first := len(records)
	for _, failure := range answer.BatchItemFailures {
		i := slices.IndexFunc(records, func(rec record) bool { return rec.sequence == failure.ItemIdentifier })
		first = min(first, max(i, 0)) // if the batch has no such record, all of it has failed
	}
	return first, fmt.Errorf("it reports %d records that failed", len(answer.BatchItemFailures))
}

// keysOf returns the keys of the changed items, for the log.
func keysOf(records []record) string {
	var all []any
	for _, rec := range records {
		all = append(all, rec.event["dynamodb"].(map[string]any)["Keys"])
	}
	b, _ := json.Marshal(all)
	return string(b)
}

// newRecord returns a record in the form of Lambda's event, as maps, which filters
// and encoding/json can read.
func newRecord(raw types.Record, arn string) record {
	change := raw.Dynamodb
	d := map[string]any{
		"SequenceNumber": aws.ToString(change.SequenceNumber),
		"StreamViewType": string(change.StreamViewType),
	}
	if change.SizeBytes != nil {
		d["SizeBytes"] = float64(*change.SizeBytes)
	}
	rec := record{sequence: aws.ToString(change.SequenceNumber)}
	if change.ApproximateCreationDateTime != nil {
		rec.created = *change.ApproximateCreationDateTime
		d["ApproximateCreationDateTime"] = float64(rec.created.Unix())
	}
	for name, item := range map[string]map[string]types.AttributeValue{"Keys": change.Keys, "NewImage": change.NewImage, "OldImage": change.OldImage} {
		if item != nil {
			d[name] = image(item)
		}
	}
	rec.event = map[string]any{
		"awsRegion":      Region,
		"dynamodb":       d,
		"eventID":        aws.ToString(raw.EventID),
		"eventName":      string(raw.EventName),
		"eventSource":    "aws:dynamodb",
		"eventSourceARN": arn,
		"eventVersion":   aws.ToString(raw.EventVersion),
	}
	if u := raw.UserIdentity; u != nil {
		rec.event["userIdentity"] = map[string]any{"type": aws.ToString(u.Type), "principalId": aws.ToString(u.PrincipalId)}
	}
	return rec
}

// image returns an item as DynamoDB's JSON.
func image(item map[string]types.AttributeValue) map[string]any {
	m := make(map[string]any, len(item))
	for name, v := range item {
		m[name] = attribute(v)
	}
	return m
}

// attribute returns a value as DynamoDB's JSON.
func attribute(v types.AttributeValue) map[string]any {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberB:
		return map[string]any{"B": base64.StdEncoding.EncodeToString(v.Value)}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberM:
		return map[string]any{"M": image(v.Value)}
	case *types.AttributeValueMemberL:
		list := make([]any, len(v.Value))
		for i, item := range v.Value {
			list[i] = attribute(item)
		}
		return map[string]any{"L": list}
	case *types.AttributeValueMemberSS:
		return map[string]any{"SS": anys(v.Value)}
	case *types.AttributeValueMemberNS:
		return map[string]any{"NS": anys(v.Value)}
	case *types.AttributeValueMemberBS:
		list := make([]any, len(v.Value))
		for i, b := range v.Value {
			list[i] = base64.StdEncoding.EncodeToString(b)
		}
		return map[string]any{"BS": list}
	default:
		return map[string]any{"NULL": true}
	}
}

func anys(list []string) []any {
	a := make([]any, len(list))
	for i, s := range list {
		a[i] = s
	}
	return a
}
