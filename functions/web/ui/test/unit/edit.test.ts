import {describe, expect, it} from 'vitest';
import {changesOf, differences, itemOf, newStaffOf, pathOf, placed, postTitle, rebased, retransferred, shownPhone, stayingOf, transferred, unitOf, valuesOf, type StaffValues} from '../../src/console/staff/edit';
import type {Schemas} from '../../src/api/client';

type StaffRecord = Schemas['StaffRecord'];

const post = (id: string, more: Partial<Schemas['Post']> = {}): Schemas['Post'] => ({
  id: id.padEnd(22, id),
  unit: 'GO_a',
  unitName: '临江区数据局',
  org: 'GO_b',
  orgName: '综合科',
  jobType: 'concurrent',
  title: null,
  role: null,
  order: 8,
  email: null,
  officePhone: '0571-80000004',
  officeAddress: null,
  active: true,
  ...more,
});

const record = (more: Partial<StaffRecord> = {}): StaffRecord => ({
  employeeCode: 'GE_1',
  version: 3,
  name: '张敏',
  account: 'zhangmin',
  areaCode: '+86',
  phone: '+86 137*****004',
  shortNumber: null,
  gender: '2',
  idCard: '330*************26',
  birthDate: '1990',
  budgetedPost: null,
  jobLevel: null,
  homeAddress: null,
  politicalStatus: null,
  employment: 'in_service',
  accountState: 'active',
  complete: false,
  missing: ['budgetedPost', 'jobLevel', 'posts[0].role', 'posts[1].role'],
  locked: false,
  posts: [post('m', {jobType: 'main'}), post('c'), post('e', {active: false})],
  ...more,
});

/** What the form holds, and what was done to it. */
function edited(r: StaffRecord, edit: (v: StaffValues) => void): StaffValues {
  const values = valuesOf(r);
  edit(values);
  return values;
}

const idOf = (letter: string) => letter.padEnd(22, letter);

describe('what is sent of an edit', () => {
  const rows: [string, (v: StaffValues) => void, object][] = [
    ['nothing', () => undefined, {}],
    ['a field of the person', (v) => (v.budgetedPost = 'A'), {budgetedPost: 'A'}],
    ['a field that is cleared', (v) => (v.idCard = ''), {idCard: null}],
    ['blanks are nothing', (v) => (v.idCard = '  '), {idCard: null}],
    ['another account', (v) => (v.account = 'zhangm'), {account: 'zhangm'}],
    ['a new phone without the masked one', (v) => (v.phone = '13700000100'), {phone: '13700000100'}],
    ['a role of one post alone', (v) => (v.posts[1]!.role = 'R'), {posts: [{id: idOf('c'), role: 'R'}]}],
    ['an order is a number', (v) => (v.posts[0]!.order = ' 12 '), {posts: [{id: idOf('m'), order: 12}]}],
    ['an office phone that is cleared', (v) => (v.posts[0]!.officePhone = ''), {posts: [{id: idOf('m'), officePhone: null}]}],
    ['a post that is removed', (v) => v.posts.splice(1, 1), {removedPosts: [idOf('c')]}],
    [
      'a new post has what is filled in',
      (v) => v.posts.push({unit: {value: 'GO_x', label: 'X'}, org: {value: 'GO_y', label: 'Y'}, jobType: 'attached', role: 'R', order: '1', email: ''}),
      {posts: [{unit: 'GO_x', org: 'GO_y', jobType: 'attached', role: 'R', order: 1}]},
    ],
  ];
  it.each(rows)('%s', (_, edit, body) => {
    const changes = changesOf(record(), edited(record(), edit));
    expect(changes.body).toEqual({version: 3, ...body});
    expect(changes.changed).toBe(Object.keys(body).length > 0);
  });

  it('a mask is never sent', () => {
    const all = edited(record(), (v) => {
      v.name = '张敏敏';
      v.posts[0]!.role = 'R';
    });
    expect(JSON.stringify(changesOf(record(), all).body)).not.toMatch(/\*|"1990"/);
  });

  it('a new person has what is filled in', () => {
    const body = newStaffOf({name: '李娜', account: 'lina', areaCode: '+86', phone: '13700000100', idCard: '', posts: [{jobType: 'main', order: '5', title: ''}]}, true);
    expect(body).toEqual({name: '李娜', account: 'lina', areaCode: '+86', phone: '13700000100', posts: [{jobType: 'main', order: 5}], sendActivationSms: true});
  });
});

