// What an import did to each person, or a dry run would do.
import type {Schemas} from '../../api/client';

export type Result = Schemas['JobResult'];

/** The groups by which people are counted and shown. */
export const groups = ['refused', 'failed', 'created', 'changed', 'unchanged'] as const;
export type Group = (typeof groups)[number];

export function groupOf(result: Pick<Result, 'outcome' | 'created'>): Group {
  switch (result.outcome) {
    case 'done':
      return result.created ? 'created' : 'changed';
    case 'unchanged':
    case 'refused':
      return result.outcome;
    default:
      return 'failed';
  }
}

export function countsOf(results: Result[]): Record<Group, number> {
  const counts = {created: 0, changed: 0, unchanged: 0, refused: 0, failed: 0};
  for (const r of results) counts[groupOf(r)]++;
  return counts;
}

export type CellError = Pick<NonNullable<Result['errors']>[number], 'row' | 'column' | 'field' | 'message'>;

/** Where an error stands in the sheet: its cell, as C12, and what stands above it. */
export function placeOf(error: Pick<CellError, 'row' | 'column'>): {cell?: string; header?: string} {
  const [letters, header] = /^([A-Z]{1,3})(?: ([^]*))?$/.exec(error.column ?? '')?.slice(1) ?? [];
  if (!letters) return {cell: error.row ? String(error.row) : undefined, header: error.column};
  return {cell: `${letters}${error.row ?? ''}`, header};
}

/** What is the same for everybody who is new, or stands beside it already. */
const untold = ['name', 'employment', 'accountState'];

/** What is told of a person's changes: of somebody new what they are given. */
export function toldOf(result: Pick<Result, 'created' | 'changes'>): NonNullable<Result['changes']> {
  const changes = result.changes ?? [];
  return result.created ? changes.filter((c) => c.new !== null && !untold.includes(c.field)) : changes;
}
