import {Alert, Button} from 'antd';
import {useEffect, useRef, useState} from 'react';
import {Failure} from '../parts';
import {api, ask, t, type Problem, type Schemas} from '../state';
import {isUnfinished, toneOf} from './job';
import {JobBar, JobState, useFollow} from './parts';

type Job = Schemas['Job'];

type Props = {
  id: string;
  /** What is said of the job as it is now. */
  title: (job: Job) => string;
  onHide: () => void;
  /** The job is over, also if it was already when it was first asked for. */
  onDone: () => void;
  /** Shows what became of each person. */
  onResults?: () => void;
};

/** How far a job is, above the screen that began it, until somebody hides it. */
export function JobProgress(props: Props) {
  const {id} = props;
  const [job, setJob] = useState<Job>();
  const [problem, setProblem] = useState<Problem>();
  const was = useRef(false); // seen unfinished
  const latest = useRef(props); // the screen may show something else when an answer comes
  latest.current = props;

  async function load(): Promise<boolean> {
    const answer = await ask(() => api.GET('/v1/admin/jobs/{id}', {params: {path: {id}, query: {limit: 1}}}));
    setProblem(answer.ok ? undefined : answer.problem);
    if (!answer.ok) return answer.problem.code !== 'not_found';
    setJob(answer.data);
    const goesOn = isUnfinished(answer.data);
    if (was.current && !goesOn) latest.current.onDone();
    was.current = goesOn;
    return goesOn;
  }
  useEffect(() => {
    setJob(undefined);
    was.current = true;
    void load();
  }, [id]);
  useFollow(!!job && isUnfinished(job), load);

  return (
    <>
      <Failure problem={problem} onRetry={() => void load()} />
      {job && (
        <Alert
          className="failure"
          type={toneOf(job)}
          showIcon
          role="status"
          title={
            <span className="row">
              <span>{props.title(job)}</span>
              <JobState job={job} />
            </span>
          }
          description={<JobBar job={job} failed />}
          action={
            <span className="row">
              {props.onResults && <Button onClick={props.onResults}>{t().showResults}</Button>}
              <Button onClick={props.onHide}>{t().hide}</Button>
            </span>
          }
        />
      )}
    </>
  );
}
