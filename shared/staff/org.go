package staff

import (
	"fmt"
	"slices"
	"strings"
)

// OrgType is the kind of a node of the tree.
type OrgType string

// The types: 单位, 内设机构, and the headings between them.
const (
	UnitOrg        OrgType = "unit"
	InstitutionOrg OrgType = "institution"
	GroupOrg       OrgType = "group"
)

// Org is one node of the tree of organisations.
type Org struct {
	Code     OrgCode
	Name     string
	Type     OrgType
	Division string    // GB/T 2260, six digits
	Order    int       // among its siblings
	Path     []OrgCode // from the root to the org itself
	Closed   bool
	Version  int64
	MoveSeq  int64 // the last of Moves that Path shows
}

// Parent is the org above, zero for the root.
func (o Org) Parent() OrgCode {
	if len(o.Path) < 2 {
		return OrgCode{}
	}
	return o.Path[len(o.Path)-2]
}

// Under returns o with its place in the tree below parent; below the zero Org, at
// the top of one.
func (o Org) Under(parent Org) Org {
	o.MoveSeq = parent.MoveSeq
	o.Path = append(slices.Clip(parent.Path), o.Code)
	return o
}

// MayHold reports whether an organisation of a type may lie directly below o. An
// institution is part of a unit, so that the unit of everybody in it is the
// nearest one above.
func (o Org) MayHold(t OrgType) bool {
	switch t {
	case UnitOrg, GroupOrg:
		return o.Type == GroupOrg || o.Type == UnitOrg
	case InstitutionOrg:
		return o.Type == UnitOrg || o.Type == InstitutionOrg
	}
	return false
}

// maxTermStarts bounds the terms of one organisation: they are written with it in
// one transaction.
const maxTermStarts = 24

// Terms are the texts that find the organisation by their beginning, sorted: of a
// unit and a heading every part of the name, of an institution, whose name is
// that of thousands, the whole.
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

// IsTopOf reports whether o is a topmost organisation of division: it lies in it,
// and its parent, whose division is given, does not. Such organisations are
// listed under DIVISION#, and everybody of the division is below one of them.
func (o Org) IsTopOf(division, parent string) bool {
	return DivisionCovers(division, o.Division) && !DivisionCovers(division, parent)
}

// DivisionCovers reports whether narrow is wide or lies in it. GB/T 2260 writes
// province, prefecture and county in two digits each: 330000 covers 3301xx.
func DivisionCovers(wide, narrow string) bool {
	if !IsDivision(wide) || !IsDivision(narrow) {
		return false
	}
	for strings.HasSuffix(wide, "00") && wide != "" {
		wide = wide[:len(wide)-2]
	}
	return strings.HasPrefix(narrow, wide)
}

// DivisionsAround are the divisions that cover division, itself first.
func DivisionsAround(division string) []string {
	if !IsDivision(division) {
		return nil
	}
	return slices.Compact([]string{division, division[:4] + "00", division[:2] + "0000"})
}

// IsDivision reports whether s has the form of a GB/T 2260 code.
func IsDivision(s string) bool { return len(s) == 6 && digits(s) }

// Orgs are organisations by code.
type Orgs map[OrgCode]Org

// Name is the org's name, or "" for one that is not there.
func (m Orgs) Name(c OrgCode) string { return m[c].Name }

// OrderPath sorts the tree as it is shown: the orders along the path of c, padded.
// It is stored nowhere, so that another order is a matter of one organisation
// alone. What is above c has to be in m.
func (m Orgs) OrderPath(c OrgCode) string {
	var orders []string
	for _, above := range m[c].Path {
		orders = append(orders, fmt.Sprintf("%06d", min(m[above].Order, MaxOrgOrder)))
	}
	return strings.Join(orders, ".")
}

// MaxOrgOrder is the highest order among siblings. An OrderPath has six digits for it.
const MaxOrgOrder = 999_999

// Above are the organisations that lie above some of m and are not in m.
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

// DictionaryEntry is one code of one dictionary.
type DictionaryEntry struct {
	Dictionary string
	Code       string
	Label      string
	Order      int
	Enabled    bool
}

// The dictionaries.
const (
	DictBudgetedPost    = "BIAN_ZHI"
	DictJobLevel        = "ZHI_JI"
	DictRole            = "REN_YUAN_JU_SE"
	DictGender          = "XING_BIE"
	DictPoliticalStatus = "ZHENG_ZHI_MIAN_MAO"
	DictJobType         = "REN_ZHI_LEI_XING"
	DictAreaCode        = "QU_HAO"
)

// Dictionaries are all entries, in their order.
type Dictionaries []DictionaryEntry

// Allows reports whether code is an enabled entry of dictionary.
func (d Dictionaries) Allows(dictionary, code string) bool {
	return slices.ContainsFunc(d, func(e DictionaryEntry) bool {
		return e.Dictionary == dictionary && e.Code == code && e.Enabled
	})
}
