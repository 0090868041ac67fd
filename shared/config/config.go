// Package config reads the environment, once, at start-up. No other package may
// (shared/dev/check/arch). It names every setting that is missing or wrong at once,
// so that a bad deployment says all of it in its first log line.
//
// AWS's own configuration chain is not used: a function has its region and
// credentials in its environment, and looking anywhere else for them costs a
// third of its cold start.
package config

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"chaoxi/shared/account"
)

// Env reads settings and remembers what is wrong with them.
type Env struct {
	lookup func(string) (string, bool)
	wrong  []string
}

// FromEnv reads the process environment.
func FromEnv() *Env { return From(os.LookupEnv) }

// From reads from lookup.
func From(lookup func(string) (string, bool)) *Env { return &Env{lookup: lookup} }

// Err names every setting that was missing or wrong, without its value.
func (e *Env) Err() error {
	if len(e.wrong) == 0 {
		return nil
	}
	return fmt.Errorf("environment: %s", strings.Join(e.wrong, "; "))
}

// text is a setting as it stands; one that is empty is one that is not there.
func (e *Env) text(name string) (string, bool) {
	v, _ := e.lookup(name)
	return v, v != ""
}

// note keeps what is wrong, once: two services ask for one region.
func (e *Env) note(wrong string) {
	if !slices.Contains(e.wrong, wrong) {
		e.wrong = append(e.wrong, wrong)
	}
}

func (e *Env) required(name string) string {
	v, ok := e.text(name)
	if !ok {
		e.note(name + " is missing")
	}
	return v
}

// read replaces *v by the setting name, if there is one.
func read[T any](e *Env, name string, v *T, parse func(string) (T, error)) {
	s, ok := e.text(name)
	if !ok {
		return
	}
	parsed, err := parse(s)
	if err != nil {
		e.note(name + " is not in its form")
		return
	}
	*v = parsed
}

// Table is TABLE_NAME.
func (e *Env) Table() string { return e.required("TABLE_NAME") }

// Version is VERSION, what was deployed; "dev" where nothing was.
func (e *Env) Version() string {
	if v, ok := e.text("VERSION"); ok {
		return v
	}
	return "dev"
}

// AWS is the client configuration of one service, named as in AWS's own
// variables: AWS_ENDPOINT_URL_DYNAMODB replaces the endpoint of DYNAMODB.
func (e *Env) AWS(service string) aws.Config {
	cfg := aws.Config{Region: e.required("AWS_REGION")}
	id, secret := e.required("AWS_ACCESS_KEY_ID"), e.required("AWS_SECRET_ACCESS_KEY")
	token, _ := e.text("AWS_SESSION_TOKEN")
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token, Source: "environment"}, nil
	})
	if url, ok := e.text("AWS_ENDPOINT_URL_" + service); ok {
		cfg.BaseEndpoint = aws.String(url)
	}
	return cfg
}

// Keys are MAC_KEYS: the current key and, after a comma, the previous one, each
// 32 bytes or more in base64.
func (e *Env) Keys() account.Keys {
	var keys account.Keys
	text := e.required("MAC_KEYS")
	if text == "" {
		return keys
	}
	parts := strings.Split(text, ",")
	for i, into := range []*[]byte{&keys.Current, &keys.Previous} {
		if i >= len(parts) {
			break
		}
		key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(parts[i]))
		if err != nil || len(key) < 32 || len(parts) > 2 {
			e.note("MAC_KEYS is not one or two keys of 32 bytes or more in base64")
			break
		}
		*into = key
	}
	return keys
}

// SMSGateway is how a carrier's gateway is reached, for package smsgateway.
type SMSGateway struct {
	URL, KeyID string
	Key        []byte
}

// SMSGateway is SMS_GATEWAY_URL, SMS_GATEWAY_KEY_ID and SMS_GATEWAY_KEY (base64),
// if SMS_SENDER says gateway; else texts go to SNS.
func (e *Env) SMSGateway() (SMSGateway, bool) {
	switch sender, _ := e.text("SMS_SENDER"); sender {
	case "", "sns":
		return SMSGateway{}, false
	case "gateway":
	default:
		e.note("SMS_SENDER is neither sns nor gateway")
		return SMSGateway{}, false
	}
	g := SMSGateway{URL: e.required("SMS_GATEWAY_URL"), KeyID: e.required("SMS_GATEWAY_KEY_ID")}
	key, err := base64.StdEncoding.DecodeString(e.required("SMS_GATEWAY_KEY"))
	if err != nil {
		e.note("SMS_GATEWAY_KEY is not in base64")
	}
	g.Key = key
	if u, err := url.Parse(g.URL); g.URL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1") {
		e.note("SMS_GATEWAY_URL is no https address")
	}
	return g, true
}

// Settings are the numbers of the rules, where the environment changes them.
func (e *Env) Settings() account.Settings {
	s := account.Defaults()
	duration := func(name string, v *time.Duration) { read(e, name, v, positive(time.ParseDuration)) }
	number := func(name string, v *int) { read(e, name, v, positive(strconv.Atoi)) }

	duration("CODE_LIFE", &s.CodeLife)
	duration("TICKET_LIFE", &s.TicketLife)
	duration("TEXT_INTERVAL", &s.TextInterval)
	number("TEXTS_A_DAY", &s.TextsADay)
	number("SMS_DAILY_BUDGET", &s.SMSDailyBudget)
	number("ADDRESS_HOURLY", &s.AddressHourly)
	number("ADDRESS_FAILURES_HOURLY", &s.AddressFailures)
	read(e, "SHARED_EGRESS", &s.SharedEgress, prefixes)
	number("LOCK_TRIES", &s.LockTries)
	duration("LOCK_WINDOW", &s.LockWindow)
	duration("LOCK_TIME", &s.LockTime)
	number("LOCK_DAILY", &s.LockDaily)
	read(e, "SECOND_FACTOR", &s.SecondFactor, secondFactor)
	duration("DEVICE_LIFE", &s.DeviceLife)
	duration("APP_IDLE", &s.AppIdle)
	duration("APP_LIFE", &s.AppLife)
	duration("CONSOLE_IDLE", &s.ConsoleIdle)
	duration("CONSOLE_LIFE", &s.ConsoleLife)
	duration("RECOVERY_LIFE", &s.RecoveryLife)
	duration("RECOVERY_APPROVED_LIFE", &s.RecoveryApprovedLife)
	return s
}

func positive[T int | time.Duration](parse func(string) (T, error)) func(string) (T, error) {
	return func(s string) (T, error) {
		v, err := parse(s)
		if err == nil && v <= 0 {
			err = fmt.Errorf("%v is not above zero", v)
		}
		return v, err
	}
}

// prefixes are CIDRs with commas between.
func prefixes(s string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, part := range strings.Split(s, ",") {
		p, err := netip.ParsePrefix(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

func secondFactor(s string) (account.SecondFactor, error) {
	switch f := account.SecondFactor(s); f {
	case account.OnNewDevice, account.Always, account.Off:
		return f, nil
	}
	return "", fmt.Errorf("not a choice")
}
