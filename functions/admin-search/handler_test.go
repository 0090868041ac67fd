package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/staff"
)

type world struct {
	*functiontest.World
	functiontest.Function
	chenjing, linwei map[string]string
}

func start(t *testing.T) world {
	w := functiontest.NewIndexed(t)
	f := w.Serve(routes(httpapi.Auth{Authorize: w.Auth()}, admin.Search{Store: w.Store, Keys: w.Keys, Now: w.Now, Kept: staff.NewOrgCache()}))
	return world{w, f, w.SignIn("chenjing", account.Console), w.SignIn("linwei", account.App)}
}

func (w world) get(header map[string]string, query ...string) functiontest.Reply {
	w.T.Helper()
	v := url.Values{}
	for i := 0; i < len(query); i += 2 {
		v.Add(query[i], query[i+1])
	}
	return w.Do(functiontest.Call{Method: "GET", Path: "/v1/admin/staff?" + v.Encode(), Header: header})
}

// names are the accounts of a page.
func names(r functiontest.Reply) []string {
	var all []string
	for _, item := range r.Body["items"].([]any) {
		all = append(all, item.(map[string]any)["account"].(string))
	}
	slices.Sort(all)
	return all
}

func TestSearch(t *testing.T) {
	t.Parallel()
	w := start(t)

	for _, tt := range []struct {
		name   string
		caller map[string]string
		query  []string
		want   []string
	}{
		{"everybody in service", w.chenjing, nil, []string{"chenjing", "linwei", "wangfang", "zhangmin", "zhaolei", "zhouqiang"}},
		{"everybody of a unit's administrator", w.linwei, nil, []string{"linwei", "wangfang", "zhangmin"}},
		{"who has left", w.chenjing, []string{"employment", "left"}, []string{"sunli"}},
		{"a part of the name", w.chenjing, []string{"q", "芳"}, []string{"wangfang"}},
		{"pinyin", w.chenjing, []string{"q", "Zhang"}, []string{"zhangmin"}},
		{"initials", w.chenjing, []string{"q", "zm"}, []string{"zhangmin"}},
		{"the end of a phone", w.chenjing, []string{"q", "0005"}, []string{"zhaolei"}},
		{"the beginning of a phone", w.linwei, []string{"q", "137"}, []string{"linwei", "wangfang", "zhangmin"}},
		{"more of a phone than is shown", w.linwei, []string{"q", "1370"}, nil},
		{"more of a phone than is shown, and whose", w.linwei, []string{"q", "1370000000", "account", "wangfang"}, nil},
		{"more of a phone than is shown, by who may reveal it", w.chenjing, []string{"q", "1370000000", "account", "wangfang"}, []string{"wangfang"}},
		{"a phone as a sheet has it", w.linwei, []string{"q", "8613700000004"}, []string{"zhangmin"}},
		{"pinyin with a tone and an apostrophe", w.linwei, []string{"q", "zhāng'mǐn"}, []string{"zhangmin"}},
		{"a whole phone", w.chenjing, []string{"q", "13700000007"}, []string{"zhouqiang"}},
		{"a whole phone in full width", w.chenjing, []string{"phone", "１３７ ００００ ０００７"}, []string{"zhouqiang"}},
		{"a phone of somebody out of sight", w.linwei, []string{"phone", "13700000007"}, nil},
		{"account", w.linwei, []string{"account", "ZhangMin"}, []string{"zhangmin"}},
		{"incomplete", w.chenjing, []string{"incomplete", "true"}, []string{"zhangmin"}},
		{"state", w.chenjing, []string{"accountState", "frozen"}, []string{"zhaolei"}},
		{"unit by name", w.chenjing, []string{"unit", "临江区财政局"}, []string{"zhangmin", "zhaolei", "zhouqiang"}},
		{"unit by name and text", w.chenjing, []string{"unit", "临江区财政局", "q", "zh", "accountState", "active"}, []string{"zhangmin", "zhouqiang"}},
		{"a unit out of scope", w.linwei, []string{"unit", "临江区财政局"}, nil},
		{"division", w.chenjing, []string{"division", "330100"}, []string{"linwei", "wangfang", "zhangmin", "zhaolei", "zhouqiang"}},
		{"division of a unit's administrator", w.linwei, []string{"division", "330000"}, []string{"linwei", "wangfang", "zhangmin"}},
		{"no code", w.chenjing, []string{"org", "临江区"}, nil},
		{"the beginning of a phone behind its area", w.linwei, []string{"q", "+86 137"}, []string{"linwei", "wangfang", "zhangmin"}},
		{"empty texts", w.linwei, []string{"q", "", "name", "", "unit", ""}, []string{"linwei", "wangfang", "zhangmin"}},
		{"blank texts", w.linwei, []string{"q", " ", "name", "　", "unit", " ", "phone", " ", "account", " "}, []string{"linwei", "wangfang", "zhangmin"}},
		{"a text of which nothing is left", w.linwei, []string{"q", "·"}, nil},
		{"a name of which nothing is left", w.linwei, []string{"name", "•"}, nil},
		{"a unit of which nothing is left", w.linwei, []string{"unit", "·"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := names(w.get(tt.caller, tt.query...).Want(200, "")); !slices.Equal(got, tt.want) {
				t.Errorf("found %v, want %v", got, tt.want)
			}
		})
	}

	w.Index(w.Edit("wangfang", func(s *staff.Staff) {
		s.Name, s.IDCard, s.BirthDate = "王□", "33019919900307002X", "1990-03-08"
	}).Code)
	for _, tt := range []struct {
		query []string
		want  []string
	}{
		{[]string{"role", "none"}, []string{"zhangmin"}},
		{[]string{"role", "none", "employment", "left"}, nil},
		{[]string{"oddity", "name"}, []string{"wangfang"}},
		{[]string{"oddity", "name", "q", "z"}, nil},
		{[]string{"oddity", "birth_date", "q", "wf"}, []string{"wangfang"}},
		{[]string{"oddity", "birth_date", "incomplete", "true"}, nil},
	} {
		if got := names(w.get(w.linwei, tt.query...).Want(200, "")); !slices.Equal(got, tt.want) {
			t.Errorf("%v: found %v, want %v", tt.query, got, tt.want)
		}
	}

	w.PhoneAsAccount("zhouqiang")
	for _, by := range []string{"account", "phone", "q"} {
		r := w.get(w.chenjing, by, "13700000007").Want(200, "")
		if got := names(r); !slices.Equal(got, []string{"+86 137*****007"}) || strings.Contains(r.Raw, "13700000007") {
			t.Errorf("an account that is the phone, by %s: %v", by, got)
		}
	}

	w.get(w.chenjing, "q", "张").Want(200, "").Golden("ok")
	w.get(w.chenjing, "employment", "left").Want(200, "").Golden("left")
	w.get(w.chenjing, "q", "nobody").Want(200, "").Golden("nobody")
	cursor := w.get(w.linwei, "limit", "1").Want(200, "").Golden("first-page").Text("next")
	w.get(w.linwei, "limit", "2", "cursor", cursor).Want(200, "").Golden("last-page")

	for _, tt := range []struct {
		golden string
		query  []string
	}{
		{"limit", []string{"limit", "101"}}, {"limit-text", []string{"limit", "many"}}, {"limit-none", []string{"limit", ""}},
		{"unknown", []string{"sort", "name"}}, {"twice", []string{"q", "a", "q", "b"}}, {"choices", []string{"employment", "fired", "accountState", "gone", "incomplete", "yes", "role", "R", "oddity", "phone"}},
		{"choice-empty", []string{"employment", ""}}, {"two-digits", []string{"q", "13"}}, {"phone", []string{"phone", "137"}}, {"division", []string{"division", "33"}},
		{"cursor", []string{"cursor", "x"}}, {"cursor-foreign", []string{"cursor", cursor, "q", "a"}},
	} {
		t.Run(tt.golden, func(t *testing.T) {
			w.get(w.linwei, tt.query...).Want(422, "field_invalid").Golden(tt.golden)
		})
	}
	w.get(nil).Want(401, "session_missing").Golden("session-missing")
	w.get(w.SignIn("13700000007", account.Console)).Want(403, "permission_denied").Golden("permission-denied")
	w.Pass(31 * time.Minute)
	w.get(w.linwei).Want(401, "admin_session_expired").Golden("admin-session-expired")
}

