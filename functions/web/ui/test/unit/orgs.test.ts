import {describe, expect, it} from 'vitest';
import {actsOn, changesOf, differences, holdsOver, kindsBelow, newOrgOf, rebased, valuesOf, type OrgValues} from '../../src/console/orgs/edit';
import {grown, isLoaded, pathTo, type Node} from '../../src/console/orgs/nodes';
import type {Schemas} from '../../src/api/client';

type Org = Schemas['Org'];

const org = (orgCode: string, more: Partial<Org> = {}): Org => ({
  orgCode,
  name: orgCode,
  type: 'unit',
  parent: null,
  division: '330199',
  divisionName: '临江区',
  order: 1,
  people: 0,
  incomplete: 0,
  ownPeople: 0,
  ownIncomplete: 0,
  hasChildren: true,
  version: 1,
  ...more,
});

const keys = (nodes: Node[]): unknown[] => nodes.map((n) => (n.children ? [n.key, keys(n.children)] : n.key));

describe('the tree as far as it is loaded', () => {
  const tops = grown([], undefined, [org('a'), org('b')]);
  const two = grown(grown(tops, 'a', [org('c'), org('d')]), 'c', [org('e', {hasChildren: false})]);

  it('grows level by level', () => expect(keys(two)).toEqual([['a', [['c', ['e']], 'd']], 'b']));
  it('asked for again, keeps what was loaded below', () => expect(keys(grown(two, 'a', [org('c', {name: 'new'}), org('f')]))).toEqual([['a', [['c', ['e']], 'f']], 'b']));
  it('forgets what is below where nothing is any more', () => {
    const [a] = grown(two, 'a', [org('c', {hasChildren: false})]);
    expect(a!.children).toEqual([{key: 'c', org: org('c', {hasChildren: false}), isLeaf: true}]);
  });
  it('a level that turns out empty has no arrow', () => expect(grown(two, 'b', [])[1]).toMatchObject({isLeaf: true, children: []}));

  const paths: [string, string[]][] = [
    ['a', ['a']],
    ['e', ['a', 'c', 'e']],
    ['z', []],
  ];
  it.each(paths)('the way to %s', (code, path) => expect(pathTo(two, code).map((o) => o.orgCode)).toEqual(path));
  it.each([
    ['c', true],
    ['d', false],
    ['z', false],
  ])('below %s it is loaded: %s', (code, loaded) => expect(isLoaded(two, code)).toBe(loaded));
});

describe('an edit of an organisation', () => {
  const was = org('GO_1', {name: '数据局', order: 3, version: 7});
  const rows: [string, OrgValues, object][] = [
    ['of nothing', {}, {}],
    ['of the name', {name: '数据资源局'}, {name: '数据资源局'}],
    ['of the order, a number', {order: '12'}, {order: 12}],
    ['of the division', {division: '330100'}, {division: '330100'}],
    ['that clears', {name: ' '}, {name: null}],
    ['of the type is none', {type: 'group'}, {}],
  ];
  it.each(rows)('%s', (_, typed, sent) => {
    const {body, changed} = changesOf(was, {...valuesOf(was), ...typed});
    expect(body).toEqual({version: 7, ...sent});
    expect(changed).toBe(Object.keys(sent).length > 0);
  });

  it('a new one has what is typed, and no division unless it has its own', () => {
    expect(newOrgOf(was, {name: '综合科', type: 'institution', order: '2'})).toEqual({name: '综合科', type: 'institution', parent: 'GO_1', order: 2});
    expect(newOrgOf(was, {name: '综合科', order: '2', division: '330100'})).toMatchObject({type: 'institution', division: '330100'});
  });

  it('two of them are compared and put together', () => {
    const mine = {...valuesOf(was), name: '甲', order: '4'};
    const theirs = org('GO_1', {name: '乙', order: 3, version: 8, division: '330100'});
    expect(differences(was, mine, theirs).map((d) => [d.field, d.base, d.mine, d.theirs])).toEqual([
      ['name', '数据局', '甲', '乙'],
      ['division', '330199', '330199', '330100'],
      ['order', '3', '4', '3'],
    ]);
    expect(changesOf(theirs, rebased(was, mine, theirs)).body).toEqual({version: 8, name: '甲', order: 4});
  });

  it.each([
    ['group', 'unit'],
    ['unit', 'institution'],
    ['institution', 'institution'],
  ] as const)('below a %s lies a %s, mostly', (above, below) => expect(kindsBelow(above)[0]).toBe(below));
});

describe('what may be done to an organisation', () => {
  const grant = (code: string, permissions: string[]) => ({id: code, type: 'unit', org: code, orgName: code, permissions}) as Schemas['Grant'];
  const grants = [grant('top', ['staff.read']), grant('mine', ['staff.read', 'org.edit'])];
  const below = org('x', {parent: 'mine'});
  const mine = org('mine', {parent: 'top'});

  const rows: [string, Org, string[], object][] = [
    ['one in the scope', below, ['top', 'mine', 'x'], {edit: true, move: true, close: true}],
    ['the top of the scope: not moved', mine, ['top', 'mine'], {edit: true, move: false, close: true}],
    ['one that is only seen', org('y', {parent: 'top'}), ['top', 'y'], {edit: false, move: false, close: false}],
    ['one of which it is not known where it lies', below, [], {edit: true, move: true, close: true}],
    ['the top of the scope, found by its name', mine, [], {edit: true, move: false, close: true}],
  ];
  it.each(rows)('%s', (_, one, path, acts) => expect(actsOn(grants, one, path)).toEqual(acts));

  it('the top of the tree is neither moved nor closed', () => {
    expect(actsOn([grant('root', ['org.edit'])], org('root'), ['root'])).toEqual({edit: true, move: false, close: false});
  });
  it('a permission that nobody gave is held nowhere', () => expect(holdsOver(grants, 'admin.grant', undefined)).toBe(false));
});
