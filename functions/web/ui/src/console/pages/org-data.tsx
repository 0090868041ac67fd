// 数据治理工具 / 组织数据: how many people are incomplete, by organisation and by field.
import {Empty, Progress, Table, Tag} from 'antd';
import {Link, useSearchParams} from 'wouter';
import {OrgTree, useOrgTree} from '../orgs/tree';
import {More, useGrowing} from '../paging';
import {Failure, useTitle} from '../parts';
import {addressOf} from '../staff/filters';
import {api, ask, t, type Schemas} from '../state';

type Child = Schemas['DataQualityChild'];
type Counts = Schemas['DataQualityCounts'];
type Field = keyof Schemas['DataQualityFields'];

const fields: Field[] = ['budgetedPost', 'jobLevel', 'role'];

export default function OrgDataPage() {
  useTitle(t().orgData);
  const [address, setAddress] = useSearchParams();
  const org = address.get('org') ?? undefined;
  const level = useGrowing(org ?? '', (cursor) =>
    ask(async () => {
      const answer = await api.GET('/v1/admin/data-quality', {params: {query: {org, cursor}}});
      return answer.data ? {...answer, data: {...answer.data, items: answer.data.children}} : answer;
    }),
  );
  const tree = useOrgTree();
  const total = level.answer;
  return (
    <>
      <h1 className="title">{t().orgData}</h1>
      <div className="staff">
        <OrgTree tree={tree} chosen={org} onChoose={(o) => setAddress(o ? {org: o.orgCode} : {})} />
        <div className="staff__main">
          <Failure problem={level.problem} onRetry={level.load} />
          {total && (
            <section className="staff__list quality" aria-label={t().quality.summary}>
              <h2>{total.orgName ?? t().quality.all}</h2>
              <p className="quiet">{t().quality.hint}</p>
              <Bars of={total} org={org} name={total.orgName ?? t().quality.all} />
            </section>
          )}
          <div className="staff__list">
            <Table<Child>
              rowKey="org"
              size="middle"
              loading={level.loading}
              dataSource={level.items}
              pagination={false}
              locale={{emptyText: level.loading || level.problem ? ' ' : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t().quality.noChildren} />}}
              columns={[
                {
                  title: t().orgName,
                  render: (_, o) => (
                    <>
                      {o.hasChildren ? <Link href={`/org-data?org=${o.org}`}>{o.orgName}</Link> : o.orgName}
                      {o.twin && (
                        <Tag color="warning" title={t().quality.twinWhy}>
                          {t().quality.twin}
                        </Tag>
                      )}
                    </>
                  ),
                },
                {title: t().quality.people, width: '12%', align: 'right', render: (_, o) => o.people},
                {title: t().quality.incomplete, width: '12%', align: 'right', render: (_, o) => <Number of={o} org={o.org} name={o.orgName} />},
                ...fields.map((field) => ({title: t().fields[field], width: '12%', align: 'right' as const, render: (_: unknown, o: Child) => <Number of={o} org={o.org} name={o.orgName} field={field} />})),
              ]}
            />
            <More of={level} />
          </div>
        </div>
      </div>
    </>
  );
}

/** A number that leads to the people whom it counts. */
function Number(props: {of: Counts; org?: string; name: string; field?: Field; share?: boolean}) {
  const {of, org, name, field} = props;
  const n = field ? of.byField[field] : of.incomplete;
  const said = props.share ? t().quality.ofPeople(n, of.people) : n;
  if (n === 0) return <>{said}</>;
  const filters = addressOf({employment: 'in_service', incomplete: 'true', mainOrg: org, mainOrgName: org && name, ...(field && {[field]: 'none'})});
  return (
    <Link href={`/staff?${filters}`} aria-label={t().quality.see(name, field ? t().lacks(field) : t().quality.incomplete, n)}>
      {said}
    </Link>
  );
}

/** What share of the people lacks something, and each field. */
function Bars(props: {of: Counts; org?: string; name: string}) {
  const {of} = props;
  return (
    <dl className="quality__bars">
      {([undefined, ...fields] as const).map((field) => {
        const what = field ? t().lacks(field) : t().quality.incomplete;
        const n = field ? of.byField[field] : of.incomplete;
        return (
          <div key={field ?? ''}>
            <dt>{what}</dt>
            <dd>
              <Progress aria-label={t().quality.bar(what)} percent={of.people === 0 ? 0 : Math.ceil((n * 100) / of.people)} showInfo={false} size="small" />
              <span className="quality__number">
                <Number {...props} field={field} share />
              </span>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
