import {useEffect, useRef, useState} from 'react';
import {watch} from '../jobs/job';
import {useFollow} from '../jobs/parts';
import {api, ask, useLanguage, type Problem, type Schemas} from '../state';
import type {Result} from './results';

/** What is told of a job beside its results. */
type Job = Schemas['Job'] & {ignoredColumns?: string[]};

export type Read = {
  job?: Job;
  /** As far as they are read. */
  results: Result[];
  /** More may become of it, also if it was stopped just now. */
  goesOn: boolean;
  /** All that will ever be there has been read. */
  whole: boolean;
  problem?: Problem;
  again: () => void;
};

const pageSize = 100;
const nothing = {results: [] as Result[], goesOn: false, whole: false};

/**
 * All results of a job, over all pages, while it goes on and until it is over. A page that
 * has another one behind it does not change any more; the last one is read again.
 */
export function useResults(id: string): Read {
  const language = useLanguage(); // the sentences are the server's
  const [read, setRead] = useState<Pick<Read, 'job' | 'results' | 'goesOn' | 'whole'>>(nothing);
  const [problem, setProblem] = useState<Problem>();
  const place = useRef<{of: string; cursor?: string; before: Result[]}>({of: '', before: []});
  const watched = useRef(watch());
  const reading = useRef<Promise<boolean> | undefined>(undefined);
  const of = `${id} ${language}`;

  /** Reads on. It tells whether there will be more. */
  async function pages(): Promise<boolean> {
    for (;;) {
      const {cursor, before} = place.current;
      const answer = await ask(() => api.GET('/v1/admin/jobs/{id}', {params: {path: {id}, query: {cursor, limit: pageSize}}}));
      if (place.current.of !== of) return false;
      setProblem(answer.ok ? undefined : answer.problem);
      if (!answer.ok) {
        if (answer.problem.code === 'field_invalid') place.current = {of, before: []}; // the cursor is of what the caller held before
        return answer.problem.code !== 'not_found';
      }
      const {results: page, next, ...job} = answer.data;
      const results = [...before, ...page];
      const goesOn = watched.current(job);
      setRead({job, results, goesOn, whole: !next && !goesOn});
      if (!next) return goesOn;
      place.current = {of, cursor: next, before: results};
    }
  }
  /** One reading at a time. */
  function more(): Promise<boolean> {
    if (reading.current) return reading.current;
    const mine = pages().finally(() => {
      if (reading.current === mine) reading.current = undefined;
    });
    return (reading.current = mine);
  }
  useEffect(() => {
    place.current = {of, before: []};
    watched.current = watch();
    reading.current = undefined;
    setRead(nothing);
    setProblem(undefined);
    void more();
    return () => void (place.current = {of: '', before: []});
  }, [of]);
  useFollow(read.goesOn, more, read.job?.state);

  return {...read, problem, again: () => void more()};
}
