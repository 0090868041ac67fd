package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
	"chaoxi/shared/dev/openapitest"
	"chaoxi/shared/dynamo/maintain"
)

// TestFlow walks the whole product as its users do: real binaries behind the
// stand-in gateway, the inbox for a phone, every answer held against the
// contract.
func TestFlow(t *testing.T) {
	c := startSystem(t, demo.Seeding(30), testLog{t})

	// 王芳 activates and signs in.
	sent := c.post("/v1/codes", m{"purpose": "activate", "account": "wangfang", "name": "王芳"}).want(202, "")
	if sent.text("phone") != "+86 137*****003" {
		t.Errorf("phone %q", sent.text("phone"))
	}
	device := m{"id": "wangfang-phone-0123456789", "name": "手机"}
	c.post("/v1/password", m{"ticket": sent.text("ticket"), "code": c.code("13700000003"), "password": "Lanhua#8253", "confirmPassword": "Lanhua#8253", "device": device}).want(200, "")
	session := c.post("/v1/sessions", m{"account": "wangfang", "password": "Lanhua#8253", "device": device, "client": "app"}).want(201, "")
	if token := session.text("token"); !regexp.MustCompile(`^GE_[0-9a-f]{32}\.[A-Za-z0-9_-]{43}$`).MatchString(token) {
		t.Errorf("token %q", token)
	}
	c.post("/v1/codes", m{"purpose": "activate", "account": "wangfang", "name": "王芳"}).want(409, "already_active")

	// 张敏 is refused, and asks for help.
	zhangmin := m{"account": "zhangmin", "password": "Chaoxi#4927", "device": m{"id": "zhangmin-phone-0123456789", "name": "手机"}, "client": "app"}
	refused := c.post("/v1/sessions", zhangmin).want(403, "profile_incomplete")
	if refused.text("title") != "您的相关数据不完善，请先联系所在单位管理员完善数据" {
		t.Errorf("title %q", refused.text("title"))
	}
	options := c.post("/v1/recovery", m{"account": "zhangmin", "name": "张敏"}).want(200, "")
	var names []string
	for _, a := range options.body["administrators"].([]any) {
		names = append(names, a.(m)["name"].(string))
	}
	if !slices.Equal(names, []string{"林伟", "陈静"}) {
		t.Errorf("administrators %v", names)
	}
	raised := c.post("/v1/recovery/requests", m{"ticket": options.text("ticket"), "reason": "数据不完善，无法登录"}).want(201, "")
	state := c.do(http.MethodGet, "/v1/recovery/requests/"+raised.text("id"), nil, "Recovery-Ticket", raised.text("recoveryTicket")).want(200, "")
	if state.text("state") != "pending" {
		t.Errorf("state %q", state.text("state"))
	}

	// 陈静 signs in to the console, with the second step.
	page := []string{"X-Client", "console", "Sec-Fetch-Site", "same-origin"}
	console := func(method, path string, body any) answer { return c.do(method, path, body, page...) }
	step := console("POST", "/v1/sessions", m{"account": "chenjing", "password": "Chaoxi#4927", "client": "console"}).want(401, "second_factor_required")
	console("POST", "/v1/codes", m{"ticket": step.text("ticket")}).want(202, "")
	in := console("POST", "/v1/sessions/verify", m{"ticket": step.text("ticket"), "code": c.code("13700000001"), "trustDevice": false}).want(201, "")
	if in.body["token"] != nil || in.body["administrator"] == nil {
		t.Errorf("session %v", in.body)
	}

	// She finds 张敏 however she types it, and completes both posts.
	var code string
	for _, q := range []string{"zm", "敏", "0004", "13700000004", "zhangmin", "张 敏", "1370000"} {
		found := console("GET", "/v1/admin/staff?limit=100&q="+url.QueryEscape(q), nil).want(200, "")
		i := slices.IndexFunc(found.body["items"].([]any), func(p any) bool { return p.(m)["account"] == "zhangmin" })
		if i < 0 {
			t.Fatalf("%q does not find her: %v", q, found.body)
		}
		code = found.body["items"].([]any)[i].(m)["employeeCode"].(string)
	}
	record := console("GET", "/v1/admin/staff/"+code, nil).want(200, "")
	if missing := fmt.Sprint(record.body["missing"]); missing != "[budgetedPost jobLevel posts[0].role posts[1].role]" {
		t.Errorf("missing %s", missing)
	}
	var posts []m
	for _, p := range record.body["posts"].([]any) {
		posts = append(posts, m{"id": p.(m)["id"], "role": "REN_YUAN_JU_SE_PU_TONG_YONG_HU"})
	}
	patch := m{"version": record.body["version"], "budgetedPost": "BIAN_ZHI_GONG_WU_YUAN_BIAN_ZHI", "jobLevel": "ZHI_JI_QI_TA", "posts": posts}
	done := console("PATCH", "/v1/admin/staff/"+code, patch).want(200, "")
	if done.text("message") != "提交成功，更新职务 2 个" || done.body["complete"] != true {
		t.Errorf("answer %v", done.body)
	}
	console("PATCH", "/v1/admin/staff/"+code, patch).want(409, "version_conflict")

	// 周强 has lost the phone, and asks for help, too. She finds him in the queue, corrects the number and
	// approves; his code goes to the new one.
	help := c.post("/v1/recovery/requests", m{"ticket": c.post("/v1/recovery", m{"account": "zhouqiang", "name": "周强"}).want(200, "").text("ticket"), "reason": "手机丢了，新号码13900000077"}).want(201, "")
	var waiting m
	c.eventually("周强 is in the queue", func() bool {
		for _, one := range console("GET", "/v1/admin/recovery-requests?state=pending", nil).want(200, "").body["items"].([]any) {
			if one.(m)["id"] == help.text("id") {
				waiting = one.(m)
			}
		}
		return waiting != nil
	})
	c.post("/v1/codes", m{"ticket": help.text("recoveryTicket")}).want(410, "ticket_invalid")
	console("PATCH", "/v1/admin/staff/"+waiting["employeeCode"].(string), m{"version": 1, "phone": "13900000077"}).want(200, "")
	decision := "/v1/admin/recovery-requests/" + help.text("id") + "/decision"
	console("POST", decision, m{"decision": "approve", "phoneConfirmed": true, "howConfirmed": "本人到场，核对工作证"}).want(200, "")
	console("POST", decision, m{"decision": "reject", "reason": "重复"}).want(409, "already_decided")
	c.eventually("周强 leaves the queue", func() bool {
		left := console("GET", "/v1/admin/recovery-requests", nil).want(200, "")
		return !slices.ContainsFunc(left.body["items"].([]any), func(one any) bool { return one.(m)["id"] == help.text("id") })
	})
	newPhone := m{"id": "zhouqiang-phone-012345678", "name": "新手机"}
	c.post("/v1/codes", m{"ticket": help.text("recoveryTicket")}).want(202, "")
	c.post("/v1/password", m{"ticket": help.text("recoveryTicket"), "code": c.code("13900000077"), "password": "Lanhua#8253", "confirmPassword": "Lanhua#8253", "device": newPhone}).want(200, "")
	c.post("/v1/sessions", m{"account": "13900000077", "password": "Lanhua#8253", "device": newPhone, "client": "app"}).want(201, "")
	if used := c.do(http.MethodGet, "/v1/recovery/requests/"+help.text("id"), nil, "Recovery-Ticket", help.text("recoveryTicket")).want(200, ""); used.text("state") != "used" {
		t.Errorf("state %q", used.text("state"))
	}

	// And 张敏 signs in at once.
	step = c.post("/v1/sessions", zhangmin).want(401, "second_factor_required")
	c.post("/v1/codes", m{"ticket": step.text("ticket")}).want(202, "")
	c.post("/v1/sessions/verify", m{"ticket": step.text("ticket"), "code": c.code("13700000004"), "trustDevice": true}).want(201, "")
	c.post("/v1/sessions", zhangmin).want(201, "")

	// The stream's indexer follows: she is no longer among the incomplete.
	c.eventually("张敏 leaves the to-do list", func() bool {
		left := console("GET", "/v1/admin/staff?incomplete=true&limit=100", nil).want(200, "")
		return !slices.ContainsFunc(left.body["items"].([]any), func(p any) bool { return p.(m)["account"] == "zhangmin" })
	})

	// What is nobody's.
	c.post("/v1/nothing", m{}).want(404, "route_missing")
	c.do("DELETE", "/v1/codes", nil).want(404, "route_missing")
	if r := c.do("GET", "/robots.txt", nil); r.status != 404 || r.body != nil {
		t.Errorf("elsewhere: %d %v", r.status, r.body)
	}
	if r := c.do("GET", "/v1/health", nil).want(200, ""); r.text("status") != "ok" {
		t.Errorf("health %v", r.body)
	}
	c.sound()
}

