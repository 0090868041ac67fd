package runtimeapi

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// process is one running binary, with a Runtime API of its own.
type process struct {
	config Config
	cmd    *exec.Cmd
	server *http.Server

	asked   chan struct{} // closed when the process first asks for an event
	ready   chan struct{} // has one token while the process waits for an event
	jobs    chan *job
	ended   chan struct{} // closed when the process has ended
	started time.Time
	init    time.Duration // from the start until the process first asked for an event

	mu      sync.Mutex
	current *job           // which the process works on
	failure *FunctionError // which the process posted to /init/error
	killed  error          // why it was killed; nil if it was not

	// deadline is used only by the goroutine that hands the process its event.
	deadline time.Time
}

// job is one event for the process, and its answer.
type job struct {
	id       string
	event    []byte
	deadline time.Time
	done     chan struct{} // closed when reply and err are set
	reply    []byte
	err      error
}

// errNotTaken says that the process ended before it took the event.
var errNotTaken = errors.New("event not taken")

// launch starts the binary. awaitInit waits until it is ready.
func launch(c Config) (*process, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	p := &process{
		config: c,
		asked:  make(chan struct{}),
		ready:  make(chan struct{}, 1),
		jobs:   make(chan *job),
		ended:  make(chan struct{}),
	}
	const api = "/2018-06-01/runtime/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+api+"invocation/next", p.next)
	mux.HandleFunc("POST "+api+"invocation/{id}/response", p.response)
	mux.HandleFunc("POST "+api+"invocation/{id}/error", p.invocationError)
	mux.HandleFunc("POST "+api+"init/error", p.initError)
	p.server = &http.Server{Handler: mux}

	binary, err := filepath.Abs(c.Path)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	p.cmd = exec.Command(binary)
	p.cmd.Dir = filepath.Dir(binary)
	p.cmd.Env = environment(c, p.cmd.Dir, listener.Addr().String())
	out := &prefixed{to: c.Log, prefix: "[" + c.Name + "] "}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.WaitDelay = time.Second // a child of the process may keep the pipes open
	Tether(p.cmd)

	p.started = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	go p.server.Serve(listener)
	go func() {
		p.cmd.Wait()
		out.flush()
		p.server.Close()
		close(p.ended)
	}()
	return p, nil
}

// environment returns the variables that Lambda sets, and those of the function,
// which replace them. Variables of this process are not among them.
func environment(c Config, dir, api string) []string {
	env := map[string]string{
		"_HANDLER":                        "bootstrap",
		"AWS_DEFAULT_REGION":              c.Region,
		"AWS_EXECUTION_ENV":               "AWS_Lambda_provided.al2023",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(c.MemoryMB),
		"AWS_LAMBDA_FUNCTION_NAME":        c.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + c.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME":      "local",
		"AWS_LAMBDA_RUNTIME_API":          api,
		"AWS_REGION":                      c.Region,
		"LAMBDA_TASK_ROOT":                dir,
		"LANG":                            "en_US.UTF-8",
		"PATH":                            "/usr/local/bin:/usr/bin:/bin",
		"TZ":                              ":UTC",
	}
	for name, value := range c.Env {
		env[name] = value
	}
	list := make([]string, 0, len(env))
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	return list
}

// awaitInit waits until the process first asks for an event.
func (p *process) awaitInit(ctx context.Context) error {
	timer := time.NewTimer(initTimeout)
	defer timer.Stop()
	select {
	case <-p.asked:
		return nil
	case <-p.ended:
		return p.cause()
	case <-timer.C:
		return fmt.Errorf("%w: not ready after %s", ErrCrashed, initTimeout)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// serve hands the process one event and returns its answer.
func (p *process) serve(event []byte) ([]byte, error) {
	p.deadline = time.Now().Add(p.config.Timeout)
	j := &job{id: requestID(), event: event, deadline: p.deadline, done: make(chan struct{})}
	select {
	case p.jobs <- j:
	case <-p.ended:
		return nil, errNotTaken
	}
	timer := time.NewTimer(time.Until(p.deadline))
	defer timer.Stop()
	select {
	case <-j.done:
		return j.reply, j.err
	case <-p.ended:
		select {
		case <-j.done: // it answered, and then ended
			return j.reply, j.err
		default:
			return nil, p.cause()
		}
	case <-timer.C:
		p.end(ErrTimeout)
		return nil, fmt.Errorf("%w after %s", ErrTimeout, p.config.Timeout)
	}
}

// finish waits until the process asks for its next event. An invocation lasts until
// then, and its timeout counts until then. It reports false if the process has ended.
func (p *process) finish() bool {
	timer := time.NewTimer(time.Until(p.deadline))
	defer timer.Stop()
	select {
	case <-p.ready:
		return true
	case <-p.ended:
		return false
	case <-timer.C:
		p.end(ErrTimeout)
		<-p.ended
		return false
	}
}

// kill ends the process because the pool is closed.
func (p *process) kill() { p.end(ErrClosed) }

// end kills the process. The first reason counts.
func (p *process) end(why error) {
	p.mu.Lock()
	if p.killed == nil {
		p.killed = why
	}
	p.mu.Unlock()
	p.cmd.Process.Kill()
}

// cause returns why the process has ended.
func (p *process) cause() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.failure != nil:
		return p.failure
	case p.killed != nil:
		return p.killed
	default:
		return fmt.Errorf("%w: %s", ErrCrashed, p.cmd.ProcessState)
	}
}

