package table

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/fault"
)

// hanging is a server that answers an attempt only if its number is not in hang. Where
// half is set, it sends half of the answer before it hangs.
type hanging struct {
	hang []int
	half bool

	mu       sync.Mutex
	attempts int
	calls    []string // the id of the call of each attempt
}

func (h *hanging) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	h.mu.Lock()
	h.attempts++
	n := h.attempts
	h.calls = append(h.calls, r.Header.Get("Amz-Sdk-Invocation-Id"))
	h.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if slices.Contains(h.hang, n) {
		if h.half {
			w.Header().Set("Content-Length", "2")
			io.WriteString(w, "{")
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done() // until the client gives up
		return
	}
	io.WriteString(w, "{}")
}

// seen returns the number of attempts, and of the calls that they belong to.
func (h *hanging) seen() (attempts, calls int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.attempts, len(slices.Compact(slices.Clone(h.calls)))
}

func client(t *testing.T, h http.Handler, options ...func(*dynamodb.Options)) *Client {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	cfg := aws.Config{Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
	})}
	return New(cfg, "table", append(options, func(o *dynamodb.Options) { o.DisableValidateResponseChecksum = true })...)
}

func TestAttemptsThatHang(t *testing.T) {
	t.Parallel()
	short := Patience{Call: 100 * time.Millisecond, Transaction: 100 * time.Millisecond, Other: 100 * time.Millisecond}
	get := func(ctx context.Context, c *Client) error {
		_, err := c.DB.GetItem(ctx, &dynamodb.GetItemInput{TableName: &c.Name, Key: map[string]types.AttributeValue{}})
		return err
	}
	write := func(ctx context.Context, c *Client) error {
		_, err := c.DB.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{}})
		return err
	}
	for _, tt := range []struct {
		name     string
		server   *hanging
		call     func(context.Context, *Client) error
		attempts int
		fails    bool
	}{
		{"a read, at first", &hanging{hang: []int{1}}, get, 2, false},
		{"a read, half way through the answer", &hanging{hang: []int{1}, half: true}, get, 2, false},
		{"a transaction, twice", &hanging{hang: []int{1, 2}}, write, 3, false},
		{"for good", &hanging{hang: []int{1, 2, 3, 4, 5}}, get, 5, true},
		{"not at all", &hanging{}, write, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.call(t.Context(), client(t, tt.server, short.Set))
			if (err != nil) != tt.fails {
				t.Errorf("the call ends with %v", err)
			}
			if err != nil && (!errors.Is(Outage(err), fault.Unavailable) || !strings.Contains(err.Error(), "no answer within 100ms")) {
				t.Errorf("the log would say %v", err)
			}
			if attempts, calls := tt.server.seen(); attempts != tt.attempts || calls != 1 {
				t.Errorf("%d attempts of %d calls, want %d of one", attempts, calls, tt.attempts)
			}
		})
	}
}

// TestCallerGivesUp: where the caller's own time is over, there is no further attempt.
func TestCallerGivesUp(t *testing.T) {
	t.Parallel()
	server := &hanging{hang: []int{1, 2, 3, 4, 5}}
	c := client(t, server)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.DB.GetItem(ctx, &dynamodb.GetItemInput{TableName: &c.Name, Key: map[string]types.AttributeValue{}})
	if attempts, _ := server.seen(); !errors.Is(err, context.DeadlineExceeded) || attempts != 1 {
		t.Errorf("%d attempts, then %v", attempts, err)
	}
}

// TestUsualPatience holds the times against the ten seconds that a function has, of
// which half a second is for the answer.
func TestUsualPatience(t *testing.T) {
	for operation, want := range map[string]time.Duration{
		"GetItem": time.Second, "BatchGetItem": time.Second, "Query": time.Second, "UpdateItem": time.Second, "PutItem": time.Second, "DeleteItem": time.Second,
		"TransactWriteItems": 2 * time.Second, "BatchWriteItem": 2 * time.Second, "ExecuteStatement": 10 * time.Second,
	} {
		if got := Usual.of(operation); got != want {
			t.Errorf("an attempt of %s may take %s, want %s", operation, got, want)
		}
	}
	if trips := 4 * (Usual.Call + Usual.Call); trips > 9500*time.Millisecond {
		t.Errorf("four trips whose first attempt hangs take up to %s", trips)
	}
}
