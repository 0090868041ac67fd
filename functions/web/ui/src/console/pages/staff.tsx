// 工作人员管理: the tree, the filters, the list, and what is done to one person.
import {Button, Dropdown, Empty, Form, Input, Select, Table, Tabs, Tag, type FormInstance, type InputRef} from 'antd';
import {useEffect, useRef, useState} from 'react';
import {useLocation, useSearchParams} from 'wouter';
import {useDictionaries} from '../dictionaries';
import {JobDrawer} from '../jobs/drawer';
import {kindName} from '../jobs/parts';
import {JobProgress} from '../jobs/progress';
import {DivisionField, UnitNameField} from '../orgs/fields';
import {OrgTree, useOrgTree} from '../orgs/tree';
import {Pager, usePages} from '../paging';
import {Failure, noComposedEnter, useTitle} from '../parts';
import {ActionDialog, actionsFor} from '../staff/action-dialog';
import {isAnybody, type Chosen} from '../staff/batch';
import {BatchDialog} from '../staff/batch-dialog';
import {BatchButtons, ChosenLine, useChosen} from '../staff/batch-parts';
import {DetailDrawer} from '../staff/detail-drawer';
import {itemOf} from '../staff/edit';
import {AddDrawer, EditDrawer} from '../staff/edit-drawer';
import {ExportButton} from '../staff/export-button';
import {addressOf, filtersIn, queryOf, typedFilters, type Filters} from '../staff/filters';
import {Posts, States} from '../staff/rows';
import {TransferDialog} from '../staff/transfer-dialog';
import {api, ask, may, t, useCaller, type Schemas} from '../state';
import type {Problem} from '../../api/client';
import type {Action, BatchAction} from '../texts';

type Item = Schemas['SearchItem'];
type Typed = Pick<Filters, (typeof typedFilters)[number]>;
type Doing =
  | {what: 'detail' | 'edit'; code: string}
  | {what: 'add'}
  | {what: Action | 'transfer'; item: Item}
  | {what: 'batch'; action: BatchAction; chosen: Chosen; filters: Filters} // as they were when it was opened
  | {what: 'results'; job: string};

/** What the fields hold; those that are empty, too. */
function typedIn(filters: Filters): Typed {
  return Object.fromEntries(typedFilters.map((f) => [f, filters[f]])) as Typed;
}

