// Asks an evaluator of IAM policies about the roles of template.yaml: whether each
// function may make the calls of its record (testdata/calls.txt), and nothing of
// forbidden.mjs. It reads what transform.py prints from its standard input.
//
//   node evaluate.mjs <folder of the functions>

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runSimulation } from '@cloud-copilot/iam-simulate'
import { forbidden, others, people } from './forbidden.mjs'

const account = '123456789012'
const { functions, template } = JSON.parse(readFileSync(0, 'utf8'))
const resources = template.Resources
// chosen are the parameters that are not left at their defaults: what a switch allows is
// judged, too.
const chosen = { Feed: 'on' }
const pseudo = { 'AWS::Partition': 'aws', 'AWS::AccountId': account, 'AWS::Region': 'ap-southeast-1', 'AWS::StackName': 'chaoxi-prod', 'AWS::URLSuffix': 'amazonaws.com' }
const arns = {
  'AWS::DynamoDB::Table': (id) => `arn:aws:dynamodb:ap-southeast-1:${account}:table/chaoxi-prod-${id}-1ABCDEFGHIJK`,
  'AWS::KMS::Key': (id) => `arn:aws:kms:ap-southeast-1:${account}:key/${id}`,
  'AWS::SQS::Queue': (id) => `arn:aws:sqs:ap-southeast-1:${account}:chaoxi-prod-${id}-ABCDEFGHIJKL`,
  'AWS::Kinesis::Stream': (id) => `arn:aws:kinesis:ap-southeast-1:${account}:stream/chaoxi-prod-${id}-ABCDEFGHIJKL`,
  'AWS::SNS::Topic': (id) => `arn:aws:sns:ap-southeast-1:${account}:chaoxi-prod-${id}-ABCDEFGHIJKL`,
  'AWS::Logs::LogGroup': (id) => `arn:aws:logs:ap-southeast-1:${account}:log-group:chaoxi-prod-${id}-ABCDEFGHIJKL:*`,
  'AWS::IAM::Role': (id) => `arn:aws:iam::${account}:role/chaoxi-prod-${id}-ABCDEFGHIJKL`,
}
const arn = (id) => {
  const make = arns[resources[id]?.Type]
  if (!make) throw new Error(`no ARN of ${id}`)
  return make(id)
}

// resolve replaces the references of a policy by what they would be.
function resolve(v) {
  if (Array.isArray(v)) return v.map(resolve).filter((item) => item !== undefined)
  if (v === null || typeof v !== 'object') return v
  if ('Ref' in v) {
    if (v.Ref === 'AWS::NoValue') return undefined
    return pseudo[v.Ref] ?? chosen[v.Ref] ?? template.Parameters[v.Ref]?.Default ?? arn(v.Ref)
  }
  if ('Fn::GetAtt' in v) {
    const [id, attribute] = v['Fn::GetAtt']
    return attribute === 'StreamArn' ? `${arn(id)}/stream/2026-11-29T00:00:00.000` : arn(id)
  }
  if ('Fn::Sub' in v) return v['Fn::Sub'].replace(/\$\{([^}]+)\}/g, (_, name) => resolve(name.includes('.') ? { 'Fn::GetAtt': name.split('.') } : { Ref: name }))
  if ('Fn::Join' in v) return resolve(v['Fn::Join'][1]).join(v['Fn::Join'][0])
  if ('Fn::If' in v) return resolve(v['Fn::If'][holds(v['Fn::If'][0]) ? 1 : 2])
  return Object.fromEntries(Object.entries(v).map(([name, member]) => [name, resolve(member)]).filter(([, member]) => member !== undefined))
}

// holds tells whether a condition of the template does, with the parameters of an evaluation.
function holds(name) {
  const value = (v) => ('Fn::Not' in v ? !value(v['Fn::Not'][0]) : 'Fn::Equals' in v ? new Set(resolve(v['Fn::Equals'])).size === 1 : holds(v.Condition))
  return value(template.Conditions[name])
}

const role = (id) => resources[id].Properties
const policies = (id) => [
  ...(role(id).Policies ?? []).map((p) => ({ name: p.PolicyName, policy: resolve(p.PolicyDocument) })),
  ...role(id).ManagedPolicyArns.filter((p) => p.Ref).map((p) => ({ name: p.Ref, policy: resolve(resources[p.Ref].Properties.PolicyDocument) })),
]
const boundary = (id) => [{ name: role(id).PermissionsBoundary.Ref, policy: resolve(resources[role(id).PermissionsBoundary.Ref].Properties.PolicyDocument) }]

