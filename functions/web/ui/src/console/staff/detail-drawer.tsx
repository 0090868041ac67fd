import {App as Messages, Button, Card, Checkbox, Descriptions, Drawer, Form, Modal, Spin, Tag} from 'antd';
import {useEffect, useState} from 'react';
import {Link} from 'wouter';
import {useFormGuard} from '../guard';
import {Failure, Fields, ReasonField, useFocusBack, useRequest} from '../parts';
import {api, ask, may, t, type Problem, type Schemas} from '../state';
import {useDictionaries, type Dictionaries} from '../dictionaries';
import {personFields, postFields, postTitle} from './edit';
import {States} from './rows';

type StaffRecord = Schemas['StaffRecord'];
type Revealed = {phone?: string | null; idCard?: string | null};

/** 详情: the record to be read, also of somebody who has left. */
export function DetailDrawer(props: {employeeCode: string; onClose: () => void; onEdit?: () => void}) {
  useFocusBack();
  const {employeeCode} = props;
  const dictionaries = useDictionaries();
  const [record, setRecord] = useState<StaffRecord>();
  const [unread, setUnread] = useState<Problem>();
  const [revealing, reveal] = useState(false);
  const [whole, setWhole] = useState<Revealed>({});

  async function load() {
    setUnread(undefined);
    const answer = await ask(() => api.GET('/v1/admin/staff/{employeeCode}', {params: {path: {employeeCode}}}));
    if (answer.ok) setRecord(answer.data);
    else setUnread(answer.problem);
  }
  useEffect(() => void load(), []);

  const ended = record?.posts.filter((p) => !p.active) ?? [];
  return (
    <Drawer
      open
      size={760}
      title={record ? `${t().detailTitle} - ${record.name}` : t().detailTitle}
      onClose={props.onClose}
      classNames={{body: 'detail'}}
      extra={
        record && (
          <div className="row">
            <span className="detail__links">
              <Link href={`/sign-ins?${whose(record)}`}>{t().signIns}</Link>
              {may('audit.read') && <Link href={`/audit?${whose(record)}`}>{t().audit}</Link>}
            </span>
            {may('pii.reveal') && <Button onClick={() => reveal(true)}>{t().reveal}</Button>}
            {props.onEdit && (
              <Button type="primary" onClick={props.onEdit}>
                {t().edit}
              </Button>
            )}
          </div>
        )
      }
    >
      <Failure problem={unread} onRetry={load} />
      {!record && !unread && <Spin className="bench__wait" />}
      {record && (
        <div className="detail__all" role="region" aria-label={t().detailTitle} tabIndex={0}>
          <div className="edit__head">
            <h3>{t().basics}</h3>
            <States of={record} locked={record.locked} />
          </div>
          <Descriptions
            bordered
            size="small"
            column={2}
            items={personFields.map((f) => ({key: f, label: t().fields[f], children: <Value field={f} value={shown(record, whole, f)} dictionaries={dictionaries} missing={record.missing.includes(f)} />}))}
          />
          {(whole.phone || whole.idCard) && <p className="quiet">{t().revealed}</p>}
          <h3 className="subtitle">{t().posts}</h3>
          {record.posts.map((p, i) => p.active && <PostCard key={p.id} post={p} dictionaries={dictionaries} missing={record.missing.includes(`posts[${i}].role`)} />)}
          {ended.length > 0 && (
            <>
              <h3 className="subtitle">{t().endedPosts}</h3>
              {ended.map((p) => (
                <PostCard key={p.id} post={p} dictionaries={dictionaries} missing={false} />
              ))}
            </>
          )}
        </div>
      )}
      {revealing && (
        <Reveal
          employeeCode={employeeCode}
          onClose={() => reveal(false)}
          onDone={(values) => {
            setWhole({...whole, ...values});
            reveal(false);
          }}
        />
      )}
    </Drawer>
  );
}

/** The person, for the screens that tell of one. */
function whose(record: StaffRecord): string {
  return new URLSearchParams({employeeCode: record.employeeCode, name: record.name}).toString();
}

function shown(record: StaffRecord, whole: Revealed, field: (typeof personFields)[number]): string | null {
  if (field === 'phone' && whole.phone) return whole.phone;
  if (field === 'idCard' && whole.idCard) return whole.idCard;
  return record[field];
}

function Value(props: {field: string; value: string | number | null; dictionaries: Dictionaries; missing: boolean}) {
  if (props.missing) return <span className="bad">{t().none}</span>;
  if (props.value === null || props.value === '') return <span className="quiet">{t().unfilled}</span>;
  return <>{props.dictionaries.label(props.field, String(props.value))}</>;
}

function PostCard(props: {post: Schemas['Post']; dictionaries: Dictionaries; missing: boolean}) {
  const {post} = props;
  const fields = postFields.filter((f) => !['unit', 'org', 'jobType'].includes(f)) as Exclude<(typeof postFields)[number], 'unit' | 'org'>[];
  return (
    <Card
      size="small"
      className="edit__post"
      title={
        <>
          {postTitle(post.unitName, post.orgName)} <Tag color={post.jobType === 'main' ? 'processing' : undefined}>{t().jobTypes[post.jobType]}</Tag>
        </>
      }
    >
      <Descriptions
        size="small"
        column={2}
        items={fields.map((f) => ({key: f, label: t().fields[f], children: <Value field={f} value={post[f]} dictionaries={props.dictionaries} missing={props.missing && f === 'role'} />}))}
      />
    </Card>
  );
}

type Wanted = {fields: ('phone' | 'idCard')[]; reason: string};

/** Whole numbers are shown for a reason, which is kept. */
function Reveal(props: {employeeCode: string; onClose: () => void; onDone: (values: Revealed) => void}) {
  useFocusBack();
  const {message} = Messages.useApp();
  const {busy, problem, run} = useRequest();
  const [form] = Form.useForm<Wanted>();
  const began: Wanted = {fields: ['phone'], reason: ''};
  const close = useFormGuard(form, began, props.onClose);
  const submit = (body: Wanted) =>
    run(async () => {
      const answer = await ask(() => api.POST('/v1/admin/staff/{employeeCode}/reveal', {params: {path: {employeeCode: props.employeeCode}}, body}));
      if (!answer.ok) return answer.problem;
      props.onDone(answer.data.values);
      void message.info(t().revealed);
    });
  return (
    <Modal open title={t().reveal} onCancel={close} okText={t().ok} cancelText={t().cancel} okButtonProps={{htmlType: 'submit', form: 'reveal', loading: busy}}>
      <p className="quiet">{t().revealWhy}</p>
      <Failure problem={problem} />
      <Fields<Wanted> name="reveal" form={form} onFinish={submit} initialValues={began}>
        <Form.Item name="fields" label={t().choose} rules={[{validator: (_, some: string[]) => (some.length > 0 ? Promise.resolve() : Promise.reject(new Error(t().required)))}]}>
          <Checkbox.Group options={[{value: 'phone', label: t().fields.phone}, {value: 'idCard', label: t().fields.idCard}]} />
        </Form.Item>
        <ReasonField />
      </Fields>
    </Modal>
  );
}
