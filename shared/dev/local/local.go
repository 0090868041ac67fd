// Package local runs the whole system on one machine: DynamoDB Local, the real
// binaries behind a stand-in for the HTTP API that reads template.yaml, the pump
// of the table's stream, and an inbox in the place of SNS.
//
// It builds no binary, knows no rule of the product and checks no permission
// (DynamoDB Local has none). Start with Start; gateway.go, stream.go, inbox.go
// and dynamodb.go are the four stand-ins.
package local

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/dev/runtimeapi"
	"chaoxi/shared/dev/sam"
)

// Seed fills the fresh table. What it writes reaches no stream function, unless
// Options.FromStart says so.
type Seed func(ctx context.Context, db *dynamodb.Client, table string, progress func(string)) error

// Options say what to run. The zero value runs ./template.yaml and ./build on
// free ports with an empty table.
type Options struct {
	Template   string            // "template.yaml"
	Build      string            // "build": where <function>/bootstrap are
	Port       int               // of the API and the pages; 0 takes a free one
	InboxPort  int               // of the inbox, which is SNS too; 0 takes a free one
	Bind       string            // address to listen on; "127.0.0.1", and ::1 with it
	Parameters map[string]string // of the template
	Env        map[string]string // functions' variables, over everything else
	Seed       Seed              // nil leaves the table empty
	FromStart  bool              // stream functions see the seed's writes as well
	Throttle   bool              // the gateway applies the template's throttling
	Processes  int               // at most, of each function; 10
	Progress   func(string)      // what is being done, while starting
	Log        io.Writer         // lines of functions and stand-ins; nil drops them

	// LookupEnv is the caller's environment, whose variables win over the
	// template's of the same name; os.LookupEnv when nil.
	LookupEnv func(string) (string, bool)
}

// System is the running whole.
type System struct {
	URL       string // of the API and the pages
	InboxURL  string
	Table     string
	MACKeys   string // of this run
	Template  *sam.Template
	DynamoDB  *DynamoDB
	DB        *dynamodb.Client
	Inbox     *Inbox
	Functions map[string]*runtimeapi.Pool

	closers []func() error // the last is closed first
	closing sync.Once
	closed  error
}

