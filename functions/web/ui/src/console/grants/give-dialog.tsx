import {App as Messages, Checkbox, Form, Modal, Radio} from 'antd';
import {useFormGuard} from '../guard';
import {Failure, Fields, useFocusBack, useRequest} from '../parts';
import type {OrgChoice} from '../orgs/edit';
import {PersonField, type PersonChoice} from '../staff/people';
import {api, ask, t, useCaller} from '../state';
import {OrgTreeField} from './org-field';
import {addable, canBeAdded, givable, refusedFields, types, type GrantType, type Permission} from './rules';

type Typed = {employeeCode: PersonChoice; type: GrantType; org: OrgChoice; permissions: Permission[]};
export type Given = {employeeCode: string; org: OrgChoice};

/** 授权: who becomes an administrator of what. The person is told by text. */
export function GiveDialog(props: {of: {employeeCode: string; name: string} | {org: string; name: string}; onClose: () => void; onDone: (given: Given) => void}) {
  useFocusBack();
  const {of} = props;
  const {message} = Messages.useApp();
  const {busy, problem, run} = useRequest();
  const [form] = Form.useForm<Typed>();
  const type = Form.useWatch('type', form);
  const person = Form.useWatch('employeeCode', form);
  const caller = useCaller();
  const may = givable(caller?.grants ?? []);
  const began = {
    employeeCode: 'employeeCode' in of && of.employeeCode !== caller?.employeeCode ? {value: of.employeeCode, label: of.name} : undefined,
    org: 'org' in of ? {value: of.org, label: of.name} : undefined,
    permissions: [],
  };
  const close = useFormGuard(form, began, props.onClose);

  const submit = (typed: Typed) =>
    run(async () => {
      const {employeeCode, org} = typed;
      const body = {employeeCode: employeeCode.value, type: typed.type, org: org.value, permissions: typed.permissions.filter((p) => canBeAdded(typed.type).includes(p))};
      const answer = await ask(() => api.POST('/v1/admin/grants', {body}));
      if (!answer.ok) {
        form.setFields(refusedFields(answer.problem));
        return answer.problem;
      }
      void message.success(answer.status === 200 ? t().heldAlready(employeeCode.label) : t().acted(t().give, employeeCode.label));
      props.onDone({employeeCode: employeeCode.value, org});
    });

  const needed = [{required: true, message: t().required}];
  return (
    <Modal
      open
      title={t().give}
      width={560}
      onCancel={close}
      okText={t().ok}
      cancelText={t().cancel}
      okButtonProps={{htmlType: 'submit', form: 'give', loading: busy}}
      mask={{closable: false}}
    >
      <p className="quiet">{t().giveWhy}</p>
      <Failure problem={problem} />
      <Fields<Typed> name="give" form={form} onFinish={submit} initialValues={began}>
        <Form.Item name="employeeCode" label={t().person} rules={needed} extra={person?.about}>
          <PersonField except={caller?.employeeCode} />
        </Form.Item>
        <Form.Item name="type" label={t().grantType} rules={needed}>
          <Radio.Group className="choices" options={types.map((value) => ({value, disabled: !may.types.includes(value), label: <Choice name={t().grantTypes[value]} means={t().grantMeans[value]} />}))} />
        </Form.Item>
        <Form.Item name="org" label={t().administered} rules={needed} extra={t().withAllBelow}>
          <OrgTreeField />
        </Form.Item>
        <Form.Item name="permissions" label={t().addedPermissions}>
          <Checkbox.Group
            className="choices"
            options={(type ? canBeAdded(type) : addable).map((value) => ({value, disabled: !may.added.includes(value), label: <Choice name={t().permissions[value]} means={t().permissionMeans[value]} />}))}
          />
        </Form.Item>
        {type && canBeAdded(type).length === 0 && <p className="quiet">{t().holdsAll}</p>}
      </Fields>
    </Modal>
  );
}

function Choice(props: {name: string; means: string}) {
  return (
    <>
      {props.name}
      <span className="quiet choice__means">{props.means}</span>
    </>
  );
}
