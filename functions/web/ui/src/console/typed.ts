// What a form holds beyond what it began with.

/** A field as it is compared: one that is empty is like one that is not there. */
function held(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  if (value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0)) return '';
  return JSON.stringify(value);
}

/** Whether somebody has typed or chosen something that would be lost with the form. */
export function isTyped(began: object, now: object): boolean {
  const [was, is] = [began, now] as Record<string, unknown>[];
  return Object.keys({...was, ...is}).some((field) => held(was![field]) !== held(is![field]));
}