export default function StaffPage() {
  useTitle(t().staff);
  const [address, setAddress] = useSearchParams();
  const filters = filtersIn(address);
  const [form] = Form.useForm<Typed>();
  const [doing, setDoing] = useState<Doing>();
  const [unsaved, setUnsaved] = useState<Problem>(); // why there is no file
  const said = addressOf(filters).toString();
  const pages = usePages<Item>(said, (cursor) => ask(() => api.GET('/v1/admin/staff', {params: {query: {...queryOf(filters), cursor}}})));
  useEffect(() => form.setFieldsValue(typedIn(filters)), [said]); // also by the browser's way back
  useEffect(() => setUnsaved(undefined), [said]);

  const job = address.get('job') ?? undefined;
  const [chosen, choose] = useChosen(said);

  /** Puts filters in the address bar, and the job that is followed, so that it is after a reload, too. */
  function goTo(next: Filters, follow: string | undefined, replace = false) {
    const now = addressOf(next);
    if (follow) now.set('job', follow);
    setAddress(now, {replace});
  }

  /** Asks with other filters, from the first page. The same ones ask anew. */
  function find(next: Filters) {
    if (addressOf(next).toString() === said) pages.first();
    else goTo(next, job);
  }

  function replace(item: Item) {
    pages.change((items) => items.map((i) => (i.employeeCode === item.employeeCode ? item : i)));
  }

  /** Shows one person as they are now, or no more if the tab is not theirs any longer. */
  async function refresh(code: string) {
    const answer = await ask(() => api.GET('/v1/admin/staff/{employeeCode}', {params: {path: {employeeCode: code}}}));
    if (answer.ok && answer.data.employment === filters.employment) return replace(itemOf(answer.data));
    pages.change((items) => items.filter((i) => i.employeeCode !== code));
  }

  const tree = useOrgTree();
  const narrowed = filters.org ?? filters.mainOrg ?? filters.incomplete ?? filters.budgetedPost ?? filters.role ?? filters.oddity;
  const caller = useCaller(); // nobody edits themselves
  const close = () => setDoing(undefined);
  const edits = may('staff.edit');
  const batches = may('staff.batch');
  const isOther = (item: Item) => item.employeeCode !== caller?.employeeCode;
  return (
    <>
      <h1 className="title">{t().staff}</h1>
      {job && (
        <JobProgress
          id={job}
          title={(j) => kindName(j.kind)}
          onHide={() => goTo(filters, undefined, true)}
          onDone={() => void pages.load(true)}
          onResults={() => setDoing({what: 'results', job})}
        />
      )}
      <div className="staff">
        <OrgTree tree={tree} chosen={filters.org} onChoose={(org) => find({...filters, ...form.getFieldsValue(), org: org?.orgCode, orgName: org?.name, mainOrg: undefined, mainOrgName: undefined})} />
        <div className="staff__main">
          <FilterForm form={form} filters={filters} onFind={find} />
          <div className="staff__list">
            <div className="staff__acts">
              {edits && (
                <Button type="primary" ghost onClick={() => setDoing({what: 'add'})}>
                  {t().add}
                </Button>
              )}
              {batches && <BatchButtons employment={filters.employment} chosen={chosen} onAct={(action) => setDoing({what: 'batch', action, chosen, filters})} />}
              {may('staff.import') && <ImportLink />}
              <ExportButton filters={filters} onProblem={setUnsaved} />
            </div>
            <Tabs
              activeKey={filters.employment}
              onChange={(employment) => find({...filters, employment: employment as Filters['employment']})}
              items={[
                {key: 'in_service', label: t().inService},
                {key: 'left', label: t().left},
              ]}
            />
            {narrowed && (
              <p className="tags">
                {filters.mainOrg && (
                  <Tag closable onClose={() => find({...filters, mainOrg: undefined, mainOrgName: undefined})}>
                    {t().mainIn(filters.mainOrgName ?? filters.mainOrg)}
                  </Tag>
                )}
                {filters.org && (
                  <Tag closable onClose={() => find({...filters, org: undefined, orgName: undefined})}>
                    {t().inOrg(filters.orgName ?? filters.org)}
                  </Tag>
                )}
                {filters.incomplete && (
                  <Tag closable onClose={() => find({...filters, incomplete: undefined})}>
                    {t().onlyIncomplete}
                  </Tag>
                )}
                {(['budgetedPost', 'role'] as const).map(
                  (field) =>
                    filters[field] && (
                      <Tag key={field} closable onClose={() => find({...filters, [field]: undefined})}>
                        {t().lacks(field)}
                      </Tag>
                    ),
                )}
                {filters.oddity && (
                  <Tag closable onClose={() => find({...filters, oddity: undefined})}>
                    {t().oddities[filters.oddity]}
                  </Tag>
                )}
              </p>
            )}
            <Failure problem={unsaved} />
            <Failure problem={pages.problem} onRetry={() => void pages.load()} />
            {batches && (pages.items.length > 0 || isAnybody(chosen)) && <ChosenLine chosen={chosen} onChoose={choose} />}
            <Table<Item>
              rowKey="employeeCode"
              size="middle"
              loading={pages.loading}
              dataSource={pages.items}
              pagination={false}
              rowSelection={
                batches
                  ? {
                      columnWidth: 40,
                      preserveSelectedRowKeys: true,
                      selectedRowKeys: chosen === 'all' ? pages.items.filter(isOther).map((item) => item.employeeCode) : chosen,
                      onChange: (codes) => choose(codes.map(String)),
                      getCheckboxProps: (item) => ({'aria-label': t().choosePerson(item.name), disabled: chosen === 'all' || !isOther(item)}),
                      getTitleCheckboxProps: () => ({'aria-label': t().choosePage, disabled: chosen === 'all' || !pages.items.some(isOther)}),
                    }
                  : undefined
              }
              locale={{emptyText: pages.loading || pages.problem ? ' ' : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={pages.more ? t().noStaffOnPage : t().noStaff} />}}
              columns={[
                {title: t().name, dataIndex: 'name', width: '12%'},
                {title: t().account, dataIndex: 'account', width: '16%'},
                {title: t().orgName, render: (_, item) => <Posts of={item.posts} />},
                {title: t().states, width: 136, render: (_, item) => <States of={item} />},
                {
                  title: t().actions,
                  width: 140,
                  render: (_, item) => (
                    <RowActions
                      item={item}
                      edits={edits && isOther(item)}
                      onDetail={() => setDoing({what: 'detail', code: item.employeeCode})}
                      onEdit={() => setDoing({what: 'edit', code: item.employeeCode})}
                      onAct={(what) => setDoing({what, item})}
                    />
                  ),
                },
              ]}
            />
            <Pager pages={pages} />
          </div>
        </div>
      </div>
      {doing?.what === 'add' && <AddDrawer onClose={close} onAdded={() => void pages.load()} />}
      {doing?.what === 'edit' && <EditDrawer key={doing.code} employeeCode={doing.code} onClose={close} onSaved={(record) => replace(itemOf(record))} />}
      {doing?.what === 'detail' && (
        <DetailDrawer
          key={doing.code}
          employeeCode={doing.code}
          onClose={close}
          onEdit={edits && filters.employment === 'in_service' && doing.code !== caller?.employeeCode ? () => setDoing({what: 'edit', code: doing.code}) : undefined}
        />
      )}
      {doing?.what === 'batch' && (
        <BatchDialog
          action={doing.action}
          chosen={doing.chosen}
          filters={doing.filters}
          onClose={close}
          onMade={(made) => {
            close();
            choose([]);
            goTo(filters, made, true);
          }}
        />
      )}
      {doing?.what === 'results' && <JobDrawer key={doing.job} id={doing.job} onClose={close} />}
      {doing?.what === 'transfer' && <TransferDialog employeeCode={doing.item.employeeCode} name={doing.item.name} onClose={close} onSaved={(record) => replace(itemOf(record))} />}
      {doing && 'item' in doing && doing.what !== 'transfer' && (
        <ActionDialog
          action={doing.what}
          item={doing.item}
          onClose={close}
          onDone={() => {
            close();
            void refresh(doing.item.employeeCode);
          }}
        />
      )}
    </>
  );
}

