// What a form of an organisation holds, what of it changed, and who may do what where. The
// server judges all of it again.
import type {Schemas} from '../../api/client';

type Org = Schemas['Org'];
type Grant = Schemas['Grant'];

export type OrgChoice = {value: string; label: string};

export type OrgValues = {name?: string; type?: Org['type']; division?: string; order?: string};

/** The fields that an edit can change; the type stays. */
export const orgFields = ['name', 'division', 'order'] as const satisfies (keyof OrgValues)[];

export function valuesOf(org: Org): OrgValues {
  return {name: org.name, type: org.type, division: org.division ?? undefined, order: String(org.order)};
}

function sent(field: (typeof orgFields)[number], value: string | undefined): string | number | null {
  if (!value?.trim()) return null;
  return field === 'order' ? Number(value) : value;
}

/** The request that makes the organisation what the form holds, and whether it changes anything. */
export function changesOf(org: Org, now: OrgValues): {body: {version: number} & Record<string, unknown>; changed: boolean} {
  const was = valuesOf(org);
  const changed = orgFields.filter((f) => (now[f] ?? '') !== (was[f] ?? ''));
  const body = {version: org.version, ...Object.fromEntries(changed.map((f) => [f, sent(f, now[f])]))};
  return {body, changed: changed.length > 0};
}

/** The request that adds what the form holds below parent. Without a division it gets the parent's. */
export function newOrgOf(parent: Org, now: OrgValues) {
  const {name = '', type = kindsBelow(parent.type)[0]!, division, order} = now;
  return {name, type, parent: parent.orgCode, ...(division?.trim() ? {division} : {}), order: Number(order)};
}

/** Field by field what was opened, what was typed and what is on file, where they are not alike. */
export function differences(base: Org, mine: OrgValues, current: Org) {
  const three = [valuesOf(base), mine, valuesOf(current)];
  return orgFields
    .map((field) => {
      const [b, m, c] = three.map((v) => v[field] ?? '') as [string, string, string];
      return {key: field, field, base: b, mine: m, theirs: c};
    })
    .filter((d) => d.base !== d.mine || d.mine !== d.theirs);
}

/** The organisation as it is now, with what the form changed since base. */
export function rebased(base: Org, mine: OrgValues, current: Org): OrgValues {
  const was = valuesOf(base);
  const now = valuesOf(current);
  for (const f of orgFields) if ((mine[f] ?? '') !== (was[f] ?? '')) now[f] = mine[f];
  return now;
}

/** What may lie directly below an organisation of a type, the usual first. */
export function kindsBelow(type: Org['type']): Org['type'][] {
  return {group: ['unit', 'group'], unit: ['institution', 'unit', 'group'], institution: ['institution']}[type] as Org['type'][];
}

/**
 * Whether a permission is held over an organisation, by the codes from the top of what the
 * caller sees down to it. If it is not known what it lies in, the permission is enough.
 */
export function holdsOver(grants: Grant[], permission: Grant['permissions'][number], path: string[] | undefined): boolean {
  return grants.some((g) => g.permissions.includes(permission) && (!path || path.includes(g.org)));
}

/** What may be done to an organisation. The top of the tree is neither moved nor closed. */
export function actsOn(grants: Grant[], org: Org, path: string[]): {edit: boolean; move: boolean; close: boolean} {
  const known = path.length > 0 ? path : undefined;
  const edit = holdsOver(grants, 'org.edit', known);
  const top = org.parent === null;
  // To move it, org.edit is needed over what it is taken from, too.
  const above = known ? holdsOver(grants, 'org.edit', known.slice(0, -1)) : !grants.some((g) => g.org === org.orgCode);
  return {edit, move: edit && !top && above, close: edit && !top};
}
