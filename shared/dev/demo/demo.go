// Package demo has the register with which `make run` and tests begin: a tree like
// that of a real province with one invented district, seven named people in the
// states that the product deals with, and as many invented people as the caller
// wants.
//
// The register is the same each time. It is for demonstration only, since its
// password is public (README.md).
//
// Look first at Seed.
package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/argon2id"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/seed"
	"chaoxi/shared/staff"
)

// Password is the password of all demo people who have activated their account.
const Password = "Chaoxi#4927"

// Codes of 人员编制 and 人员角色 that complete people have.
const (
	civilServant = "BIAN_ZHI_GONG_WU_YUAN_BIAN_ZHI"
	ordinaryUser = "REN_YUAN_JU_SE_PU_TONG_YONG_HU"
)

// chunk is how many people are written between two reports of progress.
const chunk = 500

// Seed fills an empty table with the dictionaries, the tree, the named people and that
// many invented people. It also writes index, counts and totals, as the indexer would.
// progress gets a line now and then.
func Seed(ctx context.Context, db *dynamodb.Client, table string, people int, progress func(string)) error {
	r, err := Begin(ctx, db, table, people)
	if err != nil {
		return err
	}
	return r.Grow(ctx, people, progress)
}

// Register is a demo register to which Grow adds people.
type Register struct {
	store   *maintain.Store
	w       *world
	written int // number of invented people so far
}

// Begin fills an empty table with the dictionaries, the named people, and a tree that
// is large enough for that many invented people.
func Begin(ctx context.Context, db *dynamodb.Client, table string, most int) (*Register, error) {
	store := maintain.Over(db, table)
	dictionaries, err := seed.Dictionaries()
	if err != nil {
		return nil, err
	}
	if err := store.LoadDictionaries(ctx, dictionaries); err != nil {
		return nil, fmt.Errorf("load the dictionaries: %w", err)
	}
	w, err := newWorld(most)
	if err != nil {
		return nil, err
	}
	if err := store.LoadOrgs(ctx, w.tree.all, w.tree.byCode); err != nil {
		return nil, fmt.Errorf("load %d organisations: %w", len(w.tree.all), err)
	}
	if err := store.LoadPeople(ctx, w.named(), w.tree.byCode); err != nil {
		return nil, fmt.Errorf("load the named people: %w", err)
	}
	return &Register{store: store, w: w}, nil
}

// Grow adds invented people until there are that many. progress gets a line now and
// then.
func (r *Register) Grow(ctx context.Context, people int, progress func(string)) error {
	for r.written < people {
		some := make([]account.Person, min(chunk, people-r.written))
		for i := range some {
			some[i] = r.w.invent()
		}
		if err := r.store.LoadPeople(ctx, some, r.w.tree.byCode); err != nil {
			return fmt.Errorf("load people from %d on: %w", r.written, err)
		}
		r.written += len(some)
		progress(fmt.Sprintf("demo register: %d of %d people", r.written, people))
	}
	return nil
}

// Seeding is Seed with so many invented people, in the form that local.Options takes.
func Seeding(people int) func(ctx context.Context, db *dynamodb.Client, table string, progress func(string)) error {
	return func(ctx context.Context, db *dynamodb.Client, table string, progress func(string)) error {
		return Seed(ctx, db, table, people, progress)
	}
}

// SeedingNamed is SeedNamed in the form that local.Options takes. It tells no progress.
func SeedingNamed(ctx context.Context, db *dynamodb.Client, table string, _ func(string)) error {
	return SeedNamed(ctx, db, table)
}

// SeedNamed fills an empty table with the named people and the organisations of their
// posts and above, without dictionaries and index. It needs a tenth of the writes of
// Seed, and has all that signing in, activation and recovery read.
func SeedNamed(ctx context.Context, db *dynamodb.Client, table string) error {
	store := maintain.Over(db, table)
	w, err := newWorld(0)
	if err != nil {
		return err
	}
	people := w.named()
	var orgs []staff.Org
	seen := map[staff.OrgCode]bool{}
	for _, p := range people {
		for _, org := range p.Staff.Orgs() {
			for _, c := range w.tree.byCode[org].Path {
				if !seen[c] {
					seen[c] = true
					orgs = append(orgs, w.tree.byCode[c])
				}
			}
		}
	}
	if err := store.LoadOrgs(ctx, orgs, w.tree.byCode); err != nil {
		return fmt.Errorf("load %d organisations: %w", len(orgs), err)
	}
	return store.LoadUnindexed(ctx, people)
}

