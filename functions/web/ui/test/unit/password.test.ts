import {describe, expect, it} from 'vitest';
import {passwordRules} from '../../src/shared/password';

describe('the rules of a new password', () => {
  const rows: [string, string, string[]][] = [
    ['nothing', '', []],
    ['seven characters', 'Cx#4927', ['classes', 'characters']],
    ['eight', 'Chx#4927', ['length', 'classes', 'characters']],
    ['sixteen', 'Chaoxi#4927Lanhu', ['length', 'classes', 'characters']],
    ['seventeen', 'Chaoxi#4927Lanhua', ['classes', 'characters']],
    ['two classes', 'chaoxi4927', ['length', 'characters']],
    ['a blank', 'Chaoxi 4927', ['length', 'classes']],
    ['Chinese', '潮汐Chaoxi49', ['length', 'classes']],
    ['full width is folded', 'Ｃhaoxi#4927', ['length', 'classes', 'characters']],
  ];
  it.each(rows)('%s', (_, password, kept) => {
    expect(passwordRules(password).filter((r) => r.kept).map((r) => r.name)).toEqual(kept);
  });
});
