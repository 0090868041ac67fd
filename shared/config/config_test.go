package config

import (
	"bytes"
	"context"
	"encoding/base64"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
)

// of is an Env of these variables alone.
func of(env map[string]string) *Env {
	return From(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
}

func TestDefaults(t *testing.T) {
	e := of(nil)
	if got := e.Settings(); !reflect.DeepEqual(got, account.Defaults()) || e.Err() != nil {
		t.Errorf("%+v, %v", got, e.Err())
	}
	if v := e.Version(); v != "dev" || e.Err() != nil {
		t.Errorf("version %q, %v", v, e.Err())
	}
	empty := map[string]string{}
	for name := range settings {
		empty[name] = "" // as a template's parameter without a value is passed
	}
	if got := of(empty).Settings(); !reflect.DeepEqual(got, account.Defaults()) {
		t.Errorf("%+v", got)
	}
}

// settings has a value of each setting, one that is not the default, with where
// it goes, and values that are wrong.
var settings = map[string]struct {
	value string
	field func(*account.Settings) any
	want  any
	wrong []string
}{
	"CODE_LIFE":               {"7m", func(s *account.Settings) any { return s.CodeLife }, 7 * time.Minute, durations},
	"TICKET_LIFE":             {"1h", func(s *account.Settings) any { return s.TicketLife }, time.Hour, durations},
	"TEXT_INTERVAL":           {"90s", func(s *account.Settings) any { return s.TextInterval }, 90 * time.Second, durations},
	"TEXTS_A_DAY":             {"3", func(s *account.Settings) any { return s.TextsADay }, 3, numbers},
	"SMS_DAILY_BUDGET":        {"200", func(s *account.Settings) any { return s.SMSDailyBudget }, 200, numbers},
	"SMS_PER_SECOND":          {"30", func(s *account.Settings) any { return s.SMSPerSecond }, 30, append([]string{"1001"}, numbers...)},
	"ADDRESS_HOURLY":          {"100000", func(s *account.Settings) any { return s.AddressHourly }, 100_000, numbers},
	"ADDRESS_FAILURES_HOURLY": {"31", func(s *account.Settings) any { return s.AddressFailures }, 31, numbers},
	"ADDRESS_CALLS_HOURLY":    {"3001", func(s *account.Settings) any { return s.AddressCalls }, 3001, numbers},
	"CODE_TRIES_A_DAY":        {"24", func(s *account.Settings) any { return s.CodeTriesADay }, 24, numbers},
	"SHARED_EGRESS": {
		"10.0.0.0/8, 2001:db8::/32", func(s *account.Settings) any { return s.SharedEgress },
		[]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")},
		[]string{"10.0.0.1", "10.0.0.0/33", "10.0.0.0/8,", ",", " ", "gateway.example/8"},
	},
	"LOCK_TRIES":  {"4", func(s *account.Settings) any { return s.LockTries }, 4, numbers},
	"LOCK_WINDOW": {"6m", func(s *account.Settings) any { return s.LockWindow }, 6 * time.Minute, append([]string{"24h0m1s", "49h"}, durations...)},
	"LOCK_TIME":   {"31m", func(s *account.Settings) any { return s.LockTime }, 31 * time.Minute, append([]string{"24h0m1s", "49h"}, durations...)},
	"LOCK_DAILY":  {"29", func(s *account.Settings) any { return s.LockDaily }, 29, numbers},
	"SECOND_FACTOR": {
		"always", func(s *account.Settings) any { return s.SecondFactor }, account.Always, []string{"Always", "never", "true", "new device", " off"},
	},
	"DEVICE_LIFE":            {"24h", func(s *account.Settings) any { return s.DeviceLife }, 24 * time.Hour, durations},
	"APP_IDLE":               {"1h", func(s *account.Settings) any { return s.AppIdle }, time.Hour, durations},
	"APP_LIFE":               {"2h", func(s *account.Settings) any { return s.AppLife }, 2 * time.Hour, durations},
	"STEP_UP_LIFE":           {"5m", func(s *account.Settings) any { return s.StepUpLife }, 5 * time.Minute, durations},
	"CONSOLE_IDLE":           {"10m", func(s *account.Settings) any { return s.ConsoleIdle }, 10 * time.Minute, durations},
	"CONSOLE_LIFE":           {"8h", func(s *account.Settings) any { return s.ConsoleLife }, 8 * time.Hour, durations},
	"RECOVERY_LIFE":          {"48h", func(s *account.Settings) any { return s.RecoveryLife }, 48 * time.Hour, durations},
	"RECOVERY_APPROVED_LIFE": {"12h", func(s *account.Settings) any { return s.RecoveryApprovedLife }, 12 * time.Hour, durations},
}

var (
	durations = []string{"5", "5 m", "m", "-5m", "0s", "0", "7d", "five minutes", "9999999999h"}
	numbers   = []string{"0", "-1", "1.5", "1e3", "many", "5m", " 5", "0x10", "99999999999999999999"}
)

func TestSettings(t *testing.T) {
	for name, tt := range settings {
		t.Run(name, func(t *testing.T) {
			e := of(map[string]string{name: tt.value})
			got := e.Settings()
			if v := tt.field(&got); !reflect.DeepEqual(v, tt.want) || e.Err() != nil {
				t.Errorf("%v, %v, want %v", v, e.Err(), tt.want)
			}
			defaults := account.Defaults()
			if reflect.DeepEqual(tt.field(&defaults), tt.want) {
				t.Fatal("that is the default: it shows nothing")
			}
			if n := differences(got, defaults); n != 1 {
				t.Errorf("it changes %d settings", n)
			}
			for _, wrong := range tt.wrong {
				e := of(map[string]string{name: wrong})
				got := e.Settings()
				err := e.Err()
				if err == nil || !strings.Contains(err.Error(), name) || differences(got, defaults) != 0 {
					t.Errorf("%q: %v, and %v", wrong, tt.field(&got), err)
				}
			}
		})
	}
}

// differences is how many fields of a and b differ.
func differences(a, b account.Settings) int {
	n := 0
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		if !reflect.DeepEqual(va.Field(i).Interface(), vb.Field(i).Interface()) {
			n++
		}
	}
	return n
}

