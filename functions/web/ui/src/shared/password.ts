/** A rule that a new password must fulfil, and whether it does. */
export type Rule = {name: 'length' | 'characters' | 'classes'; kept: boolean};

/**
 * The rules that can be judged here. The server judges them again, and all others: common
 * passwords, the person's own data, earlier passwords.
 */
export function passwordRules(typed: string): Rule[] {
  const password = typed.normalize('NFKC');
  const classes = [/[0-9]/, /[A-Z]/, /[a-z]/, /[^0-9A-Za-z]/].filter((c) => c.test(password)).length;
  const length = [...password].length;
  return [
    {name: 'length', kept: length >= 8 && length <= 16},
    {name: 'classes', kept: classes >= 3},
    {name: 'characters', kept: password !== '' && /^[!-~]*$/.test(password)},
  ];
}
