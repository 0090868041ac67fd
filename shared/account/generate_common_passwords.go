//go:build ignore

// generate_common_passwords writes common_passwords.txt, the list of passwords
// and bases that password.go refuses: lower case, sorted, one a line.
//
//	pip download --no-deps zxcvbn==4.5.0
//	go run generate_common_passwords.go zxcvbn-4.5.0-py2.py3-none-any.whl
//
// Its sources are
//
//   - the frequency lists of zxcvbn (MIT, see common_passwords.LICENSE): passwords
//     from published leaks, and the given names that people make them of;
//   - Chinese habits, system words, everyday English words, keyboard walks and the
//     tails that are hung on them, written for this list (below).
//
// Surnames with given names in pinyin are not in it: there are too many, and the
// person's own is refused by CheckPersonal. The result depends on nothing but the
// named file, whose sum is checked.
package main

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"slices"
	"strings"
)

const (
	wheelSum = "2b6eed621612ce6d65e6e4c7455b966acee87d0280e257956b1f06ccc66bd5ff"
	output   = "common_passwords.txt"

	// A base shorter than four letters would refuse too much, except for the few
	// in short below.
	shortest, longest = 4, 16
)

// How much of each list is taken, most frequent first, and of the passwords how
// many also give their base.
var take = []struct {
	list  string
	count int
	bases int
}{
	{"passwords", 16_000, 10_000},
	{"female_names", 1_500, 0},
	{"male_names", 983, 0},
}

// short are the bases of three letters that Qwe#8253 or Abc@2024 are made of.
const short = `abc qwe asd zxc qaz wsx edc rfv zaq xsw ewq dsa cxz aaa qqq www zzz xxx xyz gov zjs zzd`

// rows are walked on the keyboard, and in the alphabet, in both directions.
const rows = `qwertyuiop asdfghjkl zxcvbnm abcdefghijklmnopqrstuvwxyz 1234567890 !@#$%^&*()
	1qaz 2wsx 3edc 4rfv 5tgb 6yhn 7ujm qaz2wsx 1qaz2wsx3edc4rfv 1q2w3e4r5t6y7u8i q1w2e3r4t5y6u7i8
	qazwsxedcrfv qweasdzxc qwertasdfgzxcvb a1b2c3d4e5f6g7h8 a1s2d3f4g5h6j7k8 z1x2c3v4b5n6m7 1a2b3c4d5e6f7g8h`

// joined are pieces that are typed after one another.
const joined = `abc qwe asd zxc qaz wsx edc zaq xsw 1qaz 2wsx 3edc zaq1 xsw2 !qaz @wsx qwer asdf zxcv 123 321 1234`

// heads and tails are put together in both orders, for passwords whose letters are
// too short to be a base: Aa@123456, 123456Qq!.
const (
	heads = `a aa aaa ab abc abcd b bb c cc d dd h hh j k l m q qq qwe qw s ss t w ww x xx y yy z zz zx zxc as asd qaz wo ni ai`
	tails = `123 1234 12345 123456 1234567 12345678 123456789 1234567890 321 4321 54321 654321 123123 123321 112233 11223344
		121212 111111 11111111 000000 00000000 222222 333333 555555 666666 66666666 777777 888888 88888888 999999 101010
		147258 147258369 147852 159357 159753 258369 369258 741852 741852963 789456 789456123 456789 987654 987654321 7758521
		520 521 520520 521521 5201314 5211314 1314 1314520 1314521 52013140 131452 110110 119119 100200 123654 147896325`
)

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
	if len(os.Args) != 2 {
		log.Fatal("usage: go run generate_common_passwords.go zxcvbn-4.5.0-py2.py3-none-any.whl")
	}
	frequency, err := lists(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}

	words := make(map[string]bool)
	add := func(word string) {
		if len(word) >= shortest && len(word) <= longest && strings.IndexFunc(word, func(r rune) bool { return r < '!' || r > '~' }) < 0 {
			words[strings.ToLower(word)] = true
		}
	}
	for _, t := range take {
		for i, word := range frequency[t.list][:t.count] {
			add(word)
			if i < t.bases {
				add(strings.TrimFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }))
			}
		}
	}
	for _, word := range strings.Fields(habits) {
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
	for _, a := range strings.Fields(joined) {
		for _, b := range strings.Fields(joined) {
			add(a + b)
			for _, c := range []string{"123", "321", "1234"} {
				add(a + b + c)
			}
		}
	}
	for _, head := range strings.Fields(heads) {
		for _, tail := range strings.Fields(tails) {
			add(head + tail)
			add(tail + head)
		}
	}
	for _, base := range strings.Fields(short) { // last: add would drop them
		words[base] = true
	}

	text := strings.Join(slices.Sorted(maps.Keys(words)), "\n") + "\n"
	if err := os.WriteFile(output, []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d entries, %d bytes\n", output, len(words), len(text))
}

// lists reads the file of frequency lists out of the package: one Python
// dictionary, each list one string of words between commas.
func lists(wheel string) (map[string][]string, error) {
	raw, err := os.ReadFile(wheel)
	if err != nil {
		return nil, err
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256(raw)); sum != wheelSum {
		return nil, fmt.Errorf("%s is not the version that was reviewed: sum %s", wheel, sum)
	}
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	file, err := archive.Open("zxcvbn/frequency_lists.py")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	source, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	found := make(map[string][]string)
	for _, t := range take {
		_, rest, ok := strings.Cut(string(source), `"`+t.list+`": "`)
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
