import {describe, expect, it, vi} from 'vitest';
import {isStoppable, isUnfinished, progressOf, toneOf, watch} from '../../src/console/jobs/job';
import type {Schemas} from '../../src/api/client';

type Job = Schemas['Job'];
const job = (more: Partial<Job>): Job => ({id: 'j', kind: 'freeze', state: 'running', total: 40, done: 10, failed: 0, createdAt: '2026-03-02T08:00:00Z', ...more});

describe('a job', () => {
  const rows: [string, Partial<Job>, boolean, boolean][] = [
    ['that waits', {state: 'queued'}, true, true],
    ['that runs', {}, true, true],
    ['that must not be left half done', {kind: 'move_org'}, true, false],
    ['that is over', {state: 'done'}, false, false],
    ['that was stopped', {state: 'stopped'}, false, false],
    ['that has failed', {state: 'failed'}, false, false],
  ];
  it.each(rows)('%s', (_, more, unfinished, stoppable) => expect([isUnfinished(job(more)), isStoppable(job(more))]).toEqual([unfinished, stoppable]));

  const bars: [string, Partial<Job>, number, number][] = [
    ['a quarter', {}, 10, 40],
    ['more than was guessed', {done: 50}, 50, 50],
    ['of nobody', {total: 0, done: 0}, 0, 1],
    ['over, whatever was guessed', {state: 'done', done: 38}, 1, 1],
  ];
  it.each(bars)('its bar: %s', (_, more, value, max) => expect(progressOf(job(more))).toEqual({value, max}));

  const tones: [string, Partial<Job>, string][] = [
    ['at work', {failed: 2}, 'info'],
    ['well', {state: 'done'}, 'success'],
    ['not for everybody', {state: 'done', failed: 1}, 'warning'],
    ['not to its end', {state: 'stopped'}, 'warning'],
    ['badly', {state: 'failed', failed: 1}, 'error'],
  ];
  it.each(tones)('it goes %s', (_, more, tone) => expect(toneOf(job(more))).toBe(tone));

  it('is watched to its end, and for a while after it was stopped', () => {
    vi.useFakeTimers();
    const watched = watch();
    expect(watched(job({state: 'queued'}))).toBe(true);
    expect(watched(job({state: 'running'}))).toBe(true);
    expect(watched(job({state: 'stopped'}))).toBe(true);
    vi.advanceTimersByTime(9_999);
    expect(watched(job({state: 'stopped'}))).toBe(true);
    vi.advanceTimersByTime(1);
    expect(watched(job({state: 'stopped'}))).toBe(false);
    vi.useRealTimers();
    const done = watch();
    expect([done(job({})), done(job({state: 'done'}))]).toEqual([true, false]);
    expect(watch()(job({state: 'stopped'}))).toBe(false); // long ago
  });
});
