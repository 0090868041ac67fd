package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/roster"
	"chaoxi/shared/seed"
	"chaoxi/shared/sheet"
	"chaoxi/shared/staff"
)

type world struct {
	*functiontest.World
	functiontest.Function
	linwei map[string]string
}

func start(t *testing.T) *world {
	t.Parallel()
	w := &world{World: functiontest.New(t)}
	choices, err := seed.Dictionaries()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Store.LoadDictionaries(context.Background(), choices); err != nil {
		t.Fatal(err)
	}
	dictionaries := &staff.DictionaryList{Store: w.Store, Now: w.Now}
	imports := admin.MakeImport{Store: w.Store, Dictionaries: dictionaries, Open: open, Now: w.Now, Random: w.Random}
	w.Function = w.Serve(routes(httpapi.Auth{Authorize: w.Auth()}, imports, admin.ImportTemplate{Dictionaries: dictionaries, Write: sheet.Write}))
	w.linwei = w.SignIn("linwei", account.Console)
	return w
}

// post hands in a file. Key is the Idempotency-Key, "" for none.
func (w *world) post(session map[string]string, query, key, file string) functiontest.Reply {
	w.T.Helper()
	header := map[string]string{"Content-Type": "application/octet-stream"}
	for name, value := range session {
		header[name] = value
	}
	if key != "" {
		header["Idempotency-Key"] = key
	}
	return w.Do(functiontest.Call{Path: "/v1/admin/imports" + query, Header: header, Body: file})
}

const list = "序号,姓名,账号,手机号,性别,所在单位,任职类型,排序码\n1,李娜,lina,13900000050,女,临江区数据局,主职,50\n2,李强,liqiang,13900000051,男,临江区数据局,主职,51\n"

func TestImport(t *testing.T) {
	w := start(t)
	w.Counter.Reset()
	r := w.post(w.linwei, "?format=csv&dryRun=true", "a-key", list).Want(202, "").Golden("made")
	w.WantTrips("admin-import")
	if again := w.post(w.linwei, "?format=csv&dryRun=true", "a-key", list).Want(202, ""); again.Raw != r.Raw {
		t.Errorf("the same request answers %s, and answered %s", again.Raw, r.Raw)
	}
	w.Pass(2 * time.Minute) // the use of the session is noted again
	w.post(w.linwei, "?format=csv&dryRun=false", "a-key", list).Want(409, "idempotency_conflict").Golden("idempotency-conflict")
	id := r.Text("id")
	j, err := w.Store.Job(context.Background(), id)
	if err != nil || j.Kind != "import" || j.Total != 2 || !admin.IsDryRun(j) {
		t.Errorf("%+v, %v", j, err)
	}
	unsaid, err := w.Store.Job(context.Background(), w.post(w.linwei, "?format=csv", "another-key", list).Want(202, "").Text("id"))
	if err != nil || !admin.IsDryRun(unsaid) {
		t.Errorf("without dryRun: %+v, %v", unsaid, err)
	}
	people, err := w.Store.JobRows(context.Background(), id, 1)
	if err != nil || len(people) != 2 || people[0].Values["phone"] != "13900000050" {
		t.Errorf("%+v, %v", people, err)
	}
}

// The template, and a file that is filled in from it, is read as it was written.
func TestTemplate(t *testing.T) {
	w := start(t)
	get := func(query string) functiontest.Reply {
		return w.Do(functiontest.Call{Method: http.MethodGet, Path: "/v1/admin/imports/template" + query, Header: w.linwei})
	}
	get("?format=csv").Want(200, "").Golden("template")
	get("?format=pdf").Want(422, "field_invalid").Golden("no-format")
	for _, format := range []roster.Format{roster.CSV, roster.XLSX} {
		r := get("?format="+string(format)).Want(200, "")
		sheets, err := open([]byte(r.Raw), format)
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		_, err = roster.Read(sheets, nil)
		if err == nil || !strings.Contains(err.Error(), "no_people") {
			t.Errorf("%s: %v", format, err)
		}
		if !strings.Contains(r.Header["Content-Disposition"], "attachment") {
			t.Errorf("%s: %v", format, r.Header)
		}
		w.post(w.linwei, "?format="+string(format), "", r.Raw).Want(422, "field_invalid")
	}
}

