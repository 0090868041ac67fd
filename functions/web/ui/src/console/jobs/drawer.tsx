import {App as Messages, Button, Drawer, Empty, Table, Tag} from 'antd';
import {useEffect, useRef, useState} from 'react';
import {Changes} from '../audit/changes';
import {Pager, usePages} from '../paging';
import {Failure, useFocusBack} from '../parts';
import {api, ask, t, type Problem, type Schemas} from '../state';
import {isStoppable, watch} from './job';
import {codeName, JobBar, jobName, JobOwner, JobState, useFollow} from './parts';

type Job = Schemas['Job'];
type Outcome = Schemas['JobResult'];

/** Stops a job, after a question. */
export function useStop(onStopped: () => void): {problem?: Problem; ask: (job: Job) => void} {
  const {modal, message} = Messages.useApp();
  const [problem, setProblem] = useState<Problem>();
  return {
    problem,
    ask(job) {
      modal.confirm({
        title: t().stopJobAsk(jobName(job)),
        content: (
          <>
            {job.owner && <p>{t().jobOwner(job.owner.name)}</p>}
            {t().stopJobWhy}
          </>
        ),
        okText: t().stopJob,
        cancelText: t().cancel,
        okButtonProps: {danger: true},
        async onOk() {
          const answer = await ask(() => api.DELETE('/v1/admin/jobs/{id}', {params: {path: {id: job.id}}}));
          setProblem(answer.ok ? undefined : answer.problem);
          if (answer.ok) void message.success(t().jobStopped);
          onStopped();
        },
      });
    },
  };
}

/** One job, with what became of each person, page by page. */
export function JobDrawer(props: {id: string; onClose: () => void; onChanged?: () => void}) {
  useFocusBack();
  const {id} = props;
  const [job, setJob] = useState<Job>();
  const [goesOn, goOn] = useState(false);
  const watched = useRef(watch());
  const results = usePages(id, async (cursor) => {
    const answer = await ask(() => api.GET('/v1/admin/jobs/{id}', {params: {path: {id}, query: {cursor}}}));
    if (!answer.ok) return answer;
    const {results: items, next, ...rest} = answer.data;
    setJob(rest);
    goOn(watched.current(rest));
    return {...answer, data: {items, next}};
  });
  const stop = useStop(() => {
    void results.load();
    props.onChanged?.();
  });
  // A page that is full does not change any more; what is shown of the job itself does.
  useFollow(
    goesOn,
    async () => {
      await results.load(true);
      return true;
    },
    job?.state,
  );
  useEffect(() => {
    if (job && !goesOn) props.onChanged?.();
  }, [goesOn]);

  return (
    <Drawer
      open
      size={760}
      title={job ? t().jobTitle(jobName(job)) : t().jobs}
      onClose={props.onClose}
      extra={
        job &&
        isStoppable(job) && (
          <Button danger onClick={() => stop.ask(job)}>
            {t().stopJob}
          </Button>
        )
      }
    >
      <Failure problem={results.problem ?? stop.problem} onRetry={results.problem && (() => void results.load())} />
      {job && (
        <>
          <div className="jobs__head" role="status">
            <JobState job={job} />
            <JobOwner job={job} />
            <JobBar job={job} failed />
          </div>
          <h3 className="subtitle">{t().jobResults}</h3>
        </>
      )}
      <Table<Outcome & {key: string}>
        size="small"
        rowKey="key"
        loading={results.loading}
        dataSource={results.items.map((r, i) => ({...r, key: `${results.number} ${i}`}))}
        pagination={false}
        locale={{emptyText: results.loading || results.problem ? ' ' : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t().noResults} />}}
        columns={[
          ...(results.items.some((r) => r.row) ? [{title: t().resultFields.row, width: 72, render: (_: unknown, r: Outcome) => r.row}] : []),
          {title: t().resultFields.name, width: '26%', dataIndex: 'name'},
          {title: t().resultFields.outcome, width: 104, render: (_, r) => <OutcomeTag of={r} />},
          {title: t().resultFields.why, render: (_, r) => <Why of={r} />},
        ]}
      />
      {(results.number > 1 || results.more) && <Pager pages={results} />}
    </Drawer>
  );
}

const colours = {done: 'success', unchanged: undefined, refused: 'warning', failed: 'error', unknown: 'warning'} as const;

function OutcomeTag(props: {of: Outcome}) {
  const {outcome} = props.of;
  return (
    <span className="states">
      <Tag color={colours[outcome]}>{t().outcomes[outcome]}</Tag>
    </span>
  );
}

/** A code among the changes, say the organisation of a grant that has ended, stays a code here. */
const noNames = () => undefined;

function Why(props: {of: Outcome}) {
  const {outcome, code, errors, changes} = props.of;
  const name = (field: string) => (t().fields as Record<string, string>)[field.replace(/^.*\./, '')] ?? field;
  return (
    <>
      {code && <div>{codeName(code)}</div>}
      {outcome === 'unknown' && <div>{t().unknownWhy}</div>}
      {errors?.map((e) => (
        <div key={e.field} className="bad">
          {name(e.field)}：{e.message}
        </div>
      ))}
      {changes && <Changes of={changes} names={noNames} />}
    </>
  );
}
