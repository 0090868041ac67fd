import {useEffect, useState} from 'preact/hooks';
import {Dialog, Failure, Field, Form, Page, PasswordField, To, useGo, useMissing, useRequest} from '../parts';
import {api, ask, deviceName, forget, setFlow, t, useTyped} from '../state';
import {isSignedIn, NotKept, sessionIsKept} from './not-kept';

/** 登录: account or phone, and password. */
export function SignIn() {
  const go = useGo();
  const [byPhone, setByPhone] = useTyped('sign-in by phone');
  const [account, setAccount] = useTyped('account');
  const [password, setPassword] = useTyped('sign-in password');
  const {missing, leaves} = useMissing<'account' | 'password'>();
  const [incomplete, setIncomplete] = useState(false);
  const [notKept, setNotKept] = useState(false);
  const {busy, problem, run} = useRequest();

  // Who is signed in already goes on to the own account.
  useEffect(() => {
    void isSignedIn().then((yes) => yes && go('/m/home', true));
  }, []);

  async function submit() {
    if (leaves({account: !account.trim(), password: !password})) return;
    await run(async () => {
      const answer = await ask(api.POST('/v1/sessions', {body: {account, password, client: 'mobile_web', device: {name: deviceName()}}}));
      if (answer.ok) {
        forget('sign-in');
        if (!(await sessionIsKept())) return setNotKept(true);
        return go('/m/home');
      }
      const {problem} = answer;
      if (problem.code === 'second_factor_required' && problem.ticket) {
        setFlow('signIn', {ticket: problem.ticket, phone: problem.phone ?? '', sent: false, resendAt: 0});
        return go('/m/verify');
      }
      if (problem.code === 'profile_incomplete') return setIncomplete(true);
      return problem;
    });
  }

  if (notKept) return <NotKept />;
  return (
    <Page title={t().welcome}>
      <Failure problem={problem} />
      <Form
        onSubmit={submit}
        busy={busy}
        submit={t().signIn}
        below={
          <p class="actions__links actions__links_center">
            <To href="/m/activate">{t().activate}</To>
          </p>
        }
      >
        <Field
          label={byPhone ? t().phone : t().account}
          name="account"
          value={account}
          onValue={setAccount}
          placeholder={byPhone ? t().typePhone : t().typeAccount}
          autoComplete="username"
          inputMode={byPhone ? 'tel' : 'text'}
          problem={problem}
          error={missing('account') ? t().required : undefined}
        />
        <PasswordField
          label={t().password}
          name="password"
          value={password}
          onValue={setPassword}
          placeholder={t().typePassword}
          autoComplete="current-password"
          problem={problem}
          error={missing('password') ? t().required : undefined}
        />
        <p class="actions__links">
          <button type="button" class="link" onClick={() => setByPhone(byPhone ? '' : 'yes')}>
            {byPhone ? t().withAccount : t().withPhone}
          </button>
          <To href="/m/recover">{t().forgotten}</To>
        </p>
      </Form>
      {incomplete && (
        <Dialog
          title={t().incomplete}
          onClose={() => setIncomplete(false)}
          actions={[
            {text: t().contactAdministrator, do: () => go('/m/contact')},
            {text: t().ok, do: () => setIncomplete(false), primary: true},
          ]}
        />
      )}
    </Page>
  );
}
