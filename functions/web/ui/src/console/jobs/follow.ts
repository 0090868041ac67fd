// Asking again for what goes on by itself, with growing pauses.

/** What is known of the page: document, or that of a test. */
export type Page = Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'>;

const longestPause = 15_000;
/** An administrator's session ends when nobody works; a page that asks by itself must not keep it. */
const unattended = 10 * 60_000;

/** How long to wait after so many questions. */
export function pauseAfter(asked: number): number {
  return Math.min(1000 * 1.5 ** asked, longestPause);
}

/**
 * Asks again and again until the answer is that it is over, or the returned function is
 * called. While the page is hidden, or nobody has touched it for long, nothing is asked;
 * when somebody is back, it is asked at once.
 */
export function follow(page: Page, ask: () => Promise<boolean>): () => void {
  let asked = 0;
  let touched = Date.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting = false; // for somebody to look
  let over = false;

  const seen = () => !page.hidden && Date.now() - touched < unattended;
  const later = () => void (timer = setTimeout(() => void again(), pauseAfter(asked++)));
  async function again() {
    if (!seen()) return void (waiting = true);
    const goesOn = await ask();
    if (over) return;
    if (goesOn) later();
    else stop();
  }
  function back(e: Event) {
    if (e.type !== 'visibilitychange' || !page.hidden) touched = Date.now();
    if (!waiting || !seen()) return;
    waiting = false;
    asked = 0;
    void again();
  }
  const events = ['visibilitychange', 'pointerdown', 'keydown'] as const;
  events.forEach((name) => page.addEventListener(name, back));
  function stop() {
    over = true;
    clearTimeout(timer);
    events.forEach((name) => page.removeEventListener(name, back));
  }
  later();
  return stop;
}