// newWorld returns a world with a tree that is large enough for that many invented
// people.
func newWorld(people int) (*world, error) {
	random := rand.NewChaCha8([32]byte{'c', 'h', 'a', 'o', 'x', 'i'})
	hash, err := (argon2id.Hasher{Random: random}).Hash(Password)
	if err != nil {
		return nil, err
	}
	return &world{tree: grow(random, people), r: rand.New(random), random: random, hash: hash, accounts: map[string]int{}}, nil
}

// registered is when all demo people were put on the register and activated.
var registered = time.Date(2026, 1, 5, 1, 0, 0, 0, time.UTC)

// world makes organisations and people from one fixed seed.
type world struct {
	tree     *tree
	r        *rand.Rand
	random   *rand.ChaCha8
	hash     string         // of Password
	accounts map[string]int // number of invented people by the pinyin of the name
	phones   int            // number of invented people
}

// person returns a person who is active and complete, with one main post in u.
func (w *world) person(name, accountName, phone string, u unit) account.Person {
	p := account.Person{
		Staff: staff.Staff{
			Code: must(staff.NewEmployeeCode(w.random)), Revision: 1, Version: 1,
			Name: name, Pinyin: pinyin.Read(name), Account: must(staff.ParseAccount(accountName)), Phone: must(staff.ParsePhone(phone)),
			Gender: "1", BudgetedPost: civilServant, JobLevel: "ZHI_JI_YI_JI_KE_YUAN", PoliticalStatus: "13",
			Employment: staff.InService, State: staff.Active, ActivatedAt: registered, RegisteredAt: registered,
		},
		Account: account.Account{Password: w.hash, PasswordSetAt: registered, Epoch: 1, DeviceEpoch: 1},
	}
	p.Staff.Posts = []staff.Post{w.post(u.org, u.sections[len(u.sections)-1], staff.MainJob)}
	return p
}

// post returns an active post.
func (w *world) post(unit, org staff.Org, kind staff.JobType) staff.Post {
	return staff.Post{
		ID: must(staff.NewPostID(w.random)), Unit: unit.Code, Org: org.Code, JobType: kind, Title: titles[w.r.IntN(len(titles))], Role: ordinaryUser,
		Order: 1 + w.r.IntN(99), OfficePhone: fmt.Sprintf("0571-88%06d", w.r.IntN(1_000_000)), Active: true,
	}
}

var titles = []string{"科员", "科长", "副科长", "主任科员", "局长", "副局长", "办事员", "主任"}

// grant makes p an administrator of the organisation on.
func (w *world) grant(p *account.Person, kind account.GrantType, on staff.Org) {
	id := must(staff.NewID(w.random))
	p.Account.Grants = append(p.Account.Grants, account.Grant{ID: id, Type: kind, Org: on.Code})
}

// named returns the seven named people, which README.md lists.
func (w *world) named() []account.Person {
	data, finance := w.tree.named("临江区数据局"), w.tree.named("临江区财政局")

	chenjing := w.person("陈静", "chenjing", "13700000001", w.tree.named("省数据局"))
	chenjing.Staff.Gender = "2"
	w.grant(&chenjing, account.SuperGrant, w.tree.all[0])

	linwei := w.person("林伟", "linwei", "13700000002", data)
	w.grant(&linwei, account.UnitGrant, data.org)

	wangfang := pending(w.person("王芳", "wangfang", "13700000003", data))
	wangfang.Staff.Gender = "2"

	zhangmin := w.person("张敏", "zhangmin", "13700000004", data)
	zhangmin.Staff.Gender, zhangmin.Staff.BudgetedPost, zhangmin.Staff.JobLevel = "2", "", ""
	zhangmin.Staff.Posts = append(zhangmin.Staff.Posts, w.post(finance.org, finance.sections[1], staff.ConcurrentJob))
	for i := range zhangmin.Staff.Posts {
		zhangmin.Staff.Posts[i].Role = ""
	}

	zhaolei := frozen(w.person("赵磊", "zhaolei", "13700000005", finance))
	sunli := left(w.person("孙丽", "sunli", "13700000006", data))
	sunli.Staff.Gender = "2"
	zhouqiang := w.person("周强", "zhouqiang", "13700000007", finance)

	return []account.Person{chenjing, linwei, wangfang, zhangmin, zhaolei, sunli, zhouqiang}
}

// pending returns p before activation.
func pending(p account.Person) account.Person {
	p.Staff.State, p.Staff.ActivatedAt = staff.Pending, time.Time{}
	p.Account.Password, p.Account.PasswordSetAt = "", time.Time{}
	return p
}

