import {useEffect, useState} from 'preact/hooks';
import {useCode} from '../codes';
import {Again, CodeField, Failure, Form, Page, useGo, useRequest} from '../parts';
import {api, ask, forget, setFlow, t} from '../state';
import {NotKept, sessionIsKept} from './not-kept';

/** 二次验证: the code that proves the phone. It is texted as soon as the page opens. */
export function Verify() {
  const go = useGo();
  const {begun, code, setCode, whole, send} = useCode('signIn', 'verify code');
  const [missing, setMissing] = useState(false);
  const [trust, setTrust] = useState(true);
  const [notKept, setNotKept] = useState(false);
  const {busy, problem, run} = useRequest();

  useEffect(() => {
    if (!begun) go('/m/', true);
    else if (!begun.sent) void run(send);
  }, []);
  if (notKept) return <NotKept />;
  if (!begun) return null;

  async function submit() {
    setMissing(!whole);
    if (!whole) return;
    await run(async () => {
      const answer = await ask(api.POST('/v1/sessions/verify', {body: {ticket: begun!.ticket, code, trustDevice: trust}}));
      if (!answer.ok) return answer.problem;
      setFlow('signIn', undefined);
      forget('verify');
      forget('sign-in');
      if (!(await sessionIsKept())) return setNotKept(true);
      go('/m/home', true);
    });
  }

  return (
    <Page title={t().secondStep} back="/m/">
      <p class="text">{t().secondStepWhy}</p>
      {begun.sent && <p class="text">{t().codeSentTo(begun.phone)}</p>}
      <Failure problem={problem} />
      <Again problem={problem} href="/m/" />
      <Form onSubmit={submit} busy={busy} submit={t().ok}>
        <CodeField of={begun} value={code} onValue={setCode} problem={problem} missing={missing} onResend={() => void run(send)} busy={busy} />
        <label class="check">
          <input type="checkbox" checked={trust} onChange={(e) => setTrust(e.currentTarget.checked)} />
          <span>{t().trust}</span>
        </label>
      </Form>
    </Page>
  );
}