// sound fails the test if, once the stream is followed, the table disagrees with
// itself.
func (c *client) sound() {
	c.t.Helper()
	uc := maintain.Check{
		Store: maintain.Over(c.system.DB, c.system.Table), Now: time.Now, Settle: time.Minute,
		Report: func(f maintain.Finding) {
			c.t.Errorf("the table disagrees with itself: %s %s: %s", f.What, f.Key, f.Want)
		},
	}
	if r, err := uc.Run(c.t.Context(), maintain.CheckReport{}); err != nil || r.People == 0 || r.InMotion > 0 {
		c.t.Errorf("check the table: %+v, %v", r, err)
	}
}

type m = map[string]any

// client is a person with curl.
type client struct {
	t      *testing.T
	system *local.System
	spec   *openapitest.Spec
	jar    map[string]string
	from   *http.Client // nil: http.DefaultClient
}

// functions builds the functions once for all tests; TestMain takes them away.
var functions = sync.OnceValues(func() (string, error) {
	root := filepath.Join("..", "..")
	build, err := os.MkdirTemp("", "functions")
	if err != nil {
		return "", err
	}
	mains, err := filepath.Glob(filepath.Join(root, "functions", "*", "main.go"))
	if err != nil || len(mains) == 0 {
		return build, fmt.Errorf("no functions: %v", err)
	}
	args := []string{"build", "-tags=lambda.norpc", "-trimpath", "-buildvcs=false", "-ldflags=-s", "-o", filepath.Join(build, "bin") + "/"}
	for _, main := range mains {
		args = append(args, "./"+filepath.ToSlash(filepath.Join("functions", filepath.Base(filepath.Dir(main)))))
	}
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if err := os.Mkdir(filepath.Join(build, "bin"), 0o755); err != nil {
		return build, err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return build, fmt.Errorf("build: %w\n%s", err, out)
	}
	for _, main := range mains {
		name := filepath.Base(filepath.Dir(main))
		if err := os.Mkdir(filepath.Join(build, name), 0o755); err != nil {
			return build, err
		}
		if err := os.Rename(filepath.Join(build, "bin", name), filepath.Join(build, name, "bootstrap")); err != nil {
			return build, err
		}
	}
	built = build
	return build, nil
})

