package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/staff"
)

type world struct {
	*functiontest.World
	functiontest.Function
	chenjing, linwei map[string]string // super of the whole tree; 数据局's own administrator
	data, finance    staff.OrgCode
	root             staff.OrgCode
}

func start(t *testing.T, register *functiontest.World) *world {
	w := &world{World: register}
	w.Function = w.Serve(routes(httpapi.Auth{Authorize: w.Auth()}, admin.DataQuality{Store: w.Store, Keys: w.Keys}, admin.ListSharedCards{Store: w.Store, Keys: w.Keys}))
	w.chenjing, w.linwei = w.SignIn("chenjing", account.Console), w.SignIn("linwei", account.Console)
	w.root, w.data = w.Person("chenjing").Account.Grants[0].Org, w.Person("linwei").Account.Grants[0].Org
	w.finance = w.Person("zhouqiang").Staff.Posts[0].Unit
	return w
}

func (w *world) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// get asks a route with a query of names and values.
func (w *world) get(header map[string]string, path string, query ...string) functiontest.Reply {
	w.T.Helper()
	q := url.Values{}
	for i := 0; i < len(query); i += 2 {
		q.Add(query[i], query[i+1])
	}
	return w.Do(functiontest.Call{Method: http.MethodGet, Path: "/v1/admin/data-quality" + path + "?" + q.Encode(), Header: header})
}

func TestDataQuality(t *testing.T) {
	t.Parallel()
	w := start(t, functiontest.NewIndexed(t))
	w.get(w.chenjing, "").Want(200, "").Golden("tops")
	w.get(w.linwei, "").Want(200, "").Golden("tops-of-unit")
	w.Counter.Reset()
	w.get(w.linwei, "", "org", w.data.String()).Want(200, "").Golden("unit")
	w.WantTrips("admin-data-quality")
	w.WantUse("linwei", true, func() { w.get(w.linwei, "").Want(200, "") })

	pages, names := 0, map[string]bool{}
	for cursor := []string{"org", w.data.String(), "limit", "1"}; cursor != nil; pages++ {
		r := w.get(w.chenjing, "", cursor...).Want(200, "")
		for _, c := range r.Body["children"].([]any) {
			names[c.(map[string]any)["orgName"].(string)] = true
		}
		if cursor = nil; r.Text("next") != "" {
			cursor = []string{"org", w.data.String(), "limit", "1", "cursor", r.Text("next")}
		}
	}
	if pages < 3 || len(names) != 3 {
		t.Errorf("%d pages of one, with %v", pages, names)
	}

	w.get(w.linwei, "", "org", w.finance.String()).Want(404, "org_missing").Golden("org-missing")
	w.get(w.linwei, "", "org", w.root.String()).Want(404, "org_missing")
	w.get(w.linwei, "", "org", "数据局").Want(404, "org_missing")
	w.get(w.linwei, "", "limit", "101").Want(422, "field_invalid").Golden("limit")
	w.get(w.linwei, "", "unit", "x").Want(422, "field_invalid").Golden("unknown")
	w.get(w.linwei, "", "cursor", "x").Want(422, "field_invalid").Golden("cursor")
	w.get(nil, "").Want(401, "session_missing").Golden("session-missing")
	w.get(w.SignIn("zhouqiang", account.Console), "").Want(403, "permission_denied").Golden("permission-denied")
	w.Faults.Set(dynamotest.Fault{Kind: dynamotest.NotSent, Attempts: dynamotest.Always, Partition: "ORG#"})
	w.get(w.linwei, "").Want(503, "unavailable")
}

// TestTwins: of two organisations with one name below one parent, as older data may
// have them, one names the other.
func TestTwins(t *testing.T) {
	t.Parallel()
	w := start(t, functiontest.New(t))
	orgs, err := w.Store.Orgs(context.Background(), []staff.OrgCode{w.data, w.finance})
	w.must(err)
	parent := orgs[w.finance].Parent()
	above, err := w.Store.Orgs(context.Background(), []staff.OrgCode{parent})
	w.must(err)
	code, err := staff.NewOrgCode(w.Random)
	w.must(err)
	twin := staff.Org{Code: code, Name: "临江区 财政局", Type: staff.UnitOrg, Division: "330199", Order: 99, Version: 1}.Under(above[parent])
	w.must(w.Store.LoadOrgs(context.Background(), []staff.Org{twin}, above)) // takes the name
	twins := map[string]any{}
	for _, c := range w.get(w.chenjing, "", "org", parent.String()).Want(200, "").Body["children"].([]any) {
		twins[c.(map[string]any)["org"].(string)] = c.(map[string]any)["twin"]
	}
	if twins[w.finance.String()] != code.String() || twins[code.String()] != nil || twins[w.data.String()] != nil {
		t.Errorf("twins: %v", twins)
	}
}

