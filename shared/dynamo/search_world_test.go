package dynamo_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/staff"
)

// searchWorld is a register with all shapes that a search meets: units in units,
// units of one name, branches outside their division, people with several posts,
// people who have left.
type searchWorld struct {
	*world.World
	random *rand.Rand
	search admin.Search

	orgs   staff.Orgs
	codes  []staff.OrgCode // in the order they were made
	people []account.Person
	most   int // people on a page that all asks for
}

func newSearchWorld(t *testing.T, seed uint64, people int) *searchWorld {
	t.Helper()
	w := &searchWorld{World: world.New(t, nil), most: 20, orgs: staff.Orgs{}, random: rand.New(rand.NewPCG(seed, 1))}
	w.search = admin.Search{Store: w.Store, Keys: w.Keys, Now: w.Now, Kept: staff.NewOrgCache()}

	root := w.org("浙江省", staff.GroupOrg, "330000", staff.Org{})
	bureau := w.org("省数据局", staff.UnitOrg, "330000", root)
	w.org("驻临江分局", staff.UnitOrg, "330199", bureau)
	for i, city := range []string{"330100", "330200"} {
		top := w.org(fmt.Sprintf("%d市", i+1), staff.GroupOrg, city, root)
		for j := range 2 {
			division := fmt.Sprintf("%s%02d", city[:4], 98+j)
			district := w.org(fmt.Sprintf("%d区", j+1), staff.GroupOrg, division, top)
			for _, parent := range []staff.Org{district, w.org("政府机构", staff.GroupOrg, division, district)} {
				unit := w.org("数据局", staff.UnitOrg, division, parent) // one name everywhere
				section := w.org("综合科", staff.InstitutionOrg, division, unit)
				w.org("一组", staff.InstitutionOrg, division, section)
				w.org("数据中心", staff.UnitOrg, division, unit)
			}
		}
	}
	w.Must(w.Store.LoadOrgs(t.Context(), slices.Collect(maps.Values(w.orgs)), w.orgs))
	for range people {
		w.people = append(w.people, w.person())
	}
	w.Must(w.Store.LoadPeople(t.Context(), w.people, w.orgs))
	return w
}

// Read makes w a source of ids that are the same in every run of a seed.
func (w *searchWorld) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(w.random.Uint32())
	}
	return len(b), nil
}

func (w *searchWorld) org(name string, kind staff.OrgType, division string, parent staff.Org) staff.Org {
	w.Helper()
	c, err := staff.NewOrgCode(w)
	w.Must(err)
	o := staff.Org{Code: c, Name: name, Type: kind, Division: division, Order: 1 + w.random.IntN(3), Version: 1}.Under(parent)
	w.orgs[c] = o
	w.codes = append(w.codes, c)
	return o
}

// characters are few, so that names have much in common.
var characters = map[string]string{"张": "zhang", "王": "wang", "敏": "min", "明": "ming", "静": "jing", "小": "xiao", "军": "jun"}

func (w *searchWorld) person() account.Person {
	w.Helper()
	s := staff.Staff{
		Revision: 1, Version: 1, Gender: staff.Female, BudgetedPost: "B", JobLevel: "J",
		Employment: staff.InService, State: pick(w, staff.Pending, staff.Active, staff.Active, staff.Frozen),
	}
	for range 2 + w.random.IntN(2) {
		c := pick(w, slices.Sorted(maps.Keys(characters))...)
		s.Name += c
		s.Pinyin.Syllables = append(s.Pinyin.Syllables, characters[c])
	}
	var err error
	s.Code, err = staff.NewEmployeeCode(w)
	w.Must(err)
	name := strings.Join(s.Pinyin.Syllables, "") + fmt.Sprint(len(w.people))
	phone := fmt.Sprintf("13%d%04d%04d", w.random.IntN(3), len(w.people), 1380+w.random.IntN(3))
	switch len(w.people) % 10 {
	case 3:
		name = fmt.Sprint(1310 + len(w.people)) // as many digits as the end of a phone
	case 6:
		phone = fmt.Sprintf("+8526%03d1380", len(w.people))
	}
	s.Account, err = staff.ParseAccount(name)
	w.Must(err)
	s.Phone, err = staff.ParsePhone(phone)
	w.Must(err)
	if w.random.IntN(4) == 0 {
		s.JobLevel = ""
	}
	if w.random.IntN(6) == 0 {
		s.IDCard, s.BirthDate = fmt.Sprintf("33010619900307%03d1", len(w.people)), pick(w, "1990-03-07", "1990-03-08")
	}
	for i := range 1 + w.random.IntN(3) {
		s.Posts = append(s.Posts, w.post(pick(w, w.codes...), i == 0))
	}
	if w.random.IntN(6) == 0 {
		s.Employment, s.Phone = staff.Left, staff.Phone{}
		for i := range s.Posts {
			s.Posts[i].Active = false
		}
	}
	return account.Person{Staff: s}
}

