// The dictionaries, which are the same for all screens: asked for once.
import {useEffect, useState} from 'react';
import {api, ask, t, type Problem, type Schemas} from './state';

export type Entry = Schemas['DictionaryEntry'];

export const dictionaryOf: Record<string, string> = {
  areaCode: 'QU_HAO',
  gender: 'XING_BIE',
  budgetedPost: 'BIAN_ZHI',
  jobLevel: 'ZHI_JI',
  politicalStatus: 'ZHENG_ZHI_MIAN_MAO',
  role: 'REN_YUAN_JU_SE',
};

export type Dictionaries = {
  /** What may be chosen, and the value on file even if it may not be chosen any more. */
  choices: (field: string, onFile?: string | null) => {value: string; label: string}[];
  /** What people read for a value. */
  label: (field: string, value: string) => string;
};

let entries: Entry[] | undefined;
const listeners = new Set<(all: Entry[]) => void>();

function know(all: Entry[]) {
  entries = all;
  listeners.forEach((tell) => tell(all));
}

/**
 * An entry was saved. It is known here at once; the server may answer with the old one for
 * up to a minute.
 */
export function entrySaved(entry: Entry) {
  know([...(entries ?? []).filter((e) => e.dictionary !== entry.dictionary || e.code !== entry.code), entry]);
}

/** All entries, undefined before they are there. */
export function useEntries(): {entries?: Entry[]; problem?: Problem; load: () => void} {
  const [all, set] = useState(entries);
  const [problem, setProblem] = useState<Problem>();
  function load() {
    setProblem(undefined);
    void ask(() => api.GET('/v1/dictionaries')).then((answer) => {
      if (answer.ok) know(answer.data.items);
      else setProblem(answer.problem);
    });
  }
  useEffect(() => {
    listeners.add(set);
    if (!entries) load();
    return () => void listeners.delete(set);
  }, []);
  return {entries: all, problem, load};
}

export function useDictionaries(): Dictionaries {
  const {entries: all = []} = useEntries();
  const of = (field: string) => all.filter((e) => e.dictionary === dictionaryOf[field]).sort((a, b) => a.order - b.order);
  return {
    choices: (field, onFile) =>
      of(field)
        .filter((e) => e.enabled || e.code === onFile)
        .map((e) => ({value: e.code, label: e.label})),
    label(field, value) {
      if (field === 'jobType') return t().jobTypes[value as Schemas['JobType']] ?? value;
      return of(field).find((e) => e.code === value)?.label ?? value;
    },
  };
}
