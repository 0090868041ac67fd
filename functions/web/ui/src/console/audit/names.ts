import {useEffect, useRef, useState} from 'react';
import {api, askOnce} from '../state';
import {isPerson} from './entry';

const atOnce = 4;

/**
 * The names behind codes of people and organisations. People are looked up first, since that
 * tells the organisations of their posts, too. Whoever is out of sight stays a code.
 */
export function useNames(codes: string[], known: Named): (code: string) => string | undefined {
  const names = useRef(new Map<string, string>());
  const looked = useRef(new Set<string>());
  const [, draw] = useState(0);
  for (const [code, name] of known) if (!names.current.has(code)) names.current.set(code, name);

  useEffect(() => {
    let over = false;
    const wanted = codes.filter((code) => !looked.current.has(code)).sort((a, b) => Number(isPerson(b)) - Number(isPerson(a)));
    wanted.forEach((code) => looked.current.add(code));
    const next = async (): Promise<void> => {
      const code = wanted.shift();
      if (!code || over) return;
      if (!names.current.has(code)) {
        for (const [c, name] of await (isPerson(code) ? personBy(code) : orgBy(code))) names.current.set(c, name);
        draw((n) => n + 1);
      }
      return next();
    };
    for (let i = 0; i < atOnce; i++) void next();
    return () => {
      over = true;
      wanted.forEach((code) => looked.current.delete(code));
    };
  }, [codes.join()]);

  return (code) => names.current.get(code);
}

type Named = [code: string, name: string][];

async function personBy(employeeCode: string): Promise<Named> {
  const answer = await askOnce(() => api.GET('/v1/admin/staff/{employeeCode}', {params: {path: {employeeCode}}}));
  if (!answer.ok) return [];
  const {name, posts} = answer.data;
  return [[employeeCode, name], ...posts.flatMap((p): Named => [[p.unit, p.unitName], [p.org, p.orgName]])];
}

async function orgBy(code: string): Promise<Named> {
  const answer = await askOnce(() => api.GET('/v1/admin/orgs', {params: {query: {q: code}}}));
  return answer.ok ? answer.data.items.map((o) => [o.orgCode, o.name]) : [];
}
