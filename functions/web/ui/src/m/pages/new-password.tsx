import {useEffect} from 'preact/hooks';
import {useCode} from '../codes';
import {Again, CodeField, Failure, Form, isDead, NewPasswordFields, Page, useGo, useMissing, useRequest} from '../parts';
import {api, ask, deviceName, forget, setFlow, setRaised, t, tell, useTyped, type FlowName} from '../state';

/** 设置登录密码: the code that was texted, and the password twice. */
export function NewPassword(props: {
  of: FlowName;
  title: string;
  back: string;
  /** Where the flow begins anew, once its ticket is good for nothing. */
  begin: string;
}) {
  const go = useGo();
  const {begun, code, setCode, whole, send} = useCode(props.of);
  const [password, setPassword] = useTyped(`${props.of} password`);
  const [again, setAgain] = useTyped(`${props.of} password again`);
  const {missing, leaves} = useMissing<'code' | 'password' | 'again'>();
  const {busy, problem, run} = useRequest();

  useEffect(() => {
    if (!begun) go(props.back, true); // nothing was begun in this tab
  }, []);
  if (!begun) return null;
  const {ticket, phone} = begun;

  async function submit() {
    if (leaves({code: !whole, password: !password, again: !again})) return;
    await run(async () => {
      const answer = await ask(
        api.POST('/v1/password', {body: {ticket, code, password, confirmPassword: again, device: {name: deviceName()}}}),
      );
      if (answer.ok || answer.problem.code === 'already_active') {
        setFlow(props.of, undefined);
        if (props.of === 'approved') setRaised(undefined);
        forget(props.of);
        tell(!answer.ok ? answer.problem.title : props.of === 'activate' ? t().activated : t().passwordSet);
        return go('/m/', true);
      }
      if (isDead(answer.problem)) setFlow(props.of, undefined);
      return answer.problem;
    });
  }

  return (
    <Page title={props.title} back={props.back}>
      {begun.sent && <p class="text">{t().codeSentTo(phone)}</p>}
      <Failure problem={problem} />
      <Again problem={problem} href={props.begin} />
      <Form onSubmit={submit} busy={busy} submit={t().ok}>
        <input class="visually-hidden" type="text" name="username" autoComplete="username" value={phone} readOnly tabIndex={-1} aria-hidden="true" />
        <CodeField of={begun} value={code} onValue={setCode} problem={problem} missing={missing('code')} onResend={() => void run(send)} busy={busy} />
        <NewPasswordFields password={password} onPassword={setPassword} again={again} onAgain={setAgain} missing={missing} problem={problem} />
      </Form>
    </Page>
  );
}
