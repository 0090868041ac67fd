// 人员信息编辑 and 新增人员: one drawer, with the same fields.
import {App as Messages, Button, Checkbox, Drawer, Form, Modal, Spin} from 'antd';
import {useEffect, useRef, useState} from 'react';
import {Failure, Fields, useRequest} from '../parts';
import {api, ask, t, type Problem, type Schemas} from '../state';
import {useDictionaries} from './dictionaries';
import {changesOf, differences, idempotencyKey, newStaffOf, placed, rebased, valuesOf, type StaffValues} from './edit';
import {StaffFields} from './fields';

type StaffRecord = Schemas['StaffRecord'];

/** Asks before what was typed is lost: when the drawer closes, and when the page does. */
function useGuard(dirty: () => boolean, onClose: () => void): () => void {
  const {modal} = Messages.useApp();
  const asking = useRef(dirty);
  asking.current = dirty;
  useEffect(() => {
    const leaving = (e: BeforeUnloadEvent) => {
      if (!asking.current()) return;
      e.preventDefault();
      e.returnValue = ''; // Chromium before 119 asks only so
    };
    addEventListener('beforeunload', leaving);
    return () => removeEventListener('beforeunload', leaving);
  }, []);
  return () => {
    if (!dirty()) return onClose();
    modal.confirm({title: t().unsaved, content: t().unsavedWhy, okText: t().discard, cancelText: t().stay, okButtonProps: {danger: true}, onOk: onClose});
  };
}

/** Shows each refused field at its place, and goes to the first; the rest is told above. */
function useRefusals(form: ReturnType<typeof Form.useForm<StaffValues>>[0]) {
  return (problem: Problem, indexes: number[]): Problem => {
    if (!problem.errors) return problem;
    const {at, elsewhere} = placed(problem.errors, indexes, form.getFieldsValue(true));
    form.setFields(at as Parameters<typeof form.setFields>[0]);
    if (at[0]) form.scrollToField(at[0].name, {block: 'center', focus: true});
    return elsewhere.length === 0 ? problem : {...problem, title: [problem.title, ...elsewhere.map((e) => e.message)].join(' ')};
  };
}

export function EditDrawer(props: {employeeCode: string; onClose: () => void; onSaved: (record: StaffRecord) => void}) {
  const {employeeCode, onClose} = props;
  const {message} = Messages.useApp();
  const dictionaries = useDictionaries();
  const [form] = Form.useForm<StaffValues>();
  const [record, setRecord] = useState<StaffRecord>();
  const [unread, setUnread] = useState<Problem>();
  const [conflict, setConflict] = useState<StaffRecord>();
  const {busy, problem, run} = useRequest();
  const refuse = useRefusals(form);
  const close = useGuard(() => !!record && changesOf(record, form.getFieldsValue(true)).changed, onClose);

  async function load() {
    setUnread(undefined);
    const answer = await ask(() => api.GET('/v1/admin/staff/{employeeCode}', {params: {path: {employeeCode}}}));
    if (answer.ok) setRecord(answer.data);
    else setUnread(answer.problem);
  }
  useEffect(() => void load(), []);

  // What is missing is told as soon as the record is there.
  useEffect(() => {
    if (record) void form.validateFields().catch(() => undefined);
  }, [record]);

  const submit = () =>
    run(async () => {
      const now = form.getFieldsValue(true) as StaffValues;
      const {body, indexes, changed} = changesOf(record!, now);
      if (!changed) {
        void message.info(t().nothingChanged);
        return onClose();
      }
      const answer = await ask(() => api.PATCH('/v1/admin/staff/{employeeCode}', {params: {path: {employeeCode}}, body}));
      if (!answer.ok) {
        if (answer.problem.code === 'version_conflict' && answer.problem.current) return setConflict(answer.problem.current);
        return refuse(answer.problem, indexes);
      }
      void message.success(answer.data.message);
      for (const w of answer.data.warnings ?? []) void message.warning(w.message);
      const saved = await ask(() => api.GET('/v1/admin/staff/{employeeCode}', {params: {path: {employeeCode}}}));
      if (saved.ok) props.onSaved(saved.data);
      onClose();
    });

  /** Goes on from the record as it is now, with or without what was changed here. */
  function goOn(mine: boolean) {
    const now = conflict!;
    form.setFieldsValue(mine ? rebased(record!, form.getFieldsValue(true) as StaffValues, now) : valuesOf(now));
    setConflict(undefined);
    setRecord(now);
  }

  return (
    <Drawer
      open
      size={760}
      title={record ? `${t().editTitle} - ${record.name}（${record.account}）` : t().editTitle}
      onClose={close}
      mask={{closable: false}}
      footer={
        <div className="edit__foot">
          <Button onClick={close}>{t().cancel}</Button>
          <Button type="primary" htmlType="submit" form="staff" loading={busy} disabled={!record}>
            {t().ok}
          </Button>
        </div>
      }
    >
      <Failure problem={unread} onRetry={load} />
      <Failure problem={problem} />
      {!record && !unread && <Spin className="bench__wait" />}
      {record && (
        <Fields<StaffValues> name="staff" form={form} initialValues={valuesOf(record)} onFinish={submit} validateTrigger={['onChange', 'onBlur']}>
          <StaffFields form={form} record={record} dictionaries={dictionaries} />
        </Fields>
      )}
      {record && conflict && <Conflict base={record} mine={form.getFieldsValue(true) as StaffValues} current={conflict} dictionaries={dictionaries} onChoose={goOn} />}
    </Drawer>
  );
}

