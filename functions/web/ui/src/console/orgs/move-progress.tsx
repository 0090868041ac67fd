import {Alert, Button} from 'antd';
import {useEffect, useRef, useState} from 'react';
import {isUnfinished} from '../jobs/job';
import {JobBar, JobState, useFollow} from '../jobs/parts';
import {Failure} from '../parts';
import {api, ask, t, type Problem, type Schemas} from '../state';

/** The job of a move, until it is over. */
export function MoveProgress(props: {id: string; onHide: () => void; onDone: () => void}) {
  const {id} = props;
  const [job, setJob] = useState<Schemas['Job']>();
  const [problem, setProblem] = useState<Problem>();
  const was = useRef(false); // seen unfinished

  async function load(): Promise<boolean> {
    const answer = await ask(() => api.GET('/v1/admin/jobs/{id}', {params: {path: {id}, query: {limit: 1}}}));
    setProblem(answer.ok ? undefined : answer.problem);
    if (!answer.ok) return answer.problem.code !== 'not_found';
    setJob(answer.data);
    const goesOn = isUnfinished(answer.data);
    if (was.current && !goesOn) props.onDone();
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
          type={job.state === 'failed' ? 'error' : isUnfinished(job) ? 'info' : 'success'}
          showIcon
          role="status"
          title={
            <span className="row">
              <span>{isUnfinished(job) ? t().moving : job.state === 'done' ? t().moved : t().moveFailed}</span>
              <JobState job={job} />
            </span>
          }
          description={<JobBar job={job} />}
          action={<Button onClick={props.onHide}>{t().hide}</Button>}
        />
      )}
    </>
  );
}
