package local

import (
	_ "embed"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Inbox stands in for SNS and for all phones: functions send texts to it, people and
// tests read them there. It keeps all texts in memory.
type Inbox struct {
	now func() time.Time

	mu     sync.Mutex
	texts  []Text // oldest first
	refuse int    // how many of the next texts fail
	lose   bool   // texts that fail are kept, and only the answer is lost
}

// Text is one message.
type Text struct {
	Phone string    `json:"phone"` // E.164
	Text  string    `json:"text"`
	At    time.Time `json:"at"`
}

// NewInbox returns an empty inbox.
func NewInbox(now func() time.Time) *Inbox { return &Inbox{now: now} }

// Texts returns the texts to phone (E.164), newest first. If phone is "", it returns
// all.
func (in *Inbox) Texts(phone string) []Text {
	in.mu.Lock()
	defer in.mu.Unlock()
	found := []Text{}
	for i := len(in.texts) - 1; i >= 0; i-- {
		if phone == "" || in.texts[i].Phone == phone {
			found = append(found, in.texts[i])
		}
	}
	return found
}

// Refuse makes the next texts fail, as many as next says. If lose is false they are
// refused. If it is true they are taken, but the connection is closed without an
// answer.
func (in *Inbox) Refuse(next int, lose bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.refuse, in.lose = next, lose
}

// Pages serves the page for people at /, GET /messages for tests, and POST /refuse,
// which calls Refuse.
func (in *Inbox) Pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'")
		w.Write(inboxPage)
	})
	mux.HandleFunc("GET /messages", func(w http.ResponseWriter, r *http.Request) {
		phone := ""
		if asked := r.FormValue("phone"); asked != "" {
			phone = e164(asked)
		}
		writeJSON(w, http.StatusOK, map[string]any{"items": in.Texts(phone)})
	})
	mux.HandleFunc("POST /refuse", func(w http.ResponseWriter, r *http.Request) {
		next, err := strconv.Atoi(r.FormValue("next"))
		lose, errAfter := strconv.ParseBool(orFalse(r.FormValue("after")))
		if err != nil || next < 0 || errAfter != nil {
			writeJSON(w, http.StatusBadRequest, map[string]any{"message": "next is a number of texts, after is true or false"})
			return
		}
		in.Refuse(next, lose)
		writeJSON(w, http.StatusOK, map[string]any{"next": next, "after": lose})
	})
	return mux
}

//go:embed inbox.html
var inboxPage []byte

// orFalse returns "false" for "".
func orFalse(s string) string {
	if s == "" {
		return "false"
	}
	return s
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

// e164 reads a phone as people write it: eleven digits, with or without 86 or +86. A
// + that was not escaped in a query arrives as a space.
func e164(phone string) string {
	if strings.HasPrefix(phone, " ") {
		phone = "+" + phone
	}
	phone = strings.NewReplacer(" ", "", "-", "").Replace(phone)
	switch {
	case strings.HasPrefix(phone, "+"):
		return phone
	case strings.HasPrefix(phone, "00"):
		return "+" + phone[2:]
	case len(phone) == 13 && strings.HasPrefix(phone, "86"):
		return "+" + phone
	default:
		return "+86" + phone
	}
}

// SNS serves the part of SNS that functions use: Publish to a phone, in the query
// protocol of the SDKs.
func (in *Inbox) SNS() http.Handler { return http.HandlerFunc(in.publish) }

// refusal is the answer to a text that is refused. SDKs do not repeat calls with this
// error. Otherwise one text would use up several refusals.
var refusal = snsError{http.StatusForbidden, "AuthorizationError", "The inbox was told to refuse this text"}

// snsError is an error in the form of SNS.
type snsError struct {
	status        int
	code, message string
}

var e164Form = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// publish serves Publish.
func (in *Inbox) publish(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		snsError{http.StatusBadRequest, "MalformedQueryString", err.Error()}.write(w)
		return
	}
	phone, text := r.PostForm.Get("PhoneNumber"), r.PostForm.Get("Message")
	switch {
	case r.PostForm.Get("Action") != "Publish":
		snsError{http.StatusBadRequest, "InvalidAction", "Only Publish is served here"}.write(w)
		return
	case !e164Form.MatchString(phone):
		snsError{http.StatusBadRequest, "InvalidParameter", "Invalid parameter: PhoneNumber Reason: " + phone + " is not valid to publish to"}.write(w)
		return
	case text == "" || len(text) > 1600:
		snsError{http.StatusBadRequest, "InvalidParameter", "Invalid parameter: Message"}.write(w)
		return
	}
	switch in.take(phone, text) {
	case refused:
		refusal.write(w)
	case lost:
		panic(http.ErrAbortHandler) // closes the connection without an answer
	default:
		id := requestID()
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>%s</MessageId></PublishResult><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></PublishResponse>`, id, id)
	}
}

// outcome says what becomes of a text.
type outcome int

const (
	taken   outcome = iota
	refused         // and not kept
	lost            // kept, but the answer is lost
)

// take keeps a text, unless it is refused.
func (in *Inbox) take(phone, text string) outcome {
	in.mu.Lock()
	defer in.mu.Unlock()
	result := taken
	if in.refuse > 0 {
		in.refuse--
		if result = refused; in.lose {
			result = lost
		}
	}
	if result != refused {
		in.texts = append(in.texts, Text{Phone: phone, Text: text, At: in.now().UTC().Truncate(time.Millisecond)})
	}
	return result
}

func (e snsError) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(e.status)
	fmt.Fprintf(w, `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>%s</Code><Message>`, e.code)
	xml.EscapeText(w, []byte(e.message))
	fmt.Fprintf(w, `</Message></Error><RequestId>%s</RequestId></ErrorResponse>`, requestID())
}
