import type {Problem} from '../api/client';

/** What Preact and React have alike. */
type Base = {
  useState<T>(initial: T | (() => T)): [T, (next: T) => void];
  useRef<T>(initial: T): {current: T};
  useEffect(effect: () => void | (() => void), on: readonly unknown[]): void;
};

/** The hooks of both pages, over those of the library that draws the page. */
export function hooksOf({useState, useRef, useEffect}: Base) {
  /** Runs one request at a time, and keeps why the last one was refused. */
  function useRequest() {
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState<Problem | undefined>(undefined);
    const running = useRef(false);
    return {
      busy,
      problem,
      fail: setProblem,
      /** Runs work, unless one runs already. */
      async run(work: () => Promise<Problem | void>) {
        if (running.current) return;
        running.current = true;
        setBusy(true);
        setProblem(undefined);
        try {
          const failed = await work();
          if (failed) setProblem(failed);
        } finally {
          running.current = false;
          setBusy(false);
        }
      },
    };
  }

  /** How many whole seconds there are until a moment, 0 once it is over. */
  function useSecondsUntil(moment: number): number {
    const left = () => Math.max(0, Math.ceil((moment - Date.now()) / 1000));
    const [seconds, set] = useState(left);
    useEffect(() => {
      set(left());
      if (left() === 0) return;
      const timer = setInterval(() => {
        set(left());
        if (left() === 0) clearInterval(timer);
      }, 250);
      return () => clearInterval(timer);
    }, [moment]);
    return seconds;
  }

  return {useRequest, useSecondsUntil};
}
