// 人员信息编辑 and 新增人员: one drawer, with the same fields.
import {App as Messages, Button, Checkbox, Drawer, Form, Spin} from 'antd';
import {useEffect, useState} from 'react';
import {Conflict} from '../conflict';
import {useDictionaries} from '../dictionaries';
import {useGuard} from '../guard';
import {Failure, Fields, useRequest, useRequestKey} from '../parts';
import {api, ask, t, type Problem, type Schemas} from '../state';
import {changesOf, differences, fieldOfCode, newStaffOf, placed, rebased, valuesOf, type StaffValues} from './edit';
import {StaffFields} from './fields';

type StaffRecord = Schemas['StaffRecord'];

/** Shows each refused field at its place, and goes to the first; the rest is told above. */
function useRefusals(form: ReturnType<typeof Form.useForm<StaffValues>>[0]) {
  return (problem: Problem, indexes: number[]): Problem => {
    const taken = fieldOfCode[problem.code];
    const errors = problem.errors ?? (taken ? [{field: taken, code: problem.code, message: problem.title}] : []);
    const {at, elsewhere} = placed(errors, indexes, form.getFieldsValue(true));
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
        const {code, current} = answer.problem;
        if (code === 'version_conflict' && current && 'employeeCode' in current) return setConflict(current);
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
      {record && conflict && (
        <Conflict
          found={differences(record, form.getFieldsValue(true) as StaffValues, conflict)}
          label={(d) => (
            <>
              {d.post && <div className="quiet">{d.post}</div>}
              {t().fields[d.field as keyof ReturnType<typeof t>['fields']]}
            </>
          )}
          say={dictionaries.label}
          onChoose={goOn}
        />
      )}
    </Drawer>
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
  const keyOf = useRequestKey();
  const {busy, problem, run} = useRequest();
  const refuse = useRefusals(form);
  const close = useGuard(() => touched, onClose);

  const submit = () =>
    run(async () => {
      const now = form.getFieldsValue(true) as StaffValues;
      const body = newStaffOf(now, sms);
      const answer = await ask(() => api.POST('/v1/admin/staff', {params: {header: {'Idempotency-Key': keyOf(body)}}, body}));
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
