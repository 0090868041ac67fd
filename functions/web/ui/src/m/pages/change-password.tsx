import {useState} from 'preact/hooks';
import {Failure, Form, Page, PasswordField, PasswordRules, useGo, useRequest} from '../parts';
import {api, ask, forget, t, tell, useTyped} from '../state';
import {useSessionOver} from './home';

/** 修改登录密码. It ends all sessions. */
export function ChangePassword() {
  const go = useGo();
  const over = useSessionOver();
  const [current, setCurrent] = useTyped('change current');
  const [password, setPassword] = useTyped('change password');
  const [again, setAgain] = useTyped('change again');
  const [missing, setMissing] = useState<'current' | 'password' | 'again'>();
  const {busy, problem, run} = useRequest();

  async function submit() {
    if (!current) return setMissing('current');
    if (!password) return setMissing('password');
    if (!again) return setMissing('again');
    setMissing(undefined);
    await run(async () => {
      const answer = await ask(api.POST('/v1/me/password', {body: {currentPassword: current, password, confirmPassword: again}}));
      if (!answer.ok) return over(answer.problem.code) ? undefined : answer.problem;
      forget('change');
      tell(t().endedByChange);
      go('/m/', true);
    });
  }

  const wrong = problem?.code === 'credentials_wrong' ? problem.title : undefined;
  const mismatch = problem?.code === 'password_mismatch' ? problem.title : undefined;
  return (
    <Page title={t().changePassword} back="/m/home">
      <p class="text">{t().passwordEndsAll}</p>
      <Failure problem={problem} />
      <Form onSubmit={submit} busy={busy} submit={t().ok}>
        <PasswordField
          label={t().currentPassword}
          name="currentPassword"
          value={current}
          onValue={setCurrent}
          placeholder={t().typeCurrentPassword}
          autoComplete="current-password"
          problem={problem}
          error={missing === 'current' ? t().required : wrong}
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
          error={missing === 'again' ? t().required : mismatch}
        />
      </Form>
    </Page>
  );
}