// TestHiddenNumbersCostNothing: a caller who sees all numbers masked looks for more of a
// number than the mask shows. The search makes the same trips, calls and reads whether
// there are such numbers or not. Everybody of linwei's unit has one that begins with 1370.
func TestHiddenNumbersCostNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	cost := func(header map[string]string, q string) (string, []string) {
		w.Counter.Reset()
		r := w.get(header, "q", q).Want(200, "")
		c := w.Counter.Cost()
		if r.Text("next") != "" {
			t.Errorf("%s: there is more", q)
		}
		return fmt.Sprintln(c.Trips, c.Order, c.Read, c.Write), names(r)
	}
	for _, tt := range []struct{ there, nowhere string }{
		{"1370", "1390"}, {"13700", "13900"}, {"1370000000", "1390000000"}, {"+861370", "+861390"}, {"137-0000", "139-0000"}, {"0086 1370", "0086 1390"},
	} {
		cost(w.linwei, tt.nowhere) // the types of organisations are known from now on
		there, found := cost(w.linwei, tt.there)
		nowhere, _ := cost(w.linwei, tt.nowhere)
		if there != nowhere || len(found) > 0 {
			t.Errorf("%s finds %v and costs %s, %s costs %s", tt.there, found, there, tt.nowhere, nowhere)
		}
		if _, found := cost(w.chenjing, tt.there); len(found) < 3 {
			t.Errorf("%s finds %v for who may reveal", tt.there, found)
		}
	}
	if _, found := cost(w.linwei, "0003"); !slices.Equal(found, []string{"wangfang"}) {
		t.Errorf("the last four digits find %v", found)
	}
}

func TestUse(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.WantUse("chenjing", true, func() { w.get(w.chenjing, "q", "zm").Want(200, "") })
}

// Somebody who was edited a moment ago is on the page where the old row is, until the
// index follows.
func TestOldRow(t *testing.T) {
	t.Parallel()
	w := start(t)
	was := w.Person("zhouqiang").Staff
	now := was.Clone()
	now.Version, now.Revision, now.Posts[0].Order = was.Version+1, was.Revision+1, was.Posts[0].Order+7
	entry := audit.Entry{ID: "order", At: w.Now(), Actor: w.Person("chenjing").Staff.Code, Subject: audit.OfStaff(was.Code), Action: audit.UpdateStaff}
	if err := w.Store.Change(context.Background(), admin.Change{Was: was, Now: now, Audit: entry, Grants: -1}); err != nil {
		t.Fatal(err)
	}
	if got := names(w.get(w.chenjing).Want(200, "")); !slices.Contains(got, "zhouqiang") {
		t.Errorf("not on the list: %v", got)
	}
}
