// Package runtimeapi runs compiled functions as Lambda does. Each process asks a
// Runtime API on this machine for its next event and works on one event at a time.
// If it crashes or takes too long, another process takes its place.
//
// It knows nothing of HTTP APIs, streams or templates, and enforces neither memory
// limits nor permissions.
//
// Look first at Pool; process.go has one process and the protocol.
package runtimeapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// The limits of Lambda.
const (
	MaxPayload  = 6<<20 + 100 // bytes of an event and of a reply
	initTimeout = 10 * time.Second
)

// Config says which function to run, and how.
type Config struct {
	Name     string // of the function; each of its lines in Log begins with it
	Path     string // of the binary
	Env      map[string]string
	Timeout  time.Duration // for one event; 0: 3 s, as in Lambda
	MemoryMB int           // told to the function but not enforced; 0: 128
	Region   string
	Limit    int // of processes at a time; 0: 10. Further events wait.
	// Log gets the lines of stdout and stderr; nil: nobody does. Several goroutines
	// write to it, each Write being one whole line.
	Log io.Writer
}

// Pool runs one function in as many processes as there are events at a time.
type Pool struct {
	config Config

	mu        sync.Mutex
	idle      []*process      // wait for events; the one used last is taken first, so few stay in use
	processes int             // number of those that run, start or end
	finishing int             // number of those that have answered, but not asked for the next event yet
	queue     []chan *process // of waiting events; nil is sent to one that may start a process
	closed    bool
	live      map[*process]bool // have started and not ended
	running   sync.WaitGroup    // all goroutines and processes of the pool
}

// New returns a pool, which has no process yet.
func New(c Config) *Pool {
	if c.Timeout == 0 {
		c.Timeout = 3 * time.Second
	}
	if c.MemoryMB == 0 {
		c.MemoryMB = 128
	}
	if c.Limit == 0 {
		c.Limit = 10
	}
	if c.Log == nil {
		c.Log = io.Discard
	}
	return &Pool{config: c, live: map[*process]bool{}}
}

// Invoke hands the event to a process and returns its answer. If ctx ends before, the
// function works on the event all the same, as in Lambda.
//
// Errors: *FunctionError, ErrCrashed, ErrTimeout, ErrTooLarge, ErrClosed, ctx.Err().
func (p *Pool) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	if len(event) > MaxPayload {
		return nil, fmt.Errorf("invoke %s: %w", p.config.Name, ErrTooLarge)
	}
	type answer struct {
		reply []byte
		err   error
	}
	answers := make(chan answer, 1)
	proc, err := p.acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("invoke %s: %w", p.config.Name, err)
	}
	go func() {
		defer p.running.Done()
		p.run(ctx, proc, event, func(reply []byte, err error) { answers <- answer{reply, err} })
	}()
	select {
	case a := <-answers:
		if a.err != nil {
			return nil, fmt.Errorf("invoke %s: %w", p.config.Name, a.err)
		}
		return a.reply, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("invoke %s: %w", p.config.Name, ctx.Err())
	}
}

// Start starts one more process, which then waits for events. It returns the time
// from the start to the first request for an event.
func (p *Pool) Start(ctx context.Context) (time.Duration, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return 0, fmt.Errorf("start %s: %w", p.config.Name, ErrClosed)
	}
	p.processes++
	p.running.Add(1)
	p.mu.Unlock()
	defer p.running.Done()

	proc, err := p.start(ctx)
	if err != nil {
		return 0, fmt.Errorf("start %s: %w", p.config.Name, err)
	}
	p.release(proc)
	return proc.init, nil
}

// Close ends all processes and waits until they have ended.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	for proc := range p.live {
		proc.kill()
	}
	for _, waiting := range p.queue {
		close(waiting)
	}
	p.queue = nil
	p.mu.Unlock()
	p.running.Wait()
	return nil
}

