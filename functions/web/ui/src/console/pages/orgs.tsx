// 机构和单位管理: the tree, one organisation, what lies below it, and what is done to it.
import {Button, Card, Descriptions, Empty, Table, Tag} from 'antd';
import {useEffect, useState} from 'react';
import {useSearchParams} from 'wouter';
import {isUnfinished} from '../jobs/job';
import {JobProgress} from '../jobs/progress';
import {CloseDialog, MoveDialog} from '../orgs/dialogs';
import {actsOn} from '../orgs/edit';
import {AddOrgDrawer, EditOrgDrawer} from '../orgs/org-drawer';
import {OrgTree, useOrgTree} from '../orgs/tree';
import {Pager, usePages} from '../paging';
import {Failure, useTitle} from '../parts';
import {api, ask, t, useCaller, type Problem, type Schemas} from '../state';

type Org = Schemas['Org'];
type Doing = 'add' | 'edit' | 'move' | 'close';

export default function OrgsPage() {
  useTitle(t().orgs);
  const [address, setAddress] = useSearchParams();
  const code = address.get('org') ?? undefined;
  const job = address.get('job') ?? undefined;
  const tree = useOrgTree();
  const [read, setRead] = useState<Org>();
  const [problem, setProblem] = useState<Problem>();
  const [doing, setDoing] = useState<Doing>();
  const grants = useCaller()?.grants ?? [];
  const org = read?.orgCode === code ? read : undefined;
  const below = usePages(code ?? '', (cursor) => ask(() => api.GET('/v1/admin/orgs', {params: {query: {parent: code, cursor}}})));

  function goTo(next: {org?: Org; job?: string}, replace = false) {
    const now = new URLSearchParams();
    if (next.org) now.set('org', next.org.orgCode);
    if (next.job) now.set('job', next.job);
    setAddress(now, {replace});
  }

  function choose(next: Org | undefined) {
    setProblem(undefined);
    setRead(next);
    goTo({org: next, job});
  }

  async function look() {
    setProblem(undefined);
    const answer = await ask(() => api.GET('/v1/admin/orgs', {params: {query: {q: code}}}));
    if (!answer.ok) return setProblem(answer.problem);
    const one = answer.data.items[0];
    if (one) setRead(one);
    else setProblem({code: 'org_missing', title: t().orgGone, status: 404});
  }
  const tops = tree.nodes;
  useEffect(() => setDoing(undefined), [code]); // by the way back: it was about another one
  useEffect(() => {
    if (code && read?.orgCode !== code) void look();
  }, [code]);
  // Where there is one top, it is what one begins with.
  useEffect(() => {
    const only = tops?.length === 1 ? tops[0]!.org : undefined;
    if (code || !only) return;
    setRead(only);
    goTo({org: only, job}, true);
  }, [code, tops]);

  const path = code ? tree.path(code) : [];
  const codes = path.map((o) => o.orgCode);
  const acts = org && actsOn(grants, org, codes);
  const above = path[path.length - 2];
  const close = () => setDoing(undefined);

  /** Shows it as somebody else has left it, and where it lies now. */
  function follow(now: Org) {
    setRead(now);
    void tree.refresh([undefined, ...codes, now.parent ?? undefined]);
  }

  /** The level of the tree in which an organisation stands: below which one, or at the top. */
  const levelOf = (o: Org) => (tops?.some((n) => n.key === o.orgCode) ? undefined : (o.parent ?? undefined));

  return (
    <>
      <h1 className="title">{t().orgs}</h1>
      {job && (
        <JobProgress
          id={job}
          title={(j) => (isUnfinished(j) ? t().moving : j.state === 'done' ? t().moved : t().moveFailed)}
          onHide={() => goTo({org}, true)}
          onDone={() => org && void Promise.all([look(), tree.refresh([undefined, ...codes])])}
        />
      )}
      <div className="staff">
        <OrgTree tree={tree} chosen={code} onChoose={choose} />
        <div className="staff__main">
          <Failure problem={problem} onRetry={() => void look()} />
          {org && acts && (
            <Card
              className="orgs__facts"
              title={
                <div className="orgs__title">
                  <h2>{org.name}</h2> <Tag>{t().orgTypes[org.type]}</Tag>
                </div>
              }
              extra={
                <div className="row">
                  {acts.edit && (
                    <Button type="primary" onClick={() => setDoing('add')}>
                      {t().addOrg}
                    </Button>
                  )}
                  {acts.edit && <Button onClick={() => setDoing('edit')}>{t().edit}</Button>}
                  {acts.move && <Button onClick={() => setDoing('move')}>{t().moveOrg}</Button>}
                  {acts.close && (
                    <Button danger onClick={() => setDoing('close')}>
                      {t().closeOrg}
                    </Button>
                  )}
                </div>
              }
            >
              <Descriptions
                size="small"
                column={2}
                items={[
                  {key: 'code', span: 2, label: t().orgFacts.code, children: org.orgCode},
                  ...(above ? [{key: 'parent', span: 2, label: t().orgFields.parent, children: above.name}] : []),
                  {key: 'division', label: t().orgFields.division, children: divisionOf(org)},
                  {key: 'order', label: t().orgFields.order, children: org.order},
                  {key: 'people', label: t().orgFacts.people, children: org.people},
                  {key: 'incomplete', label: t().orgFacts.incomplete, children: org.incomplete},
                  {key: 'ownPeople', label: t().orgFacts.ownPeople, children: org.ownPeople},
                  {key: 'ownIncomplete', label: t().orgFacts.ownIncomplete, children: org.ownIncomplete},
                ]}
              />
            </Card>
          )}
          <div className="staff__list orgs__list">
            <h2 className="orgs__below">{code ? t().orgBelow : t().orgTops}</h2>
            <Failure problem={below.problem} onRetry={() => void below.load()} />
            <Table<Org>
              rowKey="orgCode"
              size="middle"
              loading={below.loading}
              dataSource={below.items}
              pagination={false}
              locale={{emptyText: below.loading || below.problem ? ' ' : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t().noOrgsBelow} />}}
              columns={[
                {
                  title: t().orgFields.name,
                  render: (_, o) => (
                    <Button type="link" className="orgs__name" onClick={() => choose(o)}>
                      {o.name}
                    </Button>
                  ),
                },
                {title: t().orgFields.type, width: 104, render: (_, o) => t().orgTypes[o.type]},
                {title: t().orgFields.division, width: 160, render: (_, o) => divisionOf(o)},
                {title: t().orgColumns.people, dataIndex: 'people', width: 88, align: 'right'},
                {title: t().orgColumns.incomplete, dataIndex: 'incomplete', width: 104, align: 'right'},
                {title: t().orgFields.order, dataIndex: 'order', width: 104, align: 'right'},
              ]}
            />
            {(below.number > 1 || below.more) && <Pager pages={below} />}
          </div>
        </div>
      </div>
      {org && doing === 'add' && (
        <AddOrgDrawer
          parent={org}
          onClose={close}
          onAdded={() => {
            void below.load();
            void tree.refresh([levelOf(org), org.orgCode]);
          }}
        />
      )}
      {org && doing === 'edit' && (
        <EditOrgDrawer
          org={org}
          onClose={close}
          onSaved={(now) => {
            setRead(now);
            void tree.refresh([levelOf(now)]);
          }}
        />
      )}
      {org && doing === 'move' && (
        <MoveDialog
          org={org}
          parentName={above?.name}
          onClose={close}
          onChanged={follow}
          onMoved={(to, id) => {
            close();
            const now = {...org, parent: to.orgCode, version: org.version + 1};
            setRead(now);
            goTo({org: now, job: id}, true);
            void tree.refresh([undefined, ...codes, ...tree.path(to.orgCode).map((o) => o.orgCode)]);
          }}
        />
      )}
      {org && doing === 'close' && (
        <CloseDialog
          org={org}
          onClose={close}
          onChanged={follow}
          onClosed={() => {
            close();
            choose(above);
            void tree.refresh(above ? [levelOf(above), above.orgCode] : [levelOf(org)]);
          }}
        />
      )}
    </>
  );
}

function divisionOf(org: Org): string {
  if (!org.division) return t().unfilled;
  return org.divisionName ? `${org.divisionName} ${org.division}` : org.division;
}
