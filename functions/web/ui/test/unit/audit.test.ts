import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {describe, expect, it} from 'vitest';
import {codesIn, fieldOf, grantIn, orgNamesIn, short, type Entry} from '../../src/console/audit/entry';
import {auditAddressOf, auditFiltersIn, auditQueryOf, type AuditFilters} from '../../src/console/audit/filters';
import {texts} from '../../src/console/texts';

const actions = readFileSync(resolve(import.meta.dirname, '../../../../../shared/audit/testdata/actions.txt'), 'utf8').trim().split('\n');

describe('the actions of the audit', () => {
  it.each(Object.entries(texts))('have words in %s', (_, t) => {
    expect(actions.length).toBeGreaterThan(20);
    expect(Object.keys(t.auditActions).sort()).toEqual([...actions].sort());
    for (const said of Object.values(t.auditActions)) expect(said.trim()).not.toBe('');
  });
});

describe('filters of the audit in the address bar', () => {
  const own = {org: 'GO_1', orgName: '浙江省'};
  const rows: [string, string, AuditFilters | undefined][] = [
    ['none: the own place', '', {by: 'org', code: 'GO_1', name: '浙江省'}],
    ['the own place by its code', 'org=GO_1', {by: 'org', code: 'GO_1', name: '浙江省'}],
    ['a person', 'employeeCode=GE_1&name=张敏', {by: 'employeeCode', code: 'GE_1', name: '张敏'}],
    ['who did it', 'actor=GE_2', {by: 'actor', code: 'GE_2', name: 'GE_2'}],
    ['a time', 'org=GO_2&name=市&from=2026-03-01&to=2026-03-31', {by: 'org', code: 'GO_2', name: '市', from: '2026-03-01', to: '2026-03-31'}],
    ['one of several', 'org=GO_2&employeeCode=GE_1', {by: 'employeeCode', code: 'GE_1', name: 'GE_1'}],
  ];
  it.each(rows)('%s', (_, address, filters) => {
    expect(auditFiltersIn(new URLSearchParams(address), own)).toEqual(filters);
    if (filters) expect(auditFiltersIn(auditAddressOf(filters), own)).toEqual(filters);
  });

  it('nothing, for who has no place', () => expect(auditFiltersIn(new URLSearchParams())).toBeUndefined());
  it('days as they are typed', () => expect(auditAddressOf({by: 'actor', code: 'GE_1', name: '张', from: ' ２０２６-03-01 ', to: ' '}).toString()).toBe('actor=GE_1&name=%E5%BC%A0&from=2026-03-01'));
  it('ask for one of the three', () => {
    expect(JSON.parse(JSON.stringify(auditQueryOf({by: 'actor', code: 'GE_1', name: '张', to: '2026-03-01'})))).toEqual({actor: 'GE_1', to: '2026-03-01'});
  });
});

describe('an entry', () => {
  const org = `GO_${'a'.repeat(32)}`;
  const person = `GE_${'b'.repeat(32)}`;
  const entry = (more: Partial<Entry>): Entry => ({id: 'x', at: '', actor: '', action: 'x', subject: person, changes: [], sourceIp: '', requestId: '', ...more});

  it('names fields without their place', () => {
    expect(fieldOf('posts[Zc3Yx8Qm1Rt6Vb0Nk5Ls2w].role')).toEqual({field: 'role', ofPost: true});
    expect(fieldOf('grants[5e2b]')).toEqual({field: 'grants', ofPost: false});
    expect(fieldOf('phone')).toEqual({field: 'phone', ofPost: false});
  });

  it('tells what a grant gives', () => {
    expect(grantIn(`unit ${org} admin.grant pii.reveal`)).toEqual({type: 'unit', org, added: ['admin.grant', 'pii.reveal']});
    expect(grantIn('unit')).toBeUndefined();
    expect(grantIn('数据 不完善')).toBeUndefined();
  });

  it('names each person and organisation once, and nobody for the operator', () => {
    expect(codesIn([entry({}), entry({actor: person}), entry({subject: org}), entry({subject: 'ZHI_JI/X'})])).toEqual([person, org]);
    expect(codesIn([entry({subject: person, changes: [{field: 'parent', old: null, new: org}, {field: 'grants', old: `unit ${org}`, new: '张敏'}]})])).toEqual([person, org]);
  });

  it('tells the name of an organisation that it is about', () => {
    expect(orgNamesIn([entry({subject: org, changes: [{field: 'name', old: null, new: '综合科'}]}), entry({changes: [{field: 'name', old: '张敏', new: '张闵'}]})])).toEqual([[org, '综合科']]);
    expect(orgNamesIn([entry({subject: org, changes: [{field: 'order', old: '1', new: '2'}]})])).toEqual([]);
  });

  it('shortens codes alone', () => {
    expect(short(org)).toBe('GO_aaaaaaaa…');
    expect(short('ZHI_JI/ZHI_JI_QI_TA')).toBe('ZHI_JI/ZHI_JI_QI_TA');
  });
});