describe('a transfer', () => {
  it('moves the main post alone', () => {
    const to = {unit: {value: 'GO_x', label: 'X'}, org: {value: 'GO_y', label: 'Y'}, title: '', order: '9'};
    expect(changesOf(record(), transferred(record(), to)).body).toEqual({version: 3, posts: [{id: idOf('m'), unit: 'GO_x', org: 'GO_y', order: 9}]});
  });

  const place = (orgCode: string, type: string) => ({orgCode, name: orgCode, type}) as Schemas['Org'];
  const [group, unit, inner, section] = [place('g', 'group'), place('u', 'unit'), place('v', 'unit'), place('s', 'institution')];
  const rows: [string, Schemas['Org'][], string | undefined][] = [
    ['a unit is its own', [group, unit], 'u'],
    ['of an institution it is the nearest above', [group, unit, inner, section], 'v'],
    ['a heading has none', [unit, group], undefined],
    ['nor has nothing', [], undefined],
  ];
  it.each(rows)('the unit: %s', (_, path, code) => expect(unitOf(path)?.value).toBe(code));
});

describe('where a refused field stands', () => {
  const now = edited(record(), (v) => (v.posts[1]!.email = 'a'));
  const {indexes} = changesOf(record(), now);
  const rows: [string, (string | number)[] | undefined][] = [
    ['jobLevel', ['jobLevel']],
    ['posts[0].email', ['posts', 1, 'email']], // the first of the request is the second of the form
    [`posts[${idOf('m')}].role`, ['posts', 0, 'role']],
    [`posts[${idOf('z')}].role`, undefined],
    ['posts[4].email', undefined],
    ['posts[0].id', undefined],
    ['posts', undefined],
    ['version', undefined],
  ];
  it.each(rows)('%s', (field, path) => expect(pathOf(field, indexes, now)).toEqual(path));

  it('what has no place is told apart', () => {
    const errors = ['posts[0].email', 'posts'].map((field) => ({field, code: 'invalid', message: field}));
    expect(placed(errors, indexes, now)).toEqual({at: [{name: ['posts', 1, 'email'], errors: ['posts[0].email']}], elsewhere: [errors[1]]});
  });
});

describe('two edits of one record', () => {
  const theirs = record({version: 4, jobLevel: 'L', posts: [post('m', {jobType: 'main', title: '科长'}), post('n')]});
  const mine = edited(record(), (v) => {
    v.jobLevel = 'K';
    v.posts[0]!.role = 'R';
    v.posts.push({jobType: 'attached'});
  });

  it('are told field by field, and a post that is not in all of them as a whole', () => {
    const found = differences(record(), mine, theirs).map((d) => [d.field, d.base, d.mine, d.theirs]);
    expect(found).toEqual([
      ['jobLevel', '', 'K', 'L'],
      ['title', '', '', '科长'],
      ['role', '', 'R', ''],
      ['post', '临江区数据局-综合科', '临江区数据局-综合科', ''],
      ['post', '', '', '临江区数据局-综合科'],
    ]);
  });

  it('are put together: the record as it is, with what was changed here', () => {
    const now = rebased(record(), mine, theirs);
    expect(now.jobLevel).toBe('K');
    expect(now.posts.map((p) => [p.id, p.title, p.role])).toEqual([
      [idOf('m'), '科长', 'R'],
      [idOf('n'), '', undefined],
      [undefined, undefined, undefined],
    ]);
    expect(changesOf(theirs, now).body).toEqual({version: 4, jobLevel: 'K', posts: [{id: idOf('m'), role: 'R'}, {jobType: 'attached'}]});
  });

  it('a post that was removed here stays removed', () => {
    const removed = edited(record(), (v) => v.posts.splice(1, 1));
    const same = record({version: 4});
    expect(changesOf(same, rebased(record(), removed, same)).body).toEqual({version: 4, removedPosts: [idOf('c')]});
  });
});

describe('what people read', () => {
  it.each([
    ['+86 137*****004', '137*****004'],
    ['+852 612**678', '612**678'],
    [null, ''],
  ])('the phone %s', (phone, field) => expect(shownPhone(phone)).toBe(field));
  it.each([
    ['数据局', '综合科', '数据局-综合科'],
    ['数据局', '数据局', '数据局'],
  ])('%s, %s', (unit, org, title) => expect(postTitle(unit, org)).toBe(title));
  it('a row has the active posts alone', () => expect(itemOf(record()).posts).toHaveLength(2));
});

describe('a transfer on top of another change', () => {
  const was = record({posts: [post('m', {jobType: 'main', title: '科员', order: 8})]});
  const is = record({version: 4, posts: [post('m', {jobType: 'main', title: '科长', order: 9})]});
  const to = {unit: {value: 'GO_c', label: '临江区财政局'}, org: {value: 'GO_c', label: '临江区财政局'}};

  it('leaves what was not touched as it is now', () => {
    expect(retransferred(was, {...to, ...stayingOf(was)}, is)).toEqual({...to, title: '科长', order: '9'});
  });
  it('keeps what was typed', () => {
    expect(retransferred(was, {...to, title: '主任', order: '8'}, is)).toEqual({...to, title: '主任', order: '9'});
  });
  it('begins with nothing where there is no main post', () => {
    expect(stayingOf(record({posts: []}))).toEqual({});
  });
});
