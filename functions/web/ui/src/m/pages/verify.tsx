import {useEffect, useState} from 'preact/hooks';
import {Again, CodeField, Failure, Form, Page, useGo, useRequest} from '../parts';
import {api, ask, flow, forget, refused, sent, setFlow, t, useTyped} from '../state';
import {NotKept, sessionIsKept} from './not-kept';

/** 二次验证: the code that proves the phone. It is texted as soon as the page opens. */
export function Verify() {
  const go = useGo();
  const [begun, setBegun] = useState(() => flow('signIn'));
  const [code, setCode] = useTyped('verify code');
  const [trust, setTrust] = useState(true);
  const [notKept, setNotKept] = useState(false);
  const {busy, problem, run, fail} = useRequest();

  function send() {
    void run(async () => {
      const answer = await ask(api.POST('/v1/codes', {body: {ticket: begun!.ticket}}));
      if (!answer.ok) {
        keep(refused(begun!, answer.problem));
        return answer.problem;
      }
      keep(sent(answer.data));
      setCode('');
    });
  }
  function keep(now: NonNullable<typeof begun>) {
    setFlow('signIn', now);
    setBegun(now);
  }

  useEffect(() => {
    if (!begun) go('/m/', true);
    else if (!begun.sent) send();
  }, []);
  if (notKept) return <NotKept />;
  if (!begun) return null;

  async function submit() {
    if (code.length !== 6) {
      return fail({code: 'field_invalid', title: t().typeCode, status: 0, errors: [{field: 'code', code: 'required', message: t().typeCode}]});
    }
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
        <CodeField value={code} onValue={setCode} problem={problem} resendAt={begun.resendAt} onResend={send} busy={busy} first={!begun.sent} />
        <label class="check">
          <input type="checkbox" checked={trust} onChange={(e) => setTrust(e.currentTarget.checked)} />
          <span>{t().trust}</span>
        </label>
      </Form>
    </Page>
  );
}
