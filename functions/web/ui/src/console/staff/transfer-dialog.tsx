// 调动: the main post goes elsewhere.
import {App as Messages, Form, Input, Modal, Spin} from 'antd';
import {useEffect, useState} from 'react';
import {useGuard} from '../guard';
import {OrgField} from '../orgs/fields';
import {OrgTree, useOrgTree} from '../orgs/tree';
import {Failure, Fields, orderRules, useRequest} from '../parts';
import {api, ask, t, type Problem, type Schemas} from '../state';
import {isTyped} from '../typed';
import {changesOf, placed, postTitle, retransferred, stayingOf, transferred, unitOf, type TransferValues} from './edit';

type StaffRecord = Schemas['StaffRecord'];

export function TransferDialog(props: {employeeCode: string; name: string; onClose: () => void; onSaved: (record: StaffRecord) => void}) {
  const {employeeCode} = props;
  const {message} = Messages.useApp();
  const [form] = Form.useForm<TransferValues>();
  const unit = Form.useWatch('unit', {form, preserve: true});
  const tree = useOrgTree();
  const [record, setRecord] = useState<StaffRecord>();
  const [unread, setUnread] = useState<Problem>();
  const {busy, problem, run} = useRequest();
  const [chosen, choose] = useState<string>();
  const main = record?.posts.find((p) => p.active && p.jobType === 'main');
  const close = useGuard(() => !!record && !!main && isTyped(stayingOf(record), form.getFieldsValue(true) as TransferValues), props.onClose);

  async function load() {
    setUnread(undefined);
    const answer = await ask(() => api.GET('/v1/admin/staff/{employeeCode}', {params: {path: {employeeCode}}}));
    if (!answer.ok) return setUnread(answer.problem);
    setRecord(answer.data);
    form.setFieldsValue(stayingOf(answer.data));
  }
  useEffect(() => void load(), []);

  const submit = () =>
    run(async () => {
      const values = transferred(record!, form.getFieldsValue(true) as TransferValues);
      const {body, indexes, changed} = changesOf(record!, values);
      if (!changed) {
        void message.info(t().nothingChanged);
        return props.onClose();
      }
      const answer = await ask(() => api.PATCH('/v1/admin/staff/{employeeCode}', {params: {path: {employeeCode}}, body}));
      if (!answer.ok) {
        const {code, current, errors = [], title} = answer.problem;
        if (code === 'version_conflict' && current && 'employeeCode' in current) {
          form.setFieldsValue(retransferred(record!, form.getFieldsValue(true) as TransferValues, current));
          setRecord(current); // what was chosen here stays; it is told what is on file now
          return {...answer.problem, title: t().changedMeanwhile};
        }
        const {at, elsewhere} = placed(errors, indexes, values);
        form.setFields(at.map(({name, errors}) => ({name: name[name.length - 1] as keyof TransferValues, errors})));
        return {...answer.problem, title: [title, ...elsewhere.map((e) => e.message)].join(' ')};
      }
      void message.success(answer.data.message);
      for (const w of answer.data.warnings ?? []) void message.warning(w.message);
      const saved = await ask(() => api.GET('/v1/admin/staff/{employeeCode}', {params: {path: {employeeCode}}}));
      if (saved.ok) props.onSaved(saved.data);
      props.onClose();
    });

  return (
    <Modal
      open
      width={760}
      title={t().actTitle(t().transfer, props.name)}
      onCancel={close}
      okText={t().ok}
      cancelText={t().cancel}
      okButtonProps={{htmlType: 'submit', form: 'transfer', loading: busy, disabled: !main}}
      mask={{closable: false}}
    >
      <p className="quiet">{t().transferWhy}</p>
      <Failure problem={unread} onRetry={load} />
      <Failure problem={problem} />
      {!record && !unread && <Spin className="bench__wait" />}
      {record && !main && <p className="bad">{t().transferNone}</p>}
      {main && (
        <>
          <p>{t().transferNow(postTitle(main.unitName, main.orgName))}</p>
          <div className="transfer">
            <OrgTree
              tree={tree}
              chosen={chosen}
              fit={(o) => o.type === 'unit'} // what an institution belongs to is seen in the tree alone
              onChoose={(o) => {
                const to = o && unitOf(o.type === 'unit' ? [o] : tree.path(o.orgCode));
                choose(to && o.orgCode);
                form.setFieldsValue({unit: to, org: to && {value: o.orgCode, label: o.name}});
                form.setFields([
                  {name: 'unit', errors: []},
                  {name: 'org', errors: []},
                ]);
              }}
            />
            <Fields<TransferValues> className="transfer__fields" name="transfer" form={form} onFinish={submit}>
              <Form.Item name="unit" label={t().fields.unit} rules={[{required: true, message: t().choose}]}>
                <ChosenUnit />
              </Form.Item>
              <Form.Item name="org" label={t().fields.org} rules={[{required: true, message: t().choose}]}>
                <OrgField unit={unit} />
              </Form.Item>
              <Form.Item name="title" label={t().fields.title}>
                <Input autoComplete="off" />
              </Form.Item>
              <Form.Item name="order" label={t().fields.order} normalize={(typed: string) => typed.normalize('NFKC')} rules={orderRules()}>
                <Input autoComplete="off" inputMode="numeric" />
              </Form.Item>
            </Fields>
          </div>
        </>
      )}
    </Modal>
  );
}

/** The unit that was chosen in the tree. */
function ChosenUnit(props: {id?: string; value?: TransferValues['unit']}) {
  return <Input id={props.id} readOnly value={props.value?.label ?? ''} placeholder={t().transferPick} />;
}
