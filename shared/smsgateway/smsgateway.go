// Package smsgateway hands texts to an HTTP gateway of a carrier, for regions
// where SNS cannot text. Like package sns it decides nothing about who gets a
// text, and takes care to tell one that was certainly not sent from one that may
// have been.
//
// The gateway's side of the protocol: POST of {"id","to","text"} as JSON with the
// headers Sms-Key (which key), Sms-Time (Unix seconds) and Sms-Signature, the
// hexadecimal HMAC-SHA256 under the key of time, a full stop, and the body. It
// answers 2xx with {"id"}, its own name for the delivery, or any other status for
// a text that it does not send. The same id twice is one text.
package smsgateway

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/meter"
	"chaoxi/shared/staff"
)

// Sender sends texts one at a time.
type Sender struct {
	url    string
	keyID  string
	key    []byte
	client *http.Client
	now    func() time.Time
	random io.Reader
}

// idle is how long a connection is kept for the next text. A function sleeps
// between requests, and on waking must not use one that the other side has closed
// since: the text would be lost, and count as sent.
const idle = 5 * time.Second

// New returns a Sender to the gateway at url, which knows the key by keyID. It
// takes a redirect for the answer that it is: a text is posted to the gateway
// that was set, and nowhere else.
func New(url, keyID string, key []byte, now func() time.Time, random io.Reader) Sender {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.IdleConnTimeout = idle
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return Sender{url, keyID, key, client, now, random}
}

// patience is how long a text may take to hand over, with the second try.
const patience = 4 * time.Second

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 4 << 10

type message struct {
	ID   string `json:"id"`
	To   string `json:"to"`
	Text string `json:"text"`
}

// Send fails with account.ErrTextRefused if the gateway said no, or was never
// reached. After any other error the text may have been sent. It tries again
// once, and only if no connection was made.
func (s Sender) Send(ctx context.Context, to staff.Phone, text string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	id, err := staff.NewID(s.random)
	if err != nil {
		return errors.Join(account.ErrTextRefused, err)
	}
	body, err := json.Marshal(message{id, to.E164(), text})
	if err != nil {
		return errors.Join(account.ErrTextRefused, err)
	}
	err = s.post(ctx, id, to, body)
	if unreached(err) {
		err = s.post(ctx, id, to, body)
	}
	if unreached(err) {
		err = errors.Join(account.ErrTextRefused, err)
	}
	counted := meter.TextsSent
	if errors.Is(err, account.ErrTextRefused) {
		counted = meter.TextsRefused
	}
	meter.Count(ctx, counted, 1)
	return err
}

// errAnswer says that the gateway answered with an error.
var errAnswer = errors.New("the gateway answered with an error")

func (s Sender) post(ctx context.Context, id string, to staff.Phone, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return errors.Join(account.ErrTextRefused, err)
	}
	at := strconv.FormatInt(s.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Sms-Key", s.keyID)
	req.Header.Set("Sms-Time", at)
	req.Header.Set("Sms-Signature", Sign(s.key, at, body))
	req.GetBody = nil // or net/http would send again what may have arrived

	res, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("post a text: %w", err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return errors.Join(account.ErrTextRefused, fmt.Errorf("%w: %d", errAnswer, res.StatusCode))
	}
	if err != nil {
		return fmt.Errorf("read the gateway's answer: %w", err)
	}
	var delivery struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(answer, &delivery); err != nil {
		return fmt.Errorf("read the gateway's answer: %w", err)
	}
	slog.InfoContext(ctx, "text handed over", "phone", to, "message", id, "delivery", delivery.ID)
	return nil
}

// Sign is the signature of a request.
func Sign(key []byte, at string, body []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(at + "."))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// unreached reports whether no connection was made to send a request on.
func unreached(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns)
}
