package maintain_test

import (
	"compress/gzip"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

// attribute is an attribute in DynamoDB's JSON.
type attribute struct {
	S, N *string
	BOOL *bool
	L    []attribute
	M    map[string]attribute
}

func (a attribute) value() types.AttributeValue {
	switch {
	case a.S != nil:
		return &types.AttributeValueMemberS{Value: *a.S}
	case a.N != nil:
		return &types.AttributeValueMemberN{Value: *a.N}
	case a.BOOL != nil:
		return &types.AttributeValueMemberBOOL{Value: *a.BOOL}
	case a.L != nil:
		list := &types.AttributeValueMemberL{}
		for _, v := range a.L {
			list.Value = append(list.Value, v.value())
		}
		return list
	case a.M != nil:
		return &types.AttributeValueMemberM{Value: itemOf(a.M)}
	}
	return &types.AttributeValueMemberNULL{Value: true}
}

func itemOf(attributes map[string]attribute) table.Item {
	item := table.Item{}
	for name, a := range attributes {
		item[name] = a.value()
	}
	return item
}

// firstWorld is a table with people, their organisations and their index, as the version
// wrote them that had rows by term in every scope, and the state in every row. It was read
// from a table that revision 2d9feff had filled with its demo register of 13 people more.
type firstWorld struct {
	*world.World
	people []staff.Staff
	orgs   staff.Orgs
	rows   int
}

func newFirstWorld(t *testing.T) *firstWorld {
	t.Helper()
	w := &firstWorld{World: world.New(t, nil)}
	file, err := os.Open("testdata/first-index.json.gz")
	w.Must(err)
	defer file.Close()
	plain, err := gzip.NewReader(file)
	w.Must(err)
	var items []table.Item
	var codes []staff.OrgCode
	for lines := json.NewDecoder(plain); ; {
		var attributes map[string]attribute
		if err := lines.Decode(&attributes); errors.Is(err, io.EOF) {
			break
		}
		item := itemOf(attributes)
		items = append(items, item)
		switch table.Str(item["kind"]) {
		case "staff":
			p, err := table.StaffFromItem(item)
			w.Must(err)
			w.people = append(w.people, p)
		case "org":
			c, err := staff.ParseOrgCode(table.Str(item["code"]))
			w.Must(err)
			codes = append(codes, c)
		case "row":
			w.rows++
		}
	}
	w.Must(w.Items.WriteBatch(t.Context(), 4, items, nil))
	w.orgs = w.Orgs(codes...)
	return w
}

// finds compares what texts find in each organisation with what each person comes to.
func (w *firstWorld) finds(when string) {
	w.Helper()
	search := admin.Search{Store: w.Store, Keys: w.Keys, Now: w.Now, Kept: staff.NewOrgCache()}
	texts := []string{"", "min", "zh", "敏", "137", "0004", "l"}
	for _, p := range w.people[:3] {
		texts = append(texts, p.Account.String(), p.Name, string([]rune(p.Name)[1:]), (p.Phone.National() + "13700")[:5])
	}
	hits := 0
	for c := range w.orgs {
		by, err := account.Caller{Grants: []account.Grant{{ID: "g", Type: account.UnitGrant, Org: c, Added: []account.Permission{account.PIIReveal}}}}.Permit(account.StaffRead)
		w.Must(err)
		for _, text := range texts {
			q, ok := staff.ParseSearchQuery(text)
			if _, whole := q.Phone(); !ok || whole {
				continue
			}
			var want, got []string
			for _, p := range w.people {
				below := slices.ContainsFunc(p.VisiblePosts(), func(post staff.Post) bool { return w.orgs[post.Org].In(c) })
				main, _ := p.MainPost()
				_, found := q.First(p, p.TermLists(w.orgs), w.orgs[main.Org].In(c))
				if below && p.Employment == staff.InService && (found || q.IsZero()) {
					want = append(want, p.Account.String())
				}
			}
			for cursor := ""; ; {
				page, err := search.Run(w.Context(), by, admin.SearchInput{Q: text}, 4, cursor)
				w.Must(err)
				for _, p := range page.People {
					got = append(got, p.Account.String())
				}
				if cursor = page.Next; cursor == "" {
					break
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				w.Errorf("%s: %q in %s finds %q, want %q", when, text, w.orgs[c].Name, got, want)
			}
			hits += len(want)
		}
	}
	if hits < 250 {
		w.Errorf("%s: only %d people were to be found", when, hits)
	}
}

// TestReindexOfTheFirstShape: people are found by what finds them, before, while and after
// reindexing a table whose rows have the first shape, and no old row is left.
func TestReindexOfTheFirstShape(t *testing.T) {
	t.Parallel()
	w := newFirstWorld(t)
	w.finds("as it was")
	indexer := staff.Indexer{Store: w.Store, Now: w.Now, Random: rand.Reader}
	for _, p := range w.people[:len(w.people)/2] {
		worked, err := indexer.Run(w.Context(), p.Code)
		if err != nil || !worked {
			t.Fatalf("%s: %t, %v", p.Name, worked, err)
		}
	}
	w.finds("half of it")
	uc := maintain.Reindex{Store: w.Store, Indexer: indexer}
	report, err := uc.Run(w.Context(), "")
	if err != nil || report.People != len(w.people) || !report.Changed() {
		t.Fatalf("%+v, %v", report, err)
	}
	w.finds("all of it")
	if report, err := uc.Run(w.Context(), ""); err != nil || report.Changed() {
		t.Errorf("once more: %+v, %v", report, err)
	}
	kinds, err := w.Store.Weigh(w.Context())
	w.Must(err)
	want, bytes := 0, kinds[table.RowKind].Bytes+kinds[table.IndexKind].Bytes
	for _, p := range w.people {
		want += len(staff.IndexEntryOf(p, w.orgs).Rows(p.Code))
	}
	if got := kinds[table.RowKind].Items; got != want {
		t.Errorf("%d rows are left, want %d", got, want)
	}
	t.Logf("%d people: %d rows of %d, %d bytes a person with the record", len(w.people), want, w.rows, bytes/len(w.people))
}
