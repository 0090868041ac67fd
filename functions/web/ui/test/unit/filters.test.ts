import {describe, expect, it} from 'vitest';
import {addressOf, filtersIn, queryOf, type Filters} from '../../src/console/staff/filters';

describe('filters in the address bar', () => {
  const rows: [string, Filters, string][] = [
    ['none', {employment: 'in_service'}, ''],
    ['left', {employment: 'left'}, 'employment=left'],
    ['some', {employment: 'in_service', name: '张敏', jobLevel: 'none'}, 'name=%E5%BC%A0%E6%95%8F&jobLevel=none'],
    ['those who lack something', {employment: 'in_service', incomplete: 'true'}, 'incomplete=true'],
    ['blanks are nothing', {employment: 'in_service', name: ' '}, ''],
  ];
  it.each(rows)('%s', (_, filters, address) => expect(addressOf(filters).toString()).toBe(address));

  it('are read as they were written', () => {
    const filters: Filters = {org: 'GO_1', orgName: '临江区', division: '330199', unit: '数据局', name: '张', account: 'a', jobLevel: 'none', phone: '0004', incomplete: 'true', mainOrg: 'GO_2', mainOrgName: '数据局', budgetedPost: 'none', role: 'none', oddity: 'birth_date', employment: 'left'};
    expect(filtersIn(addressOf(filters))).toEqual(filters);
  });

  it('an employment that there is not is the first tab', () => expect(filtersIn(new URLSearchParams('employment=gone')).employment).toBe('in_service'));
});

describe('what is asked for', () => {
  const rows: [string | undefined, object][] = [
    [undefined, {}],
    ['13700000004', {phone: '13700000004'}],
    ['+86 137 0000 0004', {phone: '+86 137 0000 0004'}],
    ['0004', {q: '0004'}],
    ['００04', {q: '0004'}],
    ['137', {q: '137'}],
    ['12', {phone: '12'}],
  ];
  it('only who lacks something', () => {
    expect(JSON.parse(JSON.stringify(queryOf({employment: 'in_service', incomplete: 'true', phone: '0004'})))).toEqual({employment: 'in_service', incomplete: true, q: '0004'});
  });
  it.each(rows)('by the phone %s', (phone, query) => {
    const asked = JSON.parse(JSON.stringify(queryOf({employment: 'in_service', phone, orgName: '临江区'})));
    expect(asked).toEqual({employment: 'in_service', ...query});
  });
});
