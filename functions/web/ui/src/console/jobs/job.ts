// What is shown of a job, whatever its kind.
import type {Schemas} from '../../api/client';

type Job = Schemas['Job'];

export function isUnfinished(job: Pick<Job, 'state'>): boolean {
  return job.state === 'queued' || job.state === 'running';
}

/** For how long a job that was stopped is looked at. What had begun by then is done to its end. */
const winding = 10_000;

/** Tells, each time that a job was asked for, whether more may become of it. */
export function watch(): (job: Pick<Job, 'state'>) => boolean {
  let seen = false; // unfinished
  let stopped: number | undefined;
  return (job) => {
    if (isUnfinished(job)) return (seen = true);
    if (!seen || job.state !== 'stopped') return false;
    stopped ??= Date.now();
    return Date.now() - stopped < winding;
  };
}

/** Whether it can be stopped: a move of an organisation cannot be left half done. */
export function isStoppable(job: Pick<Job, 'state' | 'kind'>): boolean {
  return isUnfinished(job) && job.kind !== 'move_org';
}

/** How far it is. The total may be a guess, and may be nothing. */
export function progressOf(job: Pick<Job, 'state' | 'done' | 'total'>): {value: number; max: number} {
  if (job.state === 'done') return {value: 1, max: 1};
  return {value: job.done, max: Math.max(job.total, job.done, 1)};
}

/** How it goes, for the colour of what is said of it. */
export function toneOf(job: Pick<Job, 'state' | 'failed'>): 'info' | 'success' | 'warning' | 'error' {
  if (isUnfinished(job)) return 'info';
  if (job.state === 'failed') return 'error';
  return job.state === 'stopped' || job.failed > 0 ? 'warning' : 'success';
}
