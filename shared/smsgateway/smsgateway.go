// Package smsgateway hands texts to an HTTP gateway of a carrier, for regions in
// which SNS cannot send texts to phones. It tells a text that was certainly not sent
// from one that may have been sent.
//
// It does not decide who gets a text, or how many: package account counts and limits
// them.
//
// The protocol, which the gateway has to implement: the request is a POST of
// {"id","to","text"} as JSON. Its headers are Sms-Key (the id of the key), Sms-Time
// (Unix seconds) and Sms-Signature: the hexadecimal HMAC-SHA256, under the key, of
// the time, a full stop and the body. The gateway answers 2xx with {"id"}, its own
// id of the delivery, or any other status if it does not send the text. If it gets
// the same id twice, it sends one text.
//
// Look first at Sender.Send.
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

// Sender sends texts by one gateway. It is safe for concurrent use if its source of
// randomness is.
type Sender struct {
	url    string
	keyID  string
	key    []byte
	client *http.Client
	now    func() time.Time
	random io.Reader
}

// idle is how long a connection is kept for the next text. A function sleeps between
// requests, and meanwhile the other side may close the connection. A text that is
// sent on such a connection is lost, but counts as sent.
const idle = 5 * time.Second

// New returns a Sender to the gateway at url. keyID is the gateway's name for key.
// The Sender follows no redirects: it posts texts to the configured gateway and
// nowhere else. random is for the ids of texts.
func New(url, keyID string, key []byte, now func() time.Time, random io.Reader) Sender {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.IdleConnTimeout = idle
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return Sender{url, keyID, key, client, now, random}
}

// patience is how long Send may take, with the second try.
const patience = 4 * time.Second

// maxAnswer is how many bytes of an answer are read at the most.
const maxAnswer = 4 << 10

// message is the body of a request.
type message struct {
	ID   string `json:"id"`
	To   string `json:"to"`
	Text string `json:"text"`
}

// Send sends text to a phone. The error is account.ErrSMSRefused if the gateway
// refused the text or was not reached, so that nothing was sent. After any other
// error the text may have been sent. If there was no connection, Send tries once
// more.
func (s Sender) Send(ctx context.Context, to staff.Phone, text string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	id, err := staff.NewID(s.random)
	if err != nil {
		return errors.Join(account.ErrSMSRefused, err)
	}
	body, err := json.Marshal(message{id, to.E164(), text})
	if err != nil {
		return errors.Join(account.ErrSMSRefused, err)
	}
	err = s.post(ctx, id, to, body)
	if unreached(err) {
		err = s.post(ctx, id, to, body)
	}
	if unreached(err) {
		err = errors.Join(account.ErrSMSRefused, err)
	}
	counted := meter.TextsSent
	if errors.Is(err, account.ErrSMSRefused) {
		counted = meter.TextsRefused
	}
	meter.Count(ctx, counted, 1)
	return err
}

// errAnswer says that the gateway answered with an error.
var errAnswer = errors.New("the gateway answered with an error")

// post sends one signed request. Its error is account.ErrSMSRefused if the request
// could not be made, or if the gateway answered with an error.
func (s Sender) post(ctx context.Context, id string, to staff.Phone, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return errors.Join(account.ErrSMSRefused, err)
	}
	at := strconv.FormatInt(s.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Sms-Key", s.keyID)
	req.Header.Set("Sms-Time", at)
	req.Header.Set("Sms-Signature", Sign(s.key, at, body))
	req.GetBody = nil // otherwise net/http may send the request again, after the first one has arrived

	res, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("post a text: %w", err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return errors.Join(account.ErrSMSRefused, fmt.Errorf("%w: %d", errAnswer, res.StatusCode))
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

// Sign returns the signature of a request: the header Sms-Signature. at is the header
// Sms-Time.
func Sign(key []byte, at string, body []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(at + "."))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// unreached reports whether there was no connection, so that the request was not
// sent.
func unreached(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns)
}