// next serves invocation/next: the process asks for an event.
func (p *process) next(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	select {
	case <-p.asked:
		select {
		case p.ready <- struct{}{}:
		default: // the process asks a second time; the token is there already
		}
	default: // the first time: awaitInit waits for this, not finish
		p.init = time.Since(p.started)
		close(p.asked)
	}
	p.mu.Unlock()

	var j *job
	select {
	case j = <-p.jobs:
	case <-r.Context().Done():
		return
	}
	p.mu.Lock()
	p.current = j
	p.mu.Unlock()
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", j.id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(j.deadline.UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:"+p.config.Region+":000000000000:function:"+p.config.Name)
	h.Set("Lambda-Runtime-Trace-Id", traceID())
	w.Write(j.event)
}

// response serves invocation/{id}/response: the process answers the event.
func (p *process) response(w http.ResponseWriter, r *http.Request) {
	j := p.take(w, r)
	if j == nil {
		return
	}
	defer close(j.done)
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxPayload+1))
	switch {
	case err != nil:
		j.err = fmt.Errorf("%w: its answer broke off: %w", ErrCrashed, err)
	case len(body) > MaxPayload:
		j.err = &FunctionError{"Function.ResponseSizeTooLarge", fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", MaxPayload)}
		writeStatus(w, http.StatusRequestEntityTooLarge, `{"errorType":"RequestEntityTooLarge"}`)
		return
	case r.Trailer.Get("Lambda-Runtime-Function-Error-Type") != "": // the answer was streamed, and failed on the way
		said, _ := base64.StdEncoding.DecodeString(r.Trailer.Get("Lambda-Runtime-Function-Error-Body"))
		j.err = functionError(said, r.Trailer.Get("Lambda-Runtime-Function-Error-Type"))
	default:
		j.reply = body
	}
	writeStatus(w, http.StatusAccepted, `{"status":"OK"}`)
}

// invocationError serves invocation/{id}/error: the process reports an error instead
// of an answer.
func (p *process) invocationError(w http.ResponseWriter, r *http.Request) {
	j := p.take(w, r)
	if j == nil {
		return
	}
	defer close(j.done)
	body, _ := io.ReadAll(io.LimitReader(r.Body, MaxPayload))
	j.err = functionError(body, r.Header.Get("Lambda-Runtime-Function-Error-Type"))
	writeStatus(w, http.StatusAccepted, `{"status":"OK"}`)
}

// initError serves init/error: the process reports that it could not start.
func (p *process) initError(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, MaxPayload))
	p.mu.Lock()
	p.failure = functionError(body, r.Header.Get("Lambda-Runtime-Function-Error-Type"))
	p.mu.Unlock()
	writeStatus(w, http.StatusAccepted, `{"status":"OK"}`)
}

// take returns the event that r answers, so that no second request can answer it. If
// r names another event, take refuses r and returns nil.
func (p *process) take(w http.ResponseWriter, r *http.Request) *job {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == nil || p.current.id != r.PathValue("id") {
		writeStatus(w, http.StatusBadRequest, `{"errorType":"InvalidRequestID"}`)
		return nil
	}
	j := p.current
	p.current = nil
	return j
}

// functionError reads an error that a process reported. kind is its type if the body
// has none.
func functionError(body []byte, kind string) *FunctionError {
	e := &FunctionError{}
	if json.Unmarshal(body, e) != nil {
		e.Message = string(body)
	}
	if e.Type == "" {
		e.Type = kind
	}
	return e
}

func writeStatus(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, body)
}

// requestID returns a random id in the form of Lambda's.
func requestID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// traceID returns a random trace header in the form of X-Ray's.
func traceID() string {
	var b [20]byte
	rand.Read(b[:])
	id := hex.EncodeToString(b[:])
	return fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0", time.Now().Unix(), id[:24], id[24:])
}

// prefixed writes whole lines to another writer, each behind a prefix.
type prefixed struct {
	to     io.Writer
	prefix string

	mu   sync.Mutex
	rest []byte // the beginning of a line
}

// longestLine is the length at which a longer line is cut, in bytes.
const longestLine = 256 << 10

// Write implements [io.Writer].
func (p *prefixed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest = append(p.rest, b...)
	for {
		end := bytes.IndexByte(p.rest, '\n') + 1
		if end == 0 && len(p.rest) < longestLine {
			return len(b), nil
		}
		if end == 0 {
			end = longestLine
		}
		p.line(p.rest[:end])
		p.rest = p.rest[end:]
	}
}

// flush writes the last line if it has no end.
func (p *prefixed) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.rest) > 0 {
		p.line(p.rest)
		p.rest = nil
	}
}

func (p *prefixed) line(b []byte) {
	line := append([]byte(p.prefix), b...)
	if line[len(line)-1] != '\n' {
		line = append(line, '\n')
	}
	p.to.Write(line) // if that fails, the line is lost and the function goes on
}
