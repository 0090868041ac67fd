// Package local runs the whole system on one machine. The binaries of the functions
// are the real ones, and template.yaml says which there are. The rest are stand-ins:
// for the HTTP API (gateway.go), for Lambda's reader of the table's stream
// (stream.go), for SNS (inbox.go), and DynamoDB Local (dynamodb.go).
//
// It does not build the binaries, knows no rules of the product, and checks no
// permissions, which DynamoDB Local does not have.
//
// Look first at Start.
package local

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
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

// Seed fills the new table. Functions of the stream do not see what it writes, unless
// Options.FromStart is set.
type Seed func(ctx context.Context, db *dynamodb.Client, table string, progress func(string)) error

// Options say what to run. With the zero value Start runs ./template.yaml and ./build
// on free ports, with an empty table.
type Options struct {
	Template   string            // path of the template; "": template.yaml
	Build      string            // folder with <function>/bootstrap; "": build
	Port       int               // of the API and the pages; 0: a free one
	TLSPort    int               // of the same with TLS; 0: a free one
	InboxPort  int               // of the inbox, which also serves SNS; 0: a free one
	Bind       string            // address to listen on; "": 127.0.0.1 and ::1
	Parameters map[string]string // of the template
	Env        map[string]string // variables of all functions, which replace any others
	Seed       Seed              // nil: the table stays empty
	FromStart  bool              // functions of the stream also see the writes of Seed
	NoStream   bool              // the table has no stream, so that its functions do not run
	Throttle   bool              // the gateway applies the template's throttling
	Processes  int               // of each function at the most; 0: 10

	// Endpoint returns where a function finds the table, which is at endpoint: something
	// that stands between the two. nil: the function uses endpoint.
	Endpoint func(function, endpoint string) string

	Progress func(string) // is told what Start does
	Log      io.Writer    // gets the lines of functions and stand-ins; nil: nobody does

	// LookupEnv is the environment of the caller. If it has a variable that the template
	// names, it replaces that of the template. nil: os.LookupEnv
	LookupEnv func(string) (string, bool)
}

// System is the running system.
type System struct {
	URL       string // of the API and the pages
	TLSURL    string // of the same, with a certificate that nobody trusts
	InboxURL  string
	Table     string // name of the table
	MACKeys   string // MAC_KEYS of this run
	Template  *sam.Template
	DynamoDB  *DynamoDB
	DB        *dynamodb.Client
	Inbox     *Inbox
	Functions map[string]*runtimeapi.Pool

	closers []func() error // the last is closed first
	closing sync.Once
	closed  error
}

// Start starts all parts and returns when they can be used.
//
// Errors: ErrNoDynamoDB. Any other error says which part did not start.
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

// Close ends all parts and waits until they have ended.
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

// Invoke calls one function directly, without the gateway.
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
	if o.NoStream {
		table = table.WithoutStream()
	}
	if err := table.Create(ctx, s.DB, s.Table); err != nil {
		return err
	}
	s.closers = append(s.closers, func() error { // a DynamoDB that was not started here would keep the table
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
	mux.Handle("POST /{$}", s.Inbox.SNS()) // on the port of the pages, so that the inbox has one address
	inboxPort, err := s.serve(o.Bind, o.InboxPort, mux, nil)
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

	logger := slog.New(slog.NewJSONHandler(o.Log, nil))
	if !o.NoStream {
		if err := s.pump(ctx, o, logger); err != nil {
			return err
		}
	}
	gateway, err := NewGateway(s.Template, invokers, GatewayOptions{Throttle: o.Throttle, Log: logger})
	if err != nil {
		return fmt.Errorf("start the gateway: %w", err)
	}
	port, err := s.serve(o.Bind, o.Port, gateway, nil)
	if err != nil {
		return fmt.Errorf("start the gateway: %w", err)
	}
	s.URL = fmt.Sprintf("http://localhost:%d", port)

	secure, err := certificate()
	if err != nil {
		return fmt.Errorf("make a certificate: %w", err)
	}
	tlsPort, err := s.serve(o.Bind, o.TLSPort, gateway, secure)
	if err != nil {
		return fmt.Errorf("start the gateway with TLS: %w", err)
	}
	s.TLSURL = fmt.Sprintf("https://localhost:%d", tlsPort)
	return nil
}

// pump starts the pump for those functions that the template connects to the stream.
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

// environment returns the variables of a function: those of the template, with the
// caller's values where there are any, and those that depend on this run.
func (s *System) environment(f sam.Function, o Options, inboxPort int) map[string]string {
	env := map[string]string{
		// All requests come from one address, so together they would soon exceed the
		// limits for one.
		"ADDRESS_HOURLY":          "100000",
		"ADDRESS_CALLS_HOURLY":    "100000",
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
	if o.Endpoint != nil {
		env[endpointVariable] = o.Endpoint(f.Name, s.DynamoDB.Endpoint)
	}
	maps.Copy(env, o.Env)
	return env
}

// macKeys returns the MAC_KEYS of the caller or, without any, a new random key.
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

// binary returns the path of a function's binary.
func binary(build, function string) string { return filepath.Join(build, function, "bootstrap") }

// built returns an error that names all binaries that are missing.
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

// maxHeader is how long request line and headers may be for an HTTP API, in bytes.
const maxHeader = 10 << 10

// serve serves h until the system is closed, and returns the port. With secure it
// speaks TLS.
func (s *System) serve(bind string, port int, h http.Handler, secure *tls.Config) (int, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(bind, strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	port = listener.Addr().(*net.TCPAddr).Port
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: maxHeader}
	listen := func(l net.Listener) net.Listener { return l }
	if secure != nil {
		listen = func(l net.Listener) net.Listener { return tls.NewListener(l, secure) }
		server.ErrorLog = log.New(io.Discard, "", 0) // each browser first refuses the certificate
	}
	var running sync.WaitGroup
	running.Go(func() { server.Serve(listen(listener)) })
	if bind == "127.0.0.1" { // for some clients localhost is ::1; a machine may not have that address
		if six, err := net.Listen("tcp", net.JoinHostPort("::1", strconv.Itoa(port))); err == nil {
			running.Go(func() { server.Serve(listen(six)) })
		}
	}
	s.closers = append(s.closers, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		err := server.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) { // do not wait longer for slow clients
			err = server.Close()
		}
		running.Wait()
		return err
	})
	return port, nil
}

// Environ returns the variables with which a program uses the DynamoDB Local at
// endpoint.
func Environ(endpoint string) []string {
	return []string{
		endpointVariable + "=" + endpoint,
		"AWS_REGION=" + Region,
		"AWS_ACCESS_KEY_ID=" + AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + SecretAccessKey,
	}
}

// lines is a writer that many functions may share: each Write is written as a whole.
type lines struct {
	mu sync.Mutex
	to io.Writer
}

// Write implements [io.Writer].
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}
