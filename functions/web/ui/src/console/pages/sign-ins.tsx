// 登录记录 of one person, newest first, those that failed too.
import {Empty, Table} from 'antd';
import {useSearchParams} from 'wouter';
import {More, useGrowing} from '../paging';
import {Failure, useTitle} from '../parts';
import {api, ask, t, useLanguage, type Schemas} from '../state';

type Line = Schemas['SignInLine'] & {key: number};

export default function SignInsPage() {
  const [address] = useSearchParams();
  const employeeCode = address.get('employeeCode') ?? '';
  const title = t().signInsOf(address.get('name') ?? employeeCode);
  useTitle(title);
  const language = useLanguage();
  const list = useGrowing(employeeCode, (cursor) => ask(() => api.GET('/v1/admin/staff/{employeeCode}/sign-ins', {params: {path: {employeeCode}, query: {cursor}}})), true);
  const lines: Line[] = list.items.map((line, key) => ({...line, key}));

  return (
    <>
      <h1 className="title">{title}</h1>
      <div className="staff__list staff__list_titled">
        <Failure problem={list.problem} onRetry={list.load} />
        <Table<Line>
          rowKey="key"
          size="middle"
          loading={list.loading}
          dataSource={lines}
          pagination={false}
          locale={{emptyText: list.loading || list.problem ? ' ' : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t().noSignIns} />}}
          columns={[
            {title: t().at, width: '24%', render: (_, l) => new Date(l.at).toLocaleString(language, {dateStyle: 'medium', timeStyle: 'medium'})},
            {title: t().outcome, width: '16%', render: (_, l) => t().signInOutcomes[l.outcome]},
            {title: t().client, width: '16%', render: (_, l) => l.client && t().clients[l.client]},
            {title: t().device, dataIndex: 'deviceName'},
            {title: t().sourceIp, width: '20%', dataIndex: 'sourceIp'},
          ]}
        />
        <More of={list} />
      </div>
    </>
  );
}
