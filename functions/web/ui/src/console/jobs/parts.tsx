import {Tag} from 'antd';
import {useEffect, useRef} from 'react';
import {t, type Schemas} from '../state';
import {follow} from './follow';
import {progressOf} from './job';

type Job = Schemas['Job'];

/**
 * Asks again while something goes on. Ask tells whether it still does. When it goes on
 * otherwise, the pauses are short again.
 */
export function useFollow(goesOn: boolean, ask: () => Promise<boolean>, how?: string) {
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => (goesOn ? follow(document, () => latest.current()) : undefined), [goesOn, how]);
}

/** The name of a kind. One that this page does not know yet is called as the API calls it. */
export function kindName(kind: string): string {
  return (t().jobKinds as Record<string, string>)[kind] ?? kind;
}

/** What a job is called: a try that changes nothing otherwise than what is done. */
export function jobName(job: Pick<Job, 'kind' | 'dryRun'>): string {
  return job.dryRun ? t().dryRun : kindName(job.kind);
}

const colours = {queued: undefined, running: 'processing', done: 'success', stopped: 'warning', failed: 'error'} as const;

export function JobState(props: {job: Job}) {
  const {state, code} = props.job;
  return (
    <span className="states">
      <Tag color={colours[state]}>{t().jobStates[state]}</Tag>
      {code && <span className="job__why">{codeName(code)}</span>}
    </span>
  );
}

/** Whose it is, where it is somebody else's. */
export function JobOwner(props: {job: Job}) {
  const {owner} = props.job;
  return owner && <span className="quiet">{t().jobOwner(owner.name)}</span>;
}

/** How far it is; if it is to be told, also for how many it did not go well. */
export function JobBar(props: {job: Job; failed?: boolean}) {
  const {job} = props;
  return (
    <span className="job">
      <progress className="job__bar" {...progressOf(job)} aria-label={t().jobProgress(jobName(job))} />
      <span className="job__count">{t().jobCount(job.done, job.total)}</span>
      {props.failed && job.failed > 0 && <span className="job__failed bad">{t().jobFailed(job.failed)}</span>}
    </span>
  );
}

/** Why something was refused, as far as this page has words for it. */
export function codeName(code: string): string {
  return (t().jobCodes as Record<string, string>)[code] ?? code;
}
