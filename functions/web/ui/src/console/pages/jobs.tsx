// 任务: what takes longer than a request may, how far it is, and what became of it.
import {App as Messages, Button, Drawer, Empty, Table, Tag} from 'antd';
import {useEffect, useState} from 'react';
import {useSearchParams} from 'wouter';
import {isStoppable, isUnfinished} from '../jobs/job';
import {codeName, JobBar, JobState, kindName, useFollow} from '../jobs/parts';
import {Pager, usePages} from '../paging';
import {Failure, useTitle} from '../parts';
import {api, ask, t, useLanguage, type Problem, type Schemas} from '../state';

type Job = Schemas['Job'];
type Outcome = Schemas['JobResult'];

export default function JobsPage() {
  useTitle(t().jobs);
  const language = useLanguage();
  const [address, setAddress] = useSearchParams();
  const open = address.get('job');
  const jobs = usePages('jobs', (cursor) => ask(() => api.GET('/v1/admin/jobs', {params: {query: {cursor}}})));
  const stop = useStop(() => void jobs.load());
  useFollow(jobs.items.some(isUnfinished), async () => {
    const now = await jobs.load(true);
    return now?.some(isUnfinished) ?? true;
  });

  const when = (at: string) => new Date(at).toLocaleString(language, {dateStyle: 'medium', timeStyle: 'short'});
  return (
    <>
      <h1 className="title">{t().jobs}</h1>
      <div className="staff__list staff__list_titled">
        <Failure problem={jobs.problem ?? stop.problem} onRetry={jobs.problem && (() => void jobs.load())} />
        <Table<Job>
          rowKey="id"
          size="middle"
          loading={jobs.loading}
          dataSource={jobs.items}
          pagination={false}
          locale={{emptyText: jobs.loading || jobs.problem ? ' ' : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t().noJobs} />}}
          columns={[
            {title: t().jobFields.kind, width: '18%', render: (_, job) => kindName(job.kind)},
            {title: t().jobFields.state, width: '16%', render: (_, job) => <JobState job={job} />},
            {title: t().jobFields.progress, render: (_, job) => <JobBar job={job} />},
            {title: t().jobFields.failed, width: 112, align: 'right', render: (_, job) => <span className={job.failed > 0 ? 'bad' : undefined}>{job.failed}</span>},
            {title: t().jobFields.createdAt, width: 176, render: (_, job) => when(job.createdAt)},
            {
              title: t().actions,
              width: 128,
              render: (_, job) => (
                <div className="row">
                  <Button type="link" className="row__link" onClick={() => setAddress({job: job.id})}>
                    {t().detail}
                  </Button>
                  {isStoppable(job) && (
                    <Button type="link" danger className="row__link" onClick={() => stop.ask(job)}>
                      {t().stopJob}
                    </Button>
                  )}
                </div>
              ),
            },
          ]}
        />
        {(jobs.number > 1 || jobs.more) && <Pager pages={jobs} />}
      </div>
      {open && <JobDrawer key={open} id={open} onClose={() => setAddress({})} onChanged={() => void jobs.load(true)} />}
    </>
  );
}

/** Stops a job, after a question. */
function useStop(onStopped: () => void): {problem?: Problem; ask: (job: Job) => void} {
  const {modal, message} = Messages.useApp();
  const [problem, setProblem] = useState<Problem>();
  return {
    problem,
    ask(job) {
      modal.confirm({
        title: t().stopJobAsk(kindName(job.kind)),
        content: t().stopJobWhy,
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
function JobDrawer(props: {id: string; onClose: () => void; onChanged: () => void}) {
  const {id} = props;
  const [job, setJob] = useState<Job>();
  const results = usePages(id, async (cursor) => {
    const answer = await ask(() => api.GET('/v1/admin/jobs/{id}', {params: {path: {id}, query: {cursor}}}));
    if (!answer.ok) return answer;
    const {results: items, next, ...rest} = answer.data;
    setJob(rest);
    return {...answer, data: {items, next}};
  });
  const goesOn = !!job && isUnfinished(job);
  const stop = useStop(() => {
    void results.load();
    props.onChanged();
  });
  // A page that is full does not change any more; what is shown of the job itself does.
  useFollow(goesOn, async () => {
    await results.load(true);
    return true;
  });
  useEffect(() => {
    if (job && !goesOn) props.onChanged();
  }, [goesOn]);

  return (
    <Drawer
      open
      size={760}
      title={job ? t().jobTitle(kindName(job.kind)) : t().jobs}
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
            <JobBar job={job} />
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

function Why(props: {of: Outcome}) {
  const {code, errors, changes} = props.of;
  const name = (field: string) => (t().fields as Record<string, string>)[field.replace(/^.*\./, '')] ?? field;
  return (
    <>
      {code && <div>{codeName(code)}</div>}
      {errors?.map((e) => (
        <div key={e.field} className="bad">
          {name(e.field)}：{e.message}
        </div>
      ))}
      {changes?.map((c) => (
        <div key={c.field}>{t().jobChange(name(c.field), c.old ?? t().unfilled, c.new ?? t().unfilled)}</div>
      ))}
    </>
  );
}
