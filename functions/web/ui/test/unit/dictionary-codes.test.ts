import {describe, expect, it} from 'vitest';
import {codeForm} from '../../src/console/dictionary-codes';

describe('codes that may be added', () => {
  const rows: [string, string, boolean][] = [
    ['ZHI_JI', 'ZHI_JI_YI_JI_GAO_JI_ZHU_GUAN', true],
    ['ZHI_JI', 'ZHI_JI_', false],
    ['ZHI_JI', 'ZHI_JI__X', false],
    ['ZHI_JI', 'BIAN_ZHI_X', false],
    ['BIAN_ZHI', 'BIAN_ZHI_2', true],
    ['ZHENG_ZHI_MIAN_MAO', '14', true],
    ['ZHENG_ZHI_MIAN_MAO', '1', false],
  ];
  it.each(rows)('%s: %s', (dictionary, code, good) => expect(codeForm(dictionary)!.pattern.test(code)).toBe(good));
  it.each(['QU_HAO', 'XING_BIE', 'REN_ZHI_LEI_XING'])('none to %s', (dictionary) => expect(codeForm(dictionary)).toBeUndefined());
  it.each(['ZHI_JI', 'BIAN_ZHI', 'REN_YUAN_JU_SE', 'ZHENG_ZHI_MIAN_MAO'])('the example of %s is one', (dictionary) => {
    const {pattern, example, prefix} = codeForm(dictionary)!;
    expect(pattern.test(example) && example.startsWith(prefix)).toBe(true);
  });
});
