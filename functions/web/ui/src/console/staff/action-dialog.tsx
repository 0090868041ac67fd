import {App as Messages, Form, Input, Modal} from 'antd';
import {useFormGuard} from '../guard';
import {Failure, Fields, ReasonField, useFocusBack, useRequest} from '../parts';
import {api, ask, t, type Schemas} from '../state';
import type {Action} from '../texts';
import type {OrgChoice} from '../orgs/edit';
import {OrgField, UnitField} from '../orgs/fields';

type Item = Pick<Schemas['SearchItem'], 'employeeCode' | 'name' | 'employment' | 'accountState'>;
type Typed = {reason: string; account?: string; phone?: string; unit?: OrgChoice; org?: OrgChoice};

/** The actions that fit the state of a person. The server judges them again. */
export function actionsFor(item: Pick<Item, 'employment' | 'accountState'>): Action[] {
  if (item.employment === 'left') return ['reinstate'];
  return ['leave', item.accountState === 'frozen' ? 'unfreeze' : 'freeze', 'unlock'];
}

/** 离职, 复职, 冻结, 解冻, 解锁: with a reason, which is kept. */
export function ActionDialog(props: {action: Action; item: Item; onClose: () => void; onDone: () => void}) {
  useFocusBack();
  const {action, item} = props;
  const {message} = Messages.useApp();
  const {busy, problem, run} = useRequest();
  const [form] = Form.useForm<Typed>();
  const unit = Form.useWatch('unit', form);
  const close = useFormGuard(form, {}, props.onClose);

  const submit = (typed: Typed) =>
    run(async () => {
      const {reason, account, phone} = typed;
      const body = {action, reason, account: account?.trim() || undefined, phone: phone?.trim() || undefined, unit: typed.unit?.value, org: typed.org?.value};
      const answer = await ask(() => api.POST('/v1/admin/staff/{employeeCode}/state', {params: {path: {employeeCode: item.employeeCode}}, body}));
      if (!answer.ok) {
        form.setFields((answer.problem.errors ?? []).map((e) => ({name: e.field as keyof Typed, errors: [e.message]})));
        return answer.problem;
      }
      void message.success(t().acted(t().acts[action], item.name));
      props.onDone();
    });

  return (
    <Modal
      open
      title={t().actTitle(t().acts[action], item.name)}
      onCancel={close}
      okText={t().ok}
      cancelText={t().cancel}
      okButtonProps={{htmlType: 'submit', form: 'action', loading: busy, danger: action === 'leave' || action === 'freeze'}}
      mask={{closable: false}}
    >
      <p className="quiet">{t().actWhy[action]}</p>
      <Failure problem={problem} />
      <Fields<Typed> name="action" form={form} onFinish={submit} initialValues={{reason: ''}}>
        <ReasonField />
        {action === 'reinstate' && (
          <>
            <Form.Item name="phone" label={t().fields.phone + t().optional}>
              <Input autoComplete="off" inputMode="tel" />
            </Form.Item>
            <Form.Item name="account" label={t().fields.account + t().optional}>
              <Input autoComplete="off" autoCapitalize="none" />
            </Form.Item>
            <Form.Item name="unit" label={t().fields.unit + t().optional}>
              <UnitField />
            </Form.Item>
            <Form.Item name="org" label={t().fields.org + t().optional}>
              <OrgField unit={unit} />
            </Form.Item>
          </>
        )}
      </Fields>
    </Modal>
  );
}
