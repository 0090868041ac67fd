package demo

import (
	"fmt"
	"math/rand/v2"

	"chaoxi/shared/staff"
)

// tree has the organisations of the demo register, in the shape of a real one.
type tree struct {
	random *rand.ChaCha8
	all    []staff.Org // parents before their children
	byCode staff.Orgs
	units  []unit // where people work
}

// unit is a unit with its 内设机构.
type unit struct {
	org      staff.Org
	sections []staff.Org // where people work in it: the unit itself first
}

// headings are the groups between an area and its units.
var headings = []string{"党委机构", "人大机构", "政府机构", "政协机构", "法院", "检察院", "群众团体", "民主党派和工商联", "事业单位", "国有企业", "学校"}

// unitsOf has the names of the units below each heading; %s stands for the area.
var unitsOf = map[string][]string{
	"党委机构":     {"%s委办公室", "%s委组织部", "%s委宣传部", "%s委统战部", "%s委政法委"},
	"人大机构":     {"%s人大常委会办公室"},
	"政府机构":     {"%s数据局", "%s财政局", "%s教育局", "%s民政局", "%s司法局", "%s人力资源和社会保障局", "%s自然资源局", "%s住房和城乡建设局", "%s交通运输局", "%s水利局", "%s农业农村局", "%s卫生健康局", "%s应急管理局", "%s审计局", "%s市场监督管理局", "%s统计局"},
	"政协机构":     {"%s政协办公室"},
	"法院":       {"%s人民法院"},
	"检察院":      {"%s人民检察院"},
	"群众团体":     {"%s总工会", "共青团%s委员会", "%s妇女联合会", "%s残疾人联合会"},
	"民主党派和工商联": {"%s工商业联合会"},
	"事业单位":     {"%s图书馆", "%s档案馆", "%s第一人民医院", "%s疾病预防控制中心", "%s不动产登记中心"},
	"国有企业":     {"%s城市建设投资有限公司", "%s水务有限公司"},
	"学校":       {"%s第一中学", "%s实验小学", "%s第二中学"},
}

var sectionNames = []string{"办公室", "综合科", "人事科", "财务科", "业务一科", "业务二科"}

// add puts an organisation below parent. Below the zero Org it is the root.
func (t *tree) add(parent staff.Org, name string, kind staff.OrgType, division string, order int) staff.Org {
	code, err := staff.NewOrgCode(t.random)
	if err != nil {
		panic(err) // cannot happen: a source with a fixed seed does not fail
	}
	o := staff.Org{Code: code, Name: name, Type: kind, Division: division, Order: order, Version: 1}.Under(parent)
	t.all = append(t.all, o)
	t.byCode[o.Code] = o
	return o
}

// area adds the headings of a province, city or district below top, and their units.
// name is the part of the units' names.
func (t *tree) area(top staff.Org, name string) {
	for i, h := range headings {
		group := t.add(top, h, staff.GroupOrg, top.Division, i+1)
		for j, pattern := range unitsOf[h] {
			t.unit(group, fmt.Sprintf(pattern, name), j+1)
		}
	}
}

// unit adds a unit with two to six 内设机构 below group.
func (t *tree) unit(group staff.Org, name string, order int) unit {
	u := unit{org: t.add(group, name, staff.UnitOrg, group.Division, order)}
	u.sections = append(u.sections, u.org)
	for i := range 2 + len(t.units)%(len(sectionNames)-1) {
		u.sections = append(u.sections, t.add(u.org, sectionNames[i], staff.InstitutionOrg, group.Division, i+1))
	}
	t.units = append(t.units, u)
	return u
}

// grow returns the tree: 浙江省 → 杭州市 → 临江区 (an invented district), each with its
// units. The district has as many subdistricts as it takes to have a unit for some
// thirty of the invented people each.
func grow(random *rand.ChaCha8, people int) *tree {
	t := &tree{random: random, byCode: staff.Orgs{}}
	province := t.add(staff.Org{}, "浙江省", staff.GroupOrg, "330000", 1)
	t.area(province, "省")
	city := t.add(province, "杭州市", staff.GroupOrg, "330100", 100)
	t.area(city, "杭州市")
	district := t.add(city, "临江区", staff.GroupOrg, "330199", 100)
	t.area(district, "临江区")
	if more := people/30 - len(t.units); more > 0 {
		streets := t.add(district, "街道", staff.GroupOrg, "330199", 50)
		for i := range more {
			street := subdistricts[i%len(subdistricts)]
			if round := i / len(subdistricts); round > 0 {
				street += fmt.Sprintf("第%d", round+1)
			}
			t.unit(streets, street+"街道办事处", i+1)
		}
	}
	return t
}

var subdistricts = []string{
	"潮声", "望江", "清波", "湖滨", "长庆", "武林", "天水", "朝晖", "东新", "文晖", "石桥", "半山", "凯旋", "采荷", "闸弄口", "四季青", "笕桥", "彭埠", "九堡", "丁兰",
	"翠苑", "文新", "古荡", "北山", "西溪", "灵隐", "三墩", "蒋村", "五常", "仓前", "闲林", "中泰", "良渚", "瓶窑", "仁和", "余杭", "运河", "塘栖", "崇贤", "乔司",
}

// named returns the unit of this name.
func (t *tree) named(name string) unit {
	for _, u := range t.units {
		if u.org.Name == name {
			return u
		}
	}
	panic("demo: there is no unit " + name)
}
