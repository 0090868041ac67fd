// 任务: what takes longer than a request may, how far it is, and what became of it.
import {Button, Empty, Table} from 'antd';
import {Link, useSearchParams} from 'wouter';
import {JobDrawer, useStop} from '../jobs/drawer';
import {isStoppable, isUnfinished} from '../jobs/job';
import {JobBar, jobName, JobState, useFollow} from '../jobs/parts';
import {Pager, usePages} from '../paging';
import {Failure, useTitle} from '../parts';
import {api, ask, may, t, useLanguage, type Schemas} from '../state';

type Job = Schemas['Job'];

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
            {title: t().jobFields.kind, width: '18%', render: (_, job) => jobName(job)},
            {title: t().jobFields.state, width: '16%', render: (_, job) => <JobState job={job} />},
            {title: t().jobFields.progress, render: (_, job) => <JobBar job={job} />},
            {title: t().jobFields.failed, width: 112, align: 'right', render: (_, job) => <span className={job.failed > 0 ? 'bad' : undefined}>{job.failed}</span>},
            ...(may('super') ? [{title: t().jobFields.owner, width: 112, render: (_: unknown, job: Job) => job.owner?.name ?? t().jobOwn}] : []),
            {title: t().jobFields.createdAt, width: 176, render: (_, job) => when(job.createdAt)},
            {
              title: t().actions,
              width: 128,
              render: (_, job) => (
                <div className="row">
                  {job.kind === 'import' && may('staff.import') ? (
                    <Link href={`/import?job=${job.id}`}>{t().detail}</Link>
                  ) : (
                    <Button type="link" className="row__link" onClick={() => setAddress({job: job.id})}>
                      {t().detail}
                    </Button>
                  )}
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
