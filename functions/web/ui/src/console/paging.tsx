// Lists that the API answers page by page.
import {Button} from 'antd';
import {useEffect, useRef, useState} from 'react';
import {t, type Problem, type Result} from './state';

type Page<T> = {items: T[]; next?: string};

export type Pages<T> = {
  items: T[];
  loading: boolean;
  problem?: Problem;
  /** Which page it is, from 1 on. */
  number: number;
  /** Asks for this page anew; quietly, if nobody is to see that it does. */
  load: (quietly?: boolean) => Promise<T[] | undefined>;
  back?: () => void;
  on?: () => void;
};

/**
 * The pages of one list. Of says which list it is; another one begins at its first page. A
 * cursor is good for its list and its caller only, so it is kept here alone.
 */
export function usePages<T>(of: string, ask: (cursor?: string) => Promise<Result<Page<T>>>): Pages<T> {
  const [turned, setTurned] = useState<{of: string; cursors: string[]}>({of, cursors: []});
  const [page, setPage] = useState<{of: string} & Page<T>>();
  const [problem, setProblem] = useState<Problem>();
  const [loading, setLoading] = useState(true);
  const asked = useRef(0);
  const cursors = turned.of === of ? turned.cursors : [];
  const cursor = cursors[cursors.length - 1];

  async function load(quietly = false) {
    const mine = ++asked.current;
    if (!quietly) setLoading(true);
    const answer = await ask(cursor);
    if (mine !== asked.current) return undefined; // another question was asked since
    setLoading(false);
    setProblem(answer.ok ? undefined : answer.problem);
    if (!answer.ok) return undefined;
    setPage({...answer.data, of});
    return answer.data.items;
  }
  useEffect(() => void load(), [of, cursor]);
  useEffect(() => () => void asked.current++, []);

  const known = page?.of === of ? page : undefined;
  const next = known?.next;
  return {
    items: known?.items ?? [],
    loading,
    problem,
    number: cursors.length + 1,
    load,
    back: cursors.length > 0 ? () => setTurned({of, cursors: cursors.slice(0, -1)}) : undefined,
    on: next && !loading ? () => setTurned({of, cursors: [...cursors, next]}) : undefined,
  };
}

/** Back and on. A list of one page needs neither. */
export function Pager<T>(props: {pages: Pages<T>}) {
  const {number, back, on} = props.pages;
  if (!back && !on && number === 1) return null;
  return (
    <div className="staff__pages">
      <span>{t().page(number)}</span>
      <Button disabled={!back} onClick={back}>
        {t().previous}
      </Button>
      <Button disabled={!on} onClick={on}>
        {t().next}
      </Button>
    </div>
  );
}
