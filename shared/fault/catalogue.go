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
	Masked             = FieldCode{"masked", "不能提交掩码后的内容", "A masked value cannot be submitted."}
	NotChoice          = FieldCode{"not_a_choice", "不是可选的取值", "This is not one of the choices."}
	Range              = FieldCode{"out_of_range", "超出允许范围", "This is out of range."}
	Disagrees          = FieldCode{"disagrees", "与其他信息不一致", "This does not agree with the rest of the record."}
	OneMain            = FieldCode{"one_main", "须有且仅有一个主职", "There must be exactly one main post."}
	NoSuch             = FieldCode{"missing", "不存在", "There is no such thing."}

	LabelTaken = FieldCode{"label_taken", "同一字典中已有此名称的可选项", "Another choice of this dictionary has this name."}
	MustStay   = FieldCode{"must_stay", "此项不能停用，否则将无可选项", "This must stay enabled, or there would be nothing to choose."}

	SamePhone      = FieldCode{"unchanged", "与当前绑定的手机号相同，请输入新的手机号", "This is your present number. Please enter the new one."}
	AccountIsPhone = FieldCode{"account_is_phone", "您的账号就是原手机号，请联系单位管理员一并更换", "Your account is the old number. Please ask your unit's administrator to change both."}

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
