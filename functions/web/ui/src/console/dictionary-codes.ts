// What may be added to the dictionaries. The server judges it again.

/** The beginning of the codes of a dictionary to which entries can be added; undefined for the others. */
export function codeForm(dictionary: string): {prefix: string; pattern: RegExp; example: string} | undefined {
  if (dictionary === 'ZHENG_ZHI_MIAN_MAO') return {prefix: '', pattern: /^\d{2}$/, example: '14'};
  if (!['BIAN_ZHI', 'ZHI_JI', 'REN_YUAN_JU_SE'].includes(dictionary)) return undefined;
  const prefix = `${dictionary}_`;
  return {prefix, pattern: new RegExp(`^${prefix}[A-Z0-9]+(_[A-Z0-9]+)*$`), example: `${prefix}QI_TA`};
}