/** Both versions side by side: somebody has changed the record while it was open here. */
function Conflict(props: {base: StaffRecord; mine: StaffValues; current: StaffRecord; dictionaries: ReturnType<typeof useDictionaries>; onChoose: (mine: boolean) => void}) {
  const found = differences(props.base, props.mine, props.current);
  const say = (field: string, value: string) => (value ? props.dictionaries.label(field, value) : t().unfilled);
  return (
    <Modal
      open
      width={860}
      title={t().conflict}
      closable={false}
      keyboard={false}
      mask={{closable: false}}
      footer={
        <>
          <Button onClick={() => props.onChoose(false)}>{t().takeTheirs}</Button>
          <Button type="primary" onClick={() => props.onChoose(true)}>
            {t().keepMine}
          </Button>
        </>
      }
    >
      <p>{found.length > 0 ? t().conflictWhy : t().conflictNone}</p>
      {found.length > 0 && (
        <table className="compare">
          <thead>
            <tr>
              <th scope="col">{t().conflictField}</th>
              <th scope="col">{t().conflictBase}</th>
              <th scope="col">{t().conflictMine}</th>
              <th scope="col">{t().conflictTheirs}</th>
            </tr>
          </thead>
          <tbody>
            {found.map((d) => (
              <tr key={d.key} className={d.mine !== d.base && d.theirs !== d.base && d.mine !== d.theirs ? 'compare__both' : undefined}>
                <th scope="row">
                  {d.post && <div className="quiet">{d.post}</div>}
                  {t().fields[d.field as keyof ReturnType<typeof t>['fields']]}
                </th>
                <td>{say(d.field, d.base)}</td>
                <td>{say(d.field, d.mine)}</td>
                <td>{say(d.field, d.theirs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Modal>
  );
}

const empty: StaffValues = {areaCode: '+86', posts: [{jobType: 'main'}]};

export function AddDrawer(props: {onClose: () => void; onAdded: (employeeCode: string) => void}) {
  const {onClose} = props;
  const {message} = Messages.useApp();
  const dictionaries = useDictionaries();
  const [form] = Form.useForm<StaffValues>();
  const [sms, setSms] = useState(true);
  const [touched, touch] = useState(false);
  const key = useRef({of: '', key: ''});
  const {busy, problem, run} = useRequest();
  const refuse = useRefusals(form);
  const close = useGuard(() => touched, onClose);

  const submit = () =>
    run(async () => {
      const now = form.getFieldsValue(true) as StaffValues;
      const body = newStaffOf(now, sms);
      // The same request again, say because no answer came, adds nobody twice.
      const said = JSON.stringify(body);
      if (key.current.of !== said) key.current = {of: said, key: idempotencyKey()};
      const answer = await ask(() => api.POST('/v1/admin/staff', {params: {header: {'Idempotency-Key': key.current.key}}, body}));
      if (!answer.ok) return refuse(answer.problem, now.posts.map((_, i) => i));
      void message.success(t().added(now.name ?? ''));
      if (answer.data.activationSms === 'sent') void message.success(t().smsSent);
      if (answer.data.activationSms === 'not_sent') void message.warning(t().smsNotSent);
      for (const w of answer.data.warnings ?? []) void message.warning(w.message);
      props.onAdded(answer.data.employeeCode);
      onClose();
    });

  return (
    <Drawer
      open
      size={760}
      title={t().add}
      onClose={close}
      mask={{closable: false}}
      footer={
        <div className="edit__foot">
          <Button onClick={close}>{t().cancel}</Button>
          <Button type="primary" htmlType="submit" form="new-staff" loading={busy}>
            {t().ok}
          </Button>
        </div>
      }
    >
      <Failure problem={problem} />
      <Fields<StaffValues> name="new-staff" form={form} initialValues={empty} onFinish={submit} onValuesChange={() => touch(true)} validateTrigger={['onChange', 'onBlur']}>
        <StaffFields form={form} dictionaries={dictionaries} />
        <Checkbox checked={sms} onChange={(e) => setSms(e.target.checked)}>
          {t().sendSms}
        </Checkbox>
      </Fields>
    </Drawer>
  );
}
