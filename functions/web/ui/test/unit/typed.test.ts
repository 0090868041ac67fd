import {describe, expect, it} from 'vitest';
import {isTyped} from '../../src/console/typed';

describe('what stands in a form', () => {
  const rows: [string, object, object, boolean][] = [
    ['nothing', {reason: ''}, {reason: ''}, false],
    ['nothing, in a field that is not there yet', {}, {reason: undefined, confirmed: false, permissions: []}, false],
    ['blanks', {reason: ''}, {reason: ' \n'}, false],
    ['a reason', {reason: ''}, {reason: '借调'}, true],
    ['what was there', {label: '其他', enabled: true}, {label: '其他', enabled: true}, false],
    ['another label', {label: '其他'}, {label: '其它'}, true],
    ['what was there is taken away', {label: '其他'}, {label: ''}, true],
    ['a box that is not ticked any more', {enabled: true}, {enabled: false}, true],
    ['a choice', {}, {unit: {value: 'GO_1', label: '办公室'}}, true],
    ['the choice that was there', {unit: {value: 'GO_1', label: '办公室'}}, {unit: {value: 'GO_1', label: '办公室'}}, false],
    ['one more of several', {fields: ['phone']}, {fields: ['phone', 'idCard']}, true],
  ];
  it.each(rows)('%s', (_, began, now, typed) => expect(isTyped(began, now)).toBe(typed));
});
