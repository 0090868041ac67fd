import {useState} from 'preact/hooks';
import {Failure, Field, Form, Page, useGo, useRequest} from '../parts';
import {api, ask, sent, setFlow, t, useTyped} from '../state';
import {NewPassword} from './new-password';

/** 新账号激活, the first step: account and name. */
export function Activate() {
  const go = useGo();
  const [account, setAccount] = useTyped('account');
  const [name, setName] = useTyped('name');
  const [missing, setMissing] = useState<'account' | 'name'>();
  const {busy, problem, run} = useRequest();

  async function submit() {
    if (!account.trim()) return setMissing('account');
    if (!name.trim()) return setMissing('name');
    setMissing(undefined);
    await run(async () => {
      const answer = await ask(api.POST('/v1/codes', {body: {purpose: 'activate', account, name}}));
      if (!answer.ok) return answer.problem;
      setFlow('activate', sent(answer.data));
      go('/m/activate/password');
    });
  }

  return (
    <Page title={t().activateTitle} back="/m/">
      <Failure problem={problem} />
      <Form onSubmit={submit} busy={busy} submit={t().next}>
        <Field
          label={t().account}
          name="account"
          value={account}
          onValue={setAccount}
          placeholder={t().typeAccountOrPhone}
          autoComplete="username"
          problem={problem}
          error={missing === 'account' ? t().required : undefined}
        />
        <Field
          label={t().name}
          name="name"
          value={name}
          onValue={setName}
          placeholder={t().typeName}
          autoComplete="name"
          problem={problem}
          error={missing === 'name' ? t().required : undefined}
        />
      </Form>
    </Page>
  );
}

/** The second step: code and password. */
export function ActivatePassword() {
  return <NewPassword of="activate" back="/m/activate" title={t().setPassword} />;
}
