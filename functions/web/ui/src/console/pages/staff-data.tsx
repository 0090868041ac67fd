// 数据治理工具 / 人员数据: people whose record somebody should look at.
import {Empty, Table, Tabs} from 'antd';
import {Link, useSearchParams} from 'wouter';
import {Pager, usePages} from '../paging';
import {Failure, useTitle} from '../parts';
import {oddities, type Oddity} from '../staff/filters';
import {Posts, States} from '../staff/rows';
import {api, ask, t, type Schemas} from '../state';

type Item = Schemas['SearchItem'];

export default function StaffDataPage() {
  useTitle(t().staffData);
  const [address, setAddress] = useSearchParams();
  const list = address.get('list') === 'id_card' ? 'id_card' : (oddities.find((o) => o === address.get('list')) ?? 'name');
  return (
    <>
      <h1 className="title">{t().staffData}</h1>
      <div className="staff__list">
        <Tabs
          activeKey={list}
          onChange={(key) => setAddress(key === 'name' ? {} : {list: key})}
          items={[...oddities.map((o) => ({key: o as string, label: t().oddities[o]})), {key: 'id_card', label: t().quality.idCard}]}
        />
        {list === 'id_card' ? <SharedCards /> : <Odd key={list} oddity={list} />}
      </div>
    </>
  );
}

function empty(pages: {loading: boolean; problem?: unknown; more: boolean}) {
  return {emptyText: pages.loading || pages.problem ? ' ' : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={pages.more ? t().noStaffOnPage : t().quality.none} />};
}

function Odd(props: {oddity: Oddity}) {
  const {oddity} = props;
  const pages = usePages<Item>(oddity, (cursor) => ask(() => api.GET('/v1/admin/staff', {params: {query: {oddity, cursor}}})));
  return (
    <>
      <p className="quiet">{t().odditiesWhy[oddity]}</p>
      <p>
        <Link href={`/staff?oddity=${oddity}`}>{t().quality.inStaff}</Link>
      </p>
      <Failure problem={pages.problem} onRetry={() => void pages.load()} />
      <Table<Item>
        rowKey="employeeCode"
        size="middle"
        loading={pages.loading}
        dataSource={pages.items}
        pagination={false}
        locale={empty(pages)}
        columns={[
          {title: t().name, dataIndex: 'name', width: '16%'},
          {title: t().account, dataIndex: 'account', width: '18%'},
          {title: t().orgName, render: (_, item) => <Posts of={item.posts} />},
          {title: t().states, width: 136, render: (_, item) => <States of={item} />},
        ]}
      />
      <Pager pages={pages} />
    </>
  );
}

type Pair = {idCard: string; people: Item[]};

/** Two people of one ID card; one of them may be out of scope. */
function SharedCards() {
  const pages = usePages<Pair>('id_card', (cursor) => ask(() => api.GET('/v1/admin/data-quality/id-cards', {params: {query: {cursor}}})));
  return (
    <>
      <p className="quiet">{t().quality.idCardWhy}</p>
      <Failure problem={pages.problem} onRetry={() => void pages.load()} />
      <Table<Pair>
        rowKey={(pair) => pair.people.map((p) => p.employeeCode).join()}
        size="middle"
        loading={pages.loading}
        dataSource={pages.items}
        pagination={false}
        locale={empty(pages)}
        columns={[
          {title: t().fields.idCard, dataIndex: 'idCard', width: '24%'},
          {
            title: t().name,
            render: (_, pair) => (
              <>
                {pair.people.map((p) => (
                  <div key={p.employeeCode}>
                    <Link href={`/staff?account=${encodeURIComponent(p.account)}`}>{p.name}</Link> <Posts of={p.posts} />
                  </div>
                ))}
                {pair.people.length === 1 && <div className="quiet">{t().quality.hidden}</div>}
              </>
            ),
          },
        ]}
      />
      <Pager pages={pages} />
    </>
  );
}
