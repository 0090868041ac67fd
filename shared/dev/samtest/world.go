package samtest

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
	"chaoxi/shared/dev/sam"
)

// World is what functions in containers reach: a DynamoDB, and an inbox in the
// place of SNS.
type World struct {
	DB      *dynamodb.Client // DynamoDB Local; nil in a world that has a table already
	Inbox   *local.Inbox
	MACKeys string

	region    string
	environ   []string // credentials, for SAM to hand on
	table     sam.Table
	endpoints map[string]string // by the functions' variable
	closers   []func() error    // the last is closed first
}

// NewWorld starts DynamoDB Local, or takes the one that runs, and the inbox.
func NewWorld(ctx context.Context, root string, progress func(string)) (*World, error) {
	template, err := sam.Load(filepath.Join(root, "template.yaml"), sam.Options{})
	if err != nil {
		return nil, err
	}
	table, ok := template.Table("Table")
	if !ok {
		return nil, errors.New("the template has no table called Table")
	}
	db, err := local.StartDynamoDB(ctx, progress)
	if err != nil {
		return nil, err
	}
	w := &World{DB: db.Client(), MACKeys: newKey(), region: local.Region, environ: local.Environ(db.Endpoint), table: table, closers: []func() error{db.Close}}
	return w.listen(db.Endpoint)
}

// WorldWith has tables of its own: at endpoint, or on AWS where that is empty.
// Its texts end in the inbox all the same.
func WorldWith(endpoint, region, macKeys string) (*World, error) {
	w := &World{MACKeys: cmp.Or(macKeys, newKey()), region: cmp.Or(region, local.Region)}
	return w.listen(endpoint)
}

func (w *World) listen(endpoint string) (*World, error) {
	w.Inbox, w.endpoints = local.NewInbox(time.Now), map[string]string{}
	err := w.serve("AWS_ENDPOINT_URL_SNS", w.Inbox.SNS())
	if err == nil && endpoint != "" {
		err = w.forward("AWS_ENDPOINT_URL_DYNAMODB", endpoint)
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// Close ends all of it.
func (w *World) Close() error {
	var errs []error
	for _, end := range slices.Backward(w.closers) {
		errs = append(errs, end())
	}
	return errors.Join(errs...)
}

// people are invented ones that Seed adds to the named.
const people = 20

// Seed makes a table with the demo register.
func (w *World) Seed(ctx context.Context) (string, error) {
	var random [4]byte
	rand.Read(random[:])
	name := "sam-" + hex.EncodeToString(random[:])
	if err := w.table.Create(ctx, w.DB, name); err != nil {
		return "", err
	}
	w.closers = append(w.closers, func() error { // it matters when somebody else's DynamoDB is used
		_, err := w.DB.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name})
		return err
	})
	if err := demo.Seed(ctx, w.DB, name, people, func(string) {}); err != nil {
		return "", fmt.Errorf("fill the table: %w", err)
	}
	return name, nil
}

// forward makes an endpoint of this machine one that containers reach, whatever
// address it listens on.
func (w *World) forward(variable, endpoint string) error {
	to, err := url.Parse(endpoint)
	if err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	return w.serve(variable, httputil.NewSingleHostReverseProxy(to))
}

func (w *World) serve(variable string, h http.Handler) error {
	listener, err := net.Listen("tcp", net.JoinHostPort(bridge(), "0"))
	if err != nil {
		return fmt.Errorf("listen for containers: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener)
	w.closers = append(w.closers, server.Close)
	w.endpoints[variable] = fmt.Sprintf("http://%s:%d", hostName, listener.Addr().(*net.TCPAddr).Port)
	return nil
}

// bridge is the address of this machine that Docker gives containers as
// host-gateway: that of its bridge on Linux. Elsewhere Docker's machine is
// another one, and passes what is sent to its gateway on to this one's loopback.
func bridge() string {
	if i, err := net.InterfaceByName("docker0"); err == nil {
		addrs, _ := i.Addrs() // of an interface that went away: none
		for _, a := range addrs {
			if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() != nil {
				return ip.IP.String()
			}
		}
	}
	return "127.0.0.1"
}

// variables writes the file that sam local gives functions their settings from.
func (w *World) variables(table string) (string, error) {
	parameters := map[string]string{"TABLE_NAME": table, "MAC_KEYS": w.MACKeys}
	for name, endpoint := range w.endpoints {
		parameters[name] = endpoint
	}
	b, err := json.Marshal(map[string]any{"Parameters": parameters})
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp("", "sam-env-*.json") // only its owner may read it
	if err != nil {
		return "", fmt.Errorf("write the functions' settings: %w", err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("write the functions' settings: %w", err)
	}
	return f.Name(), nil
}

func newKey() string {
	var key [32]byte
	rand.Read(key[:])
	return base64.StdEncoding.EncodeToString(key[:])
}
