import {describe, expect, it} from 'vitest';
import {batchActions, conditionsOf, isAnybody, isTooMany, mostListed, whomOf, type Chosen} from '../../src/console/staff/batch';
import type {Filters} from '../../src/console/staff/filters';

const people = (n: number) => Array.from({length: n}, (_, i) => `GE_${i}`);

describe('what a tab offers', () => {
  it('fits the people in it', () => {
    expect(batchActions.in_service).toEqual({buttons: ['send_activation_sms', 'freeze', 'unfreeze'], more: ['leave', 'unlock']});
    expect(batchActions.left).toEqual({buttons: ['reinstate'], more: []});
  });
});

describe('who is chosen', () => {
  const rows: [string, Chosen, boolean, boolean][] = [
    ['nobody', [], false, false],
    ['somebody', people(1), true, false],
    ['as many as a request may list', people(mostListed), true, false],
    ['one more', people(mostListed + 1), true, true],
    ['all that are found', 'all', true, false],
  ];
  it.each(rows)('%s', (_, chosen, anybody, tooMany) => expect([isAnybody(chosen), isTooMany(chosen)]).toEqual([anybody, tooMany]));
});

describe('whom a request names', () => {
  const filters: Filters = {org: 'GO_1', orgName: '临江区数据局', phone: '0004', incomplete: 'true', employment: 'left'};
  const sent = (chosen: Chosen) => JSON.parse(JSON.stringify(whomOf(chosen, filters)));

  it('those who are chosen, and nothing of the search', () => expect(sent(['GE_1', 'GE_2'])).toEqual({employeeCodes: ['GE_1', 'GE_2']}));
  it('what the list was asked for', () => expect(sent('all')).toEqual({search: {org: 'GO_1', q: '0004', incomplete: true, employment: 'left'}}));
});

describe('the conditions of a search', () => {
  const rows: [string, Filters, [string, string][]][] = [
    ['none', {employment: 'in_service'}, []],
    ['an organisation, by its name', {employment: 'left', org: 'GO_1', orgName: '临江区数据局'}, [['org', '临江区数据局']]],
    ['an organisation without a name', {employment: 'left', org: 'GO_1'}, [['org', 'GO_1']]],
    ['several', {employment: 'in_service', name: '张', jobLevel: 'none', incomplete: 'true'}, [['name', '张'], ['jobLevel', 'none'], ['incomplete', 'true']]],
  ];
  it.each(rows)('%s', (_, filters, said) => expect(conditionsOf(filters).map((c) => [c.filter, c.value])).toEqual(said));
});
