// Package runtimeapi runs compiled functions as Lambda would: each process asks
// a Runtime API on the loopback for its next event, does one event at a time,
// and is replaced when it crashes or runs out of time.
//
// It knows nothing of HTTP APIs, streams or templates, emulates no memory limit
// and no permission. Look at Pool first; process.go holds one process and the
// protocol.
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

// Lambda's own limits.
const (
	MaxPayload  = 6<<20 + 100 // bytes of an event and of a reply
	initTimeout = 10 * time.Second
)

// Config says what to run and as what.
type Config struct {
	Name     string // of the function, and of its lines in Log
	Path     string // the binary
	Env      map[string]string
	Timeout  time.Duration // of one event; 3 s when zero, as in Lambda
	MemoryMB int           // told to the function, not enforced; 128 when zero
	Region   string
	Limit    int       // processes at a time; 10 when zero. What comes beyond it queues.
	Log      io.Writer // lines of stdout and stderr, prefixed; nil drops them. Used by several goroutines, one whole line a Write.
}

// Pool runs one function.
type Pool struct {
	config Config

	mu        sync.Mutex
	idle      []*process // the last used is taken first, so that few are kept warm
	processes int        // running, starting or ending
	finishing int        // have answered, but not asked for the next event yet
	queue     []chan *process
	closed    bool
	live      map[*process]bool
	running   sync.WaitGroup // every goroutine and process of the pool
}

// New returns a pool without any process.
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

// Invoke gives the event to a process and returns its reply. When ctx ends
// first, the function still finishes, as in Lambda.
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

// Start starts one more process and returns the time from its exec to its first
// request for work. The process waits in the pool for events.
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

// Close ends every process and waits for all of them.
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

// run serves one event: on proc, or on a new process when proc is nil.
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
		if errors.Is(err, errNotTaken) { // it ended while it was idle: nobody saw the event
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

// patience is how long an event waits for a process that has answered but not
// yet asked for more, before it starts another one. A client that sends one
// request after the other would otherwise keep two processes busy.
const patience = 20 * time.Millisecond

// acquire returns an idle process, or nil when the caller is to start one. Its
// caller holds one count of p.running.
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
			if !left { // the turn came at the same moment: pass it on
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

// leave takes turn out of the queue; false when it was served already.
func (p *Pool) leave(turn chan *process) bool {
	i := slices.Index(p.queue, turn)
	if i < 0 {
		return false
	}
	p.queue = slices.Delete(p.queue, i, i+1)
	return true
}

// release hands a ready process to the event that has waited longest.
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

// gone forgets an ended process and lets a waiting event start another one.
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

// start runs a process until it asks for work. It is already counted.
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
