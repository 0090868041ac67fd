// The filters of 工作人员管理, as they stand in the address bar and as the API takes them.
import type {paths} from '../../api/schema';

type Query = NonNullable<paths['/v1/admin/staff']['get']['parameters']['query']>;

export type Oddity = NonNullable<Query['oddity']>;
export const oddities: Oddity[] = ['name', 'birth_date'];

export type Filters = {
  org?: string;
  orgName?: string;
  mainOrg?: string;
  mainOrgName?: string;
  division?: string;
  unit?: string;
  name?: string;
  account?: string;
  jobLevel?: string;
  phone?: string;
  incomplete?: 'true';
  budgetedPost?: 'none';
  role?: 'none';
  oddity?: Oddity;
  employment: 'in_service' | 'left';
};

/** Those that stand in fields of the form. */
export const typedFilters = ['division', 'unit', 'name', 'account', 'jobLevel', 'phone'] as const;

export function filtersIn(address: URLSearchParams): Filters {
  const one = (name: string) => address.get(name) || undefined;
  return {
    org: one('org'),
    orgName: one('orgName'),
    mainOrg: one('mainOrg'),
    mainOrgName: one('mainOrgName'),
    division: one('division'),
    unit: one('unit'),
    name: one('name'),
    account: one('account'),
    jobLevel: one('jobLevel'),
    phone: one('phone'),
    incomplete: one('incomplete') === 'true' ? 'true' : undefined,
    budgetedPost: one('budgetedPost') === 'none' ? 'none' : undefined,
    role: one('role') === 'none' ? 'none' : undefined,
    oddity: oddities.find((o) => o === one('oddity')),
    employment: address.get('employment') === 'left' ? 'left' : 'in_service',
  };
}

export function addressOf(filters: Filters): URLSearchParams {
  const address = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    const said = value?.trim();
    if (said && !(name === 'employment' && said === 'in_service')) address.set(name, said);
  }
  return address;
}

/**
 * What is asked for. The field of the phone takes a whole number, or its last four digits or
 * its beginning, which the API finds by q.
 */
export function queryOf(filters: Filters): Query {
  const {orgName: _, mainOrgName: __, phone, incomplete, ...others} = filters;
  const rest = incomplete ? {...others, incomplete: true} : others;
  const digits = phone?.normalize('NFKC').replace(/\D/g, '') ?? '';
  if (!phone) return rest;
  return digits.length >= 3 && digits.length <= 7 ? {...rest, q: digits} : {...rest, phone};
}