func (w *searchWorld) post(org staff.OrgCode, main bool) staff.Post {
	w.Helper()
	id, err := staff.NewPostID(w)
	w.Must(err)
	post := staff.Post{ID: id, Org: org, Unit: org, JobType: staff.ConcurrentJob, Role: pick(w, "R", "R", ""), Order: 1 + w.random.IntN(20), Active: true}
	if main {
		post.JobType = staff.MainJob
	}
	for _, c := range w.orgs[org].Path {
		if w.orgs[c].Type == staff.UnitOrg {
			post.Unit = c
		}
	}
	return post
}

func pick[T any](w *searchWorld, of ...T) T { return of[w.random.IntN(len(of))] }

func (w *searchWorld) administrator(scopes ...staff.OrgCode) account.Permitted {
	c := account.Caller{Staff: w.people[0].Staff.Code}
	for _, o := range scopes {
		c.Grants = append(c.Grants, account.Grant{ID: o.String(), Type: account.UnitGrant, Org: o})
	}
	return must(c.Permit(account.StaffRead))
}

// named is the n-th organisation of a name.
func (w *searchWorld) named(name string, n int) staff.Org {
	w.Helper()
	for _, c := range w.codes {
		if w.orgs[c].Name == name {
			if n--; n < 0 {
				return w.orgs[c]
			}
		}
	}
	w.Fatalf("there is no %s", name)
	return staff.Org{}
}

// all walks every page.
func (w *searchWorld) all(by account.Permitted, in admin.SearchInput) []staff.EmployeeCode {
	w.Helper()
	var codes []staff.EmployeeCode
	cursor := ""
	for range 2 * (len(w.people) + len(w.codes)) {
		limit := 1 + w.random.IntN(w.most)
		found, err := w.search.Run(w.Context(), by, in, limit, cursor)
		if err != nil {
			w.Fatalf("%+v: %v", in, err)
		}
		if len(found.People) > limit {
			w.Errorf("%+v: a page of %d, asked for %d", in, len(found.People), limit)
		}
		for _, s := range found.People {
			codes = append(codes, s.Code)
			for _, post := range s.VisiblePosts() {
				if found.Orgs[post.Org].Name == "" || found.Orgs[post.Unit].Name == "" {
					w.Errorf("%+v: a page without an organisation of %s", in, s.Name)
				}
			}
		}
		if cursor = found.Next; cursor == "" {
			return codes
		}
	}
	w.Fatalf("%+v: pages without end", in)
	return nil
}

