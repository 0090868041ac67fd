package seed

import (
	"strings"
	"testing"

	"chaoxi/shared/staff"
)

// TestDictionaries pins what the product's contract names.
func TestDictionaries(t *testing.T) {
	all, err := Dictionaries()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range all {
		id := e.Dictionary + " " + e.Code
		if seen[id] || e.Label == "" || strings.TrimSpace(e.Code) != e.Code {
			t.Errorf("entry %+v", e)
		}
		seen[id] = true
	}
	for _, want := range []struct{ dictionary, code, label string }{
		{staff.DictBudgetedPost, "BIAN_ZHI_GONG_WU_YUAN_BIAN_ZHI", "公务员编制"},
		{staff.DictBudgetedPost, "BIAN_ZHI_CAN_ZHAO_GONG_WU_YUAN_BIAN_ZHI", "参照公务员编制"},
		{staff.DictBudgetedPost, "BIAN_ZHI_SHI_YE_BIAN_ZHI", "事业编制"},
		{staff.DictBudgetedPost, "BIAN_ZHI_QI_TA", "其他"},
		{staff.DictJobLevel, "ZHI_JI_YI_JI_DIAO_YAN_YUAN", "一级调研员"},
		{staff.DictJobLevel, "ZHI_JI_FU_XIAN_CHU_JI", "副县处级"},
		{staff.DictJobLevel, "ZHI_JI_ZHENG_XIANG_KE_ZHEN_JI", "正乡科镇级"},
		{staff.DictJobLevel, "ZHI_JI_QI_TA", "其他"},
		{staff.DictRole, "REN_YUAN_JU_SE_PU_TONG_YONG_HU", "普通用户"},
		{staff.DictRole, "REN_YUAN_JU_SE_GAO_JI_YONG_HU", "高级用户"},
		{staff.DictRole, "REN_YUAN_JU_SE_CHAO_JI_YONG_HU", "超级用户"},
		{staff.DictRole, "REN_YUAN_JU_SE_TE_SHU_YONG_HU", "特殊用户"},
		{staff.DictRole, "REN_YUAN_JU_SE_QI_TA", "其他"},
		{staff.DictGender, "1", "男性"},
		{staff.DictPoliticalStatus, "13", "群众"},
		{staff.DictJobType, "concurrent", "兼职"},
		{staff.DictAreaCode, "+852", "中国香港 +852"},
	} {
		found := false
		for _, e := range all {
			found = found || e.Dictionary == want.dictionary && e.Code == want.code && e.Label == want.label && e.Enabled
		}
		if !found {
			t.Errorf("%v is not there", want)
		}
	}
}
