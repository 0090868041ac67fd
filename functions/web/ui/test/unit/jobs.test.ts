import {describe, expect, it} from 'vitest';
import {isStoppable, isUnfinished, progressOf} from '../../src/console/jobs/job';
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
});