// numbers are those of an answer, as the test reads them.
type numbers struct{ people, incomplete, budgetedPost, jobLevel, role int }

func numbersOf(o map[string]any) numbers {
	n := func(m map[string]any, name string) int { f, _ := m[name].(float64); return int(f) }
	by, _ := o["byField"].(map[string]any)
	return numbers{n(o, "people"), n(o, "incomplete"), n(by, "budgetedPost"), n(by, "jobLevel"), n(by, "role")}
}

// TestNumbersAreTheLists: whatever people were edited, moved, left or came, each number of
// each organisation is how many people the search with the same filters lists.
func TestNumbersAreTheLists(t *testing.T) {
	t.Parallel()
	w := start(t, functiontest.NewIndexed(t))
	ctx, random := context.Background(), rand.New(rand.NewPCG(4, 2))
	some := func(values ...string) string { return values[random.IntN(len(values))] }
	var orgs []staff.OrgCode
	open := staff.Orgs{}
	var walk func(staff.OrgCode)
	walk = func(c staff.OrgCode) {
		found, err := w.Store.Orgs(ctx, []staff.OrgCode{c})
		w.must(err)
		orgs, open[c] = append(orgs, c), found[c]
		below, err := w.Store.OrgsBelow(ctx, c)
		w.must(err)
		for _, b := range below {
			walk(b)
		}
	}
	walk(w.root)
	var places []staff.OrgCode // units, where somebody may have a post
	for _, c := range orgs {
		if open[c].Type == staff.UnitOrg {
			places = append(places, c)
		}
	}
	if len(orgs) < 20 || len(places) < 5 {
		t.Fatalf("%d organisations, %d of them units", len(orgs), len(places))
	}
	slices.SortFunc(orgs, func(a, b staff.OrgCode) int { return cmp.Compare(len(open[b].Path), len(open[a].Path)) })
	people := []string{"chenjing", "linwei", "wangfang", "zhangmin", "zhaolei", "zhouqiang"}
	for round := range 2 {
		for range 12 {
			s := w.Edit(people[random.IntN(len(people))], func(s *staff.Staff) {
				s.BudgetedPost, s.JobLevel = some("", "BIAN_ZHI_QI_TA"), some("", "ZHI_JI_QI_TA")
				for i := range s.Posts {
					if !s.Posts[i].Active {
						continue
					}
					s.Posts[i].Role = some("", "REN_YUAN_JU_SE_QI_TA")
					if random.IntN(3) == 0 {
						place := places[random.IntN(len(places))]
						s.Posts[i].Unit, s.Posts[i].Org = place, place
					}
				}
			})
			w.Index(s.Code)
		}
		for _, c := range orgs { // from the leaves to the root
			_, err := staff.RollUp{Store: w.Store}.Run(ctx, c)
			w.must(err)
		}
		w.compare(fmt.Sprint("round ", round), orgs)
	}
}

// compare holds the numbers of each organisation, and of it as a child, against the
// lists.
func (w *world) compare(when string, orgs []staff.OrgCode) {
	w.T.Helper()
	by := w.Permit(account.Caller{Staff: w.Person("chenjing").Staff.Code, Grants: w.Person("chenjing").Account.Grants}, account.StaffRead)
	list := func(in admin.SearchInput) int {
		n := 0
		for cursor := ""; ; {
			found, err := admin.Search{Store: w.Store, Keys: w.Keys, Now: w.Now}.Run(context.Background(), by, in, 100, cursor)
			w.must(err)
			n += len(found.People)
			if cursor = found.Next; cursor == "" {
				return n
			}
		}
	}
	asChild, incomplete := map[string]numbers{}, 0
	w.Pass(10 * time.Second) // nothing lags any more
	for _, c := range slices.Backward(orgs) {
		r := w.get(w.chenjing, "", "org", c.String()).Want(200, "")
		got, mine := numbersOf(r.Body), admin.SearchInput{MainOrg: c.String()}
		want := numbers{people: list(mine)}
		mine.Incomplete = "true"
		if want.incomplete = list(mine); want.incomplete > 0 { // otherwise nobody lacks anything
			lacking := func(budgetedPost, jobLevel, role string) int {
				in := mine
				in.BudgetedPost, in.JobLevel, in.Role = budgetedPost, jobLevel, role
				return list(in)
			}
			want.budgetedPost, want.jobLevel, want.role = lacking("none", "", ""), lacking("", "none", ""), lacking("", "", "none")
		}
		if got != want {
			w.T.Errorf("%s, %s: numbers %+v, lists %+v", when, c, got, want)
		}
		if child, is := asChild[c.String()]; is && child != got {
			w.T.Errorf("%s, %s: as a child %+v, itself %+v", when, c, child, got)
		}
		own, _ := r.Body["own"].(map[string]any)
		sum := numbersOf(own)
		for _, child := range r.Body["children"].([]any) {
			o := child.(map[string]any)
			n := numbersOf(o)
			asChild[o["org"].(string)] = n
			sum = numbers{sum.people + n.people, sum.incomplete + n.incomplete, sum.budgetedPost + n.budgetedPost, sum.jobLevel + n.jobLevel, sum.role + n.role}
		}
		if r.Text("next") == "" && sum != got {
			w.T.Errorf("%s, %s: own and children come to %+v, not %+v", when, c, sum, got)
		}
		incomplete += got.incomplete
	}
	if incomplete == 0 || len(asChild) != len(orgs)-1 {
		w.T.Errorf("%s: nobody is incomplete, or %d of %d organisations are children", when, len(asChild), len(orgs))
	}
}

