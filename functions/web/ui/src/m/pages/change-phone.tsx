import {useEffect, useId, useState} from 'preact/hooks';
import {useCode} from '../codes';
import {CodeField, Failure, Field, Form, Page, PasswordField, useGo, useMissing, useRequest} from '../parts';
import {api, ask, flow, forget, justSent, sent, setFlow, t, tell, useTyped, type FlowName, type Problem} from '../state';
import {useSessionOver} from './home';

type Step = 'number' | 'prove' | 'confirm';

/**
 * 更换绑定手机号: the present password and the new number, then the code that went there.
 * If the session has proved the present phone too long ago, that comes in between; what
 * was typed stays.
 */
export function ChangePhone() {
  const go = useGo();
  const over = useSessionOver();
  const [step, setStep] = useState<Step>(flow('newPhone') ? 'confirm' : 'number');
  const [password, setPassword] = useTyped('phone password');
  const [area, setArea] = useTyped('phone area', '+86');
  const [phone, setPhone] = useTyped('phone number');
  const {missing, leaves} = useMissing<'password' | 'phone'>();
  const {busy, problem, run} = useRequest();
  const areaId = useId();

  useEffect(() => () => setFlow('stepUp', undefined), []);

  async function begin() {
    const answer = await ask(api.POST('/v1/me/phone', {body: {currentPassword: password, areaCode: area as '+86', phone}}));
    if (answer.ok && answer.status === 202) {
      setFlow('newPhone', sent(answer.data as Parameters<typeof sent>[0]));
      setStep('confirm');
      return;
    }
    if (answer.ok) return;
    if (answer.problem.code === 'step_up_required') return prove();
    return over(answer.problem.code) ? undefined : answer.problem;
  }

  async function prove(): Promise<Problem | void> {
    if (justSent(flow('stepUp'))) return setStep('prove'); // after a reload
    const asked = await ask(api.POST('/v1/sessions/step-up', {body: {}}));
    if (!asked.ok) return over(asked.problem.code) ? undefined : asked.problem;
    setFlow('stepUp', {ticket: asked.data.ticket, phone: asked.data.phone, sent: false, resendAt: 0});
    setStep('prove');
  }

  async function submit() {
    if (leaves({password: !password, phone: !phone.trim()})) return;
    await run(begin);
  }

  if (step === 'prove') {
    return (
      <Code
        key="stepUp"
        of="stepUp"
        why={t().stepUpWhy}
        onCode={async (ticket, code) => {
          const answer = await ask(api.POST('/v1/sessions/verify', {body: {ticket, code, trustDevice: false}}));
          if (!answer.ok) return over(answer.problem.code) ? undefined : answer.problem;
          setFlow('stepUp', undefined);
          setStep('number');
          await run(begin); // what is refused now is told where the number stands
        }}
      />
    );
  }
  if (step === 'confirm') {
    return (
      <Code
        key="newPhone"
        of="newPhone"
        why={t().phoneEndsAll}
        onCode={async (ticket, code) => {
          const answer = await ask(api.POST('/v1/me/phone', {body: {ticket, code}}));
          if (!answer.ok) {
            if (answer.problem.code === 'step_up_required') return prove();
            return over(answer.problem.code) ? undefined : answer.problem;
          }
          setFlow('newPhone', undefined);
          forget('phone');
          tell(t().endedByChange);
          go('/m/', true);
        }}
        onAgain={() => {
          setFlow('newPhone', undefined);
          setStep('number');
        }}
      />
    );
  }

  const wrong = problem?.code === 'credentials_wrong' ? problem.title : undefined;
  const taken = problem?.code === 'phone_taken' ? problem.title : undefined;
  return (
    <Page title={t().changePhone} back="/m/home">
      <p class="text">{t().phoneEndsAll}</p>
      <Failure problem={problem} />
      <Form onSubmit={submit} busy={busy} submit={t().next}>
        <PasswordField
          label={t().currentPassword}
          name="currentPassword"
          value={password}
          onValue={setPassword}
          placeholder={t().typeCurrentPassword}
          autoComplete="current-password"
          problem={problem}
          error={missing('password') ? t().required : wrong}
        />
        <div class="field">
          <div class="weui-cell">
            <div class="weui-cell__hd">
              <label class="weui-label" for={areaId}>
                {t().area}
              </label>
            </div>
            <div class="weui-cell__bd">
              <select id={areaId} class="select" value={area} onChange={(e) => setArea(e.currentTarget.value)}>
                {Object.entries(t().areas).map(([code, name]) => (
                  <option value={code}>{name}</option>
                ))}
              </select>
            </div>
          </div>
        </div>
        <Field
          label={t().newPhone}
          name="phone"
          value={phone}
          onValue={setPhone}
          placeholder={t().typePhone}
          inputMode="tel"
          autoComplete="tel-national"
          problem={problem}
          error={missing('phone') ? t().required : taken}
        />
      </Form>
      <p class="text quiet">{t().lostPhone}</p>
    </Page>
  );
}

/** One step of the change: a code, for the present phone or for the new one. */
function Code(props: {of: FlowName; why: string; onCode: (ticket: string, code: string) => Promise<Problem | void>; onAgain?: () => void}) {
  const {begun, code, setCode, whole, send} = useCode(props.of);
  const [missing, setMissing] = useState(false);
  const {busy, problem, run} = useRequest();

  useEffect(() => {
    if (begun && !begun.sent) void run(send);
    return () => forget(`${props.of} code`);
  }, []);
  if (!begun) return null;
  const {ticket} = begun;

  async function submit() {
    setMissing(!whole);
    if (whole) await run(() => props.onCode(ticket, code));
  }

  return (
    <Page title={t().changePhone} back="/m/home">
      <p class="text">{props.why}</p>
      {begun.sent && <p class="text">{t().codeSentTo(begun.phone)}</p>}
      <Failure problem={problem} />
      <Form
        onSubmit={submit}
        busy={busy}
        submit={t().ok}
        below={
          props.onAgain && (
            <p class="actions__links actions__links_center">
              <button type="button" class="link" onClick={props.onAgain}>
                {t().again}
              </button>
            </p>
          )
        }
      >
        <CodeField of={begun} value={code} onValue={setCode} problem={problem} missing={missing} onResend={() => void run(send)} busy={busy} />
      </Form>
    </Page>
  );
}
