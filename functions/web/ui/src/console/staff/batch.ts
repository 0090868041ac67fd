// What is done to many people at once, and to whom. The server judges each of them again.
import type {Schemas} from '../../api/client';
import type {BatchAction} from '../texts';
import {queryOf, type Filters} from './filters';

type Whom = Pick<Schemas['BatchRequest'], 'employeeCodes' | 'search'>;

/** Who is chosen of a list: some of its people, or all that its search finds. */
export type Chosen = string[] | 'all';

/** How many people one request may list. */
export const mostListed = 1000;

/** What can be done on a tab: by buttons of their own, and by a menu. */
export const batchActions: Record<Filters['employment'], {buttons: BatchAction[]; more: BatchAction[]}> = {
  in_service: {buttons: ['send_activation_sms', 'freeze', 'unfreeze'], more: ['leave', 'unlock']},
  left: {buttons: ['reinstate'], more: []},
};

export function isAnybody(chosen: Chosen): boolean {
  return chosen === 'all' || chosen.length > 0;
}

export function isTooMany(chosen: Chosen): boolean {
  return chosen !== 'all' && chosen.length > mostListed;
}

/** Whom a request names. */
export function whomOf(chosen: Chosen, filters: Filters): Whom {
  return chosen === 'all' ? {search: queryOf(filters)} : {employeeCodes: chosen};
}

/** What a search looks for, besides the tab; of an organisation its name. */
export function conditionsOf(filters: Filters): {filter: Exclude<keyof Filters, 'orgName' | 'mainOrgName' | 'employment'>; value: string}[] {
  const {org, orgName, mainOrg, mainOrgName, employment: _, ...others} = filters;
  const typed = {org: org && (orgName ?? org), mainOrg: mainOrg && (mainOrgName ?? mainOrg), ...others};
  return (Object.keys(typed) as (keyof typeof typed)[]).flatMap((filter) => {
    const value = typed[filter];
    return value ? [{filter, value}] : [];
  });
}