// TestIDCards: a pair is listed to whom it concerns, as far as they see it, and only
// while it is one.
func TestIDCards(t *testing.T) {
	t.Parallel()
	w := start(t, functiontest.New(t))
	const card = "33019919900307002X"
	w.Edit("wangfang", func(s *staff.Staff) { s.IDCard = card }) // of 数据局
	older := func(name string) staff.EmployeeCode {              // somebody has it, too, since before the rule
		c := w.Person(name).Staff.Code
		_, err := w.DB.UpdateItem(context.Background(), &dynamodb.UpdateItemInput{
			TableName: &w.Table, Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "STAFF#" + c.String()}, "sk": &types.AttributeValueMemberS{Value: "STAFF"}},
			UpdateExpression: ptr("SET id_card = :card"), ExpressionAttributeValues: map[string]types.AttributeValue{":card": &types.AttributeValueMemberS{Value: card}},
		})
		w.must(err)
		wrote, err := admin.NoteSharedCard{Store: w.Store}.Run(context.Background(), c)
		if w.must(err); !wrote {
			t.Errorf("%s is not noted", name)
		}
		return c
	}
	older("zhouqiang") // of 财政局
	older("zhangmin")  // of both
	pairs := func(header map[string]string, query ...string) string {
		t.Helper()
		var all []string
		for more := []string{}; more != nil; {
			r := w.get(header, "/id-cards", append(slices.Clone(query), more...)...).Want(200, "")
			for _, i := range r.Body["items"].([]any) {
				var names []string
				for _, p := range i.(map[string]any)["people"].([]any) {
					names = append(names, p.(map[string]any)["account"].(string))
				}
				all = append(all, strings.Join(names, "="))
			}
			if more = nil; r.Text("next") != "" {
				more = []string{"cursor", r.Text("next")}
			}
			if strings.Contains(r.Raw, card) {
				t.Errorf("the answer has the whole number: %s", r.Raw)
			}
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	for _, tt := range []struct {
		name   string
		header map[string]string
		query  []string
		want   string
	}{
		{"the whole tree", w.chenjing, nil, "zhangmin=wangfang zhouqiang=wangfang"},
		{"one at a time", w.chenjing, []string{"limit", "1"}, "zhangmin=wangfang zhouqiang=wangfang"},
		{"one unit's administrator, who does not see 周强", w.linwei, nil, "wangfang zhangmin=wangfang"},
		{"of an organisation", w.chenjing, []string{"org", w.finance.String()}, "zhangmin=wangfang zhouqiang=wangfang"},
		{"of one out of scope", w.linwei, []string{"org", w.finance.String()}, ""},
		{"of no code", w.linwei, []string{"org", "财政局"}, ""},
	} {
		if got := pairs(tt.header, tt.query...); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	w.Counter.Reset()
	w.get(w.linwei, "/id-cards").Want(200, "").Golden("id-cards")
	w.WantTrips("admin-data-quality: ID cards")
	w.Edit("wangfang", func(s *staff.Staff) { s.IDCard = "" })
	if got := pairs(w.chenjing); got != "" {
		t.Errorf("after the owner gave it up: %q", got)
	}
	w.get(w.linwei, "/id-cards", "cursor", "x").Want(422, "field_invalid")
	w.get(w.linwei, "/id-cards", "limit", "0").Want(422, "field_invalid")
	w.get(w.linwei, "/id-cards", "org", strings.Repeat("0", 101)).Want(422, "field_invalid")
	w.Faults.Set(dynamotest.Fault{Kind: dynamotest.NotSent, Attempts: dynamotest.Always, Partition: "SHAREDCARD"})
	w.get(w.linwei, "/id-cards").Want(503, "unavailable")
}

func ptr(s string) *string { return &s }
