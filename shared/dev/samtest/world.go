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

// World has the services that functions in containers call: a DynamoDB, and an inbox
// in the place of SNS.
type World struct {
	DB      *dynamodb.Client // of DynamoDB Local; nil in a World of WorldWith
	Inbox   *local.Inbox
	MACKeys string // MAC_KEYS of the functions

	region    string
	environ   []string // credentials, which SAM hands to the functions
	table     sam.Table
	endpoints map[string]string // by the variable of the functions
	closers   []func() error    // the last is closed first
}

// NewWorld returns a World with DynamoDB Local (see local.StartDynamoDB) and an
// inbox. root is the folder with template.yaml.
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

// WorldWith returns a World for tables that there are: at endpoint, or on AWS if
// that is "". Texts go to the inbox all the same. "" for region or macKeys means
// those of NewWorld.
func WorldWith(endpoint, region, macKeys string) (*World, error) {
	w := &World{MACKeys: cmp.Or(macKeys, newKey()), region: cmp.Or(region, local.Region)}
	return w.listen(endpoint)
}

// listen starts the inbox, and makes endpoint reachable for containers.
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

// Close ends all services.
func (w *World) Close() error {
	var errs []error
	for _, end := range slices.Backward(w.closers) {
		errs = append(errs, end())
	}
	return errors.Join(errs...)
}

// people is the number of invented people that Seed adds to the named ones.
const people = 20

// Seed creates a table with the demo register and returns its name. Close deletes it.
func (w *World) Seed(ctx context.Context) (string, error) {
	var random [4]byte
	rand.Read(random[:])
	name := "sam-" + hex.EncodeToString(random[:])
	if err := w.table.Create(ctx, w.DB, name); err != nil {
		return "", err
	}
	w.closers = append(w.closers, func() error { // a DynamoDB that was not started here would keep the table
		_, err := w.DB.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name})
		return err
	})
	if err := demo.Seed(ctx, w.DB, name, people, func(string) {}); err != nil {
		return "", fmt.Errorf("fill the table: %w", err)
	}
	return name, nil
}

// forward makes an endpoint of this machine reachable for containers, whatever
// address it listens on. variable names it for the functions.
func (w *World) forward(variable, endpoint string) error {
	to, err := url.Parse(endpoint)
	if err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	return w.serve(variable, httputil.NewSingleHostReverseProxy(to))
}

// serve serves h on an address that containers can reach. variable names it for the
// functions.
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

// bridge returns the address on which this machine gets what containers send to
// host-gateway. On Linux that is the address of Docker's bridge. On other systems
// Docker runs in a virtual machine, which forwards to the loopback address of this
// one.
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

// variables writes the file from which sam local sets the variables of the functions,
// and returns its path.
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

// newKey returns a random MAC key.
func newKey() string {
	var key [32]byte
	rand.Read(key[:])
	return base64.StdEncoding.EncodeToString(key[:])
}