/** The way to 人员数据导入. */
function ImportLink() {
  const [, navigate] = useLocation();
  return <Button onClick={() => navigate('/import')}>{t().importStaff}</Button>;
}

function RowActions(props: {item: Item; edits: boolean; onDetail: () => void; onEdit: () => void; onAct: (action: Action | 'transfer') => void}) {
  const {item} = props;
  const more = actionsFor(item).map((key): {key: string; label: string} => ({key, label: t().acts[key]}));
  if (item.employment === 'in_service') more.unshift({key: 'transfer', label: t().transfer});
  return (
    <>
      <Button type="link" onClick={props.onDetail}>
        {t().detail}
      </Button>
      {props.edits && item.employment === 'in_service' && (
        <Button type="link" onClick={props.onEdit}>
          {t().edit}
        </Button>
      )}
      {props.edits && (
        <Dropdown trigger={['click']} menu={{items: more, onClick: ({key}) => props.onAct(key as Action | 'transfer')}}>
          <Button type="link" aria-haspopup="menu">
            {t().more}
          </Button>
        </Dropdown>
      )}
    </>
  );
}

/** The filters. They are asked with 查询 or Enter, and stand in the address bar. */
function FilterForm(props: {form: FormInstance<Typed>; filters: Filters; onFind: (filters: Filters) => void}) {
  const {filters, form} = props;
  const dictionaries = useDictionaries();
  const first = useRef<InputRef>(null);

  // The key / goes to the name, from anywhere but where one types.
  useEffect(() => {
    const pressed = (e: KeyboardEvent) => {
      const on = e.target as HTMLElement;
      if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
      if (on.closest('input, textarea, select, [contenteditable="true"], [role="dialog"]')) return;
      e.preventDefault();
      first.current?.focus();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);

  function reset() {
    const none: Filters = {employment: filters.employment};
    form.setFieldsValue(typedIn(none));
    props.onFind(none);
  }

  return (
    <Form<Typed>
      name="find"
      form={form}
      className="staff__filters"
      layout="vertical"
      initialValues={typedIn(filters)}
      onFinish={(typed) => props.onFind({...filters, ...typed})}
      onKeyDown={noComposedEnter}
      aria-label={t().find}
      role="search"
    >
      <div className="staff__grid">
        <Form.Item name="division" label={t().division}>
          <DivisionField />
        </Form.Item>
        <Form.Item name="unit" label={t().unitName}>
          <UnitNameField />
        </Form.Item>
        <Form.Item name="name" label={t().name}>
          <Input ref={first} autoComplete="off" maxLength={64} title={t().shortcut} />
        </Form.Item>
        <Form.Item name="account" label={t().account}>
          <Input autoComplete="off" maxLength={64} />
        </Form.Item>
        <Form.Item name="jobLevel" label={t().jobLevel}>
          <Select allowClear placeholder={t().choose} showSearch={{optionFilterProp: 'label'}} options={[{value: 'none', label: t().none}, ...dictionaries.choices('jobLevel', filters.jobLevel)]} />
        </Form.Item>
        <Form.Item name="phone" label={t().phone}>
          <Input autoComplete="off" maxLength={64} inputMode="tel" placeholder={t().phoneFilter} />
        </Form.Item>
      </div>
      <div className="staff__do">
        <Button onClick={reset}>{t().reset}</Button>
        <Button type="primary" htmlType="submit">
          {t().find}
        </Button>
      </div>
    </Form>
  );
}
