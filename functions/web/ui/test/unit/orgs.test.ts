import {describe, expect, it} from 'vitest';
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
