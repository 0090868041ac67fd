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
  /** Whether there is another page after it. */
  more: boolean;
  back: () => void;
  on: () => void;
  /** Asks for the first page, also if it is shown already. */
  first: () => void;
  /** Asks for this page anew; quietly, if nobody is to see that it does. */
  load: (quietly?: boolean) => Promise<T[] | undefined>;
  /** Shows the items otherwise, as something was done to one of them. */
  change: (how: (items: T[]) => T[]) => void;
};

/**
 * The pages of one list. Of says which list it is; another one begins at its first page, and
 * the one before stays to be seen until it is there. A cursor is good for its list and its
 * caller only, so it is kept here alone.
 */
export function usePages<T>(of: string, ask: (cursor?: string) => Promise<Result<Page<T>>>): Pages<T> {
  const [turned, setTurned] = useState<{of: string; cursors: string[]}>({of, cursors: []});
  const [page, setPage] = useState<{of: string} & Page<T>>();
  const [problem, setProblem] = useState<Problem>();
  const [asking, setAsking] = useState(true);
  const asked = useRef(0);
  if (turned.of !== of) setTurned({of, cursors: []});
  const cursors = turned.of === of ? turned.cursors : [];
  const cursor = cursors[cursors.length - 1];
  const turn = (to: string[]) => setTurned({of, cursors: to});

  async function load(quietly = false) {
    const mine = ++asked.current;
    if (!quietly) setAsking(true);
    const answer = await ask(cursor);
    if (mine !== asked.current) return undefined; // another question was asked since
    setAsking(false);
    setProblem(answer.ok ? undefined : answer.problem);
    if (!answer.ok) return undefined;
    setPage({...answer.data, of});
    return answer.data.items;
  }
  useEffect(() => void load(), [of, cursor]);
  useEffect(() => () => void asked.current++, []);

  const isThis = page?.of === of;
  const loading = asking || (!isThis && !problem);
  const next = isThis ? page.next : undefined;
  return {
    items: page && (isThis || loading) ? page.items : [],
    loading,
    problem,
    number: cursors.length + 1,
    more: next !== undefined,
    back: () => turn(cursors.slice(0, -1)),
    on: () => next !== undefined && turn([...cursors, next]),
    first: () => (cursors.length > 0 ? turn([]) : void load()),
    load,
    change: (how) => setPage((p) => p && {...p, items: how(p.items)}),
  };
}

export type Growing<A extends Page<unknown>> = {
  items: A['items'];
  loading: boolean;
  problem?: Problem;
  /** Whether there is more. */
  more: boolean;
  /** Asks for the list anew. */
  load: () => void;
  /** Asks for what follows. */
  on: () => void;
  /** The answer that came last, with what it tells beside the items. */
  answer?: A;
};

/**
 * One list that grows by what follows. Of says which list it is; of another one nothing
 * of the list before is shown, unless keep is set. Without of nothing is asked.
 */
export function useGrowing<A extends Page<unknown>>(of: string | undefined, ask: (cursor?: string) => Promise<Result<A>>, keep = false): Growing<A> {
  const [items, setItems] = useState<A['items']>([]);
  const [answer, setAnswer] = useState<A>();
  const [loading, setLoading] = useState(true);
  const [problem, setProblem] = useState<Problem>();
  const asked = useRef(0);

  async function load(cursor?: string) {
    if (of === undefined) return;
    const mine = ++asked.current;
    setLoading(true);
    const result = await ask(cursor);
    if (mine !== asked.current) return; // another question was asked since
    setLoading(false);
    setProblem(result.ok ? undefined : result.problem);
    if (!result.ok) return;
    setItems(cursor ? [...items, ...result.data.items] : result.data.items);
    setAnswer(result.data);
  }
  useEffect(() => {
    if (!keep) {
      setItems([]);
      setAnswer(undefined);
    }
    void load();
  }, [of]);
  return {items, loading, problem, more: answer?.next !== undefined, load: () => void load(), on: () => void load(answer?.next), answer};
}

/** The way to what follows, if there is more. */
export function More(props: {of: {more: boolean; loading: boolean; on: () => void}}) {
  return (
    props.of.more && (
      <div className="staff__pages">
        <Button disabled={props.of.loading} onClick={props.of.on}>
          {t().moreOfThem}
        </Button>
      </div>
    )
  );
}

/** Which page it is, and the ways to those beside it. */
export function Pager<T>(props: {pages: Pages<T>}) {
  const {number, more, loading, back, on} = props.pages;
  return (
    <div className="staff__pages">
      <span>{t().page(number)}</span>
      <Button disabled={number === 1} onClick={back}>
        {t().previous}
      </Button>
      <Button disabled={!more || loading} onClick={on}>
        {t().next}
      </Button>
    </div>
  );
}
