/**
 * The code in what somebody typed or pasted: six digits that stand alone if there are any,
 * also in full width or with a blank or dash in the middle, else the first six digits.
 *
 *   【浙里】验证码654321，5分钟内有效 → 654321
 */
export function codeIn(text: string): string {
  const plain = text.normalize('NFKC');
  const alone = /(?:^|\D)(\d{6})(?!\d)/.exec(plain) ?? /(?:^|\D)(\d{3}[\s-]\d{3})(?!\d)/.exec(plain);
  return (alone?.[1] ?? plain).replace(/\D/g, '').slice(0, 6);
}
