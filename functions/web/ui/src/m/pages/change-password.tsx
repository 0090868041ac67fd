import {Failure, Form, NewPasswordFields, Page, PasswordField, useGo, useMissing, useRequest} from '../parts';
import {api, ask, forget, t, tell, useTyped} from '../state';
import {useSessionOver} from './home';

/** 修改登录密码. It ends all sessions. */
export function ChangePassword() {
  const go = useGo();
  const over = useSessionOver();
  const [current, setCurrent] = useTyped('change current');
  const [password, setPassword] = useTyped('change password');
  const [again, setAgain] = useTyped('change again');
  const {missing, leaves} = useMissing<'current' | 'password' | 'again'>();
  const {busy, problem, run} = useRequest();

  async function submit() {
    if (leaves({current: !current, password: !password, again: !again})) return;
    await run(async () => {
      const answer = await ask(api.POST('/v1/me/password', {body: {currentPassword: current, password, confirmPassword: again}}));
      if (!answer.ok) return over(answer.problem.code) ? undefined : answer.problem;
      forget('change');
      tell(t().endedByChange);
      go('/m/', true);
    });
  }

  const wrong = problem?.code === 'credentials_wrong' ? problem.title : undefined;
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
          error={missing('current') ? t().required : wrong}
        />
        <NewPasswordFields password={password} onPassword={setPassword} again={again} onAgain={setAgain} missing={missing} problem={problem} />
      </Form>
    </Page>
  );
}
