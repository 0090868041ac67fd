// The rules of grants, as far as they are shown. The server judges each request; a test
// holds these tables to what it goes by (shared/admin/testdata/grants.json).
import type {FieldError, Schemas} from '../../api/client';

export type GrantType = Schemas['GrantType'];
export type Permission = Schemas['Permission'];

export const permissions: Permission[] = ['staff.read', 'staff.edit', 'staff.batch', 'staff.import', 'org.edit', 'admin.grant', 'audit.read', 'pii.reveal'];

/** What each type holds without anything added. */
export const holds: Record<GrantType, Permission[]> = {
  super: permissions,
  unit: ['staff.read', 'staff.edit', 'staff.batch', 'staff.import', 'org.edit'],
  audit: ['staff.read', 'audit.read'],
};

export const types = Object.keys(holds) as GrantType[];

/** What can be added to a grant whose type does not hold it. */
export const addable: Permission[] = ['admin.grant', 'audit.read', 'pii.reveal'];

export function typesWith(permission: Permission): GrantType[] {
  return types.filter((type) => holds[type].includes(permission));
}

export function canBeAdded(type: GrantType): Permission[] {
  return addable.filter((p) => !holds[type].includes(p));
}

/**
 * What somebody may give at most: nobody gives more than they hold. Where they hold it the
 * server looks.
 */
export function givable(grants: Pick<Schemas['Grant'], 'permissions'>[]): {types: GrantType[]; added: Permission[]} {
  const held = (p: Permission) => grants.some((g) => g.permissions.includes(p));
  if (!held('admin.grant')) return {types: [], added: []};
  return {types: types.filter((type) => holds[type].every(held)), added: addable.filter(held)};
}

export type GrantField = 'employeeCode' | 'type' | 'org' | 'permissions';

/** What is refused of a form: permissions[1] is told at permissions. */
export function refusedFields(problem: {code: string; title: string; errors?: FieldError[]}): {name: GrantField; errors: string[]}[] {
  const told = new Map<GrantField, string[]>();
  const tell = (name: GrantField, message: string) => told.set(name, [...new Set([...(told.get(name) ?? []), message])]);
  for (const e of problem.errors ?? []) {
    const name = e.field.replace(/\[\d+\]$/, '');
    if (name === 'employeeCode' || name === 'type' || name === 'org' || name === 'permissions') tell(name, e.message);
  }
  if (problem.code === 'staff_missing' && !told.has('employeeCode')) tell('employeeCode', problem.title);
  if (problem.code === 'org_missing' && !told.has('org')) tell('org', problem.title);
  return [...told].map(([name, errors]) => ({name, errors}));
}
