package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/dev/runtimeapi"
)

func buildEcho(t *testing.T) string {
	t.Helper()
	build := t.TempDir()
	cmd := exec.Command("go", "build", "-tags=lambda.norpc", "-trimpath", "-o", filepath.Join(build, "echo", "bootstrap"), "./testdata/echo")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build testdata/echo: %v\n%s", err, out)
	}
	return build
}

func item(t *testing.T, db *dynamodb.Client, table, pk, sk string) bool {
	t.Helper()
	out, err := db.GetItem(context.Background(), &dynamodb.GetItemInput{TableName: &table, Key: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: sk}}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item != nil
}

// TestSystem sends one request through all of it: gateway, function, table,
// text, stream, function again.
func TestSystem(t *testing.T) {
	liveDynamoDB(t)
	var progress []string
	s, err := Start(context.Background(), Options{
		Template:   "testdata/template.yaml",
		Build:      buildEcho(t),
		Parameters: map[string]string{"Tries": "7"},
		LookupEnv: func(name string) (string, bool) {
			v, ok := map[string]string{"CODE_LIFE": "1m", "ADDRESS_FAILURES_HOURLY": "30", "HOME": "/nowhere"}[name]
			return v, ok
		},
		Seed: func(ctx context.Context, db *dynamodb.Client, table string, say func(string)) error {
			say("seeding")
			_, err := db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: map[string]types.AttributeValue{
				"pk": &types.AttributeValueMemberS{Value: "seeded"}, "sk": &types.AttributeValueMemberS{Value: "STAFF"}}})
			return err
		},
		Progress: func(s string) { progress = append(progress, s) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(progress) == 0 || progress[len(progress)-1] != "seeding" {
		t.Errorf("progress %q", progress)
	}

	// From a second address of this machine, which is another client.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext}}
	resp, err := client.Post(strings.Replace(s.URL, "localhost", "127.0.0.1", 1)+"/v1/people/GE_1", "text/plain", strings.NewReader("你好"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 201 {
		t.Fatalf("%s %s, %v", resp.Status, body, err)
	}
	var answer struct {
		Environment map[string]string
		SourceIP    string
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	if answer.SourceIP != "127.0.0.2" {
		t.Errorf("source address %s", answer.SourceIP)
	}
	for name, want := range map[string]string{"CODE_LIFE": "1m", "LOCK_TRIES": "7", "ADDRESS_HOURLY": "100000", "ADDRESS_FAILURES_HOURLY": "30", "MAC_KEYS": s.MACKeys} {
		if answer.Environment[name] != want {
			t.Errorf("%s = %q, want %q", name, answer.Environment[name], want)
		}
	}
	if len(s.MACKeys) != 44 {
		t.Errorf("MAC_KEYS %q", s.MACKeys)
	}

	resp, err = http.Get(s.InboxURL + "/messages?phone=13700000003")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(body), "你好") {
		t.Errorf("inbox %s, %v", body, err)
	}

	await(t, "the stream's record", func() bool { return item(t, s.DB, s.Table, "GE_1", "SEEN") })
	if item(t, s.DB, s.Table, "seeded", "SEEN") {
		t.Error("the seed was replayed")
	}

	reply, err := s.Invoke(context.Background(), "echo", []byte(`{"Records":[{"dynamodb":{"Keys":{"pk":{"S":"GE_2"}}}}]}`))
	if err != nil || string(reply) != "null" || !item(t, s.DB, s.Table, "GE_2", "SEEN") {
		t.Errorf("invoked past the gateway: %s, %v", reply, err)
	}
	if _, err := s.Invoke(context.Background(), "nothing", nil); err == nil {
		t.Error("a function that is not there was invoked")
	}

	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for _, url := range []string{s.URL, s.InboxURL} {
		if resp, err := http.Get(url); err == nil {
			resp.Body.Close()
			t.Errorf("%s still answers", url)
		}
	}
	if _, err := s.Invoke(context.Background(), "echo", nil); !errors.Is(err, runtimeapi.ErrClosed) {
		t.Errorf("function after close: %v", err)
	}
}

func TestStartRefuses(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	tests := []struct {
		name    string
		live    bool
		options Options
		want    string
	}{
		{"no template", false, Options{Template: "testdata/none.yaml"}, "none.yaml"},
		{"nothing built", false, Options{Template: "testdata/template.yaml", Build: "testdata"}, "make build"},
		{"port taken", true, Options{Template: "testdata/template.yaml", Port: busy.Addr().(*net.TCPAddr).Port}, "start the gateway"},
		{"seed fails", true, Options{Template: "testdata/template.yaml", Seed: func(context.Context, *dynamodb.Client, string, func(string)) error {
			return errors.New("no people")
		}}, "fill the table: no people"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.live {
				liveDynamoDB(t)
				tt.options.Build = buildEcho(t)
			}
			s, err := Start(context.Background(), tt.options)
			if err == nil {
				s.Close()
				t.Fatal("started")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestDynamoDBData: the database has the index that index.xml makes. Its folder is
// removed at the end, and that of a process that was killed at the next start.
func TestDynamoDBData(t *testing.T) {
	liveDynamoDB(t) // says how to get one, or fails
	memory := memoryFolder()
	if memory == "" {
		t.Skip("this machine has no folder in memory")
	}
	left := filepath.Join(memory, fmt.Sprintf(dataName, 1<<22+1, 1)) // no process has such a number
	if err := os.Mkdir(left, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		t.Fatal(err)
	}
	t.Setenv(endpointVariable, "")
	db, err := StartDynamoDB(t.Context(), func(s string) { t.Log(s) })
	if errors.Is(err, ErrNoDynamoDB) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", left, err)
	}
	endpoint, err := url.Parse(db.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(endpoint.Port())
	if err != nil {
		t.Fatal(err)
	}
	folder := dataFolder(memory, port)
	if _, err := db.Client().ListTables(t.Context(), &dynamodb.ListTablesInput{}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.db"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %q, %v: DynamoDB Local uses another than the one with the index", files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range []string{"us_by_stream", "us_by_shard"} {
		if !bytes.Contains(b, []byte(index)) {
			t.Errorf("%s has no index %s", files[0], index)
		}
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left behind: %v", folder, err)
	}
}

// TestDynamoDBListens: nobody on the network reaches the table. On Linux all of
// 127.0.0.0/8 is this machine, and a server on all addresses answers there.
func TestDynamoDBListens(t *testing.T) {
	db := liveDynamoDB(t)
	endpoint, err := url.Parse(db.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.2", endpoint.Port())); err == nil {
		c.Close()
		t.Errorf("DynamoDB Local at %s answers on 127.0.0.2, too", db.Endpoint)
	}
}

// TestNoDynamoDB: on a machine with neither Java nor Docker the error says what
// to install, and a caller can tell.
func TestNoDynamoDB(t *testing.T) {
	t.Setenv(endpointVariable, "")
	t.Setenv("PATH", t.TempDir())
	_, err := StartDynamoDB(context.Background(), func(string) {})
	if !errors.Is(err, ErrNoDynamoDB) || !strings.Contains(err.Error(), "openjdk-17") || !strings.Contains(err.Error(), dynamoDBLocalImage) {
		t.Errorf("error %v", err)
	}
	t.Setenv(endpointVariable, "http://127.0.0.1:1")
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := StartDynamoDB(ctx, func(string) {}); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("an endpoint where nobody is: %v", err)
	}
}

// TestDocker runs a stand-in for the docker command, because the machine that
// runs the tests may have none: it is told what the real one would be told.
func TestDocker(t *testing.T) {
	dir := t.TempDir()
	calls := filepath.Join(dir, "calls")
	script := fmt.Sprintf("#!/bin/sh\necho \"$@\" >> %s\ncase $1 in run) exec /bin/sleep 60 ;; esac\n", calls)
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv(endpointVariable, "")
	t.Setenv("PATH", dir)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := StartDynamoDB(ctx, func(string) {}); !errors.Is(err, context.DeadlineExceeded) && (err == nil || !strings.Contains(err.Error(), "no answer")) {
		t.Errorf("error %v", err)
	}
	said, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	if len(lines) != 3 || !strings.Contains(lines[1], "run --rm --name chaoxi-dynamodb-") || !strings.Contains(lines[1], dynamoDBLocalImage) ||
		!strings.Contains(lines[1], "-inMemory -sharedDb") || !strings.HasPrefix(lines[2], "rm --force chaoxi-dynamodb-") {
		t.Errorf("docker was told %q", lines)
	}
}
