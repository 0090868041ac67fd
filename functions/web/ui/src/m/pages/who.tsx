import type {ComponentChildren} from 'preact';
import {Failure, Field, Form, Page, useMissing, useRequest} from '../parts';
import {t, useTyped, type Problem} from '../state';

/** The first step of an activation and of a recovery: account or phone, and name. */
export function Who(props: {
  title: string;
  account: string;
  /** Begins the flow, or says why not. */
  begin: (account: string, name: string) => Promise<Problem | void>;
  /** What else is shown of a refusal. */
  more?: (problem: Problem) => ComponentChildren;
}) {
  const [account, setAccount] = useTyped('account');
  const [name, setName] = useTyped('name');
  const {missing, leaves} = useMissing<'account' | 'name'>();
  const {busy, problem, run} = useRequest();

  async function submit() {
    if (leaves({account: !account.trim(), name: !name.trim()})) return;
    await run(() => props.begin(account, name));
  }

  return (
    <Page title={props.title} back="/m/">
      <Failure problem={problem} />
      {problem && props.more?.(problem)}
      <Form onSubmit={submit} busy={busy} submit={t().next}>
        <Field
          label={props.account}
          name="account"
          value={account}
          onValue={setAccount}
          placeholder={t().typeAccountOrPhone}
          autoComplete="username"
          problem={problem}
          error={missing('account') ? t().required : undefined}
        />
        <Field
          label={t().name}
          name="name"
          value={name}
          onValue={setName}
          placeholder={t().typeName}
          autoComplete="name"
          problem={problem}
          error={missing('name') ? t().required : undefined}
        />
      </Form>
    </Page>
  );
}