var built string // where, once they are

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

func startSystem(t *testing.T, seed local.Seed, log io.Writer) *client {
	t.Helper()
	return startWith(t, local.Options{Seed: seed, Log: log})
}

// startWith starts a system of the product's template, with the functions that the
// tests have built.
func startWith(t *testing.T, o local.Options) *client {
	t.Helper()
	if os.Getenv("AWS_ENDPOINT_URL_DYNAMODB") == "" {
		if os.Getenv("REQUIRE_DYNAMODB") != "" {
			t.Fatal("AWS_ENDPOINT_URL_DYNAMODB is not set")
		}
		t.Skip("no DynamoDB here; make test and make check start one")
	}
	build, err := functions()
	if err != nil {
		t.Fatal(err)
	}
	o.Template, o.Build = filepath.Join("..", "..", "template.yaml"), build
	o.LookupEnv = func(string) (string, bool) { return "", false }
	if o.Endpoint == nil {
		o.Endpoint = newWatch(t).endpoint
	}
	system, err := local.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := system.Close(); err != nil {
			t.Error(err)
		}
	})
	return &client{t: t, system: system, spec: openapitest.Load(t), jar: map[string]string{}}
}

// testLog shows the functions' lines where a test fails.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

type answer struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	raw    string
	body   m
}

func (a answer) text(member string) string { s, _ := a.body[member].(string); return s }

func (a answer) want(status int, code string) answer {
	a.t.Helper()
	if a.status != status || a.text("code") != code {
		a.t.Fatalf("%s: %d %s, want %d %q", a.what, a.status, a.raw, status, code)
	}
	return a
}

func (c *client) post(path string, body any) answer {
	c.t.Helper()
	return c.do(http.MethodPost, path, body)
}

// do sends a request; header are pairs. Cookies are kept as a browser would.
func (c *client) do(method, path string, body any, header ...string) answer {
	c.t.Helper()
	var reader io.Reader
	if file, ok := body.([]byte); ok {
		reader = bytes.NewReader(file)
	} else if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		reader = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, c.system.URL+path, reader)
	if err != nil {
		c.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if req.Header.Get("X-Client") != "" {
		for name, value := range c.jar {
			req.AddCookie(&http.Cookie{Name: name, Value: value})
		}
	}
	res, err := cmp.Or(c.from, http.DefaultClient).Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, cookie := range res.Cookies() {
		c.jar[cookie.Name] = cookie.Value
	}
	a := answer{t: c.t, what: method + " " + path, status: res.StatusCode, header: res.Header, raw: string(raw)}
	if strings.Contains(res.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			c.t.Fatalf("%s: %v: %s", a.what, err, raw)
		}
	}
	if strings.HasPrefix(path, "/v1/") {
		c.spec.CheckResponse(c.t, method, path, res.StatusCode, res.Header, raw)
	}
	return a
}

var sixDigits = regexp.MustCompile(`[0-9]{6}`)

// code is the code of the last text to a phone.
func (c *client) code(phone string) string {
	c.t.Helper()
	texts := c.texts(phone)
	if len(texts) == 0 {
		c.t.Fatalf("no text to %s", phone)
	}
	return sixDigits.FindString(texts[0])
}

// texts are the texts to a phone, the newest first.
func (c *client) texts(phone string) []string {
	c.t.Helper()
	res, err := http.Get(c.system.InboxURL + "/messages?phone=" + phone)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	var list struct {
		Items []struct{ Text string } `json:"items"`
	}
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		c.t.Fatalf("the inbox of %s: %v", phone, err)
	}
	var texts []string
	for _, item := range list.Items {
		texts = append(texts, item.Text)
	}
	return texts
}

// eventually waits for what the stream brings about.
func (c *client) eventually(what string, true func() bool) {
	c.t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if true() {
			return
		}
	}
	c.t.Fatalf("never: %s", what)
}