// run hands one event to proc, or to a new process if proc is nil. It calls answer
// once, and then waits until the process asks for its next event.
func (p *Pool) run(ctx context.Context, proc *process, event []byte, answer func([]byte, error)) {
	for {
		if proc == nil {
			var err error
			if proc, err = p.start(context.WithoutCancel(ctx)); err != nil {
				answer(nil, err)
				return
			}
		}
		reply, err := proc.serve(event)
		if errors.Is(err, errNotTaken) { // the process ended while it was idle; another one can take the event
			proc = nil
			p.mu.Lock()
			p.processes++
			p.mu.Unlock()
			continue
		}
		p.mu.Lock()
		p.finishing++
		p.mu.Unlock()
		answer(reply, err)

		ready := proc.finish()
		p.mu.Lock()
		p.finishing--
		p.mu.Unlock()
		if ready {
			p.release(proc)
		}
		return
	}
}

// patience is how long an event waits for a process that has answered but not yet
// asked for its next event. After that it starts another process. Without waiting, a
// client that sends one request after the other would keep two processes busy.
const patience = 20 * time.Millisecond

// acquire returns an idle process, or nil if the caller has to start one. It has then
// counted the caller in p.running, and a new process in p.processes.
func (p *Pool) acquire(ctx context.Context) (*process, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	p.running.Add(1)
	if n := len(p.idle); n > 0 {
		proc := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return proc, nil
	}
	if p.processes < p.config.Limit && p.finishing == 0 {
		p.processes++
		p.mu.Unlock()
		return nil, nil
	}
	turn := make(chan *process, 1)
	p.queue = append(p.queue, turn)
	p.mu.Unlock()

	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case proc, ok := <-turn:
			if !ok {
				p.running.Done()
				return nil, ErrClosed
			}
			return proc, nil
		case <-timer.C:
			p.mu.Lock()
			if p.processes < p.config.Limit && p.leave(turn) {
				p.processes++
				p.mu.Unlock()
				return nil, nil
			}
			p.mu.Unlock()
		case <-ctx.Done():
			p.mu.Lock()
			left := p.leave(turn)
			p.mu.Unlock()
			if !left { // a process was assigned at the same moment: pass it on
				if proc, ok := <-turn; ok && proc != nil {
					p.release(proc)
				} else if ok {
					p.gone(nil)
				}
			}
			p.running.Done()
			return nil, ctx.Err()
		}
	}
}

// leave takes turn out of the queue. It reports false if turn has got a process
// already.
func (p *Pool) leave(turn chan *process) bool {
	i := slices.Index(p.queue, turn)
	if i < 0 {
		return false
	}
	p.queue = slices.Delete(p.queue, i, i+1)
	return true
}

// release hands a process that is ready to the event that has waited longest. If no
// event waits, the process becomes idle.
func (p *Pool) release(proc *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.live[proc] {
		return
	}
	if len(p.queue) > 0 {
		p.queue[0] <- proc
		p.queue = p.queue[1:]
		return
	}
	p.idle = append(p.idle, proc)
}

// gone forgets a process that has ended, or was never started (nil), and lets a
// waiting event start another one.
func (p *Pool) gone(proc *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.processes--
	delete(p.live, proc)
	if i := slices.Index(p.idle, proc); i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
	}
	if len(p.queue) > 0 && p.processes < p.config.Limit {
		p.processes++
		p.queue[0] <- nil
		p.queue = p.queue[1:]
	}
}

// start starts a process and waits until it asks for an event. The caller has
// counted it in p.processes.
func (p *Pool) start(ctx context.Context) (*process, error) {
	proc, err := launch(p.config)
	if err != nil {
		p.gone(nil)
		return nil, fmt.Errorf("%w: %w", ErrCrashed, err)
	}
	p.mu.Lock()
	p.live[proc] = true
	if p.closed {
		proc.kill()
	}
	p.running.Add(1)
	p.mu.Unlock()
	go func() {
		defer p.running.Done()
		<-proc.ended
		p.gone(proc)
	}()
	if err := proc.awaitInit(ctx); err != nil {
		proc.kill()
		return nil, err
	}
	return proc, nil
}
