package fault

// Catalogue is every Error that the API can answer, in the order defined here.
// A golden file pins it: clients switch on Code and show the sentence.
var Catalogue = []*Error{
	Internal, Unavailable,
	BodyInvalid, FieldInvalid, TooLarge, MediaType, RouteMissing, NotFound,
	NameOrAccountWrong, NotActivated, AlreadyActive,
	TicketInvalid, CodeWrong, CodeExpired, CodeTriesSpent,
	CodeTooSoon, CodeDailyLimit, RateLimited, Busy, SMSUnavailable,
	PasswordWeak, PasswordMismatch,
	CredentialsWrong, Locked, SecondFactorRequired, StepUpRequired, ProfileIncomplete,
	SessionMissing, SessionExpired, AdminSessionExpired, CrossSite,
	PermissionDenied, StaffMissing, OrgMissing,
	VersionConflict, PhoneTaken, AccountTaken, IDCardTaken, StateConflict, OrgNameTaken, OrgClosed, LastSuper, AlreadyDecided, IdempotencyConflict, NarrowSearch,
}

// The errors of the API. A new one needs a line here and its name in Catalogue. The
// sentences of the sign-in flows are prescribed by the product and may not be
// changed.
var (
	Internal     = &Error{Kind: KindInternal, Code: "internal", Zh: "系统繁忙，请稍后再试", En: "Something went wrong on our side. Please try again later."}
	Unavailable  = &Error{Kind: KindUnavailable, Code: "unavailable", Zh: "服务暂时不可用，请稍后重试", En: "The service is not available right now. Please try again shortly."}
	BodyInvalid  = &Error{Kind: KindMalformed, Code: "body_invalid", Zh: "请求格式不正确，请刷新页面后重试", En: "The request is not well formed. Please reload the page and try again."}
	FieldInvalid = &Error{Kind: KindInvalid, Code: "field_invalid", Zh: "填写的内容有误，请按提示修改", En: "Some of what you entered is not right. Please correct the fields named."}
	TooLarge     = &Error{Kind: KindTooLarge, Code: "too_large", Zh: "提交的内容过大，请精简后重试", En: "The request is too large. Please shorten it and try again."}
	MediaType    = &Error{Kind: KindMediaType, Code: "media_type", Zh: "请求的内容类型不受支持，请使用 application/json", En: "This content type is not supported. Please send application/json."}
	RouteMissing = &Error{Kind: KindNotFound, Code: "route_missing", Zh: "请求的接口不存在，请检查地址", En: "There is no such route. Please check the address."}
	NotFound     = &Error{Kind: KindNotFound, Code: "not_found", Zh: "请求的内容不存在或已失效", En: "What you asked for does not exist, or no longer does."}

	NameOrAccountWrong = &Error{Kind: KindNotFound, Code: "name_or_account_wrong", Zh: "账号或姓名不正确，请核对后重试", En: "The account or the name is not right. Please check both and try again."}
	NotActivated       = &Error{Kind: KindConflict, Code: "not_activated", Zh: "账号未激活，请先激活", En: "This account is not activated yet. Please activate it first."}
	AlreadyActive      = &Error{Kind: KindConflict, Code: "already_active", Zh: "用户账号已经激活，请使用账号的密码登录", En: "This account is already active. Please sign in with its password."}

	TicketInvalid  = &Error{Kind: KindGone, Code: "ticket_invalid", Zh: "操作已失效，请返回上一步重新开始", En: "This step is no longer valid. Please go back and start again."}
	CodeWrong      = &Error{Kind: KindMalformed, Code: "code_wrong", Zh: "验证码不正确，请重新输入", En: "The code is not right. Please enter it again."}
	CodeExpired    = &Error{Kind: KindGone, Code: "code_expired", Zh: "验证码已过期，请重新发送", En: "The code has expired. Please ask for a new one."}
	CodeTriesSpent = &Error{Kind: KindLimited, Code: "code_tries_spent", Zh: "验证码输入错误次数过多，请返回上一步重新开始", En: "Too many wrong codes. Please go back and start again."}
	CodeTooSoon    = &Error{Kind: KindLimited, Code: "code_too_soon", Zh: "验证码发送过于频繁，请稍后再试", En: "A code was sent a moment ago. Please wait before asking for another."}
	CodeDailyLimit = &Error{Kind: KindLimited, Code: "code_daily_limit", Zh: "今日验证码发送次数已达上限，请明日再试", En: "This phone has had all the codes it can get today. Please try again tomorrow."}
	RateLimited    = &Error{Kind: KindLimited, Code: "rate_limited", Zh: "操作过于频繁，请稍后再试", En: "Too many attempts. Please wait before trying again."}
	// Busy: as many tries are being compared as may fail. It says nothing of a lock.
	Busy           = &Error{Kind: KindLimited, Code: "busy", Zh: "操作正在处理中，请稍后再试", En: "Another try is still in progress. Please try again in a moment."}
	SMSUnavailable = &Error{Kind: KindUnavailable, Code: "sms_unavailable", Zh: "短信服务暂时不可用，请稍后重试", En: "Texts cannot be sent right now. Please try again shortly."}

	PasswordWeak     = &Error{Kind: KindInvalid, Code: "password_weak", Zh: "密码不符合安全要求，请按提示修改", En: "The password does not meet the rules. Please choose another."}
	PasswordMismatch = &Error{Kind: KindInvalid, Code: "password_mismatch", Zh: "两次输入的密码不一致，请重新输入", En: "The two passwords differ. Please enter them again."}

	// Two of these sentences have verbs of package fmt: CredentialsWrong for the number
	// of tries that are left, Locked for the time that the lock lasts, in Chinese and
	// in English.
	CredentialsWrong     = &Error{Kind: KindUnauthenticated, Code: "credentials_wrong", Zh: "用户名或密码错误，%d次重试将锁定账号", En: "Wrong account or password. The account is locked after %d more."}
	Locked               = &Error{Kind: KindLimited, Code: "locked", Zh: "密码输入错误次数过多，请%[1]s后再次尝试", En: "Too many wrong passwords. Please try again in %[2]s."}
	SecondFactorRequired = &Error{Kind: KindUnauthenticated, Code: "second_factor_required", Zh: "请输入短信验证码完成二次验证", En: "Please confirm it is you with a code sent to your phone."}
	// StepUpRequired: the session is good, but what was asked for takes a code that was
	// proved in it a short while ago (POST /v1/sessions/step-up).
	StepUpRequired    = &Error{Kind: KindForbidden, Code: "step_up_required", Zh: "请先通过短信验证码完成身份验证", En: "Please confirm it is you with a code sent to your phone first."}
	ProfileIncomplete = &Error{Kind: KindForbidden, Code: "profile_incomplete", Zh: "您的相关数据不完善，请先联系所在单位管理员完善数据", En: "Your record is incomplete. Please ask your unit's administrator to complete it."}

	SessionMissing      = &Error{Kind: KindUnauthenticated, Code: "session_missing", Zh: "请先登录", En: "Please sign in first."}
	SessionExpired      = &Error{Kind: KindUnauthenticated, Code: "session_expired", Zh: "登录已失效，请重新登录", En: "Your session has ended. Please sign in again."}
	AdminSessionExpired = &Error{Kind: KindUnauthenticated, Code: "admin_session_expired", Zh: "管理会话已失效，请重新登录", En: "Your administrator session has ended. Please sign in again."}
	CrossSite           = &Error{Kind: KindForbidden, Code: "cross_site", Zh: "请求来源不受信任，已拒绝", En: "The request did not come from our own pages and was refused."}

	PermissionDenied = &Error{Kind: KindForbidden, Code: "permission_denied", Zh: "您没有此项操作的权限", En: "You do not have permission to do this."}
	StaffMissing     = &Error{Kind: KindNotFound, Code: "staff_missing", Zh: "人员不存在或不在您的管理范围内", En: "There is no such person in your scope."}
	OrgMissing       = &Error{Kind: KindNotFound, Code: "org_missing", Zh: "机构不存在或不在您的管理范围内", En: "There is no such organisation in your scope."}
	VersionConflict  = &Error{Kind: KindConflict, Code: "version_conflict", Zh: "该人员信息已被他人更新，请核对最新内容后重新提交", En: "Somebody else has changed this record. Please review it and submit again."}
	PhoneTaken       = &Error{Kind: KindConflict, Code: "phone_taken", Zh: "该手机号已被其他人员使用", En: "This phone number belongs to somebody else."}
	AccountTaken     = &Error{Kind: KindConflict, Code: "account_taken", Zh: "该账号已被其他人员使用", En: "This account name belongs to somebody else."}
	IDCardTaken      = &Error{Kind: KindConflict, Code: "id_card_taken", Zh: "该身份证号已被其他在职人员使用", En: "This ID card number belongs to somebody else in service."}
	StateConflict    = &Error{Kind: KindConflict, Code: "state_conflict", Zh: "当前状态不允许此项操作，请刷新后查看", En: "The present state does not allow this. Please reload and look again."}
	OrgNameTaken     = &Error{Kind: KindConflict, Code: "org_name_taken", Zh: "同一上级下已有同名机构，请更换名称", En: "Another organisation below the same parent has this name. Please choose another."}
	OrgClosed        = &Error{Kind: KindConflict, Code: "org_closed", Zh: "所选机构已停用，请重新选择", En: "The chosen organisation is closed. Please choose another."}
	LastSuper        = &Error{Kind: KindConflict, Code: "last_super", Zh: "最高一级机构须至少保留一名可用的超级管理员", En: "The top of the tree must keep one super administrator who can work."}
	AlreadyDecided   = &Error{Kind: KindConflict, Code: "already_decided", Zh: "该申请已被处理，请刷新后查看", En: "This request has been decided already. Please reload and look again."}
	// IdempotencyConflict: the Idempotency-Key was used before, with other content.
	IdempotencyConflict = &Error{Kind: KindConflict, Code: "idempotency_conflict", Zh: "该操作已按不同的内容提交过，请刷新后重试", En: "This was submitted before with different content. Please reload and try again."}
	// NarrowSearch: the search finds more than one job or one file can hold.
	NarrowSearch = &Error{Kind: KindInvalid, Code: "narrow_search", Zh: "符合条件的人员过多，请缩小查询范围后重试", En: "The search finds too many people. Please narrow it and try again."}
)

