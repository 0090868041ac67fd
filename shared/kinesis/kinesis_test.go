package kinesis

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestPut has a service that does what services do.
func TestPut(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer []int // the status of each call, 0 for none; the last one stands for all later ones
		calls  int32
		ok     bool
	}{
		{"taken", []int{200}, 1, true},
		{"too busy at first", []int{500, 400, 200}, 3, true},
		{"refused", []int{403}, 1, false},
		{"too busy", []int{400}, 3, false},
		{"no answer", []int{0}, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			asked := make(chan string, 10)
			service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n := calls.Add(1)
				b, _ := io.ReadAll(r.Body)
				asked <- r.Header.Get("X-Amz-Target") + " " + string(b)
				w.Header().Set("Content-Type", "application/x-amz-json-1.1")
				switch status := tt.answer[min(int(n), len(tt.answer))-1]; status {
				case 0:
					<-r.Context().Done()
				case 200:
					io.WriteString(w, `{"SequenceNumber":"49546986683135544286507457936321625675700192471156785154","ShardId":"shardId-000000000000"}`)
				case 400:
					w.WriteHeader(status)
					io.WriteString(w, `{"__type":"ProvisionedThroughputExceededException","message":"Rate exceeded for shard shardId-000000000000"}`)
				default:
					w.WriteHeader(status)
					io.WriteString(w, `{"__type":"AccessDeniedException"}`)
				}
			}))
			defer service.Close()
			s := New(aws.Config{
				Region: "local", BaseEndpoint: &service.URL,
				Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
					return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
				}),
			}, "a-stream")
			if tt.name == "no answer" {
				s.patience = 200 * time.Millisecond
			}
			err := s.Put(t.Context(), "GE_1", []byte(`{"format":1}`))
			if (err == nil) != tt.ok || calls.Load() != tt.calls {
				t.Errorf("%v after %d calls", err, calls.Load())
			}
			if got, want := <-asked, `Kinesis_20131202.PutRecord {"Data":"eyJmb3JtYXQiOjF9","PartitionKey":"GE_1","StreamName":"a-stream"}`; got != want {
				t.Error(got)
			}
		})
	}
}
