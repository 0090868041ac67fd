// What nobody may do, and what some functions may not do. `who` are names of functions;
// without it, all of them. A request of the table names its keys; `keys: null` is one
// that names none.

const person = 'STAFF#GE_00000000000000000000000000000001'
const unit = 'ORG#GO_00000000000000000000000000000001'
const table = ['GetItem', 'BatchGetItem', 'Query', 'ConditionCheckItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']
const writes = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']
const strangers = ['send-code', 'login', 'recovery-options', 'raise-recovery', 'set-password', 'verify-login']
const readers = ['admin-search', 'admin-batch', 'admin-import', 'admin-audit', 'admin-get-staff', 'admin-export']
const ownAccount = ['me', 'sessions']
const noTable = ['health', 'web']

export const forbidden = [
  { why: 'the audit is append-only', actions: ['UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLUpdate', 'PartiQLDelete'], keys: ['AUDIT#OF#GE_1'] },
  { why: 'nor in a batch beside others', actions: ['BatchWriteItem'], keys: ['FIND#GO_1#in#z', 'AUDIT#IN#GO_1#2026-11#3'] },
  { why: 'a request without keys is not one of ours', actions: table, keys: null },
  { why: 'only the operator reads the whole table', actions: ['Scan', 'PartiQLSelect', 'ExportTableToPointInTime'], keys: null },
  { why: 'only the operator writes so', actions: ['PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete'], keys: [person] },
  { why: 'a table is not a function’s', actions: ['DeleteTable', 'UpdateTable', 'UpdateTimeToLive', 'DeleteResourcePolicy', 'PutResourcePolicy', 'CreateBackup', 'RestoreTableToPointInTime'], keys: null },
  { why: 'a key of no kind that there is', actions: table, keys: ['ELSE#1'] },
  { why: 'a person is not erased by a function', who: ['send-code', 'recovery-options', 'raise-recovery', 'set-password', 'me', ...readers, 'dictionaries', 'admin-orgs', 'admin-grants', 'admin-recovery', 'admin-add-staff', 'admin-update-posts', 'admin-change-state', 'index-staff', 'run-jobs'], actions: ['DeleteItem', 'BatchWriteItem'], keys: [person] },
  { why: 'strangers give no grant', who: strangers, actions: writes, keys: [unit] },
  { why: 'nor in a transaction beside what they may', who: strangers, actions: ['PutItem'], keys: ['TICKET#1', unit] },
  { why: 'a text sets no password and reads no session', who: ['send-code', 'recovery-options'], actions: writes, keys: [person] },
  { why: 'it writes no entry of the audit', who: ['send-code', 'verify-login', 'recovery-options', 'sessions', 'admin-search', 'admin-batch'], actions: ['PutItem'], keys: ['AUDIT#OF#GE_1'] },
  { why: 'it takes no name', who: [...strangers, ...readers, 'sessions', 'dictionaries', 'admin-orgs', 'admin-grants', 'admin-recovery', 'index-staff'], actions: writes, keys: ['NAME#zhangmin'] },
  { why: 'it takes no phone', who: [...strangers, ...readers, 'sessions', 'dictionaries', 'admin-orgs', 'admin-grants', 'admin-recovery', 'index-staff'], actions: writes, keys: ['PHONE#+8613700000004'] },
  { why: 'signing in changes no grants, no state and no other record of a person', who: ['login'], actions: ['UpdateItem'], keys: [person], attributes: ['grants', 'pk', 'sk'] },
  { why: 'signing in ends no epoch', who: ['login'], actions: ['UpdateItem'], keys: [person], attributes: ['epoch', 'pk', 'sk'] },
  { why: 'signing in puts no record', who: ['login'], actions: ['PutItem'], keys: [person], attributes: ['account_state', 'full_name', 'kind', 'pk', 'schema', 'sk'] },
  { why: 'signing in puts no account', who: ['login'], actions: ['PutItem'], keys: [person], attributes: ['epoch', 'grants', 'kind', 'password_hash', 'pk', 'schema', 'sk'] },
  ...['grants', 'password_hash', 'epoch', 'seats', 'posts', 'phone', 'id_card'].map((attribute) => ({
    why: 'who only reads people notes that a session was used, and nothing else', who: [...readers, 'dictionaries', 'admin-orgs'], actions: ['UpdateItem'], keys: [person], attributes: ['last_used_ms', attribute, 'pk', 'sk'],
  })),
  { why: 'that update shows no item', who: [...readers, 'dictionaries', 'admin-orgs'], actions: ['UpdateItem'], keys: [person], attributes: ['last_used_ms', 'pk', 'sk'], returnValues: 'ALL_NEW' },
  { why: 'an update without attributes', who: [...readers, 'dictionaries', 'admin-orgs', 'login'], actions: ['UpdateItem'], keys: [person] },
  { why: 'who only reads puts and deletes nobody', who: readers, actions: ['PutItem', 'DeleteItem', 'BatchWriteItem'], keys: [person] },
  { why: 'who only reads gives no grant', who: readers, actions: writes, keys: [unit] },
  { why: 'choices have nothing to do with people', who: ['dictionaries'], actions: ['PutItem', 'DeleteItem', 'BatchWriteItem'], keys: [person] },
  { why: 'one’s own account is not an organisation’s', who: ownAccount, actions: writes, keys: [unit] },
  { why: 'one’s own sessions are no request', who: ownAccount, actions: writes, keys: ['RECOVERY#1'] },
  { why: 'the stream writes what follows from people, and no people', who: ['index-staff'], actions: writes, keys: [person] },
  { why: 'who makes a batch changes nobody: the job does', who: ['admin-batch', 'admin-import'], actions: ['PutItem', 'DeleteItem', 'BatchWriteItem'], keys: [person] },
  { why: 'what a file says is read by the job alone', who: [...strangers, ...ownAccount, ...readers], actions: ['GetItem', 'BatchGetItem', 'Query'], keys: ['ROWS#1#000001'] },
  { why: 'a batch gives no grant', who: ['run-jobs'], actions: ['PutItem', 'BatchWriteItem'], keys: [unit] },
  { why: 'no name, no ticket and no request is its own', who: ['index-staff'], actions: ['PutItem', 'DeleteItem'], keys: ['TICKET#1'] },
  { why: 'tickets are not for administrators', who: [...readers, 'dictionaries', 'admin-orgs', 'admin-grants', 'admin-recovery', 'admin-add-staff', 'admin-update-posts', 'admin-change-state'], actions: [...writes, 'GetItem', 'BatchGetItem', 'Query'], keys: ['TICKET#1'] },
  { why: 'the history of sign-ins is not for strangers to read', who: [...strangers, ...readers.filter((name) => name !== 'admin-get-staff')], actions: ['GetItem', 'BatchGetItem', 'Query'], keys: ['SIGNINS#GE_1'] },
  { why: 'whole values are shown by one function', who: [...strangers, ...ownAccount, 'admin-search', 'admin-batch', 'admin-get-staff', 'admin-export', 'dictionaries', 'admin-orgs', 'admin-grants', 'admin-recovery', 'admin-add-staff', 'admin-update-posts', 'admin-change-state', 'index-staff', 'run-jobs'], actions: ['GetItem', 'BatchGetItem', 'Query'], keys: ['AUDIT#WHOLE#1'] },
  { why: 'it has nothing to do with the table', who: noTable, actions: table, keys: [person] },
]