// finds says by the words of the contract alone whether a search finds s.
func (w *searchWorld) finds(s staff.Staff, scopes []staff.OrgCode, in admin.SearchInput) bool {
	under := func(o, top staff.OrgCode) bool { return strings.Contains(fmt.Sprint(w.orgs[o].Path), top.String()) }
	mine := func(o staff.OrgCode) bool {
		return slices.ContainsFunc(scopes, func(top staff.OrgCode) bool { return under(o, top) })
	}
	var seen []staff.Post
	for _, post := range s.Posts {
		if post.Active || s.Employment == staff.Left && post.JobType == staff.MainJob {
			seen = append(seen, post)
		}
	}
	some := func(ok func(staff.Post) bool) bool { return slices.ContainsFunc(seen, ok) }
	org := func(code string) func(staff.Post) bool {
		return func(post staff.Post) bool {
			return slices.ContainsFunc(w.codes, func(c staff.OrgCode) bool { return c.String() == code && mine(c) && under(post.Org, c) })
		}
	}

	q := strings.ReplaceAll(strings.ToLower(in.Q), " ", "")
	texts := []string{s.Account.String(), s.Pinyin.Syllables[0]}
	for i := range s.Pinyin.Syllables {
		initials := ""
		for _, syllable := range s.Pinyin.Syllables[i:] {
			initials += syllable[:1]
		}
		if texts = append(texts, strings.Join(s.Pinyin.Syllables[i:], ""), initials); i == 1 && len(s.Pinyin.Syllables) > 2 {
			texts = append(texts, s.Pinyin.Syllables[0]+initials)
		}
	}
	// A phone is found whole, or by as much of its beginning as its mask shows.
	number := q
	switch {
	case strings.HasPrefix(q, "00"):
		number = "+" + q[2:]
	case !strings.HasPrefix(q, "+"):
		number = s.Phone.Area() + q
	}
	shown, _, _ := strings.Cut(strings.ReplaceAll(s.Phone.Masked(), " ", ""), "*")
	byPhone := !s.Phone.IsZero() && (number == s.Phone.E164() || len(number) > len(s.Phone.Area()) && strings.HasPrefix(shown, number))
	found := strings.Contains(s.Name, in.Q) || byPhone || slices.ContainsFunc(texts, func(t string) bool { return strings.HasPrefix(t, q) }) ||
		len(q) == 4 && strings.HasSuffix(s.Phone.National(), q)

	employment := in.Employment
	if employment == "" {
		employment = "in_service"
	}
	return string(s.Employment) == employment && some(func(post staff.Post) bool { return mine(post.Org) }) && found &&
		strings.Contains(s.Name, in.Name) &&
		(in.Phone == "" || in.Phone == s.Phone.E164()) &&
		(in.Account == "" || in.Account == s.Account.String()) &&
		(in.Unit == "" || some(func(post staff.Post) bool {
			return mine(post.Unit) && (post.Unit.String() == in.Unit || w.orgs[post.Unit].Name == in.Unit)
		})) &&
		(in.Org == "" || some(org(in.Org))) &&
		(in.MainOrg == "" || some(func(post staff.Post) bool { return post.JobType == staff.MainJob && org(in.MainOrg)(post) })) &&
		(in.Division == "" || some(func(post staff.Post) bool {
			return mine(post.Org) && strings.HasPrefix(w.orgs[post.Org].Division, strings.TrimSuffix(strings.TrimSuffix(in.Division, "00"), "00"))
		})) &&
		(in.AccountState == "" || in.AccountState == string(s.State)) &&
		(in.Incomplete == "" || in.Incomplete == fmt.Sprint(!s.Complete())) &&
		(in.Role == "" || s.Employment == staff.InService && some(func(post staff.Post) bool { return post.Role == "" })) &&
		(in.Oddity == "" || in.Oddity == "birth_date" && s.Employment == staff.InService && s.BirthDate == "1990-03-08")
}

func (w *searchWorld) input() admin.SearchInput {
	someone := pick(w, w.people...).Staff
	maybe := func(n int, s ...string) string {
		if w.random.IntN(n) > 0 {
			return ""
		}
		return pick(w, s...)
	}
	org := func() string { return pick(w, w.codes...).String() }
	return admin.SearchInput{
		Q:    maybe(2, "张", "小", "zhang", "zh", "m", "jing", "xm", "zhangxm", "131", "1310", "1381", "+86131", "0086 1310", "+8526", "+852 61", "·", someone.Phone.National(), someone.Account.String(), someone.Name, "nobody"),
		Name: maybe(6, "敏", "小", "张小", "none"), Phone: maybe(20, someone.Phone.E164()), Account: maybe(20, someone.Account.String()),
		Unit: maybe(5, org(), "数据局", "数据中心", "nowhere"), Org: maybe(5, org(), "no code"), MainOrg: maybe(7, org()),
		Division: maybe(5, "330000", "330100", "330199", "330298", "340000"), Employment: maybe(4, "in_service", "left"),
		AccountState: maybe(5, "pending", "active", "frozen"), Incomplete: maybe(4, "true", "false"),
		Role: maybe(8, "none"), Oddity: maybe(8, "birth_date", "birth_date", "name"),
	}
}