func TestRefused(t *testing.T) {
	w := start(t)
	for _, tt := range []struct {
		name, query, file, golden string
		session                   map[string]string
		status                    int
		code, field               string
	}{
		{"nobody", "?format=csv", list, "session-missing", nil, 401, "session_missing", ""},
		{"no administrator", "?format=csv", list, "permission-denied", w.SignIn("wangfang", account.App), 403, "permission_denied", ""},
		{"no format", "", list, "", w.linwei, 422, "field_invalid", "format:required"},
		{"a parameter that there is not", "?format=csv&dry=1", list, "", w.linwei, 422, "field_invalid", "dry:unknown"},
		{"a workbook of before 2007", "?format=xlsx", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + "W\x00o\x00r\x00k\x00b\x00o\x00o\x00k\x00", "file-old", w.linwei, 422, "field_invalid", "file:file_old"},
		{"a CSV named xlsx", "?format=xlsx", list, "", w.linwei, 422, "field_invalid", "file:file_is_csv"},
		{"nothing", "?format=csv", "\ufeff\n", "", w.linwei, 422, "field_invalid", "file:file_empty"},
		{"no header", "?format=csv", "李娜,lina\n", "no-header", w.linwei, 422, "field_invalid", "file:header_missing"},
		{"two columns of phones", "?format=csv", "姓名,手机号,手机号\n李娜,1,2\n", "column-repeated", w.linwei, 422, "field_invalid", "phone:column_repeated"},
		{"10,001 rows", "?format=csv", "姓名,账号\n" + many(10_001), "", w.linwei, 422, "field_invalid", "file:too_many_rows"},
		{"more than 4 MiB", "?format=csv", strings.Repeat("x", 4<<20+1), "too-large", w.linwei, 413, "too_large", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := w.post(tt.session, tt.query, "", tt.file).Want(tt.status, tt.code)
			if tt.golden != "" {
				r.Golden(tt.golden)
			}
			if errors, ok := r.Body["errors"].([]any); tt.field != "" && (!ok || fmt.Sprint(errors[0].(map[string]any)["field"], ":", errors[0].(map[string]any)["code"]) != tt.field) {
				t.Errorf("%s", r.Raw)
			}
		})
	}
	w.Do(functiontest.Call{Path: "/v1/admin/imports?format=csv", Header: w.linwei, Body: "{}"}).Want(415, "media_type").Golden("media-type")
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "张敏,zhang%d\n", i)
	}
	return b.String()
}

// As many people as a file may have are stored, and come back as they were read.
func TestLargest(t *testing.T) {
	w := start(t)
	id := w.post(w.linwei, "?format=csv", "", "姓名,账号\n"+many(10_000)).Want(202, "").Text("id")
	j, err := w.Store.Job(context.Background(), id)
	if err != nil || j.Total != 10_000 {
		t.Fatalf("%+v, %v", j, err)
	}
	for _, n := range []int{1, 200, 400} {
		people, err := w.Store.JobRows(context.Background(), id, n)
		want := fmt.Sprintf("zhang%d", (n-1)*25)
		if err != nil || len(people) != 25 || people[0].Values["account"] != want {
			t.Errorf("chunk %d: %+v, %v", n, people, err)
		}
	}
}

// Whatever call fails, however it fails, there is one job in the end, or none and an answer
// that says so.
func TestFaults(t *testing.T) {
	w := start(t)
	for k, kind := range []dynamotest.Kind{dynamotest.AnswerLost, dynamotest.Throttled, dynamotest.NotSent} {
		for call := 1; ; call++ {
			key := fmt.Sprintf("%d-%d", k, call)
			w.Faults.Set(dynamotest.Fault{Kind: kind, Call: call})
			r := w.post(w.linwei, "?format=csv", key, list)
			hits := w.Faults.Hits()
			w.Faults.Set()
			if r.Status != 202 {
				r = w.post(w.linwei, "?format=csv", key, list)
			}
			id := r.Want(202, "").Text("id")
			page, _, err := w.Store.JobsPage(context.Background(), w.Person("linwei").Staff.Code, "", 100)
			made := slices.IndexFunc(page, func(j admin.JobRow) bool { return j.ID == id })
			if err != nil || made < 0 || len(page) > 99 {
				t.Fatalf("%s in call %d: %d jobs, %v", kind, call, len(page), err)
			}
			if hits == 0 {
				break
			}
		}
	}
}
