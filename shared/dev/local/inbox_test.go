package local

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"
)

func inbox(t *testing.T) (*Inbox, *sns.Client) {
	t.Helper()
	at := noon
	in := NewInbox(func() time.Time { at = at.Add(time.Second); return at })
	srv := httptest.NewServer(in.SNS())
	srv.Config.ErrorLog = nil
	t.Cleanup(srv.Close)
	return in, sns.New(sns.Options{Region: Region, BaseEndpoint: &srv.URL, Credentials: credentials{}, RetryMaxAttempts: 1})
}

func send(client *sns.Client, phone, text string, optFns ...func(*sns.Options)) error {
	out, err := client.Publish(context.Background(), &sns.PublishInput{
		PhoneNumber: &phone,
		Message:     &text,
		MessageAttributes: map[string]types.MessageAttributeValue{
			"AWS.SNS.SMS.SMSType": {DataType: aws.String("String"), StringValue: aws.String("Transactional")},
		},
	}, optFns...)
	if err == nil && aws.ToString(out.MessageId) == "" {
		return errors.New("no message id")
	}
	return err
}

func messages(t *testing.T, in *Inbox, query string) []Text {
	t.Helper()
	w := do(in.Pages(), httptest.NewRequest("GET", "/messages"+query, nil))
	var list struct{ Items []Text }
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || w.Code != 200 {
		t.Fatalf("answer %d %s: %v", w.Code, w.Body, err)
	}
	return list.Items
}

func TestInbox(t *testing.T) {
	in, client := inbox(t)
	if w := do(in.Pages(), httptest.NewRequest("GET", "/messages?phone=13700000003", nil)); strings.TrimSpace(w.Body.String()) != `{"items":[]}` {
		t.Errorf("empty inbox: %s", w.Body)
	}
	for _, s := range []struct{ phone, text string }{
		{"+8613700000003", "【浙政】验证码 123456 & <5 分钟>"},
		{"+8613700000004", "another"},
		{"+8613700000003", "second"},
	} {
		if err := send(client, s.phone, s.text); err != nil {
			t.Fatal(err)
		}
	}
	for _, phone := range []string{"13700000003", "+8613700000003", url.QueryEscape("+8613700000003"), "8613700000003", "008613700000003"} {
		got := messages(t, in, "?phone="+phone)
		if len(got) != 2 || got[0].Text != "second" || got[1].Text != "【浙政】验证码 123456 & <5 分钟>" || got[0].Phone != "+8613700000003" {
			t.Errorf("phone=%s: %+v", phone, got)
		}
	}
	if all := messages(t, in, ""); len(all) != 3 || all[0].Text != "second" || !all[0].At.Equal(noon.Add(3*time.Second)) {
		t.Errorf("all: %+v", all)
	}
	if w := do(in.Pages(), httptest.NewRequest("GET", "/", nil)); w.Code != 200 || !strings.Contains(w.Body.String(), "短信收件箱") {
		t.Errorf("page %d", w.Code)
	}
}

func TestRefusedTexts(t *testing.T) {
	in, client := inbox(t)
	retry := func(o *sns.Options) { o.RetryMaxAttempts = 3 }
	set := func(query string) {
		t.Helper()
		if w := do(in.Pages(), httptest.NewRequest("POST", "/refuse"+query, nil)); w.Code != 200 {
			t.Fatalf("refuse%s: %d %s", query, w.Code, w.Body)
		}
	}

	set("?next=3")
	for i := range 3 { // one text each, although the client would retry
		var refused smithy.APIError
		if err := send(client, "+8613700000003", "x", retry); !errors.As(err, &refused) || refused.ErrorCode() != "AuthorizationError" {
			t.Errorf("text %d: %v", i, err)
		}
	}
	if err := send(client, "+8613700000003", "fourth", retry); err != nil {
		t.Error(err)
	}
	if got := in.Texts(""); len(got) != 1 || got[0].Text != "fourth" {
		t.Errorf("taken: %+v", got)
	}

	set("?next=1&after=true")
	var network interface{ ConnectionError() bool }
	if err := send(client, "+8613700000003", "lost"); !errors.As(err, &network) {
		t.Errorf("lost answer: %v", err)
	}
	if err := send(client, "+8613700000003", "answered"); err != nil {
		t.Error(err)
	}
	if got := in.Texts(""); len(got) != 3 || got[0].Text != "answered" || got[1].Text != "lost" {
		t.Errorf("taken: %+v", got)
	}

	set("?next=5")
	set("?next=0")
	if err := send(client, "+8613700000003", "again"); err != nil {
		t.Error(err)
	}
	for _, query := range []string{"", "?next=-1", "?next=x", "?next=1&after=maybe"} {
		if w := do(in.Pages(), httptest.NewRequest("POST", "/refuse"+query, nil)); w.Code != 400 {
			t.Errorf("refuse%s: %d", query, w.Code)
		}
	}
}

func TestBadTexts(t *testing.T) {
	in, client := inbox(t)
	for _, s := range [][2]string{{"13700000003", "no country"}, {"+86", "short"}, {"+8613700000003", strings.Repeat("长", 600)}} {
		var invalid *types.InvalidParameterException
		if err := send(client, s[0], s[1]); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", s[0], err)
		}
	}
	if _, err := client.ListTopics(context.Background(), &sns.ListTopicsInput{}); err == nil {
		t.Error("another action was served")
	}
	if got := in.Texts(""); len(got) != 0 {
		t.Errorf("taken: %+v", got)
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader("%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if w := do(in.SNS(), r); w.Code != http.StatusBadRequest {
		t.Errorf("malformed form: %d", w.Code)
	}
}
