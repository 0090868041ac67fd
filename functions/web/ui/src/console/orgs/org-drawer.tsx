// 新增下级机构 and 编辑机构: one drawer, with the same fields.
import {App as Messages, Button, Drawer, Form, Input, Select} from 'antd';
import {useState} from 'react';
import {Conflict} from '../conflict';
import {useGuard} from '../guard';
import {Failure, Fields, orderRules, useRequest, useRequestKey} from '../parts';
import {api, ask, t, type Problem, type Schemas} from '../state';
import {changesOf, differences, kindsBelow, newOrgOf, orgFields, rebased, valuesOf, type OrgValues} from './edit';
import {DivisionField} from './fields';

type Org = Schemas['Org'];

function OrgFields(props: {kinds: Org['type'][]; isNew: boolean}) {
  return (
    <>
      <Form.Item name="name" label={t().orgFields.name} rules={[{required: true, whitespace: true, message: t().required}]}>
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item name="type" label={t().orgFields.type}>
        <Select disabled={!props.isNew} options={props.kinds.map((value) => ({value, label: t().orgTypes[value]}))} />
      </Form.Item>
      <Form.Item name="division" label={t().orgFields.division} extra={props.isNew && t().orgDivisionHint}>
        <DivisionField />
      </Form.Item>
      <Form.Item name="order" label={t().orgFields.order} normalize={(typed: string) => typed.normalize('NFKC')} rules={orderRules()}>
        <Input autoComplete="off" inputMode="numeric" />
      </Form.Item>
    </>
  );
}

/** Shows each refused field at its place. */
function place(form: ReturnType<typeof Form.useForm<OrgValues>>[0], problem: Problem): Problem {
  const known: readonly string[] = [...orgFields, 'type'];
  if (problem.code === 'org_name_taken') form.setFields([{name: 'name', errors: [problem.title]}]);
  form.setFields((problem.errors ?? []).filter((e) => known.includes(e.field)).map((e) => ({name: e.field as keyof OrgValues, errors: [e.message]})));
  const elsewhere = (problem.errors ?? []).filter((e) => !known.includes(e.field));
  return {...problem, title: [problem.title, ...elsewhere.map((e) => e.message)].join(' ')};
}

function OrgDrawer(props: {title: string; form: string; busy: boolean; onClose: () => void; children: React.ReactNode}) {
  return (
    <Drawer
      open
      size={480}
      title={props.title}
      onClose={props.onClose}
      mask={{closable: false}}
      footer={
        <div className="edit__foot">
          <Button onClick={props.onClose}>{t().cancel}</Button>
          <Button type="primary" htmlType="submit" form={props.form} loading={props.busy}>
            {t().ok}
          </Button>
        </div>
      }
    >
      {props.children}
    </Drawer>
  );
}

export function AddOrgDrawer(props: {parent: Org; onClose: () => void; onAdded: (org: Org) => void}) {
  const {parent} = props;
  const {message} = Messages.useApp();
  const [form] = Form.useForm<OrgValues>();
  const [touched, touch] = useState(false);
  const keyOf = useRequestKey();
  const {busy, problem, run} = useRequest();
  const close = useGuard(() => touched, props.onClose);
  const kinds = kindsBelow(parent.type);

  const submit = (typed: OrgValues) =>
    run(async () => {
      const body = newOrgOf(parent, typed);
      const answer = await ask(() => api.POST('/v1/admin/orgs', {params: {header: {'Idempotency-Key': keyOf(body)}}, body}));
      if (!answer.ok) return place(form, answer.problem);
      void message.success(t().orgAdded(answer.data.name));
      props.onClose();
      props.onAdded(answer.data);
    });

  return (
    <OrgDrawer title={t().orgTitle(t().addOrg, parent.name)} form="new-org" busy={busy} onClose={close}>
      <Failure problem={problem} />
      <Fields<OrgValues> name="new-org" form={form} initialValues={{type: kinds[0]}} onFinish={submit} onValuesChange={() => touch(true)}>
        <OrgFields kinds={kinds} isNew />
      </Fields>
    </OrgDrawer>
  );
}

export function EditOrgDrawer(props: {org: Org; onClose: () => void; onSaved: (org: Org) => void}) {
  const {message} = Messages.useApp();
  const [form] = Form.useForm<OrgValues>();
  const [org, setOrg] = useState(props.org);
  const [conflict, setConflict] = useState<Org>();
  const {busy, problem, run} = useRequest();
  const typed = () => ({...valuesOf(org), ...(form.getFieldsValue(true) as OrgValues)});
  const close = useGuard(() => changesOf(org, typed()).changed, props.onClose);

  const submit = () =>
    run(async () => {
      const {body, changed} = changesOf(org, typed());
      if (!changed) {
        void message.info(t().nothingChanged);
        return props.onClose();
      }
      const answer = await ask(() => api.PATCH('/v1/admin/orgs/{orgCode}', {params: {path: {orgCode: org.orgCode}}, body}));
      if (!answer.ok) {
        const {code, current} = answer.problem;
        if (code === 'version_conflict' && current && 'orgCode' in current) return setConflict(current);
        return place(form, answer.problem);
      }
      props.onClose();
      if (!('orgCode' in answer.data)) return; // 202, which only another parent has
      void message.success(t().orgSaved(answer.data.name));
      props.onSaved(answer.data);
    });

  /** Goes on from the organisation as it is now, with or without what was changed here. */
  function goOn(mine: boolean) {
    const now = conflict!;
    form.setFieldsValue(mine ? rebased(org, typed(), now) : valuesOf(now));
    setConflict(undefined);
    setOrg(now);
  }

  return (
    <OrgDrawer title={t().orgTitle(t().editOrg, org.name)} form="org" busy={busy} onClose={close}>
      <Failure problem={problem} />
      <Fields<OrgValues> name="org" form={form} initialValues={valuesOf(org)} onFinish={submit}>
        <OrgFields kinds={[org.type]} isNew={false} />
      </Fields>
      {conflict && <Conflict found={differences(org, typed(), conflict)} label={(d) => t().orgFields[d.field]} say={(_, value) => value} onChoose={goOn} />}
    </OrgDrawer>
  );
}
