import {describe, expect, it} from 'vitest';
import {judge, mostBytes} from '../../src/console/import/file';
import {csvOf, harmless} from '../../src/console/import/report';
import {countsOf, groupOf, placeOf, toldOf} from '../../src/console/import/results';

describe('a file before it is sent', () => {
  it.each([
    ['名单.xlsx', 1, 'xlsx'],
    ['名单.2026.CSV ', mostBytes, 'csv'],
    ['名单.csv', mostBytes + 1, 'large'],
    ['名单.xlsx', 0, 'empty'],
    ['名单.xls', 1, 'old'],
    ['名单.ET', 0, 'old'],
    ['名单.docx', 1, 'other'],
    ['名单', 1, 'other'],
  ])('%s of %d bytes is %s', (name, size, judged) => {
    expect(judge({name, size})).toBe(judged);
  });
});

describe('results', () => {
  it('are counted by what is done', () => {
    const results = [
      {name: 'a', outcome: 'done', created: true},
      {name: 'b', outcome: 'done'},
      {name: 'c', outcome: 'unchanged'},
      {name: 'd', outcome: 'refused'},
      {name: 'e', outcome: 'failed'},
      {name: 'f', outcome: 'unknown'},
    ] as const;
    expect(results.map(groupOf)).toEqual(['created', 'changed', 'unchanged', 'refused', 'failed', 'failed']);
    expect(countsOf([...results])).toEqual({created: 1, changed: 1, unchanged: 1, refused: 1, failed: 2});
  });

  it.each([
    [{row: 12, column: 'C 手机号'}, {cell: 'C12', header: '手机号'}],
    [{row: 3, column: 'AA'}, {cell: 'AA3', header: undefined}],
    [{row: 3}, {cell: '3', header: undefined}],
    [{column: 'C 手机号'}, {cell: 'C', header: '手机号'}],
    [{}, {cell: undefined, header: undefined}],
  ])('name the cell of %o', (error, place) => {
    expect(placeOf(error)).toEqual(place);
  });

  it('tell of somebody new what they are given', () => {
    const changes = [
      {field: 'name', old: null, new: '王芳'},
      {field: 'title', old: null, new: '科长'},
      {field: 'email', old: null, new: null},
    ];
    expect(toldOf({created: true, changes}).map((c) => c.field)).toEqual(['title']);
    expect(toldOf({changes})).toEqual(changes);
    expect(toldOf({})).toEqual([]);
  });
});

describe('the file of results', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+86', "'+86"],
    ['-', "'-"],
    ['@x', "'@x"],
    ['\tx', "'\tx"],
    ['\rx', "'\rx"],
    ["'=1", "''=1"],
    ['a=b', 'a=b'],
    ["'a", "'a"],
    ['', ''],
  ])('has no formula of %j', (text, safe) => {
    expect(harmless(text)).toBe(safe);
  });

  it('is read by spreadsheets', () => {
    expect(csvOf([['行号', '说明'], ['3', '含"引号",逗号\n和换行'], ['4', '=1,2']])).toBe('\uFEFF行号,说明\r\n3,"含""引号"",逗号\n和换行"\r\n4,"\'=1,2"\r\n');
  });
});