// TestAllThatIsWrong checks that one line names all of it, once each, without
// any value: a MAC key or a password may stand in the wrong variable.
func TestAllThatIsWrong(t *testing.T) {
	const secret = "Chaoxi-4927"
	env := map[string]string{"MAC_KEYS": secret, "SMS_SENDER": "gateway", "SMS_GATEWAY_URL": "http://" + secret, "SMS_GATEWAY_KEY": secret + "!"}
	for name := range settings {
		env[name] = secret
	}
	e := of(env)
	e.Table()
	e.AWS("DYNAMODB")
	e.AWS("SNS")
	e.Keys()
	e.Settings()
	e.Settings()
	e.SMSGateway()
	err := e.Err()
	if err == nil {
		t.Fatal("nothing is wrong with it")
	}
	names := slices.AppendSeq([]string{"TABLE_NAME", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "MAC_KEYS", "SMS_GATEWAY_URL", "SMS_GATEWAY_KEY_ID", "SMS_GATEWAY_KEY"}, maps.Keys(settings))
	for _, name := range names {
		if n := strings.Count(err.Error()+" ", name+" "); n != 1 {
			t.Errorf("%s is named %d times in: %v", name, n, err)
		}
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("it tells a value: %v", err)
	}
	if n := strings.Count(err.Error(), ";"); n != len(names)-1 || strings.Contains(err.Error(), "\n") {
		t.Errorf("it is %d flaws, not %d: %v", n+1, len(names), err)
	}
}

