// 找回申请: who asks for help, and the decision.
import {App as Messages, Button, Checkbox, Empty, Form, Input, Modal, Table, Tabs} from 'antd';
import {useEffect, useState} from 'react';
import {useSearchParams} from 'wouter';
import {short} from '../audit/entry';
import {useNames} from '../audit/names';
import {useFormGuard} from '../guard';
import {More, useGrowing} from '../paging';
import {Failure, Fields, useFocusBack, useRequest, useTitle} from '../parts';
import {Posts} from '../staff/rows';
import {api, ask, t, useLanguage, type Schemas} from '../state';
import {tellWaiting, useWaiting} from '../waiting';

type Item = Schemas['RecoveryItem'];
type State = Schemas['RecoveryState'];
type Deciding = {item: Item; approve: boolean};

const states: State[] = ['pending', 'approved', 'used', 'rejected', 'expired'];

export default function RecoveryPage() {
  useTitle(t().recovery);
  const language = useLanguage();
  const [address, setAddress] = useSearchParams();
  const state = states.find((s) => s === address.get('state')) ?? 'pending';
  const requests = useGrowing(state, (cursor) => ask(() => api.GET('/v1/admin/recovery-requests', {params: {query: {state, cursor}}})), true);
  const waiting = useWaiting() ?? 0;
  const [deciding, decide] = useState<Deciding>();
  useEffect(() => {
    if (requests.answer) tellWaiting(requests.answer.open);
  }, [requests.answer]);

  const deciders = requests.items.flatMap((item) => item.decidedBy ?? []);
  const names = useNames([...new Set(deciders)], requests.items.map((item) => [item.employeeCode, item.name]));

  const when = (at: string) => new Date(at).toLocaleString(language, {dateStyle: 'medium', timeStyle: 'short'});
  return (
    <>
      <h1 className="title">{t().recoveryWaiting(waiting)}</h1>
      <div className="staff__list">
        <Tabs activeKey={state} onChange={(s) => setAddress(s === 'pending' ? {} : {state: s})} items={states.map((s) => ({key: s, label: t().recoveryStates[s]}))} />
        <Failure problem={requests.problem} onRetry={requests.load} />
        <Table<Item>
          rowKey="id"
          size="middle"
          loading={requests.loading}
          dataSource={requests.items}
          pagination={false}
          locale={{emptyText: requests.loading || requests.problem ? ' ' : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t().noRecovery} />}}
          columns={[
            {title: t().name, dataIndex: 'name', width: '11%'},
            {title: t().account, dataIndex: 'account', width: '11%'},
            {title: t().phone, dataIndex: 'phone', width: 144},
            {title: t().orgName, render: (_, item) => <Posts of={item.posts} />},
            {title: t().reason, dataIndex: 'reason', width: '18%'},
            {title: t().raisedAt, width: 150, render: (_, item) => when(item.createdAt)},
            state === 'pending'
              ? {
                  title: t().actions,
                  width: 104,
                  render: (_, item) =>
                    item.mayDecide && (
                      <div className="row">
                        <Button type="link" className="row__link" onClick={() => decide({item, approve: true})}>
                          {t().approve}
                        </Button>
                        <Button type="link" className="row__link" danger onClick={() => decide({item, approve: false})}>
                          {t().reject}
                        </Button>
                      </div>
                    ),
                }
              : {
                  title: t().decision,
                  width: '16%',
                  render: (_, item) => (
                    <>
                      {item.decidedBy && <span title={item.decidedBy}>{names(item.decidedBy) ?? short(item.decidedBy)}</span>}
                      {item.decidedAt && <div className="quiet">{when(item.decidedAt)}</div>}
                      {item.rejection && <div>{item.rejection}</div>}
                    </>
                  ),
                },
          ]}
        />
        <More of={requests} />
      </div>
      {deciding && (
        <Decision
          {...deciding}
          onClose={() => decide(undefined)}
          onDone={() => {
            decide(undefined);
            requests.load();
          }}
        />
      )}
    </>
  );
}

type Typed = {confirmed?: boolean; words: string};

/** Whoever approves has made sure of the person and of the phone on file. */
function Decision(props: Deciding & {onClose: () => void; onDone: () => void}) {
  useFocusBack();
  const {item, approve} = props;
  const {message} = Messages.useApp();
  const {busy, problem, run} = useRequest();
  const [form] = Form.useForm<Typed>();
  const close = useFormGuard(form, {}, props.onClose);
  const act = approve ? t().approve : t().reject;

  const submit = ({words}: Typed) =>
    run(async () => {
      const body = approve ? {decision: 'approve' as const, phoneConfirmed: true as const, howConfirmed: words} : {decision: 'reject' as const, reason: words};
      const answer = await ask(() => api.POST('/v1/admin/recovery-requests/{id}/decision', {params: {path: {id: item.id}}, body}));
      if (!answer.ok) return answer.problem;
      void message.success(t().acted(act, item.name));
      props.onDone();
    });

  return (
    <Modal
      open
      title={t().actTitle(act, item.name)}
      onCancel={close}
      okText={t().ok}
      cancelText={t().cancel}
      okButtonProps={{htmlType: 'submit', form: 'decision', loading: busy, danger: !approve}}
      mask={{closable: false}}
    >
      <p className="quiet">{approve ? t().approveWhy(item.phone ?? '') : t().rejectWhy}</p>
      <Failure problem={problem} />
      <Fields<Typed> name="decision" form={form} onFinish={submit} initialValues={{words: ''}}>
        {approve && (
          <Form.Item name="confirmed" valuePropName="checked" rules={[{validator: (_, yes?: boolean) => (yes ? Promise.resolve() : Promise.reject(new Error(t().required)))}]}>
            <Checkbox>{t().phoneConfirmed(item.phone ?? '')}</Checkbox>
          </Form.Item>
        )}
        <Form.Item name="words" label={approve ? t().howConfirmed : t().rejection} rules={[{required: true, whitespace: true, message: t().required}]}>
          <Input.TextArea rows={3} maxLength={200} showCount />
        </Form.Item>
      </Fields>
    </Modal>
  );
}
