package staff

import (
	"fmt"
	"slices"
	"strings"
)

// OrgType is the kind of a node of the tree.
type OrgType string

// The values of OrgType, as the API spells them.
const (
	UnitOrg        OrgType = "unit"        // 单位, an employer such as a bureau
	InstitutionOrg OrgType = "institution" // 内设机构, a part of one unit
	GroupOrg       OrgType = "group"       // 分类, a heading in which nobody works
)

// Org is one node of the tree of organisations.
type Org struct {
	Code     OrgCode
	Name     string
	Type     OrgType
	Division string    // GB/T 2260, six digits
	Order    int       // 排序码 among its siblings
	Path     []OrgCode // from the root to the organisation itself
	Closed   bool
	Version  int64 // rises with edits; administrators send the one they saw
	MoveSeq  int64 // number of the last of Moves that Path shows
	Arranged int64 // the version with which path, division or order last changed
}

// Parent returns the organisation directly above, the zero code for the root.
func (o Org) Parent() OrgCode {
	if len(o.Path) < 2 {
		return OrgCode{}
	}
	return o.Path[len(o.Path)-2]
}

// Under returns o placed directly below parent: with the path that leads there.
// Below the zero Org, o is a root.
func (o Org) Under(parent Org) Org {
	o.MoveSeq = parent.MoveSeq
	o.Path = append(slices.Clip(parent.Path), o.Code)
	return o
}

// MayHold reports whether an organisation of the type t may lie directly below o.
// Below an institution there are only institutions, so the unit of everybody in
// it is the nearest unit above.
func (o Org) MayHold(t OrgType) bool {
	switch t {
	case UnitOrg, GroupOrg:
		return o.Type == GroupOrg || o.Type == UnitOrg
	case InstitutionOrg:
		return o.Type == UnitOrg || o.Type == InstitutionOrg
	}
	return false
}

// maxTermStarts is how many terms one organisation has at the most. They are
// written in one transaction with it.
const maxTermStarts = 24

// Terms returns the texts that find the organisation, sorted: what is typed must be
// the beginning of one. A unit or heading has every end of its name, so that any
// part of the name finds it. An institution has the whole name only, since
// thousands have the same name (人事科).
func (o Org) Terms() []string {
	var terms []string
	key := NameKey(o.Name)
	for i := range key {
		if len(terms) == maxTermStarts || len(terms) == 1 && o.Type == InstitutionOrg {
			break
		}
		terms = append(terms, key[i:])
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

// In reports whether o is ancestor or lies below it.
func (o Org) In(ancestor OrgCode) bool { return slices.Contains(o.Path, ancestor) }

// IsTopOf reports whether o is a topmost organisation of division: o lies in the
// division, and its parent, whose division is parent, does not. These organisations
// are listed under DIVISION#. Everybody in the division is below one of them.
func (o Org) IsTopOf(division, parent string) bool {
	return DivisionCovers(division, o.Division) && !DivisionCovers(division, parent)
}

// DivisionCovers reports whether the division narrow is wide or lies in it. GB/T
// 2260 writes province, prefecture and county in two digits each: 330000 covers
// 3301xx.
func DivisionCovers(wide, narrow string) bool {
	if !IsDivision(wide) || !IsDivision(narrow) {
		return false
	}
	for strings.HasSuffix(wide, "00") && wide != "" {
		wide = wide[:len(wide)-2]
	}
	return strings.HasPrefix(narrow, wide)
}

// DivisionsAround returns the divisions that cover division, beginning with itself:
// 330106, 330100, 330000. It is empty if division has not the form of a code.
func DivisionsAround(division string) []string {
	if !IsDivision(division) {
		return nil
	}
	return slices.Compact([]string{division, division[:4] + "00", division[:2] + "0000"})
}

// IsDivision reports whether s has the form of a GB/T 2260 code: six digits.
func IsDivision(s string) bool { return len(s) == 6 && isDigits(s) }

// Orgs are organisations by code.
type Orgs map[OrgCode]Org

// Name is the name of the organisation c, "" if c is not in m.
func (m Orgs) Name(c OrgCode) string { return m[c].Name }

// OrderPath returns a text by which organisations sort as the tree is shown: the
// orders along the path of c. Organisations do not store it, so an organisation that
// gets another order changes one item only. m must hold all
// that is above c.
func (m Orgs) OrderPath(c OrgCode) string {
	var orders []string
	for _, above := range m[c].Path {
		orders = append(orders, orderText(m[above].Order))
	}
	return strings.Join(orders, ".")
}

// orderText returns a text by which orders sort as numbers. It has six digits, or for
// an order of more digits a colon, which sorts behind all digits, and nine.
func orderText(order int) string {
	if order < 1_000_000 {
		return fmt.Sprintf("%06d", order)
	}
	return fmt.Sprintf(":%09d", min(order, MaxOrder))
}

// Above returns those organisations above some of m that are not in m themselves.
func (m Orgs) Above() []OrgCode {
	var missing []OrgCode
	for _, o := range m {
		for _, c := range o.Path {
			if _, ok := m[c]; !ok && !slices.Contains(missing, c) {
				missing = append(missing, c)
			}
		}
	}
	return missing
}

// DictionaryEntry is one choice of a field (字典项).
type DictionaryEntry struct {
	Dictionary string // one of the names below
	Code       string // what records store
	Label      string // what people read, in Chinese
	Order      int    // among the entries of the dictionary
	Enabled    bool   // may be chosen; records that have it already keep it
}

// The names of the dictionaries.
const (
	DictBudgetedPost    = "BIAN_ZHI"           // 人员编制
	DictJobLevel        = "ZHI_JI"             // 职级
	DictRole            = "REN_YUAN_JU_SE"     // 人员角色
	DictGender          = "XING_BIE"           // 性别
	DictPoliticalStatus = "ZHENG_ZHI_MIAN_MAO" // 政治面貌
	DictJobType         = "REN_ZHI_LEI_XING"   // 任职类型
	DictAreaCode        = "QU_HAO"             // 区号
)

// Dictionaries are the entries of all dictionaries.
type Dictionaries []DictionaryEntry

// Allows reports whether code is an enabled entry of dictionary.
func (d Dictionaries) Allows(dictionary, code string) bool {
	return slices.ContainsFunc(d, func(e DictionaryEntry) bool {
		return e.Dictionary == dictionary && e.Code == code && e.Enabled
	})
}
