import {Alert, Button, Form, Input, Spin} from 'antd';
import {useEffect, useRef, useState} from 'react';
import {codeIn} from '../shared/code';
import {Failure, Fields, useRequest, useSecondsUntil, useTitle} from './parts';
import {api, askOnce, deviceName, proveNothing, signedIn, signInInstead, switchLanguage, t, type Problem, type Schemas} from './state';

const stepKey = 'console-second-step';

/** A second step that was begun. It stands in sessionStorage, so that a reload goes on. */
type Step = {ticket: string; phone: string; sent: boolean; resendAt: number};

function storedStep(): Step | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(stepKey) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

/** 管理中心: the page of somebody who is not signed in. */
export default function SignInPage() {
  useTitle(t().signIn);
  return (
    <div className="entrance">
      <main className="entrance__card">
        <h1 className="entrance__title">{t().center}</h1>
        <SignIn />
      </main>
      <Button type="text" className="entrance__language" onClick={switchLanguage}>
        {t().language}
      </Button>
    </div>
  );
}

/** The two steps of a sign-in, in a page or in a dialog. */
export function SignIn() {
  const [step, setStep] = useState(storedStep);
  const [notKept, setNotKept] = useState(false);
  const [refused, setRefused] = useState<Problem>();

  function keep(now: Step | undefined, why?: Problem) {
    if (now) sessionStorage.setItem(stepKey, JSON.stringify(now));
    else sessionStorage.removeItem(stepKey);
    setStep(now);
    setRefused(why);
  }

  async function done(session: Schemas['Session']) {
    keep(undefined);
    const me = await askOnce(() => api.GET('/v1/me'));
    if (!me.ok && me.problem.code === 'session_missing') return setNotKept(true);
    signedIn(session);
  }

  if (notKept) return <NotKept onBack={() => setNotKept(false)} />;
  if (step) return <SecondStep step={step} why={t().secondStepWhy} onStep={keep} onDone={done} />;
  return <Password refused={refused} onStep={keep} onDone={done} />;
}

type Typed = {account: string; password: string};

function Password(props: {refused?: Problem; onStep: (step: Step) => void; onDone: (session: Schemas['Session']) => Promise<void>}) {
  const {busy, problem, run, fail} = useRequest();
  const [byPhone, setByPhone] = useState(false);
  const [help, setHelp] = useState(false);
  useEffect(() => fail(props.refused), [props.refused]);

  const submit = (typed: Typed) =>
    run(async () => {
      const answer = await askOnce(() => api.POST('/v1/sessions', {body: {...typed, client: 'console', device: {name: deviceName()}}}));
      if (answer.ok) return props.onDone(answer.data);
      const {problem} = answer;
      if (problem.code === 'second_factor_required' && problem.ticket) {
        return props.onStep({ticket: problem.ticket, phone: problem.phone ?? '', sent: false, resendAt: 0});
      }
      return problem;
    });

  return (
    <Fields<Typed> name="sign-in" onFinish={submit} initialValues={{account: '', password: ''}}>
      <Failure problem={problem} />
      {problem?.code === 'permission_denied' && <p className="quiet">{t().onlyAdministrators}</p>}
      <Form.Item name="account" label={byPhone ? t().phone : t().account} rules={[{required: true, whitespace: true, message: t().required}]}>
        <Input size="large" placeholder={byPhone ? t().typePhone : t().typeAccount} autoComplete="username" autoCapitalize="none" spellCheck={false} inputMode={byPhone ? 'tel' : 'text'} autoFocus />
      </Form.Item>
      <Form.Item name="password" label={t().password} rules={[{required: true, message: t().required}]}>
        <PasswordInput />
      </Form.Item>
      <Button type="primary" htmlType="submit" size="large" block loading={busy}>
        {t().signIn}
      </Button>
      <div className="entrance__links">
        <Button type="link" onClick={() => setByPhone(!byPhone)}>
          {byPhone ? t().withAccount : t().withPhone}
        </Button>
        <Button type="link" aria-expanded={help} onClick={() => setHelp(!help)}>
          {t().forgotten}
        </Button>
      </div>
      {help && (
        <p className="quiet" role="status">
          {t().forgottenHelp} <a href="/m/recover">{t().forgottenPage}</a>
        </p>
      )}
    </Fields>
  );
}

function Eye(props: {open: boolean}) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12z" />
      <circle cx="12" cy="12" r="3" />
      {!props.open && <path d="M4 4l16 16" />}
    </svg>
  );
}

