// 审计日志: what was done to a person, by one, or in an organisation.
import {Button, Empty, Form, Input, Modal, Radio, Table} from 'antd';
import {useEffect, useState} from 'react';
import {useSearchParams} from 'wouter';
import {Changes} from '../audit/changes';
import {codesIn, isPerson, orgNamesIn, short, type Change, type Entry} from '../audit/entry';
import {auditAddressOf, auditFiltersIn, auditQueryOf, ways, type AuditFilters, type Way} from '../audit/filters';
import {useNames} from '../audit/names';
import {OrgTreeField} from '../grants/org-field';
import {useFormGuard} from '../guard';
import {Failure, Fields, noComposedEnter, ReasonField, useFocusBack, useRequest, useTitle} from '../parts';
import type {OrgChoice} from '../orgs/edit';
import {More, useGrowing} from '../paging';
import {PersonField, type PersonChoice} from '../staff/people';
import {api, ask, may, t, useCaller, useLanguage, type Problem} from '../state';

export default function AuditPage() {
  useTitle(t().audit);
  const language = useLanguage();
  const caller = useCaller();
  const [address, setAddress] = useSearchParams();
  const own = caller?.grants.find((g) => g.permissions.includes('audit.read'));
  const filters = auditFiltersIn(address, own);
  const [revealing, reveal] = useState<Entry>();
  // What was revealed is kept by this screen alone.
  const [whole, setWhole] = useState(new Map<string, Change[]>());
  const said = filters && auditAddressOf(filters).toString();
  const entries = useGrowing(said, (cursor) => ask(() => api.GET('/v1/admin/audit', {params: {query: {...auditQueryOf(filters!), cursor}}})));
  const names = useNames(codesIn(entries.items), [
    ...orgNamesIn(entries.items),
    ...(caller?.grants ?? []).map((g): [string, string] => [g.org, g.orgName]),
    ...(filters && filters.name !== filters.code ? [[filters.code, filters.name] as [string, string]] : []),
  ]);

  function find(now: AuditFilters) {
    const next = auditAddressOf(now);
    if (next.toString() === said) entries.load();
    else setAddress(next);
  }

  const when = (at: string) => new Date(at).toLocaleString(language, {dateStyle: 'medium', timeStyle: 'medium'});
  const name = (code: string) => <span title={code}>{names(code) ?? short(code)}</span>;
  return (
    <>
      <h1 className="title">{t().audit}</h1>
      {filters && <FilterForm key={`${filters.by} ${filters.code}`} filters={filters} own={own} problem={entries.problem} onFind={find} onReset={() => setAddress({})} />}
      <div className="staff__list staff__list_titled">
        {filters && (
          <div className="staff__head">
            <h2>{t().auditOf[filters.by](names(filters.code) ?? filters.name)}</h2>
          </div>
        )}
        <Failure problem={entries.problem} onRetry={entries.load} />
        <Table<Entry>
          rowKey="id"
          size="middle"
          loading={entries.loading}
          dataSource={entries.items}
          pagination={false}
          locale={{emptyText: entries.loading || entries.problem ? ' ' : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={entries.more ? t().noAuditOnPage : t().noAudit} />}}
          columns={[
            {title: t().at, width: 128, render: (_, e) => when(e.at)},
            {title: t().actor, width: '11%', render: (_, e) => (e.actor ? name(e.actor) : <span className="quiet">{t().operator}</span>)},
            {title: t().act, width: '12%', render: (_, e) => (t().auditActions as Record<string, string>)[e.action] ?? e.action},
            {title: t().subject, width: '12%', render: (_, e) => name(e.subject)},
            {
              title: t().changes,
              render: (_, e) => (
                <>
                  <Changes of={withWhole(e.changes, whole.get(e.id))} names={names} />
                  {may('pii.reveal') && isPerson(e.subject) && e.changes.some((c) => c.hidden) && !whole.has(e.id) && (
                    <Button type="link" className="row__link" onClick={() => reveal(e)}>
                      {t().revealEntry}
                    </Button>
                  )}
                </>
              ),
            },
            {title: t().reason, width: '12%', dataIndex: 'reason'},
            {
              title: t().origin,
              width: 138,
              render: (_, e) => (
                <>
                  {e.sourceIp}
                  <div className="code" title={t().requestId}>
                    {e.requestId}
                  </div>
                </>
              ),
            },
          ]}
        />
        <More of={entries} />
      </div>
      {revealing && (
        <RevealEntry
          entry={revealing}
          onClose={() => reveal(undefined)}
          onDone={(values) => {
            setWhole(new Map(whole).set(revealing.id, values));
            reveal(undefined);
          }}
        />
      )}
    </>
  );
}