// Start starts everything and returns when it can be used.
//
// Errors: ErrNoDynamoDB; any other says which part did not start.
func Start(ctx context.Context, o Options) (*System, error) {
	o.Template = cmp.Or(o.Template, "template.yaml")
	o.Build = cmp.Or(o.Build, "build")
	o.Bind = cmp.Or(o.Bind, "127.0.0.1")
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.LookupEnv == nil {
		o.LookupEnv = os.LookupEnv
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	o.Log = &lines{to: o.Log}
	s := &System{}
	if err := s.start(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close ends all of it and waits.
func (s *System) Close() error {
	s.closing.Do(func() {
		var errs []error
		for _, end := range slices.Backward(s.closers) {
			errs = append(errs, end())
		}
		s.closed = errors.Join(errs...)
	})
	return s.closed
}

// Invoke calls one function past the gateway.
func (s *System) Invoke(ctx context.Context, function string, event []byte) ([]byte, error) {
	pool := s.Functions[function]
	if pool == nil {
		return nil, fmt.Errorf("no function %s in the template", function)
	}
	return pool.Invoke(ctx, event)
}

// tableResource is the logical id of the one table.
const tableResource = "Table"

func (s *System) start(ctx context.Context, o Options) error {
	var random [4]byte
	rand.Read(random[:])
	s.Table = "chaoxi-" + hex.EncodeToString(random[:])
	var err error
	s.Template, err = sam.Load(o.Template, sam.Options{Parameters: o.Parameters, Names: map[string]string{tableResource: s.Table}})
	if err != nil {
		return err
	}
	table, ok := s.Template.Table(tableResource)
	if !ok {
		return fmt.Errorf("%s has no table called %s", o.Template, tableResource)
	}
	if err := built(s.Template, o.Build); err != nil {
		return err
	}

	if s.DynamoDB, err = StartDynamoDB(ctx, o.Progress); err != nil {
		return err
	}
	s.closers = append(s.closers, s.DynamoDB.Close)
	s.DB = s.DynamoDB.Client()
	if err := table.Create(ctx, s.DB, s.Table); err != nil {
		return err
	}
	s.closers = append(s.closers, func() error { // it matters when somebody else's DynamoDB is used
		_, err := s.DB.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &s.Table})
		return err
	})
	if o.Seed != nil {
		if err := o.Seed(ctx, s.DB, s.Table, o.Progress); err != nil {
			return fmt.Errorf("fill the table: %w", err)
		}
	}

	s.Inbox = NewInbox(time.Now)
	mux := http.NewServeMux()
	mux.Handle("/", s.Inbox.Pages())
	mux.Handle("POST /{$}", s.Inbox.SNS()) // one port: a function in a container has one address to be told
	inboxPort, err := s.serve(o.Bind, o.InboxPort, mux)
	if err != nil {
		return fmt.Errorf("start the inbox: %w", err)
	}
	s.InboxURL = fmt.Sprintf("http://localhost:%d", inboxPort)

	s.MACKeys = macKeys(o)
	s.Functions = map[string]*runtimeapi.Pool{}
	invokers := map[string]Invoker{}
	for _, f := range s.Template.Functions {
		pool := runtimeapi.New(runtimeapi.Config{
			Name:     f.Name,
			Path:     binary(o.Build, f.Name),
			Env:      s.environment(f, o, inboxPort),
			Timeout:  f.Timeout,
			MemoryMB: f.MemoryMB,
			Region:   Region,
			Limit:    o.Processes,
			Log:      o.Log,
		})
		s.Functions[f.Name], invokers[f.Name] = pool, pool
		s.closers = append(s.closers, pool.Close)
	}

	log := slog.New(slog.NewJSONHandler(o.Log, nil))
	if err := s.pump(ctx, o, log); err != nil {
		return err
	}
	gateway, err := NewGateway(s.Template, invokers, GatewayOptions{Throttle: o.Throttle, Log: log})
	if err != nil {
		return fmt.Errorf("start the gateway: %w", err)
	}
	port, err := s.serve(o.Bind, o.Port, gateway)
	if err != nil {
		return fmt.Errorf("start the gateway: %w", err)
	}
	s.URL = fmt.Sprintf("http://localhost:%d", port)
	return nil
}

func (s *System) pump(ctx context.Context, o Options, log *slog.Logger) error {
	var sources []Source
	for _, f := range s.Template.Functions {
		for _, stream := range f.Streams {
			sources = append(sources, Source{Function: f.Name, Invoke: s.Functions[f.Name], Stream: stream})
		}
	}
	if len(sources) == 0 {
		return nil
	}
	arn, err := streamARN(ctx, s.DB, s.Table)
	if err != nil {
		return err
	}
	if arn == "" {
		return errors.New("the template's table has no stream, but functions that read it")
	}
	pump, err := StartPump(ctx, s.DynamoDB.Streams(), arn, sources, PumpOptions{FromStart: o.FromStart, Log: log})
	if err != nil {
		return fmt.Errorf("start the stream: %w", err)
	}
	s.closers = append(s.closers, pump.Close)
	return nil
}

// environment is what a function is given: what its template names, the
// caller's value if there is one, and what one machine decides.
func (s *System) environment(f sam.Function, o Options, inboxPort int) map[string]string {
	env := map[string]string{
		// One machine is one address: everybody at it would share the limits of one client.
		"ADDRESS_HOURLY":          "100000",
		"ADDRESS_FAILURES_HOURLY": "100000",
	}
	for name, value := range f.Environment {
		if _, ours := env[name]; !ours {
			env[name] = value
		}
	}
	for name := range env {
		if value, set := o.LookupEnv(name); set {
			env[name] = value
		}
	}
	maps.Copy(env, map[string]string{
		"TABLE_NAME":            s.Table,
		"MAC_KEYS":              s.MACKeys,
		endpointVariable:        s.DynamoDB.Endpoint,
		"AWS_ENDPOINT_URL_SNS":  fmt.Sprintf("http://127.0.0.1:%d", inboxPort),
		"AWS_ACCESS_KEY_ID":     AccessKeyID,
		"AWS_SECRET_ACCESS_KEY": SecretAccessKey,
	})
	maps.Copy(env, o.Env)
	return env
}

// macKeys are new in every run, like the data, unless the caller has some.
func macKeys(o Options) string {
	if keys := o.Env["MAC_KEYS"]; keys != "" {
		return keys
	}
	if keys, _ := o.LookupEnv("MAC_KEYS"); keys != "" {
		return keys
	}
	var key [32]byte
	rand.Read(key[:])
	return base64.StdEncoding.EncodeToString(key[:])
}

func binary(build, function string) string { return filepath.Join(build, function, "bootstrap") }

// built names every binary that is missing, before anything is started.
func built(t *sam.Template, build string) error {
	var missing []error
	for _, f := range t.Functions {
		if _, err := os.Stat(binary(build, f.Name)); err != nil {
			missing = append(missing, err)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("`make build` has not built every function: %w", errors.Join(missing...))
	}
	return nil
}

// maxHeader is what an HTTP API takes of a request line and its headers.
const maxHeader = 10 << 10

// serve serves h until the system is closed and returns the port.
func (s *System) serve(bind string, port int, h http.Handler) (int, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(bind, strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	port = listener.Addr().(*net.TCPAddr).Port
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: maxHeader}
	var running sync.WaitGroup
	running.Go(func() { server.Serve(listener) })
	if bind == "127.0.0.1" { // localhost is ::1 to some clients; a machine without it does without
		if six, err := net.Listen("tcp", net.JoinHostPort("::1", strconv.Itoa(port))); err == nil {
			running.Go(func() { server.Serve(six) })
		}
	}
	s.closers = append(s.closers, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		err := server.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) { // a slow client does not keep the rest from ending
			err = server.Close()
		}
		running.Wait()
		return err
	})
	return port, nil
}

// Environ is what a program needs in its environment to use the DynamoDB Local
// at endpoint through the AWS SDK.
func Environ(endpoint string) []string {
	return []string{
		endpointVariable + "=" + endpoint,
		"AWS_REGION=" + Region,
		"AWS_ACCESS_KEY_ID=" + AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + SecretAccessKey,
	}
}

// lines lets many functions write to one log.
type lines struct {
	mu sync.Mutex
	to io.Writer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}