// guards are the policies of the resources themselves, by ARN.
const guards = {}
for (const [id, { Type: type, Properties: p, Condition: condition }] of Object.entries(resources)) {
  if (condition && !holds(condition)) continue
  if (type === 'AWS::DynamoDB::Table' && p.ResourcePolicy) guards[arn(id)] = resolve(p.ResourcePolicy.PolicyDocument)
  if (type === 'AWS::KMS::Key') guards[arn(id)] = resolve(p.KeyPolicy)
}

let asked = 0
async function allowed(principal, identityPolicies, permissionBoundaryPolicies, action, resource, context) {
  asked++
  const result = await runSimulation({
    request: {
      principal, action, resource: { resource, accountId: account },
      contextVariables: { 'aws:PrincipalArn': principal, 'aws:PrincipalAccount': account, 'aws:ResourceAccount': account, ...context },
    },
    identityPolicies, permissionBoundaryPolicies,
    serviceControlPolicies: [], resourceControlPolicies: [],
    resourcePolicy: guards[resource],
  }, { simulationMode: 'Strict' })
  if (result.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(result.errors)}`)
  return result.overallResult === 'Allowed'
}

const ofTable = ({ keys, attributes, returnValues }) => ({
  ...(keys && { 'dynamodb:LeadingKeys': keys }),
  ...(attributes && { 'dynamodb:Attributes': attributes, 'dynamodb:ReturnValues': returnValues ?? 'NONE' }),
})

// recorded are the calls of a function's record, as rights.Parse reads them.
function recorded(name) {
  const file = join(process.argv[2], name, 'testdata', 'calls.txt')
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8').trim().split('\n').map((line) => {
    const m = /^(\w+) (\S+)( in a transaction)?(?:: (.+))?$/.exec(line)
    if (!m) throw new Error(`${file}: ${line}`)
    return { line, action: m[1], keys: [m[2].replace('*', 'GE_00000000000000000000000000000001')], transaction: Boolean(m[3]), attributes: m[4]?.split(' ') }
  })
}

// together are the calls of one action that one request may make: a batch, and whatever is
// in transactions.
function together(calls) {
  const some = calls.filter((c) => c.transaction || c.action.startsWith('Batch'))
  return [...new Set(some.map((c) => c.action))].map((action) => {
    const keys = some.filter((c) => c.action === action).flatMap((c) => c.keys)
    return { line: `${action} on ${keys} at once`, action, keys }
  })
}

const wrong = []
let all = 0
for (const [id, name] of Object.entries(functions)) {
  const mine = `${id}Role`
  const ask = (action, resource, context) => allowed(arn(mine), policies(mine), boundary(mine), action, resource, context)
  const calls = recorded(name)
  all += calls.length
  for (const c of [...calls, ...together(calls)]) {
    if (!(await ask(`dynamodb:${c.action}`, arn('Table'), ofTable(c)))) wrong.push(`${name} may not ${c.line}`)
  }
  for (const f of forbidden.filter((f) => !f.who || f.who.includes(name))) {
    for (const action of f.actions) {
      if (await ask(`dynamodb:${action}`, arn('Table'), ofTable(f))) wrong.push(`${name} may ${action} ${f.keys ?? 'without keys'} ${f.attributes ?? ''}: ${f.why}`)
    }
  }
  for (const o of others) {
    const resource = resources[o.resource] ? arn(o.resource) : o.resource
    const want = o.except === 'all' || (o.except === 'table' ? calls.length > 0 : o.except.includes(name))
    if ((await ask(o.action, resource, o.context ?? {})) !== want) wrong.push(`${name} ${want ? 'may not' : 'may'} ${o.action} on ${o.resource}`)
  }
}
// Somebody of the account who may do everything by the policies of their own role.
const somebody = `arn:aws:iam::${account}:role/PowerUser`
const everything = [{ name: 'Everything', policy: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } } }]
for (const p of people) {
  const may = await allowed(somebody, everything, undefined, p.action, arn(p.resource), p.context ?? {})
  if (may !== Boolean(p.allowed)) wrong.push(`somebody with every right of their own ${may ? 'may' : 'may not'} ${p.action} on ${p.resource} ${JSON.stringify(p.context ?? {})}`)
}
for (const f of forbidden) {
  for (const name of f.who ?? []) if (!Object.values(functions).includes(name)) wrong.push(`forbidden.mjs names ${name}, which is no function`)
}
if (all < 200) wrong.push(`only ${all} calls were read`)
for (const w of wrong) console.error(w)
console.log(`${Object.keys(functions).length} functions, ${all} recorded calls, ${asked} questions, ${wrong.length} wrong answers`)
process.exit(wrong.length > 0 ? 1 : 0)
