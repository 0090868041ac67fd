// 登录记录 of one person, newest first, those that failed too.
import {Button, Empty, Table} from 'antd';
import {useEffect, useState} from 'react';
import {useSearchParams} from 'wouter';
import {Failure, useTitle} from '../parts';
import {api, ask, t, useLanguage, type Problem, type Schemas} from '../state';

type Line = Schemas['SignInLine'] & {key: number};

export default function SignInsPage() {
  const [address] = useSearchParams();
  const employeeCode = address.get('employeeCode') ?? '';
  const title = t().signInsOf(address.get('name') ?? employeeCode);
  useTitle(title);
  const language = useLanguage();
  const [lines, setLines] = useState<Line[]>([]);
  const [next, setNext] = useState<string>();
  const [loading, setLoading] = useState(true);
  const [problem, setProblem] = useState<Problem>();

  async function load(cursor?: string) {
    setLoading(true);
    const answer = await ask(() => api.GET('/v1/admin/staff/{employeeCode}/sign-ins', {params: {path: {employeeCode}, query: {cursor}}}));
    setLoading(false);
    setProblem(answer.ok ? undefined : answer.problem);
    if (!answer.ok) return;
    const before = cursor ? lines : [];
    setLines([...before, ...answer.data.items.map((line, i) => ({...line, key: before.length + i}))]);
    setNext(answer.data.next);
  }
  useEffect(() => void load(), [employeeCode]);

  return (
    <>
      <h1 className="title">{title}</h1>
      <div className="staff__list staff__list_titled">
        <Failure problem={problem} onRetry={() => void load()} />
        <Table<Line>
          rowKey="key"
          size="middle"
          loading={loading}
          dataSource={lines}
          pagination={false}
          locale={{emptyText: loading || problem ? ' ' : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t().noSignIns} />}}
          columns={[
            {title: t().at, width: '24%', render: (_, l) => new Date(l.at).toLocaleString(language, {dateStyle: 'medium', timeStyle: 'medium'})},
            {title: t().outcome, width: '16%', render: (_, l) => t().signInOutcomes[l.outcome]},
            {title: t().client, width: '16%', render: (_, l) => l.client && t().clients[l.client]},
            {title: t().device, dataIndex: 'deviceName'},
            {title: t().sourceIp, width: '20%', dataIndex: 'sourceIp'},
          ]}
        />
        {next && (
          <div className="staff__pages">
            <Button disabled={loading} onClick={() => void load(next)}>
              {t().moreOfThem}
            </Button>
          </div>
        )}
      </div>
    </>
  );
}