// frozen returns p with a frozen account.
func frozen(p account.Person) account.Person {
	p.Staff.State, p.Staff.FrozenFrom = staff.Frozen, p.Staff.State
	return p
}

// left returns p after leaving: without a password and a phone, with ended posts.
func left(p account.Person) account.Person {
	p = pending(p)
	p.Staff.Employment, p.Staff.Phone, p.Staff.FormerPhone = staff.Left, staff.Phone{}, p.Staff.Phone
	for i := range p.Staff.Posts {
		p.Staff.Posts[i].Active = false
	}
	return p
}

// invent returns the next invented person. One in five is pending; one in twenty is
// incomplete, one frozen, one has left; the others are active and complete.
func (w *world) invent() account.Person {
	name := surnames[w.r.IntN(len(surnames))] + given[w.r.IntN(len(given))]
	if w.r.IntN(3) > 0 {
		name += given[w.r.IntN(len(given))]
	}
	spelled := ""
	for _, syllable := range pinyin.Read(name).Syllables {
		spelled += syllable
	}
	w.accounts[spelled]++
	accountName := fmt.Sprintf("%s%02d", spelled, w.accounts[spelled])

	w.phones++
	prefixes := []string{"135", "136", "138", "139", "150", "158", "159", "177", "180", "186", "189", "199"}
	phone := fmt.Sprintf("%s%08d", prefixes[w.phones%len(prefixes)], w.phones*7919%100_000_000)

	// As in real registers, a few units are large.
	i := w.r.IntN(len(w.tree.units))
	if w.r.IntN(3) == 0 {
		i = w.r.IntN(i + 1)
	}
	u := w.tree.units[i]
	p := w.person(name, accountName, phone, u)
	p.Staff.Posts[0].Org = u.sections[w.r.IntN(len(u.sections))].Code
	p.Staff.Gender = []string{"1", "2"}[w.r.IntN(2)]
	p.Staff.JobLevel = ranks[w.r.IntN(len(ranks))]
	p.Staff.PoliticalStatus = []string{"01", "01", "03", "13"}[w.r.IntN(4)]
	if w.r.IntN(10) == 0 {
		other := w.tree.units[w.r.IntN(len(w.tree.units))]
		if other.org.Code != u.org.Code {
			p.Staff.Posts = append(p.Staff.Posts, w.post(other.org, other.sections[w.r.IntN(len(other.sections))], staff.ConcurrentJob))
		}
	}
	switch w.phones % 20 {
	case 0, 5, 10, 15:
		return pending(p)
	case 1:
		switch w.r.IntN(3) {
		case 0:
			p.Staff.BudgetedPost = ""
		case 1:
			p.Staff.JobLevel = ""
		default:
			p.Staff.Posts[0].Role = ""
		}
	case 2:
		return frozen(p)
	case 3:
		return left(p)
	}
	return p
}

var ranks = []string{
	"ZHI_JI_YI_JI_DIAO_YAN_YUAN", "ZHI_JI_SAN_JI_DIAO_YAN_YUAN", "ZHI_JI_FU_XIAN_CHU_JI", "ZHI_JI_ZHENG_XIANG_KE_ZHEN_JI", "ZHI_JI_FU_XIANG_KE_ZHEN_JI",
	"ZHI_JI_YI_JI_ZHU_REN_KE_YUAN", "ZHI_JI_ER_JI_ZHU_REN_KE_YUAN", "ZHI_JI_SAN_JI_ZHU_REN_KE_YUAN", "ZHI_JI_SI_JI_ZHU_REN_KE_YUAN", "ZHI_JI_YI_JI_KE_YUAN", "ZHI_JI_ER_JI_KE_YUAN",
}

var (
	surnames = runes("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤单解查")
	given    = runes("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国文辉力健世广志义兴良海山仁波宁贵福生龙元全胜学祥才发武新利清飞彬富顺信子昌成康星光天达安岩中茂进林有坚和彪博诚先敬震振壮会思群豪心邦承乐绍功松善厚庆民友裕河哲江浩亮政谦亨奇固之轮翰朗伯宏言若鸣朋斌梁栋维启克伦翔旭鹏泽晨辰士以家致树炎德行时泰盛雄琛钧冠策腾楠榕风航弘雨欣怡佳悦琳萱涵")
)

// runes returns the characters of s.
func runes(s string) []string {
	var all []string
	for _, r := range s {
		all = append(all, string(r))
	}
	return all
}

// must returns v. err is nil, since the values that this package makes are valid.
func must[T any](v T, err error) T {
	if err != nil {
		panic("demo: " + err.Error())
	}
	return v
}