func TestKeys(t *testing.T) {
	key := func(c string, n int) ([]byte, string) {
		b := []byte(strings.Repeat(c, n))
		return b, base64.StdEncoding.EncodeToString(b)
	}
	current, currentText := key("a", 32)
	previous, previousText := key("\xff", 40)
	_, short := key("a", 31)
	tests := []struct {
		name, value string
		want        account.Keys
		ok          bool
	}{
		{"one", currentText, account.Keys{Current: current}, true},
		{"two", currentText + "," + previousText, account.Keys{Current: current, Previous: previous}, true},
		{"two with a space and a line end, as files have", currentText + ", " + previousText + "\n", account.Keys{Current: current, Previous: previous}, true},
		{"none", "", account.Keys{}, false},
		{"one too short", short, account.Keys{}, false},
		{"a previous one too short", currentText + "," + short, account.Keys{}, false},
		{"three", strings.Join([]string{currentText, previousText, currentText}, ","), account.Keys{}, false},
		{"a comma at the end", currentText + ",", account.Keys{}, false},
		{"a comma in front", "," + previousText, account.Keys{}, false},
		{"no base64", strings.Repeat("?", 44), account.Keys{}, false},
		{"base64 of another alphabet", strings.NewReplacer("+", "-", "/", "_").Replace(previousText), account.Keys{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := of(map[string]string{"MAC_KEYS": tt.value})
			got := e.Keys()
			if (e.Err() == nil) != tt.ok {
				t.Fatalf("%v", e.Err())
			}
			if tt.ok && (!bytes.Equal(got.Current, tt.want.Current) || !bytes.Equal(got.Previous, tt.want.Previous)) {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestAWS(t *testing.T) {
	env := map[string]string{"AWS_REGION": "cn-north-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token", "AWS_ENDPOINT_URL_SNS": "http://localhost:3001"}
	e := of(env)
	db, sns := e.AWS("DYNAMODB"), e.AWS("SNS")
	if e.Err() != nil || db.Region != "cn-north-1" || db.BaseEndpoint != nil || *sns.BaseEndpoint != "http://localhost:3001" {
		t.Errorf("%v, %v, %v", db, sns, e.Err())
	}
	c, err := db.Credentials.Retrieve(context.Background())
	if err != nil || c.AccessKeyID != "id" || c.SecretAccessKey != "secret" || c.SessionToken != "token" || c.CanExpire {
		t.Errorf("%v, %v", c, err)
	}
	if db.Region == "" || e.Err() != nil {
		t.Error(e.Err())
	}
}

func TestSMSGateway(t *testing.T) {
	whole := map[string]string{"SMS_SENDER": "gateway", "SMS_GATEWAY_URL": "https://sms.example/send", "SMS_GATEWAY_KEY_ID": "k1", "SMS_GATEWAY_KEY": "c2VjcmV0"}
	tests := []struct {
		name       string
		change     map[string]string
		used       bool
		complaints []string
	}{
		{"all there", nil, true, nil},
		{"this machine, without TLS", map[string]string{"SMS_GATEWAY_URL": "http://localhost:3001/sms"}, true, nil},
		{"SNS by name", map[string]string{"SMS_SENDER": "sns"}, false, nil},
		{"SNS by default", map[string]string{"SMS_SENDER": ""}, false, nil},
		{"a sender that there is not", map[string]string{"SMS_SENDER": "pigeon"}, false, []string{"SMS_SENDER is neither"}},
		{"another machine, without TLS", map[string]string{"SMS_GATEWAY_URL": "http://sms.example/send"}, true, []string{"SMS_GATEWAY_URL is no"}},
		{"no address", map[string]string{"SMS_GATEWAY_URL": "sms.example"}, true, []string{"SMS_GATEWAY_URL is no"}},
		{"nothing set", map[string]string{"SMS_GATEWAY_URL": "", "SMS_GATEWAY_KEY_ID": "", "SMS_GATEWAY_KEY": ""}, true,
			[]string{"SMS_GATEWAY_URL is missing", "SMS_GATEWAY_KEY_ID is missing", "SMS_GATEWAY_KEY is missing"}},
		{"a key that is no base64", map[string]string{"SMS_GATEWAY_KEY": "?"}, true, []string{"SMS_GATEWAY_KEY is not"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := maps.Clone(whole)
			maps.Copy(env, tt.change)
			e := of(env)
			g, used := e.SMSGateway()
			if used != tt.used {
				t.Errorf("used: %v", used)
			}
			if tt.used && tt.complaints == nil && (g.URL != env["SMS_GATEWAY_URL"] || g.KeyID != "k1" || string(g.Key) != "secret") {
				t.Errorf("%+v", g)
			}
			said := ""
			if err := e.Err(); err != nil {
				said = strings.TrimPrefix(err.Error(), "environment: ")
			}
			flaws := strings.Split(said, "; ")
			if said == "" {
				flaws = nil
			}
			if len(flaws) != len(tt.complaints) {
				t.Fatalf("%q, want %q", flaws, tt.complaints)
			}
			for i := range flaws {
				if !strings.HasPrefix(flaws[i], tt.complaints[i]) {
					t.Errorf("%q, want %q", flaws[i], tt.complaints[i])
				}
			}
		})
	}
}

func TestFromEnv(t *testing.T) {
	t.Setenv("TABLE_NAME", "accounts")
	t.Setenv("VERSION", "1.4.0")
	if e := FromEnv(); e.Table() != "accounts" || e.Version() != "1.4.0" || e.Err() != nil {
		t.Errorf("%q, %q, %v", e.Table(), e.Version(), e.Err())
	}
}
