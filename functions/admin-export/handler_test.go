package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/roster"
	"chaoxi/shared/sheet"
	"chaoxi/shared/staff"
)

type world struct {
	*functiontest.World
	functiontest.Function
	chenjing, linwei map[string]string
}

func start(t *testing.T) world {
	t.Parallel()
	w := functiontest.NewIndexed(t)
	f := w.Serve(routes(httpapi.Auth{Authorize: w.Auth()}, admin.Export{
		Store: w.Store, Search: admin.Search{Store: w.Store, Keys: w.Keys, Now: w.Now, Kept: staff.NewOrgCache()}, Dictionaries: &staff.DictionaryList{Store: w.Store, Now: w.Now},
		Now: w.Now, Random: w.Random, Write: sheet.Write,
	}))
	return world{w, f, w.SignIn("chenjing", account.Console), w.SignIn("linwei", account.App)}
}

func (w world) get(header map[string]string, query ...string) functiontest.Reply {
	w.T.Helper()
	v := url.Values{}
	for i := 0; i < len(query); i += 2 {
		v.Add(query[i], query[i+1])
	}
	return w.Do(functiontest.Call{Method: "GET", Path: "/v1/admin/exports?" + v.Encode(), Header: header})
}

// rows are the rows of a file below its header, each with spaces between the texts.
func (w world) rows(r functiontest.Reply, format roster.Format) string {
	w.T.Helper()
	book, err := sheet.Open([]byte(r.Raw), format, func([]string) bool { return true })
	if err != nil {
		w.T.Fatal(err)
	}
	var b strings.Builder
	for row, err := range book.Sheets[0].Rows {
		if err != nil {
			w.T.Fatal(err)
		}
		if row.Number == 1 {
			for i, c := range roster.Columns {
				if row.At(i).Text != c.Header {
					w.T.Errorf("column %s is called %q", roster.ColumnName(i), row.At(i).Text)
				}
			}
			continue
		}
		for i := range roster.Columns {
			fmt.Fprintf(&b, "%s ", row.At(i).Text)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestExport(t *testing.T) {
	w := start(t)
	w.Counter.Reset()
	csv := w.get(w.linwei, "format", "csv").Want(200, "").Golden("csv")
	w.WantTrips("admin-export")
	for _, number := range []string{"13700000002", "13700000003", "13700000004"} {
		if strings.Contains(csv.Raw, number) {
			t.Errorf("%s is not masked", number)
		}
	}
	xlsx := w.get(w.linwei, "format", "xlsx").Want(200, "")
	if got := xlsx.Header["Content-Disposition"]; got != "attachment; filename*=UTF-8''%E4%BA%BA%E5%91%98%E5%90%8D%E5%8D%95_20400302.xlsx" {
		t.Errorf("to be saved as %s", got)
	}
	if a, b := w.rows(csv, roster.CSV), w.rows(xlsx, roster.XLSX); a != b || strings.Count(a, "\n") != 4 {
		t.Errorf("the CSV has\n%sthe workbook\n%s", a, b)
	}

	for _, tt := range []struct {
		name   string
		caller map[string]string
		query  []string
		rows   int
	}{
		{"a unit out of scope", w.linwei, []string{"unit", "临江区财政局"}, 0},
		{"of others the posts elsewhere, too", w.chenjing, []string{"account", "zhangmin"}, 2},
		{"who has left", w.chenjing, []string{"employment", "left"}, 1},
		{"a division", w.chenjing, []string{"division", "330199"}, 6},
		{"an odd name", w.chenjing, []string{"oddity", "name"}, 0},
		{"an odd date of birth", w.chenjing, []string{"oddity", "birth_date"}, 0},
		{"incomplete", w.chenjing, []string{"incomplete", "true"}, 2},
		{"several filters", w.chenjing, []string{"unit", "临江区财政局", "q", "zh", "accountState", "frozen"}, 1},
	} {
		r := w.get(tt.caller, append(tt.query, "format", "csv")...).Want(200, "")
		if n := strings.Count(w.rows(r, roster.CSV), "\n"); n != tt.rows {
			t.Errorf("%s: %d rows, want %d", tt.name, n, tt.rows)
		}
	}

	w.get(w.linwei).Want(422, "field_invalid").Golden("format-none")
	w.get(w.linwei, "format", "xls").Want(422, "field_invalid").Golden("format")
	w.get(w.linwei, "format", "csv", "limit", "9", "employment", "").Want(422, "field_invalid").Golden("unknown")
	w.get(w.linwei, "format", "csv", "q", "13").Want(422, "field_invalid").Golden("two-digits")
	w.get(nil, "format", "csv").Want(401, "session_missing").Golden("session-missing")
	w.get(w.SignIn("13700000007", account.Console), "format", "csv").Want(403, "permission_denied").Golden("permission-denied")
	head := w.Do(functiontest.Call{Method: "HEAD", Path: "/v1/admin/exports?format=csv", Header: w.linwei})
	if head.Status != 200 || head.Header["Content-Type"] != "text/csv; charset=utf-8" {
		t.Errorf("HEAD: %d %v", head.Status, head.Header)
	}
	w.Pass(31 * time.Minute)
	w.get(w.linwei, "format", "csv").Want(401, "admin_session_expired").Golden("admin-session-expired")
}

// edit changes somebody's record.
func (w world) edit(name string, change func(*staff.Staff)) {
	w.T.Helper()
	was := w.Person(name).Staff
	now := was.Clone()
	now.Version, now.Revision = was.Version+1, was.Revision+1
	change(&now)
	entry := audit.Entry{ID: "edit of " + name, At: w.Now(), Actor: w.Person("chenjing").Staff.Code, Subject: audit.OfStaff(was.Code), Action: audit.UpdateStaff}
	if err := w.Store.Change(context.Background(), admin.Change{Was: was, Now: now, Audit: entry, Grants: -1}); err != nil {
		w.T.Fatal(err)
	}
}

// TestEditedAMomentAgo: somebody whom the index lags behind is in the file.
func TestEditedAMomentAgo(t *testing.T) {
	w := start(t)
	w.edit("zhouqiang", func(s *staff.Staff) { s.Posts[0].Order += 7 })
	if r := w.get(w.chenjing, "format", "csv").Want(200, ""); !strings.Contains(r.Raw, ",zhouqiang,") {
		t.Error(r.Raw)
	}
}

// TestBirthDates: whoever may reveal sees the day, as in the record.
func TestBirthDates(t *testing.T) {
	w := start(t)
	w.edit("zhangmin", func(s *staff.Staff) { s.IDCard, s.BirthDate = "11010519491231002X", "1949-12-31" })
	for _, tt := range []struct {
		caller map[string]string
		shown  string
	}{{w.linwei, "1949"}, {w.chenjing, "1949-12-31"}} {
		r := w.get(tt.caller, "format", "csv", "account", "zhangmin").Want(200, "")
		if !strings.Contains(r.Raw, ",110*************2X,"+tt.shown+",") || strings.Contains(r.Raw, "11010519491231002X") {
			t.Errorf("want %s and the ID card masked: %s", tt.shown, r.Raw)
		}
	}
}

// TestFormulas: nothing that somebody wrote into a record becomes a formula.
func TestFormulas(t *testing.T) {
	w := start(t)
	w.edit("zhouqiang", func(s *staff.Staff) { s.Posts[0].Title, s.HomeAddress = `=HYPERLINK("http://x")`, "@SUM(1)" })
	r := w.get(w.chenjing, "format", "csv", "account", "zhouqiang").Want(200, "")
	if !strings.Contains(r.Raw, `,"'=HYPERLINK(""http://x"")",`) || !strings.Contains(r.Raw, ",'@SUM(1),") || !strings.Contains(r.Raw, ",'+86 137*****007,") {
		t.Error(r.Raw)
	}
	if got := w.rows(r, roster.CSV); !strings.Contains(got, ` =HYPERLINK("http://x") `) {
		t.Errorf("read back as %s", got)
	}
}

// TestAudited: who saved what stands in the audit, and in the log of the organisation in
// which they work.
func TestAudited(t *testing.T) {
	w := start(t)
	w.get(w.linwei, "format", "xlsx", "q", "13700000004", "org", "").Want(200, "")
	w.get(w.linwei, "format", "xls").Want(422, "field_invalid")
	c := w.Person("linwei").Staff.Code
	log, err := w.Store.AuditEntries(context.Background(), admin.AuditRange{Of: c, To: w.Now().Add(time.Hour), Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range log.Entries {
		if row.Entry.Action != audit.Export {
			continue
		}
		if row.Entry.Actor != c || row.Entry.Call.Address != "192.0.2.1" {
			t.Errorf("%+v", row.Entry)
		}
		for _, c := range row.Entry.Changes {
			got = append(got, c.Field+"="+c.New)
		}
	}
	if want := "q=+86 137*****004 format=xlsx rows=2"; strings.Join(got, " ") != want {
		t.Errorf("audited %q, want %s", got, want)
	}
}

// TestBrokenStorage: whichever call of the table fails for good, there is no file, and
// another try gets it. What is not in the audit is not given away.
func TestBrokenStorage(t *testing.T) {
	w := start(t)
	for call := 1; ; call++ {
		w.Faults.Set(dynamotest.Fault{Kind: dynamotest.NotSent, Call: call, Attempts: dynamotest.Always})
		r := w.get(w.chenjing, "format", "xlsx")
		hits := w.Faults.Hits()
		w.Faults.Set()
		if hits == 0 {
			if call < 5 { // the caller, the rows, the people, the audit
				t.Errorf("only %d calls were broken", call-1)
			}
			r.Want(200, "")
			return
		}
		if r.Status != 200 { // the note that the session was used may be lost
			r.Want(503, "unavailable")
		} else if got := w.rows(r, roster.XLSX); strings.Count(got, "\n") < 7 {
			t.Errorf("call %d is broken, and the file has\n%s", call, got)
		}
	}
}

func TestUse(t *testing.T) {
	w := start(t)
	w.WantUse("chenjing", true, func() { w.get(w.chenjing, "format", "csv", "q", "zm").Want(200, "") })
}
