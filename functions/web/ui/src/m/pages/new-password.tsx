import {useEffect, useState} from 'preact/hooks';
import {Again, CodeField, Failure, Form, Page, PasswordField, PasswordRules, useGo, useRequest} from '../parts';
import {api, ask, deviceName, flow, forget, refused, sent, setFlow, setRaised, t, tell, useTyped, type FlowName} from '../state';

/** 设置登录密码: the code that was texted, and the password twice. */
export function NewPassword(props: {of: FlowName; back: string; title: string}) {
  const go = useGo();
  const [begun, setBegun] = useState(() => flow(props.of));
  const [code, setCode] = useTyped(`${props.of} code`);
  const [password, setPassword] = useTyped(`${props.of} password`);
  const [again, setAgain] = useTyped(`${props.of} password again`);
  const [missing, setMissing] = useState<'code' | 'password' | 'again'>();
  const {busy, problem, run} = useRequest();

  useEffect(() => {
    if (!begun) go(props.back, true); // nothing was begun in this tab
  }, []);
  if (!begun) return null;
  const {ticket, phone, resendAt, sent: texted} = begun;

  function resend() {
    void run(async () => {
      const answer = await ask(api.POST('/v1/codes', {body: {ticket}}));
      if (!answer.ok) {
        setBegun(refused(begun!, answer.problem));
        return answer.problem;
      }
      const now = sent(answer.data);
      setFlow(props.of, now);
      setBegun(now);
      setCode('');
    });
  }

  async function submit() {
    if (code.length !== 6) return setMissing('code');
    if (!password) return setMissing('password');
    if (!again) return setMissing('again');
    setMissing(undefined);
    await run(async () => {
      const answer = await ask(
        api.POST('/v1/password', {body: {ticket, code, password, confirmPassword: again, device: {name: deviceName()}}}),
      );
      if (answer.ok || answer.problem.code === 'already_active') {
        setFlow(props.of, undefined);
        if (props.of === 'approved') setRaised(undefined);
        forget(props.of);
        tell(answer.ok ? t().passwordSet : answer.problem.title);
        return go('/m/', true);
      }
      return answer.problem;
    });
  }

  const mismatch = problem?.code === 'password_mismatch' ? problem.title : undefined;
  return (
    <Page title={props.title} back={props.back}>
      {texted && <p class="text">{t().codeSentTo(phone)}</p>}
      <Failure problem={problem} />
      <Again problem={problem} href={props.back} />
      <Form onSubmit={submit} busy={busy} submit={t().ok}>
        <input class="visually-hidden" type="text" name="username" autoComplete="username" value={phone} readOnly tabIndex={-1} aria-hidden="true" />
        <CodeField
          value={code}
          onValue={setCode}
          problem={missing === 'code' ? {code: '', title: '', status: 0, errors: [{field: 'code', code: 'required', message: t().typeCode}]} : problem}
          resendAt={resendAt}
          onResend={resend}
          busy={busy}
          first={!texted}
        />
        <p class="group">{t().passwordHint}</p>
        <PasswordField
          label={t().newPassword}
          name="password"
          value={password}
          onValue={setPassword}
          placeholder={t().typePassword}
          autoComplete="new-password"
          problem={problem}
          error={missing === 'password' ? t().required : undefined}
          hint={<PasswordRules password={password} />}
        />
        <PasswordField
          label={t().confirmPassword}
          name="confirmPassword"
          value={again}
          onValue={setAgain}
          placeholder={t().typePasswordAgain}
          autoComplete="new-password"
          problem={problem}
          error={missing === 'again' ? t().required : (mismatch ?? (again.length >= password.length && again !== password && again ? t().mismatch : undefined))}
        />
      </Form>
    </Page>
  );
}
