import {describe, expect, it} from 'vitest';
import {codeIn} from '../../src/shared/code';

describe('the code in what was typed or pasted', () => {
  const rows: [string, string, string][] = [
    ['typed', '654321', '654321'],
    ['a part of it', '6543', '6543'],
    ['blanks at the ends', ' 654321 ', '654321'],
    ['a blank in the middle', '654 321', '654321'],
    ['a dash in the middle', '654-321', '654321'],
    ['full width', '６５４３２１', '654321'],
    ['a whole text', '【潮汐】验证码654321，5分钟内有效', '654321'],
    ['a text with other digits before it', '您在 12:30 请求的验证码是654321，5分钟内有效', '654321'],
    ['a text with a longer number before it', '尾号13700000003的验证码：654321', '654321'],
    ['a text with the code in two parts', '验证码 654 321，5分钟内有效', '654321'],
    ['too many digits', '6543217', '654321'],
    ['no digits', '验证码', ''],
    ['nothing', '', ''],
  ];
  it.each(rows)('%s', (_, text, code) => expect(codeIn(text)).toBe(code));
});
