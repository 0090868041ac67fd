import {expect, it} from 'vitest';
import {savedAs} from '../../src/console/staff/saved-as';

it('takes the name of a file from the header', () => {
  expect(savedAs("attachment; filename*=UTF-8''%E4%BA%BA%E5%91%98%E5%90%8D%E5%8D%95_20260302.xlsx", 'xlsx')).toBe('人员名单_20260302.xlsx');
  expect(savedAs(null, 'csv')).toBe('export.csv');
  expect(savedAs('attachment', 'xlsx')).toBe('export.xlsx');
});
