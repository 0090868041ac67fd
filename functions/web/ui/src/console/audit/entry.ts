// How an entry of the audit is read: which fields changed, and what stands in them.
import type {Schemas} from '../../api/client';

export type Entry = Schemas['AuditItem'];
export type Change = Entry['changes'][number];

/** The name of a changed field without its place: posts[…].role is role of a post. */
export function fieldOf(path: string): {field: string; ofPost: boolean} {
  const post = /^posts\[[^\]]*\]\.(.+)$/.exec(path);
  if (post?.[1]) return {field: post[1], ofPost: true};
  return {field: path.replace(/\[[^\]]*\]$/, ''), ofPost: false};
}

const code = /^(GE|GO)_[0-9a-f]{32}$/;

export const isPerson = (text: string) => text.startsWith('GE_') && code.test(text);
export const isOrg = (text: string) => text.startsWith('GO_') && code.test(text);

/** A code by its beginning, where nobody knows the name. */
export function short(text: string): string {
  return code.test(text) ? `${text.slice(0, 11)}…` : text;
}

/** The people and organisations whom entries name, each once. */
export function codesIn(entries: Entry[]): string[] {
  const named = entries.flatMap((e) => [e.actor, e.subject, ...e.changes.flatMap((c) => [c.old, c.new].map((v) => (v && grantIn(v)?.org) ?? v))]);
  return [...new Set(named.filter((text): text is string => !!text && code.test(text)))];
}

/** The names of organisations that the entries themselves tell. */
export function orgNamesIn(entries: Entry[]): [string, string][] {
  return entries.flatMap((e) => {
    const name = isOrg(e.subject) ? e.changes.find((c) => c.field === 'name') : undefined;
    const told = name?.new ?? name?.old;
    return told ? [[e.subject, told] as [string, string]] : [];
  });
}

/** What a grant gives, as the audit has it: a type, an organisation, and what was added. */
export function grantIn(text: string): {type: string; org: string; added: string[]} | undefined {
  const [type, org, ...added] = text.split(' ');
  return type && org && isOrg(org) ? {type, org, added} : undefined;
}