/** A password field whose eye can be reached and named. */
function PasswordInput(props: {id?: string; value?: string; onChange?: (e: React.ChangeEvent<HTMLInputElement>) => void}) {
  const [shown, show] = useState(false);
  return (
    <Input
      {...props}
      size="large"
      type={shown ? 'text' : 'password'}
      placeholder={t().typePassword}
      autoComplete="current-password"
      suffix={
        <Button type="text" size="small" aria-label={shown ? t().hidePassword : t().showPassword} aria-pressed={shown} onClick={() => show(!shown)} icon={<Eye open={shown} />} />
      }
    />
  );
}

function SecondStep(props: {step: Step; why: string; onStep: (step: Step | undefined, why?: Problem) => void; onDone: (session: Schemas['Session']) => Promise<void>}) {
  const {step} = props;
  const {busy, problem, run} = useRequest();
  const [form] = Form.useForm<{code: string}>();
  const left = useSecondsUntil(step.resendAt);
  const begun = useRef(false);

  /** What is over begins anew with the password. */
  function refused(why: Problem): Problem | void {
    if (['ticket_invalid', 'code_tries_spent', 'profile_incomplete', 'permission_denied'].includes(why.code)) return props.onStep(undefined, why);
    return why;
  }

  function send() {
    void run(async () => {
      const answer = await askOnce(() => api.POST('/v1/codes', {body: {ticket: step.ticket}}));
      if (answer.ok) {
        form.resetFields();
        return props.onStep({ticket: answer.data.ticket, phone: answer.data.phone, sent: true, resendAt: Date.now() + answer.data.resendIn * 1000});
      }
      const {code, retryAfter} = answer.problem;
      if (code === 'code_too_soon' && retryAfter) props.onStep({...step, resendAt: Date.now() + retryAfter * 1000});
      return refused(answer.problem);
    });
  }

  useEffect(() => {
    if (!step.sent && step.resendAt === 0 && !begun.current) send();
    begun.current = true;
  }, []);

  const submit = (typed: {code: string}) =>
    run(async () => {
      const answer = await askOnce(() => api.POST('/v1/sessions/verify', {body: {ticket: step.ticket, code: typed.code}}));
      if (!answer.ok) return refused(answer.problem);
      return props.onDone(answer.data);
    });

  return (
    <Fields<{code: string}> name="second-step" form={form} onFinish={submit} initialValues={{code: ''}}>
      <p className="entrance__text">{step.sent ? t().codeSentTo(step.phone) : props.why}</p>
      <Failure problem={problem} />
      <Form.Item name="code" label={t().code} normalize={codeIn} rules={[{required: true, len: 6, message: t().typeCode}]}>
        <Input size="large" placeholder={t().typeCode} inputMode="numeric" autoComplete="one-time-code" autoFocus />
      </Form.Item>
      <Button type="primary" htmlType="submit" size="large" block loading={busy}>
        {t().ok}
      </Button>
      <div className="entrance__links">
        <Button type="link" onClick={() => props.onStep(undefined)}>
          {t().back}
        </Button>
        <Button type="link" disabled={left > 0 || busy} onClick={send}>
          {left > 0 ? t().seconds(left) : t().resend}
        </Button>
      </div>
    </Fields>
  );
}

/** Proves the phone again within the session: what was refused for want of it goes on. */
export function Prove() {
  const {busy, problem, run, fail} = useRequest();
  const [step, setStep] = useState<Step>();

  const begin = () =>
    void run(async () => {
      const answer = await askOnce(() => api.POST('/v1/sessions/step-up', {body: {}}));
      if (answer.ok) return setStep({...answer.data, sent: false, resendAt: 0});
      if (answer.problem.status === 401) return signInInstead();
      return answer.problem;
    });
  useEffect(begin, []);

  function go(now: Step | undefined, why?: Problem) {
    if (!now && !why) return proveNothing();
    setStep(now);
    fail(why);
  }

  if (step) return <SecondStep step={step} why={t().proveWhy} onStep={go} onDone={async (session) => signedIn(session)} />;
  return (
    <>
      <Failure problem={problem} onRetry={begin} />
      {busy && <Spin className="bench__wait" />}
      <Button block onClick={proveNothing}>
        {t().back}
      </Button>
    </>
  );
}

/**
 * Told to somebody who was signed in, and whose browser did not keep the cookie. On the
 * developer's own machine the cause is plain http: some browsers keep no cookie of ours
 * there.
 */
function NotKept(props: {onBack: () => void}) {
  const local = location.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);
  const secure = `https://${location.hostname}:3443/console/`;
  return (
    <>
      <Alert
        className="failure"
        type="warning"
        showIcon
        role="alert"
        title={t().notKept}
        description={
          <>
            {local ? t().notKeptLocal : t().notKeptWhy} {local && <a href={secure}>{secure}</a>}
          </>
        }
      />
      <Button onClick={props.onBack}>{t().back}</Button>
    </>
  );
}
