package runtimeapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "runtimeapi")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "bootstrap")
		build := exec.Command("go", "build", "-tags=lambda.norpc", "-trimpath", "-o", binary, "./testdata/function")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build testdata/function: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

type answer struct {
	PID     int      `json:"pid"`
	Served  int      `json:"served"`
	ID      string   `json:"id"`
	ARN     string   `json:"arn"`
	Left    float64  `json:"left"`
	Environ []string `json:"environ"`
}

func pool(t *testing.T, change func(*Config)) *Pool {
	t.Helper()
	c := Config{Name: "echo", Path: binary, Timeout: 30 * time.Second, Region: "local", Env: map[string]string{"COLOUR": "red"}}
	if change != nil {
		change(&c)
	}
	p := New(c)
	t.Cleanup(func() { p.Close() })
	return p
}

func invoke(p *Pool, event string) (answer, error) {
	var a answer
	reply, err := p.Invoke(context.Background(), []byte(event))
	if err == nil {
		err = json.Unmarshal(reply, &a)
	}
	return a, err
}

func must(t *testing.T, p *Pool, event string) answer {
	t.Helper()
	a, err := invoke(p, event)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestEnvironmentAndContext(t *testing.T) {
	t.Setenv("SECRET_OF_THE_PARENT", "1")
	a := must(t, pool(t, func(c *Config) { c.MemoryMB = 256 }), "{}")
	for _, want := range []string{"COLOUR=red", "AWS_LAMBDA_FUNCTION_NAME=echo", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_REGION=local"} {
		if !slices.Contains(a.Environ, want) {
			t.Errorf("environment has no %s: %q", want, a.Environ)
		}
	}
	if slices.ContainsFunc(a.Environ, func(s string) bool { return strings.HasPrefix(s, "SECRET_OF_THE_PARENT") }) {
		t.Error("the parent's environment leaked")
	}
	if a.Left < 10 || a.Left > 30 {
		t.Errorf("%v s left of 30", a.Left)
	}
	if len(a.ID) != 36 || a.ARN != "arn:aws:lambda:local:000000000000:function:echo" {
		t.Errorf("id %q, arn %q", a.ID, a.ARN)
	}
}

func TestOneProcessServesEventsInTurn(t *testing.T) {
	p := pool(t, nil)
	first := must(t, p, "{}")
	for i := 2; i <= 30; i++ {
		a := must(t, p, "{}")
		if a.PID != first.PID || a.Served != i || a.ID == first.ID {
			t.Fatalf("event %d: %+v", i, a)
		}
	}
}

func TestOutcomes(t *testing.T) {
	type want struct {
		is   error
		kind string
		same bool // the process survives
	}
	tests := []struct {
		event string
		want  want
	}{
		{`{"do":"fail"}`, want{kind: "errorString", same: true}},
		{`[`, want{kind: "errorString", same: true}},
		{`{"do":"panic"}`, want{kind: "string"}},
		{`{"do":"exit"}`, want{is: ErrCrashed}},
		{`{"do":"hang"}`, want{is: ErrTimeout}},
		{`{"do":"big","size":6291557}`, want{kind: "Function.ResponseSizeTooLarge"}},
	}
	for _, tt := range tests {
		t.Run(tt.event, func(t *testing.T) {
			t.Parallel()
			p := pool(t, func(c *Config) {
				c.Limit = 1
				if tt.want.is == ErrTimeout {
					c.Timeout = time.Second
				}
			})
			before := must(t, p, "{}")
			_, err := invoke(p, tt.event)
			var reported *FunctionError
			if errors.As(err, &reported); tt.want.kind != "" && (reported == nil || reported.Type != tt.want.kind) {
				t.Errorf("error %v, want type %s", err, tt.want.kind)
			}
			if tt.want.is != nil && !errors.Is(err, tt.want.is) {
				t.Errorf("error %v, want %v", err, tt.want.is)
			}
			if after := must(t, p, "{}"); (after.PID == before.PID) != tt.want.same {
				t.Errorf("process %d, then %d", before.PID, after.PID)
			}
		})
	}
}

func TestSizes(t *testing.T) {
	p := pool(t, nil)
	reply, err := p.Invoke(context.Background(), fmt.Appendf(nil, `{"do":"big","size":%d}`, MaxPayload))
	if err != nil || len(reply) != MaxPayload {
		t.Errorf("largest reply: %d bytes, %v", len(reply), err)
	}
	if _, err := p.Invoke(context.Background(), make([]byte, MaxPayload+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large an event: %v", err)
	}
}

func TestInitFailures(t *testing.T) {
	t.Run("exits", func(t *testing.T) {
		var log syncBuffer
		p := pool(t, func(c *Config) { c.Env = map[string]string{"START": "crash"}; c.Log = &log })
		for range 2 {
			if _, err := invoke(p, "{}"); !errors.Is(err, ErrCrashed) || !strings.Contains(err.Error(), "exit status 3") {
				t.Errorf("error %v", err)
			}
		}
		if !strings.Contains(log.String(), "[echo] cannot start\n") {
			t.Errorf("log %q", log.String())
		}
	})
	t.Run("no such file", func(t *testing.T) {
		p := pool(t, func(c *Config) { c.Path = "testdata/none/bootstrap"; c.Limit = 1 })
		for range 2 { // the second does not wait for the first one's place
			if _, err := invoke(p, "{}"); !errors.Is(err, ErrCrashed) || !errors.Is(err, os.ErrNotExist) {
				t.Errorf("error %v", err)
			}
		}
	})
	t.Run("caller gives up", func(t *testing.T) {
		p := pool(t, func(c *Config) { c.Env = map[string]string{"START": "hang"} })
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if _, err := p.Invoke(ctx, []byte("{}")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
}

// TestQueue fills both processes, queues a third event and sees it served by
// the process that frees itself first.
func TestQueue(t *testing.T) {
	p := pool(t, func(c *Config) { c.Limit = 2 })
	gates := []string{filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")}
	answers := make([]chan answer, 3)
	send := func(i int, event string) {
		answers[i] = make(chan answer, 1)
		go func() {
			a, err := invoke(p, event)
			if err != nil {
				t.Error(err)
			}
			answers[i] <- a
		}()
	}
	for i, gate := range gates {
		send(i, fmt.Sprintf(`{"do":"wait","until":%q}`, gate))
	}
	await(t, func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.processes == 2 })
	send(2, "{}")
	await(t, func() bool { p.mu.Lock(); defer p.mu.Unlock(); return len(p.queue) == 1 })

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Invoke(ctx, []byte("{}")); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that left the queue: %v", err)
	}

	open(t, gates[1])
	second, third := <-answers[1], <-answers[2]
	if second.PID != third.PID || third.Served != 2 {
		t.Errorf("queued event went to %+v, free was %+v", third, second)
	}
	open(t, gates[0])
	if first := <-answers[0]; first.PID == second.PID {
		t.Error("two events at a time in one process")
	}
}

func TestCrashFreesThePlaceOfAQueuedEvent(t *testing.T) {
	p := pool(t, func(c *Config) { c.Limit = 1; c.Timeout = time.Second })
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i, event := range []string{`{"do":"hang"}`, `{"do":"exit"}`, `{"do":"exit"}`, `{"do":"hang"}`} {
		wg.Go(func() { _, errs[i] = invoke(p, event) })
	}
	wg.Wait()
	for i, want := range []error{ErrTimeout, ErrCrashed, ErrCrashed, ErrTimeout} {
		if !errors.Is(errs[i], want) {
			t.Errorf("event %d: %v, want %v", i, errs[i], want)
		}
	}
	must(t, p, "{}")
}

// TestCallerGone: the function finishes without its caller and serves on.
func TestCallerGone(t *testing.T) {
	p := pool(t, func(c *Config) { c.Limit = 1 })
	before := must(t, p, "{}")
	gate := filepath.Join(t.TempDir(), "gate")
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	left := make(chan error, 1)
	go func() {
		_, err := p.Invoke(ctx, fmt.Appendf(nil, `{"do":"wait","until":%q}`, gate))
		left <- err
	}()
	await(t, func() bool { _, err := os.Stat(gate + ".begun"); return err == nil })
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	open(t, gate)
	if after := must(t, p, "{}"); after.PID != before.PID || after.Served != 3 {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestLogLines(t *testing.T) {
	var log syncBuffer
	p := pool(t, func(c *Config) { c.Log = &log })
	must(t, p, `{"do":"print"}`)
	p.Close()
	if got := log.String(); got != "[echo] one\n[echo] two\n[echo] without end\n" {
		t.Errorf("log %q", got)
	}
}

func TestStartAndClose(t *testing.T) {
	p := pool(t, nil)
	var pids []int
	for range 2 {
		took, err := p.Start(context.Background())
		if err != nil || took <= 0 || took > initTimeout {
			t.Fatalf("start took %s, %v", took, err)
		}
	}
	for proc := range p.live {
		pids = append(pids, proc.cmd.Process.Pid)
	}
	if a := must(t, p, "{}"); !slices.Contains(pids, a.PID) {
		t.Errorf("event went to %d, started were %v", a.PID, pids)
	}

	hung := make(chan error, 1)
	go func() { _, err := invoke(p, `{"do":"hang"}`); hung <- err }()
	await(t, func() bool { p.mu.Lock(); defer p.mu.Unlock(); return len(p.idle) == 1 })
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := <-hung; !errors.Is(err, ErrClosed) {
		t.Errorf("event in flight at close: %v", err)
	}
	if _, err := invoke(p, "{}"); !errors.Is(err, ErrClosed) {
		t.Errorf("event after close: %v", err)
	}
	if _, err := p.Start(context.Background()); !errors.Is(err, ErrClosed) {
		t.Errorf("start after close: %v", err)
	}
	for _, pid := range pids {
		if _, err := os.Stat(fmt.Sprintf("/proc/%d/exe", pid)); err == nil {
			t.Errorf("process %d survived", pid)
		}
	}
}

func open(t *testing.T, gate string) {
	t.Helper()
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// await polls until the condition holds; the pool tells nobody when its queue grows.
func await(t *testing.T, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(10 * time.Second)
	for !condition() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("condition never held")
		}
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