/** The changes, with the whole values of those that were hidden. */
function withWhole(changes: Change[], whole: Change[] | undefined): Change[] {
  return changes.map((c) => (c.hidden && whole?.find((w) => w.field === c.field)) || c);
}

type Typed = {by: Way; person?: PersonChoice; org?: OrgChoice; from?: string; to?: string};

function FilterForm(props: {filters: AuditFilters; own?: {org: string; orgName: string}; problem?: Problem; onFind: (filters: AuditFilters) => void; onReset: () => void}) {
  const {filters, own} = props;
  const [form] = Form.useForm<Typed>();
  const by = Form.useWatch('by', form) ?? filters.by;
  const choice = {value: filters.code, label: filters.name};
  useEffect(() => {
    form.setFields(['from' as const, 'to' as const].map((name) => ({name, errors: (props.problem?.errors ?? []).filter((e) => e.field === name).map((e) => e.message)})));
  }, [props.problem]);
  const needed = [{required: true, message: t().required}];
  return (
    <Form<Typed>
      name="audit"
      form={form}
      className="staff__filters"
      layout="vertical"
      requiredMark={false}
      role="search"
      aria-label={t().find}
      onKeyDown={noComposedEnter}
      initialValues={{by: filters.by, person: filters.by === 'org' ? undefined : choice, org: filters.by === 'org' ? choice : own && {value: own.org, label: own.orgName}, from: filters.from, to: filters.to}}
      onFinish={({by, person, org, from, to}) => {
        const of = by === 'org' ? org : person;
        if (of) props.onFind({by, code: of.value, name: of.label, from, to});
      }}
    >
      <div className="audit__grid">
        <Form.Item name="by" label={t().auditOfWhom}>
          <Radio.Group optionType="button" options={ways.map((value) => ({value, label: t().auditWays[value]}))} />
        </Form.Item>
        {by === 'org' ? (
          <Form.Item key="org" name="org" label={t().organisation} rules={needed}>
            <OrgTreeField />
          </Form.Item>
        ) : (
          <Form.Item key="person" name="person" label={t().person} rules={needed}>
            <PersonField />
          </Form.Item>
        )}
        <Form.Item name="from" label={t().from}>
          <Input autoComplete="off" placeholder={t().typeDay} />
        </Form.Item>
        <Form.Item name="to" label={t().to}>
          <Input autoComplete="off" placeholder={t().typeDay} />
        </Form.Item>
      </div>
      <div className="staff__do">
        <Button onClick={props.onReset}>{t().reset}</Button>
        <Button type="primary" htmlType="submit">
          {t().find}
        </Button>
      </div>
    </Form>
  );
}

/** Whole values are shown for a reason, which is kept. */
function RevealEntry(props: {entry: Entry; onClose: () => void; onDone: (values: Change[]) => void}) {
  useFocusBack();
  const {busy, problem, run} = useRequest();
  const [form] = Form.useForm<{reason: string}>();
  const close = useFormGuard(form, {}, props.onClose);
  const submit = ({reason}: {reason: string}) =>
    run(async () => {
      const answer = await ask(() => api.GET('/v1/admin/audit/{id}/reveal', {params: {path: {id: props.entry.id}, query: {reason}}}));
      if (!answer.ok) return answer.problem;
      props.onDone(answer.data.values);
    });
  return (
    <Modal open title={t().revealEntry} onCancel={close} okText={t().ok} cancelText={t().cancel} okButtonProps={{htmlType: 'submit', form: 'reveal-entry', loading: busy}}>
      <p className="quiet">{t().revealEntryWhy}</p>
      <Failure problem={problem} />
      <Fields<{reason: string}> name="reveal-entry" form={form} onFinish={submit} initialValues={{reason: ''}}>
        <ReasonField />
      </Fields>
    </Modal>
  );
}
