// The dictionaries, which are the same for all screens: asked for once.
import {useEffect, useState} from 'react';
import {api, ask, t, type Schemas} from '../state';

type Entry = Schemas['DictionaryEntry'];

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

export function useDictionaries(): Dictionaries {
  const [all, set] = useState(entries ?? []);
  useEffect(() => {
    if (entries) return;
    void ask(() => api.GET('/v1/dictionaries')).then((answer) => {
      if (!answer.ok) return;
      entries = answer.data.items;
      set(entries);
    });
  }, []);
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
