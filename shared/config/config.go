// Package config reads the settings from the environment, once, at start-up. No other
// package that is deployed reads the environment (a test in shared/dev/check/arch sees
// to it). Err
// names all settings that are missing or wrong together, so that the first log line
// of a bad deployment tells everything.
//
// It does not use the AWS SDK's own search for a configuration. A function has its
// region and credentials in the environment; looking for them in other places, too,
// takes a third of the cold start.
//
// Look first at FromEnv, then at Settings. README.md lists all settings.
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

// Env reads settings, and remembers which are missing or wrong. Callers read all that
// they need, and then ask Err.
type Env struct {
	lookup func(string) (string, bool)
	wrong  []string
}

// FromEnv returns an Env of the process environment.
func FromEnv() *Env { return From(os.LookupEnv) }

// From returns an Env of other settings. lookup is like [os.LookupEnv].
func From(lookup func(string) (string, bool)) *Env { return &Env{lookup: lookup} }

// Err names all settings that were missing or wrong when they were read, without
// their values. It is nil if there are none.
func (e *Env) Err() error {
	if len(e.wrong) == 0 {
		return nil
	}
	return fmt.Errorf("environment: %s", strings.Join(e.wrong, "; "))
}

// text returns a setting, and whether it is there. An empty one counts as absent.
func (e *Env) text(name string) (string, bool) {
	v, _ := e.lookup(name)
	return v, v != ""
}

// note adds a sentence for Err, once: AWS reads the same region for each service.
func (e *Env) note(wrong string) {
	if !slices.Contains(e.wrong, wrong) {
		e.wrong = append(e.wrong, wrong)
	}
}

// required returns a setting, and notes if it is absent.
func (e *Env) required(name string) string {
	v, ok := e.text(name)
	if !ok {
		e.note(name + " is missing")
	}
	return v
}

// read sets *v to the setting name, if it is there and parse takes it.
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

// Table is TABLE_NAME, the name of the table. It is required.
func (e *Env) Table() string { return e.required("TABLE_NAME") }

// Feed is FEED_STREAM, the name of the stream on which other systems are told of
// changes. It is "" where they are not.
func (e *Env) Feed() string {
	v, _ := e.text("FEED_STREAM")
	return v
}

// Version is VERSION, the version that was deployed, or "dev" without the setting.
func (e *Env) Version() string {
	if v, ok := e.text("VERSION"); ok {
		return v
	}
	return "dev"
}

// AWS returns the client configuration for one service: region and credentials, which
// are required, and AWS_ENDPOINT_URL_<service> if it is set. service is spelled as in
// that variable, such as DYNAMODB.
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

// Keys are MAC_KEYS, which is required: the current key and, behind a comma, the
// previous one if there is one. Each has 32 bytes or more, in base64.
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

// SMSGateway is the address of a carrier's gateway, and the key for it, as package
// smsgateway wants them.
type SMSGateway struct {
	URL, KeyID string
	Key        []byte
}

// SMSGateway returns SMS_GATEWAY_URL, SMS_GATEWAY_KEY_ID and SMS_GATEWAY_KEY (base64)
// and true, if SMS_SENDER is gateway. If SMS_SENDER is sns or absent, it returns
// false: texts go to Amazon SNS. The URL must be https, except on this machine.
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

// Settings returns account.Defaults with the changes that the environment makes.
// Numbers and durations ("30m") must be above zero.
func (e *Env) Settings() account.Settings {
	s := account.Defaults()
	duration := func(name string, v *time.Duration) { read(e, name, v, positive(time.ParseDuration)) }
	number := func(name string, v *int) { read(e, name, v, positive(strconv.Atoi)) }

	duration("CODE_LIFE", &s.CodeLife)
	duration("TICKET_LIFE", &s.TicketLife)
	duration("TEXT_INTERVAL", &s.TextInterval)
	number("TEXTS_A_DAY", &s.TextsADay)
	number("SMS_DAILY_BUDGET", &s.SMSDailyBudget)
	read(e, "SMS_PER_SECOND", &s.SMSPerSecond, atMost(positive(strconv.Atoi), 1000))
	number("ADDRESS_HOURLY", &s.AddressHourly)
	number("ADDRESS_FAILURES_HOURLY", &s.AddressFailures)
	number("ADDRESS_CALLS_HOURLY", &s.AddressCalls)
	number("CODE_TRIES_A_DAY", &s.CodeTriesADay)
	read(e, "SHARED_EGRESS", &s.SharedEgress, prefixes)
	number("LOCK_TRIES", &s.LockTries)
	read(e, "LOCK_WINDOW", &s.LockWindow, atMost(positive(time.ParseDuration), 24*time.Hour))
	read(e, "LOCK_TIME", &s.LockTime, atMost(positive(time.ParseDuration), 24*time.Hour))
	number("LOCK_DAILY", &s.LockDaily)
	read(e, "SECOND_FACTOR", &s.SecondFactor, secondFactor)
	duration("DEVICE_LIFE", &s.DeviceLife)
	duration("STEP_UP_LIFE", &s.StepUpLife)
	duration("APP_IDLE", &s.AppIdle)
	duration("APP_LIFE", &s.AppLife)
	duration("CONSOLE_IDLE", &s.ConsoleIdle)
	duration("CONSOLE_LIFE", &s.ConsoleLife)
	duration("RECOVERY_LIFE", &s.RecoveryLife)
	duration("RECOVERY_APPROVED_LIFE", &s.RecoveryApprovedLife)
	return s
}

// positive returns a parse function that takes what parse takes, if above zero.
func positive[T int | time.Duration](parse func(string) (T, error)) func(string) (T, error) {
	return func(s string) (T, error) {
		v, err := parse(s)
		if err == nil && v <= 0 {
			err = fmt.Errorf("%v is not above zero", v)
		}
		return v, err
	}
}

// atMost returns a parse function that takes what parse takes, up to most. The table
// keeps failures for three days, so a lock may not last much longer than one. It keeps
// the row of texts in milliseconds, so there is one each millisecond at most.
func atMost[T int | time.Duration](parse func(string) (T, error), most T) func(string) (T, error) {
	return func(s string) (T, error) {
		v, err := parse(s)
		if err == nil && v > most {
			err = fmt.Errorf("%v is above %v", v, most)
		}
		return v, err
	}
}

// prefixes parses address ranges (CIDR) with commas between.
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

// secondFactor parses one of the three choices.
func secondFactor(s string) (account.SecondFactor, error) {
	switch f := account.SecondFactor(s); f {
	case account.OnNewDevice, account.Always, account.Off:
		return f, nil
	}
	return "", fmt.Errorf("not a choice")
}
