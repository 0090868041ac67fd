import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {follow, pauseAfter} from '../../src/console/jobs/follow';

const minute = 60_000;

/** A page that is seen or not, and that somebody touches or not. */
class FakePage extends EventTarget {
  hidden = false;
  show(seen: boolean) {
    this.hidden = !seen;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

const start = (page: FakePage, ask: () => Promise<boolean>) => follow(page as unknown as Document, ask);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('asking again for what goes on', () => {
  it('pauses longer and longer, up to a limit', () => {
    expect([0, 1, 2, 3].map(pauseAfter)).toEqual([1000, 1500, 2250, 3375]);
    expect(pauseAfter(50)).toBe(15_000);
  });

  it('asks until it is over', async () => {
    const ask = vi.fn(async () => ask.mock.calls.length < 3);
    start(new FakePage(), ask);
    await vi.advanceTimersByTimeAsync(1000 + 1500 - 1);
    expect(ask).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(5 * minute);
    expect(ask).toHaveBeenCalledTimes(3);
  });

  it('asks nothing while the page is hidden, and at once when it is seen again', async () => {
    const page = new FakePage();
    const ask = vi.fn(async () => true);
    const stop = start(page, ask);
    page.show(false);
    await vi.advanceTimersByTimeAsync(5 * minute);
    expect(ask).not.toHaveBeenCalled();
    page.show(true);
    expect(ask).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1000); // and then as often as at the beginning
    expect(ask).toHaveBeenCalledTimes(2);
    stop();
  });

  it('lets the session of an unattended page end', async () => {
    const page = new FakePage();
    const ask = vi.fn(async () => true);
    const stop = start(page, ask);
    await vi.advanceTimersByTimeAsync(10 * minute);
    const asked = ask.mock.calls.length;
    await vi.advanceTimersByTimeAsync(60 * minute);
    expect(ask).toHaveBeenCalledTimes(asked);
    page.dispatchEvent(new Event('keydown'));
    expect(ask).toHaveBeenCalledTimes(asked + 1);
    stop();
  });

  it('stops when it is told to, also amid a question', async () => {
    const page = new FakePage();
    let answer!: (goesOn: boolean) => void;
    const ask = vi.fn(() => new Promise<boolean>((done) => (answer = done)));
    const stop = start(page, ask);
    await vi.advanceTimersByTimeAsync(1000);
    stop();
    answer(true);
    await vi.advanceTimersByTimeAsync(minute);
    page.show(true);
    expect(ask).toHaveBeenCalledTimes(1);
  });
});
