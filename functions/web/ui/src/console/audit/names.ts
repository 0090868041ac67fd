import {useEffect, useRef, useState} from 'react';
import {api, askOnce} from '../state';
import {orgNamesIn, peopleIn, type Entry} from './entry';

const atOnce = 4;

/**
 * The names behind the codes of entries. The audit has codes alone: people are looked up, and
 * with them the organisations of their posts. Whoever is out of sight stays a code.
 */
export function useNames(entries: Entry[], known: [code: string, name: string][]): (code: string) => string | undefined {
  const names = useRef(new Map<string, string>());
  const looked = useRef(new Set<string>());
  const [, draw] = useState(0);
  for (const [code, name] of [...known, ...orgNamesIn(entries)]) if (!names.current.has(code)) names.current.set(code, name);

  useEffect(() => {
    let over = false;
    const wanted = peopleIn(entries).filter((code) => !looked.current.has(code));
    wanted.forEach((code) => looked.current.add(code));
    const next = async (): Promise<void> => {
      const employeeCode = wanted.shift();
      if (!employeeCode || over) return;
      const answer = await askOnce(() => api.GET('/v1/admin/staff/{employeeCode}', {params: {path: {employeeCode}}}));
      if (answer.ok) {
        names.current.set(employeeCode, answer.data.name);
        for (const p of answer.data.posts) names.current.set(p.unit, p.unitName).set(p.org, p.orgName);
        draw((n) => n + 1);
      }
      return next();
    };
    for (let i = 0; i < atOnce; i++) void next();
    return () => {
      over = true;
      wanted.forEach((code) => looked.current.delete(code));
    };
  }, [entries]);

  return (code) => names.current.get(code);
}
