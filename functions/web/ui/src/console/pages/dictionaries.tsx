// 字典管理: what may be chosen in the fields of a record.
import {App as Messages, Button, Checkbox, Empty, Form, Input, Modal, Table, Tabs, Tag} from 'antd';
import {useEffect, useState} from 'react';
import {useSearchParams} from 'wouter';
import {entrySaved, useEntries, type Entry} from '../dictionaries';
import {codeForm} from '../dictionary-codes';
import {useFormGuard} from '../guard';
import {childrenOf} from '../orgs/tree';
import {Failure, Fields, orderRules, useRequest, useTitle} from '../parts';
import {api, ask, t, useCaller} from '../state';

export default function DictionariesPage() {
  useTitle(t().dictionaries);
  const [address, setAddress] = useSearchParams();
  const {entries, problem, load} = useEntries();
  const [doing, setDoing] = useState<{entry?: Entry}>();
  const edits = useRootSuper();
  const names = [...new Set((entries ?? []).map((e) => e.dictionary))];
  const chosen = names.find((n) => n === address.get('dictionary')) ?? names[0] ?? '';
  const shown = (entries ?? []).filter((e) => e.dictionary === chosen).sort((a, b) => a.order - b.order);
  useEffect(() => setDoing(undefined), [chosen]); // by the way back: it was about another one
  const nameOf = (dictionary: string) => (t().dictionaryNames as Record<string, string>)[dictionary] ?? dictionary;

  return (
    <>
      <h1 className="title">{t().dictionaries}</h1>
      <div className="staff__list">
        {edits && codeForm(chosen) && (
          <Button type="primary" ghost className="staff__add" onClick={() => setDoing({})}>
            {t().addEntry}
          </Button>
        )}
        {names.length > 0 && <Tabs activeKey={chosen} onChange={(dictionary) => setAddress({dictionary})} items={names.map((key) => ({key, label: nameOf(key)}))} />}
        {edits === false && <p className="quiet">{t().dictionariesWhy}</p>}
        <Failure problem={problem} onRetry={load} />
        <Table<Entry>
          rowKey="code"
          size="middle"
          loading={!entries && !problem}
          dataSource={shown}
          pagination={false}
          locale={{emptyText: entries ? <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t().noEntries} /> : ' '}}
          columns={[
            {title: t().entryFields.label, dataIndex: 'label', width: '26%'},
            {title: t().entryFields.code, dataIndex: 'code'},
            {title: t().entryFields.order, dataIndex: 'order', width: 104, align: 'right'},
            {title: t().entryFields.enabled, width: 120, render: (_, e) => <Enabled entry={e} />},
            ...(edits
              ? [
                  {
                    title: t().actions,
                    width: 88,
                    render: (_: unknown, entry: Entry) => (
                      <Button type="link" className="row__link" onClick={() => setDoing({entry})}>
                        {t().edit}
                      </Button>
                    ),
                  },
                ]
              : []),
          ]}
        />
      </div>
      {doing && <EntryDialog dictionary={chosen} entry={doing.entry} last={shown[shown.length - 1]} taken={shown.map((e) => e.code)} onClose={() => setDoing(undefined)} />}
    </>
  );
}

function Enabled(props: {entry: Entry}) {
  const {enabled} = props.entry;
  return (
    <span className="states">
      <Tag color={enabled ? 'success' : undefined}>{enabled ? t().entryOn : t().entryOff}</Tag>
    </span>
  );
}

/** Whether the caller is a super of the top of the tree; undefined before it is known. */
function useRootSuper(): boolean | undefined {
  const grants = useCaller()?.grants;
  const [is, set] = useState<boolean>();
  useEffect(() => {
    const supers = (grants ?? []).filter((g) => g.type === 'super');
    if (supers.length === 0) return set(false);
    let over = false;
    void childrenOf().then(({orgs}) => over || set(orgs.some((o) => o.parent === null && supers.some((g) => g.org === o.orgCode))));
    return () => void (over = true);
  }, [grants]);
  return is;
}

type Typed = {code?: string; label?: string; order?: string; enabled: boolean};

function EntryDialog(props: {dictionary: string; entry?: Entry; last?: Entry; taken: string[]; onClose: () => void}) {
  const {dictionary, entry} = props;
  const {message} = Messages.useApp();
  const [form] = Form.useForm<Typed>();
  const {busy, problem, run} = useRequest();
  const codes = codeForm(dictionary);
  const initial: Typed = entry ? {...entry, order: String(entry.order)} : {code: codes?.prefix, order: String((props.last?.order ?? 0) + 1), enabled: true};
  const close = useFormGuard(form, initial, props.onClose);

  const submit = (typed: Typed) =>
    run(async () => {
      const code = entry?.code ?? (typed.code ?? '').trim();
      const body = {label: typed.label ?? '', order: Number(typed.order), enabled: typed.enabled};
      const answer = await ask(() => api.PUT('/v1/admin/dictionaries/{dictionary}/{code}', {params: {path: {dictionary, code}}, body}));
      if (!answer.ok) {
        form.setFields((answer.problem.errors ?? []).map((e) => ({name: e.field as keyof Typed, errors: [e.message]})));
        return answer.problem;
      }
      entrySaved(answer.data);
      void message.success(t().entrySaved(answer.data.label));
      props.onClose();
    });

  return (
    <Modal
      open
      title={entry ? t().actTitle(t().editEntry, entry.label) : t().addEntry}
      onCancel={close}
      okText={t().ok}
      cancelText={t().cancel}
      okButtonProps={{htmlType: 'submit', form: 'entry', loading: busy}}
      mask={{closable: false}}
    >
      <Failure problem={problem} />
      <Fields<Typed> name="entry" form={form} initialValues={initial} onFinish={submit}>
        <Form.Item
          name="code"
          label={t().entryFields.code}
          extra={!entry && codes && t().entryCodeForm(codes.example)}
          rules={
            entry
              ? []
              : [
                  {transform: (typed: string) => typed.trim(), pattern: codes?.pattern, required: true, message: codes && t().entryCodeForm(codes.example)},
                  {validator: (_, typed: string) => (props.taken.includes(typed.trim()) ? Promise.reject(new Error(t().entryThere)) : Promise.resolve())},
                ]
          }
        >
          <Input autoComplete="off" disabled={!!entry} />
        </Form.Item>
        <Form.Item name="label" label={t().entryFields.label} rules={[{required: true, whitespace: true, message: t().required}]}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="order" label={t().entryFields.order} normalize={(typed: string) => typed.normalize('NFKC')} rules={orderRules()}>
          <Input autoComplete="off" inputMode="numeric" />
        </Form.Item>
        <Form.Item name="enabled" valuePropName="checked" extra={t().entryOffHint}>
          <Checkbox>{t().entryOn}</Checkbox>
        </Form.Item>
      </Fields>
    </Modal>
  );
}
