import {Alert, Form, Modal, Tag} from 'antd';
import {useDictionaries} from '../dictionaries';
import {useFormGuard} from '../guard';
import {kindName} from '../jobs/parts';
import {Failure, Fields, ReasonField, useFocusBack, useRequest, useRequestKey} from '../parts';
import {api, ask, t} from '../state';
import type {BatchAction} from '../texts';
import {conditionsOf, whomOf, type Chosen} from './batch';
import type {Filters, Oddity} from './filters';

type Typed = {reason: string};

const tones = {send_activation_sms: 'info', freeze: 'warning', leave: 'error', unfreeze: 'info', reinstate: 'info', unlock: 'info'} as const;

/** Asks for the reason, and makes a job that does the same to all who are chosen. */
export function BatchDialog(props: {action: BatchAction; chosen: Chosen; filters: Filters; onClose: () => void; onMade: (job: string) => void}) {
  useFocusBack();
  const {action, chosen, filters} = props;
  const {busy, problem, run} = useRequest();
  const [form] = Form.useForm<Typed>();
  const keyOf = useRequestKey();
  const close = useFormGuard(form, {}, props.onClose);

  const submit = ({reason}: Typed) =>
    run(async () => {
      const body = {action, reason, ...whomOf(chosen, filters)};
      const answer = await ask(() => api.POST('/v1/admin/staff/batch', {params: {header: {'Idempotency-Key': keyOf(body)}}, body}));
      if (answer.ok) return props.onMade(answer.data.id);
      const errors = answer.problem.errors ?? [];
      form.setFields([{name: 'reason', errors: errors.filter((e) => e.field === 'reason').map((e) => e.message)}]);
      const elsewhere = errors.filter((e) => e.field !== 'reason').map((e) => t().condition(filterName(e.field.replace(/^search\./, '')), e.message));
      return {...answer.problem, title: [answer.problem.title, ...elsewhere].join(' ')};
    });

  return (
    <Modal
      open
      title={kindName(action)}
      onCancel={close}
      okText={t().ok}
      cancelText={t().cancel}
      okButtonProps={{htmlType: 'submit', form: 'batch', loading: busy, danger: action === 'leave' || action === 'freeze'}}
      mask={{closable: false}}
    >
      {chosen === 'all' ? <Search filters={filters} /> : <p className="batch__whom">{t().batchOf(chosen.length)}</p>}
      <Alert className="failure" type={tones[action]} showIcon title={t().batchWhy[action]} />
      <p className="quiet">
        {action !== 'send_activation_sms' && t().batchSkips}
        {t().batchTold}
      </p>
      <Failure problem={problem} />
      <Fields<Typed> name="batch" form={form} onFinish={submit} initialValues={{reason: ''}}>
        <ReasonField />
      </Fields>
    </Modal>
  );
}

/** What a filter is called; one that is none as the API calls it. */
function filterName(filter: string): string {
  const names: Record<string, string> = {
    org: t().organisation,
    division: t().division,
    unit: t().unitName,
    name: t().name,
    account: t().account,
    jobLevel: t().jobLevel,
    phone: t().phone,
    q: t().phone,
  };
  return names[filter] ?? filter;
}

/** Whom a search finds is known to the server alone. So it is said what is looked for. */
function Search(props: {filters: Filters}) {
  const {filters} = props;
  const dictionaries = useDictionaries();
  const conditions = conditionsOf(filters);
  const said = ({filter, value}: (typeof conditions)[number]) => {
    if (filter === 'incomplete') return t().onlyIncomplete;
    if (filter === 'oddity') return t().oddities[value as Oddity];
    if (filter === 'budgetedPost' || filter === 'role') return t().lacks(filter);
    if (filter === 'mainOrg') return t().mainIn(value);
    if (filter === 'jobLevel') value = value === 'none' ? t().none : dictionaries.label('jobLevel', value);
    return t().condition(filterName(filter), value);
  };
  return (
    <>
      <p className="batch__whom">{t().batchOfAll}</p>
      <p className="tags batch__search">
        <Tag>{filters.employment === 'left' ? t().left : t().inService}</Tag>
        {conditions.map((c) => (
          <Tag key={c.filter}>{said(c)}</Tag>
        ))}
      </p>
      {conditions.length === 0 && <p className="bad">{t().noConditions}</p>}
    </>
  );
}