// What is not of the table: an action, a resource of the template or an ARN, and the
// functions for which it is allowed. A phone, to which texts are published, is no
// resource that the evaluator knows.
export const others = [
  { action: 'kms:Decrypt', resource: 'Key', context: { 'kms:ViaService': 'dynamodb.ap-southeast-1.amazonaws.com' }, except: 'table' },
  { action: 'kms:Decrypt', resource: 'Key', except: [] },
  { action: 'kms:Decrypt', resource: 'SettingsKey', context: { 'kms:ViaService': 'lambda.ap-southeast-1.amazonaws.com', 'kms:CallerAccount': '123456789012' }, except: 'all' },
  { action: 'kms:Decrypt', resource: 'SettingsKey', except: [] },
  { action: 'kms:ScheduleKeyDeletion', resource: 'Key', except: [] },
  { action: 'kms:DisableKey', resource: 'Key', except: [] },
  { action: 'sns:Publish', resource: 'AlarmTopic', except: [] },
  { action: 'kinesis:PutRecord', resource: 'FeedStream', except: ['index-staff'] },
  { action: 'kinesis:DeleteStream', resource: 'FeedStream', except: [] },
  { action: 'sqs:SendMessage', resource: 'IndexFailures', except: ['index-staff'] },
  { action: 'sqs:SendMessage', resource: 'JobFailures', except: ['run-jobs'] },
  { action: 'sqs:DeleteMessage', resource: 'IndexFailures', except: [] },
  { action: 'lambda:GetFunctionConfiguration', resource: 'arn:aws:lambda:ap-southeast-1:123456789012:function:chaoxi-prod-LoginFunction', except: [] },
  { action: 'secretsmanager:GetSecretValue', resource: 'arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:chaoxi/mac-keys-abcdef', except: [] },
  { action: 'iam:PutRolePolicy', resource: 'arn:aws:iam::123456789012:role/chaoxi-prod-LoginFunctionRole-ABCDEFGHIJKL', except: [] },
]

// What somebody of the account may do whose own role allows everything: nothing to the
// items of the table, and nothing with the settings' key but by a deployment.
export const people = [
  ...['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'Scan', 'PartiQLSelect', 'PartiQLUpdate'].map((action) => ({
    action: `dynamodb:${action}`, resource: 'Table', context: { 'dynamodb:LeadingKeys': [person] },
  })),
  ...['UpdateItem', 'DeleteItem', 'BatchWriteItem'].map((action) => ({ action: `dynamodb:${action}`, resource: 'Table', context: { 'dynamodb:LeadingKeys': ['AUDIT#OF#GE_1'] } })),
  { action: 'dynamodb:DescribeTable', resource: 'Table', allowed: true },
  { action: 'dynamodb:PutResourcePolicy', resource: 'Table', allowed: true }, // which CloudTrail tells
  { action: 'kms:Decrypt', resource: 'SettingsKey' },
  { action: 'kms:Decrypt', resource: 'SettingsKey', context: { 'kms:ViaService': 'lambda.ap-southeast-1.amazonaws.com', 'kms:CallerAccount': '123456789012' } },
  { action: 'kms:Decrypt', resource: 'SettingsKey', context: { 'aws:CalledVia': ['cloudformation.amazonaws.com'] }, allowed: true },
  { action: 'kms:DescribeKey', resource: 'SettingsKey', allowed: true },
]
