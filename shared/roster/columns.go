package roster

import "chaoxi/shared/staff"

// Column is a column of a roster.
type Column struct {
	Key    string // the field's name in the API
	Header string // what stands above it, without a star
	// Starred says that the field must be filled to be complete. A template shows a star
	// behind such a header.
	Starred bool
	// OfPost says that the column is about the row's post. Whoever has several posts has
	// several rows, and the other columns repeat what is the person's.
	OfPost bool
	// OnlyShown says that an export tells it and an import passes over it.
	OnlyShown bool
	// Whole says that the column holds whole numbers, which a workbook keeps as numbers.
	// All other columns hold text: an ID card that is a number loses its last digits.
	Whole bool
	// Dictionary says whose labels the column holds, and "" for none.
	Dictionary string
}

// Title is the header with its star.
func (c Column) Title() string {
	if c.Starred {
		return c.Header + "*"
	}
	return c.Header
}

// Columns are all columns in the order in which a file has them. A row is one post of one
// person.
var Columns = []Column{
	{Key: EmployeeCode, Header: "人员编码"},
	{Key: "name", Header: "姓名", Starred: true},
	{Key: "account", Header: "账号", Starred: true},
	{Key: "areaCode", Header: "区号", Starred: true, Dictionary: staff.DictAreaCode},
	{Key: "phone", Header: "手机号", Starred: true},
	{Key: "shortNumber", Header: "短号"},
	{Key: "gender", Header: "性别", Starred: true, Dictionary: staff.DictGender},
	{Key: "idCard", Header: "身份证号"},
	{Key: "birthDate", Header: "出生日期"},
	{Key: "budgetedPost", Header: "人员编制", Starred: true, Dictionary: staff.DictBudgetedPost},
	{Key: "jobLevel", Header: "职级", Starred: true, Dictionary: staff.DictJobLevel},
	{Key: "homeAddress", Header: "家庭地址"},
	{Key: "politicalStatus", Header: "政治面貌", Dictionary: staff.DictPoliticalStatus},
	{Key: "employment", Header: "在职状态", OnlyShown: true},
	{Key: "accountState", Header: "账号状态", OnlyShown: true},
	{Key: PostID, Header: "任职编码", OfPost: true},
	{Key: "unit", Header: "所在单位", Starred: true, OfPost: true},
	{Key: "org", Header: "所在机构", Starred: true, OfPost: true},
	{Key: "jobType", Header: "任职类型", Starred: true, OfPost: true, Dictionary: staff.DictJobType},
	{Key: "title", Header: "职务", OfPost: true},
	{Key: "role", Header: "人员角色", Starred: true, OfPost: true, Dictionary: staff.DictRole},
	{Key: "order", Header: "排序码", Starred: true, OfPost: true, Whole: true},
	{Key: "email", Header: "邮箱", OfPost: true},
	{Key: "officePhone", Header: "办公电话", OfPost: true},
	{Key: "officeAddress", Header: "办公地址", OfPost: true},
}

// The keys of the columns that say whom and which post a row is about. In a row for
// somebody new they are empty.
const (
	EmployeeCode = "employeeCode"
	PostID       = "postId"
)
