package samtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/openapitest"
	"chaoxi/shared/dev/samtest"
)

type m = map[string]any

// flow is the way of the product's users through sam local start-api: 王芳
// activates and signs in; 张敏 is refused until 陈静, an administrator, has
// completed both her posts.
func flow(t *testing.T, ctx context.Context, tools *samtest.Tools, w *samtest.World, table string) {
	api, err := tools.StartAPI(ctx, w, table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if said := api.Close(); t.Failed() {
			t.Log(said)
		}
	}()
	c := client{t, ctx, w, api.URL, openapitest.Load(t)}

	c.do("GET", "/v1/health", nil, 200, "")
	c.do("GET", "/v1/nothing", nil, 404, "route_missing") // $default

	phone := m{"id": "wangfang-phone-0123456789", "name": "手机"}
	sent := c.post("/v1/codes", m{"purpose": "activate", "account": "wangfang", "name": "王芳"}, 202, "")
	c.post("/v1/password", m{"ticket": sent["ticket"], "code": c.code("13700000003"), "password": "Lanhua#8253", "confirmPassword": "Lanhua#8253", "device": phone}, 200, "")
	c.post("/v1/sessions", m{"account": "wangfang", "password": "Lanhua#8253", "device": phone, "client": "app"}, 201, "")

	zhangmin := m{"account": "zhangmin", "password": demo.Password, "device": m{"id": "zhangmin-phone-0123456789", "name": "手机"}, "client": "app"}
	c.post("/v1/sessions", zhangmin, 403, "profile_incomplete")

	page := []string{"X-Client", "console", "Sec-Fetch-Site", "same-origin"}
	step := c.do("POST", "/v1/sessions", m{"account": "chenjing", "password": demo.Password, "client": "console"}, 401, "second_factor_required", page...)
	c.do("POST", "/v1/codes", m{"ticket": step["ticket"]}, 202, "", page...)
	in := c.do("POST", "/v1/sessions/verify", m{"ticket": step["ticket"], "code": c.code("13700000001"), "trustDevice": false}, 201, "", page...)
	page = append(page, "Cookie", in["cookie"].(string))

	found := c.do("GET", "/v1/admin/staff?q="+url.QueryEscape("张敏"), nil, 200, "", page...)["items"].([]any)
	if len(found) != 1 {
		t.Fatalf("张敏 is found %d times", len(found))
	}
	path := "/v1/admin/staff/" + found[0].(m)["employeeCode"].(string)
	record := c.do("GET", path, nil, 200, "", page...)
	var posts []m
	for _, p := range record["posts"].([]any) {
		posts = append(posts, m{"id": p.(m)["id"], "role": "REN_YUAN_JU_SE_PU_TONG_YONG_HU"})
	}
	done := c.do("PATCH", path, m{
		"version": record["version"], "budgetedPost": "BIAN_ZHI_GONG_WU_YUAN_BIAN_ZHI", "jobLevel": "ZHI_JI_QI_TA", "posts": posts,
	}, 200, "", page...)
	if done["message"] != "提交成功，更新职务 2 个" || done["complete"] != true {
		t.Errorf("answer %v", done)
	}

	step = c.post("/v1/sessions", zhangmin, 401, "second_factor_required")
	c.post("/v1/codes", m{"ticket": step["ticket"]}, 202, "")
	c.post("/v1/sessions/verify", m{"ticket": step["ticket"], "code": c.code("13700000004"), "trustDevice": true}, 201, "")
	c.post("/v1/sessions", zhangmin, 201, "")
}

// client is a person with curl.
type client struct {
	t    *testing.T
	ctx  context.Context
	w    *samtest.World
	url  string
	spec *openapitest.Spec
}

func (c client) post(path string, body m, status int, code string) m {
	c.t.Helper()
	return c.do("POST", path, body, status, code)
}

// do sends a request, holds the answer against the contract and returns its
// body; cookies that were set are its member cookie.
func (c client) do(method, path string, body m, status int, code string, header ...string) m {
	c.t.Helper()
	var b io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		b = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(c.ctx, method, c.url+path, b)
	if err != nil {
		c.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	raw, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		c.t.Fatal(err)
	}
	answer := m{}
	if err := json.Unmarshal(raw, &answer); err != nil || resp.StatusCode != status || code != "" && answer["code"] != code {
		c.t.Fatalf("%s %s answered %d, want %d %s: %s", method, path, resp.StatusCode, status, code, raw)
	}
	c.spec.CheckResponse(c.t, method, path, resp.StatusCode, resp.Header, raw)
	var cookies []string
	for _, cookie := range resp.Cookies() {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	answer["cookie"] = strings.Join(cookies, "; ")
	return answer
}

var sixDigits = regexp.MustCompile(`[0-9]{6}`)

// code is the one in the last text to phone.
func (c client) code(phone string) string {
	c.t.Helper()
	texts := c.w.Inbox.Texts("+86" + phone)
	if len(texts) == 0 {
		c.t.Fatalf("no text to %s", phone)
	}
	return sixDigits.FindString(texts[0].Text)
}
