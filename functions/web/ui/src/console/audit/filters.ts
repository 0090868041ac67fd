// Which entries of the audit are asked for, as it stands in the address bar.
import type {paths} from '../../api/schema';

type Query = NonNullable<paths['/v1/admin/audit']['get']['parameters']['query']>;

/** To whom it was done, who did it, or where: exactly one of them is asked for. */
export const ways = ['employeeCode', 'actor', 'org'] as const;
export type Way = (typeof ways)[number];

export type AuditFilters = {by: Way; code: string; name: string; from?: string; to?: string};

/** What the address asks for. Without a choice it is the caller's own place. */
export function auditFiltersIn(address: URLSearchParams, own?: {org: string; orgName: string}): AuditFilters | undefined {
  const period = {from: address.get('from') || undefined, to: address.get('to') || undefined};
  for (const by of ways) {
    const code = address.get(by);
    if (code) return {by, code, name: address.get('name') || (code === own?.org ? own.orgName : code), ...period};
  }
  return own && {by: 'org', code: own.org, name: own.orgName, ...period};
}

export function auditAddressOf(f: AuditFilters): URLSearchParams {
  const address = new URLSearchParams({[f.by]: f.code, name: f.name});
  for (const end of ['from', 'to'] as const) {
    const said = f[end]?.normalize('NFKC').trim();
    if (said) address.set(end, said);
  }
  return address;
}

export function auditQueryOf(f: AuditFilters): Query {
  return {[f.by]: f.code, from: f.from, to: f.to};
}
