package staff

import "slices"

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
	// OrderPath sorts the tree as it is shown: the orders along Path, padded.
	OrderPath string
	Closed    bool
	Version   int64
}

// Parent is the org above, zero for the root.
func (o Org) Parent() OrgCode {
	if len(o.Path) < 2 {
		return OrgCode{}
	}
	return o.Path[len(o.Path)-2]
}

// In reports whether o is ancestor or lies below it.
func (o Org) In(ancestor OrgCode) bool { return slices.Contains(o.Path, ancestor) }

// Orgs are organisations by code.
type Orgs map[OrgCode]Org

// Name is the org's name, or "" for one that is not there.
func (m Orgs) Name(c OrgCode) string { return m[c].Name }

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
