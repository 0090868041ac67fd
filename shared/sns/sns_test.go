package sns

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

const text = "验证码402917，用于激活账号，5分钟内有效。请勿告知他人。"

var wangfang = func() staff.Phone {
	p, err := staff.ParsePhone("13700000003")
	if err != nil {
		panic(err)
	}
	return p
}()

// to is a Sender to url that waits for half a second at most.
func to(url string) Sender {
	s := New(aws.Config{
		Region: "local", BaseEndpoint: &url,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
	s.patience = 500 * time.Millisecond
	return s
}

const published = `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m</MessageId></PublishResult>
	<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>`

func fault(code string) string {
	return `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>` + code +
		`</Code><Message>Invalid parameter: PhoneNumber Reason: +8613700000003 is not valid to publish to</Message></Error><RequestId>r</RequestId></ErrorResponse>`
}

// TestSend has a service that does what services do. A text that was certainly
// not sent is told from one that may have been; there is one request each time,
// and no error names the number.
func TestSend(t *testing.T) {
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/xml")
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	// broken answers with raw bytes, and then closes the connection.
	broken := func(raw string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			io.WriteString(conn, raw)
			conn.Close()
		}
	}
	const (
		sent = iota
		refused
		unknown // it may have been sent
	)
	tests := []struct {
		name    string
		service http.HandlerFunc
		want    int
	}{
		{"it is taken", answer(200, published), sent},
		{"the number is refused", answer(400, fault("InvalidParameter")), refused},
		{"the account may not", answer(403, fault("AuthorizationError")), refused},
		{"there are too many", answer(400, fault("Throttling")), refused},
		{"the carrier says slow down", answer(429, fault("Throttled")), refused},
		{"the service fails", answer(500, fault("InternalError")), refused},
		{"the service is away", answer(503, fault("ServiceUnavailable")), refused},
		{"something between answers in its stead", answer(502, "<html>Bad Gateway</html>"), refused},
		{"an error without a body", answer(500, ""), refused},
		{"another place", answer(307, ""), refused},
		{"it is taken, in other words", answer(200, "OK"), sent},
		{"it is taken, in broken words", answer(200, "<PublishResponse><PublishResult"), unknown},
		{"no answer", broken(""), unknown},
		{"half an answer", broken("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<Publish"), unknown},
		{"no answer of HTTP's", broken("+OK +8613700000003\r\n"), unknown},
		{"no answer in time", func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); <-r.Context().Done() }, unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				tt.service(w, r)
			}))
			defer server.Close()
			err := to(server.URL).Send(context.Background(), wangfang, text)
			judge(t, err, tt.want == sent, tt.want == refused)
			if n := requests.Load(); n != 1 {
				t.Errorf("%d requests", n)
			}
			if late := tt.name == "no answer in time"; errors.Is(err, context.DeadlineExceeded) != late {
				t.Errorf("its time was up: %t; %v", !late, err)
			}
		})
	}
}

func judge(t *testing.T, err error, sent, refused bool) {
	t.Helper()
	if (err == nil) != sent || errors.Is(err, account.ErrSMSRefused) != refused {
		t.Errorf("%v; refused: %v", err, errors.Is(err, account.ErrSMSRefused))
	}
	if err != nil && (strings.Contains(err.Error(), "13700000003") || strings.Contains(err.Error(), "402917")) {
		t.Errorf("it names the number or the code: %v", err)
	}
}

// TestNobodyThere has a service that no connection leads to: the text was
// certainly not sent.
func TestNobodyThere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	judge(t, to("http://"+address).Send(context.Background(), wangfang, text), false, true)
	judge(t, to("http://sns.invalid").Send(context.Background(), wangfang, text), false, true)
}

// TestTheCallersTime ends with the caller's time, which is shorter than ours.
func TestTheCallersTime(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); <-r.Context().Done() }))
	defer server.Close()
	s := to(server.URL)
	s.patience = time.Hour
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	judge(t, s.Send(ctx, wangfang, text), false, false)
}

func TestWhatIsSent(t *testing.T) {
	var got url.Values
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		got = r.PostForm
		io.WriteString(w, published)
	}))
	defer server.Close()
	if err := to(server.URL).Send(context.Background(), wangfang, text); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Action": "Publish", "PhoneNumber": "+8613700000003", "Message": text, "TopicArn": "", "TargetArn": "",
		"MessageAttributes.entry.1.Name": "AWS.SNS.SMS.SMSType", "MessageAttributes.entry.1.Value.DataType": "String",
		"MessageAttributes.entry.1.Value.StringValue": "Transactional",
	} {
		if got.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Get(name), want)
		}
	}
}

func TestPatience(t *testing.T) {
	if s := New(aws.Config{}); s.patience != patience || patience > 5*time.Second {
		t.Errorf("a function's time is ten seconds; a text may take %s of it", s.patience)
	}
}