// The reasons to refuse a field. Two of them have the code "required": the first is
// for a field that the request must have, the second for a field that records may
// lack (待完善), but that an edit may not leave empty. Those with the codes "common" and
// "personal" say which part of a password is at fault.
var (
	Required           = FieldCode{"required", "不能为空", "This field is required."}
	RequiredToComplete = FieldCode{"required", "不能为待完善", "This field must be filled in."}
	TooLong            = FieldCode{"too_long", "内容过长", "This is too long."}
	TooShort           = FieldCode{"too_short", "内容过短，请至少输入3位数字", "This is too short. Please enter three digits or more."}
	Invalid            = FieldCode{"invalid", "格式不正确", "This is not in the right form."}
	WrongType          = FieldCode{"wrong_type", "类型不正确", "This is not of the right type."}
	Unknown            = FieldCode{"unknown", "未知字段", "There is no such field."}
	Duplicate          = FieldCode{"duplicate", "字段重复", "This field occurs twice."}
	Masked             = FieldCode{"masked", "含有“*”，请填写完整内容", "There are stars in this. Please enter all of it."}
	StandIn            = FieldCode{"stand_in", "含有代替缺失文字的符号（如“？”“□”），请填写正确的汉字", "A sign such as ? or □ stands for a character that was lost. Please enter the character itself."}
	NotChoice          = FieldCode{"not_a_choice", "不是可选的取值", "This is not one of the choices."}
	Range              = FieldCode{"out_of_range", "超出允许范围", "This is out of range."}
	Disagrees          = FieldCode{"disagrees", "与其他信息不一致", "This does not agree with the rest of the record."}
	NotOfTheIDCard     = FieldCode{"disagrees", "与身份证号中的出生日期不一致，请确认是否以档案为准", "This is not the date of birth in the ID card. Please make sure that it is that of the personnel file."}
	OneMain            = FieldCode{"one_main", "须有且仅有一个主职", "There must be exactly one main post."}
	NoSuch             = FieldCode{"missing", "不存在", "There is no such thing."}

	LabelTaken = FieldCode{"label_taken", "同一字典中已有此名称的可选项", "Another choice of this dictionary has this name."}
	MustStay   = FieldCode{"must_stay", "此项不能停用，否则将无可选项", "This must stay enabled, or there would be nothing to choose."}

	SamePhone      = FieldCode{"unchanged", "与当前绑定的手机号相同，请输入新的手机号", "This is your present number. Please enter the new one."}
	AccountIsPhone = FieldCode{"account_is_phone", "您的账号就是原手机号，请联系单位管理员一并更换", "Your account is the old number. Please ask your unit's administrator to change both."}

	// What is wrong with a file that somebody hands in, and what to do about it.
	FileEmpty    = FieldCode{"file_empty", "文件中没有内容，请检查后重新选择", "There is nothing in this file. Please check it and choose again."}
	FilePassword = FieldCode{"file_password", "文件设有打开密码，请取消密码并保存后重新上传", "This workbook opens with a password only. Please remove the password, save it, and upload it again."}
	FileOld      = FieldCode{"file_old", "这是旧版（xls 或 et）表格，请用 Excel 或 WPS 另存为“Excel 工作簿（xlsx）”后重新上传", "This workbook has an old format (.xls or .et). Please save it as an Excel workbook (*.xlsx) and upload that."}
	FileWebPage  = FieldCode{"file_web_page", "这是网页格式的表格，请用 Excel 或 WPS 打开并另存为“Excel 工作簿（xlsx）”后重新上传", "This is a web page with a table in it. Please open it in Excel or WPS, save it as an Excel workbook (*.xlsx), and upload that."}
	FileXML2003  = FieldCode{"file_xml", "这是“XML 表格 2003”格式的表格，请用 Excel 或 WPS 打开并另存为“Excel 工作簿（xlsx）”后重新上传", "This is an XML Spreadsheet 2003. Please open it in Excel or WPS, save it as an Excel workbook (*.xlsx), and upload that."}
	FileIsCSV    = FieldCode{"file_is_csv", "这不是 xlsx 工作簿，而是文本文件，请按 CSV 格式上传，或另存为“Excel 工作簿（xlsx）”后重新上传", "This is a text, not an xlsx workbook. Please upload it as CSV, or save it as an Excel workbook (*.xlsx) first."}
	FileIsXLSX   = FieldCode{"file_is_xlsx", "这不是 CSV 文件，而是工作簿，请按 xlsx 格式上传，或另存为 CSV 后重新上传", "This is a workbook, not a CSV. Please upload it as xlsx, or save it as CSV first."}
	FileUnknown  = FieldCode{"file_unknown", "无法识别该文件，请用 Excel 或 WPS 另存为“Excel 工作簿（xlsx）”后重新上传", "This is no file that can be read here. Please save it as an Excel workbook (*.xlsx) and upload that."}
	FileUTF16    = FieldCode{"file_unicode_text", "这是“Unicode 文本”，请另存为“CSV UTF-8（逗号分隔）”或“Excel 工作簿（xlsx）”后重新上传", "This is a Unicode text (UTF-16). Please save it as CSV UTF-8 or as an Excel workbook (*.xlsx), and upload that."}
	FileTooMuch  = FieldCode{"file_too_much", "文件展开后内容过多，请删除无关的工作表和空白格式行后重新上传", "There is too much in this file once it is unpacked. Please delete other sheets and formatted empty rows, and upload it again."}
	FileDamaged  = FieldCode{"file_damaged", "文件已损坏或不完整，请用 Excel 或 WPS 打开并另存后重新上传", "This file is damaged or not complete. Please open it in Excel or WPS, save it again, and upload that."}
	FileQuotes   = FieldCode{"file_quotes", "该行的英文引号不成对，无法分列，请改正后重新上传", "A quotation mark in this row is out of place, so that its columns cannot be told apart. Please correct it and upload the file again."}

	// What is wrong with a list of people, apart from its form as a file. The numbers are
	// those of rows.
	HeaderMissing  = FieldCode{"header_missing", "没有找到表头，请保留一行列名，其中至少有“姓名”和“账号”，可参照下载的模板", "There is no header. Please keep a row with the names of the columns, at least those of the name and the account, as in the template."}
	ColumnMissing  = FieldCode{"column_missing", "缺少人员编码、账号、身份证号或手机号列，无法判断每行是哪个人，请补充其中一列", "There is no column with employee codes, accounts, ID cards or phones, so nobody knows whom a row is about. Please add one."}
	ColumnRepeated = FieldCode{"column_repeated", "有两列表示同一项内容，请删除或改名其中一列", "Two columns mean the same. Please delete or rename one of them."}
	TooManyRows    = FieldCode{"too_many_rows", "一个文件最多10000行人员，请拆分后分别上传", "A file may have 10,000 rows of people. Please divide it and upload the parts."}
	NoPeople       = FieldCode{"no_people", "表头下面没有人员，请填写后重新上传", "There is nobody below the header. Please fill in the list and upload it again."}

	// What is wrong with a cell or a row of such a list.
	IDCardLost    = FieldCode{"digits_lost", "身份证号被表格软件存成了数字，末几位已丢失，请将该列设为“文本”后重新填写", "The spreadsheet has kept the ID card as a number and lost its last digits. Please set the column to text and enter it again."}
	NumberLost    = FieldCode{"digits_lost", "号码被表格软件存成了数字，末几位已丢失，请将该列设为“文本”后重新填写", "The spreadsheet has kept this as a number and lost its last digits. Please set the column to text and enter it again."}
	CellMerged    = FieldCode{"cell_merged", "单元格被合并，请取消合并并逐行填写", "This cell is merged with others. Please undo that and fill in each row."}
	CellError     = FieldCode{"cell_error", "单元格是错误值（如“#N/A”），请改为实际内容", "This cell has an error such as #N/A. Please enter what it should be."}
	CellFormula   = FieldCode{"cell_formula", "公式没有计算结果，请用 Excel 或 WPS 打开并保存，或粘贴为数值后重新上传", "This formula has no result. Please open and save the file in Excel or WPS, or paste values, and upload it again."}
	CellGarbled   = FieldCode{"cell_garbled", "含有无法识别的字符，请重新输入该单元格", "Some characters of this cell were lost. Please enter it again."}
	CellDate      = FieldCode{"cell_date", "内容被表格软件转成了日期，请将该列设为“文本”后重新填写", "The spreadsheet has made a date of this. Please set the column to text and enter it again."}
	DateAmbiguous = FieldCode{"date_ambiguous", "表格软件会把10月存成与1月相同的数字，无法区分，请填写完整日期，如“1985-10-01”", "A spreadsheet keeps 1985.10 as 1985.1, so January and October are the same. Please enter the whole date, such as 1985-10-01."}
	DateNoDay     = FieldCode{"date_no_day", "请填写到日，如“1985-10-01”", "Please enter the day, too, such as 1985-10-01."}
	DateYear      = FieldCode{"date_year", "请按年月日填写，年份写四位，如“1985-10-01”", "Please enter year, month and day, the year with four digits, such as 1985-10-01."}
	RowsDisagree  = FieldCode{"rows_disagree", "与第%d行同一人的内容不一致，请改为相同内容", "Row %d says something else about the same person. Please make both the same."}
	RowsShare     = FieldCode{"rows_share", "与第%d行的另一人相同，请核对", "Row %d has the same for somebody else. Please check both."}
	// RowsApart is said by register load, which reads one person after the other.
	RowsApart    = FieldCode{"rows_apart", "与第%d行是同一人但不相邻，请按账号排序，将同一人的各行排在一起", "Row %d is about the same person and not next to this one. Please sort the rows by account, so that those of a person follow each other."}
	RowRepeated  = FieldCode{"row_repeated", "与第%d行重复，请删除其中一行", "This repeats row %d. Please delete one of them."}
	TooManyPosts = FieldCode{"too_many_posts", "一个人最多10个任职，请核对此人的各行", "A person has ten posts at the most. Please check the rows of this person."}
	NobodyNamed  = FieldCode{"nobody_named", "请填写人员编码、账号、身份证号或手机号，以判断是哪个人", "Please enter an employee code, account, ID card or phone, so that it is clear who this is."}
	NameDiffers  = FieldCode{"name_differs", "此账号、身份证号或手机号登记的是另一姓名，请核对，如需改名请填写人员编码", "Somebody with another name has this account, ID card or phone. Please check it; to change a name, enter the employee code."}
	OrgUnknown   = FieldCode{"missing", "没有找到该机构或不在您的管理范围内，请填写机构编码或完整名称", "There is no such organisation in your scope. Please enter its code or whole name."}
	OrgAmbiguous = FieldCode{"ambiguous", "有多个同名机构，请填写机构编码，或写出上级机构，如“临江区/数据局”", "Several organisations have this name. Please enter the code, or name those above it, as in 临江区/数据局."}
	WhichPost    = FieldCode{"which_post", "此人有多个任职，请填写所在单位或任职编码", "This person has several posts. Please enter the unit or the id of the post."}

	PasswordLength     = FieldCode{"length", "密码长度应为8~16位字符", "Use 8 to 16 characters."}
	PasswordCharacters = FieldCode{"characters", "密码只能包含字母、数字和英文符号", "Use letters, digits and symbols of the keyboard only."}
	PasswordClasses    = FieldCode{"classes", "至少包含数字、字母大写、字母小写、特殊字符的任意三种", "Use at least three of digits, capitals, small letters, symbols."}
	PasswordCommon     = FieldCode{"common", "密码过于常见，请勿使用常用词或在其前后加字符", "This is a common password, or one with a few characters more. Please choose other words."}
	PasswordFigures    = FieldCode{"common", "密码过于常见，请勿主要使用连续或重复的数字、日期、年份或键盘顺序", "This consists of digits in order, repetitions, a date, a year or keys in order. Please choose something else."}
	PasswordAccount    = FieldCode{"personal", "密码不能包含您的账号", "Do not use your account in the password."}
	PasswordName       = FieldCode{"personal", "密码不能由您姓名的拼音或首字母组成", "Do not make the password of your name or initials."}
	PasswordUnit       = FieldCode{"personal", "密码不能由您单位名称的拼音或首字母组成", "Do not make the password of your unit's name or its initials."}
	PasswordPhone      = FieldCode{"personal", "密码不能包含您的手机号或其中几位", "Do not use your phone number or a part of it in the password."}
	PasswordIDCard     = FieldCode{"personal", "密码不能包含您的身份证号或其中几位", "Do not use your ID card number or a part of it in the password."}
	PasswordBirthDate  = FieldCode{"personal", "密码不能包含您的出生日期", "Do not use your date of birth in the password."}
	PasswordReused     = FieldCode{"reused", "不能使用最近5次用过的密码", "Do not use one of your last 5 passwords."}
)
