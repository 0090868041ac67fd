package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/dev/demo"
)

// TestSavedByAnOffice exports everybody, lets LibreOffice save the file as each kind, and
// imports it again: nothing may change.
func TestSavedByAnOffice(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("REQUIRE_OFFICE") != "" {
			t.Fatal(err)
		}
		t.Skip("no LibreOffice here (Debian: apt-get install libreoffice-calc-nogui)")
	}
	c := startSystem(t, demo.Seeding(60), io.Discard)
	admin := c.administrator("chenjing", "13700000001")

	// What spreadsheets like to read as something else.
	found := admin("GET", "/v1/admin/staff?account=zhangmin", nil).want(200, "")
	code := found.body["items"].([]any)[0].(m)["employeeCode"].(string)
	record := admin("GET", "/v1/admin/staff/"+code, nil).want(200, "")
	var posts []m
	for i, p := range record.body["posts"].([]any) {
		posts = append(posts, m{"id": p.(m)["id"], "title": []string{"3-1", "=1+1"}[i], "role": "REN_YUAN_JU_SE_PU_TONG_YONG_HU", "officePhone": "057188198818", "officeAddress": "1/2 \"东\", 3楼\n左"})
	}
	admin("PATCH", "/v1/admin/staff/"+code, m{
		"version": record.body["version"], "budgetedPost": "BIAN_ZHI_QI_TA", "jobLevel": "ZHI_JI_QI_TA", "posts": posts, "shortNumber": "066004", "homeAddress": "2-3", "birthDate": "1990-01-02",
	}).want(200, "")

	dir := t.TempDir()
	for _, from := range []string{"csv", "xlsx"} {
		file := admin("GET", "/v1/admin/exports?format="+from, nil).want(200, "")
		exported := filepath.Join(dir, "exported."+from)
		if err := os.WriteFile(exported, []byte(file.raw), 0o600); err != nil {
			t.Fatal(err)
		}
		c.unchanged(admin, from+" as exported", exported)
		for _, to := range []string{"csv", "xlsx"} {
			saved := filepath.Join(dir, "from-"+from)
			// 44 is the comma, 34 the quotation mark, 76 UTF-8.
			as := map[string]string{"csv": "csv:Text - txt - csv (StarCalc):44,34,76", "xlsx": "xlsx"}[to]
			args := []string{"-env:UserInstallation=file://" + filepath.Join(dir, "profile"), "--headless", "--convert-to", as, "--outdir", saved, exported}
			if from == "csv" {
				args = slices.Insert(args, 2, "--infilter=CSV:44,34,76")
			}
			if out, err := exec.CommandContext(t.Context(), soffice, args...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			c.unchanged(admin, fmt.Sprintf("%s saved by LibreOffice as %s", from, to), filepath.Join(saved, "exported."+to))
		}
	}
}

// asking sends requests as one administrator.
type asking func(method, path string, body any, header ...string) answer

// administrator signs in to the console.
func (c *client) administrator(account, phone string) asking {
	c.t.Helper()
	page := []string{"X-Client", "console", "Sec-Fetch-Site", "same-origin"}
	ask := func(method, path string, body any, header ...string) answer {
		return c.do(method, path, body, append(header, page...)...)
	}
	step := ask("POST", "/v1/sessions", m{"account": account, "password": "Chaoxi#4927", "client": "console"}).want(401, "second_factor_required")
	ask("POST", "/v1/codes", m{"ticket": step.text("ticket")}).want(202, "")
	ask("POST", "/v1/sessions/verify", m{"ticket": step.text("ticket"), "code": c.code(phone), "trustDevice": false}).want(201, "")
	return ask
}

// unchanged tries to import a file, and fails the test where it would change anybody.
func (c *client) unchanged(ask asking, what, path string) {
	c.t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		c.t.Fatal(err)
	}
	format := strings.TrimPrefix(filepath.Ext(path), ".")
	made := ask("POST", "/v1/admin/imports?format="+format, file, "Content-Type", "application/octet-stream", "Idempotency-Key", strings.ReplaceAll(what, " ", "-")).want(202, "")
	var job answer
	page := func(cursor string) {
		job = ask("GET", "/v1/admin/jobs/"+made.text("id")+"?limit=100"+cursor, nil).want(200, "")
	}
	c.eventually(what+" was tried", func() bool {
		page("")
		return job.text("state") == "done"
	})
	people := 0
	for {
		for _, r := range job.body["results"].([]any) {
			if people++; r.(m)["outcome"] != "unchanged" {
				c.t.Errorf("%s: %v", what, r)
			}
		}
		if job.text("next") == "" {
			break
		}
		page("&cursor=" + job.text("next"))
	}
	if people < 40 {
		c.t.Errorf("%s: only %d people", what, people)
	}
}
