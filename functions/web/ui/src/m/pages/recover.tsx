import {useEffect, useState} from 'preact/hooks';
import {Again, Failure, Form, Lines, Loading, Page, To, useGo, useMissing, useRequest} from '../parts';
import {api, ask, flow, justSent, raised, recovery, sent, setFlow, setRaised, setRecovery, t, useTyped, type Problem, type Recovery} from '../state';
import {NewPassword} from './new-password';
import {Who} from './who';

/** Begins a recovery, which this tab keeps, or says why not. */
async function begin(account: string, name: string): Promise<Problem | undefined> {
  const answer = await ask(api.POST('/v1/recovery', {body: {account, name}}));
  if (!answer.ok) return answer.problem;
  setRecovery({...answer.data, account});
}

/** 忘记密码: account or phone, and name. */
export function Recover() {
  const go = useGo();
  return (
    <Who
      title={t().recover}
      account={t().accountOrPhone}
      begin={async (account, name) => {
        const refusal = await begin(account, name);
        if (refusal) return refusal;
        setFlow('recover', undefined);
        go('/m/recover/ways');
      }}
      more={(problem) =>
        problem.code === 'not_activated' && (
          <p class="text">
            <To href="/m/activate">{t().activate}</To>
          </p>
        )
      }
    />
  );
}

/** The recovery that was begun in this tab. Without one the person begins anew. */
function useRecovery(beginning = '/m/recover'): Recovery | undefined {
  const go = useGo();
  const [begun] = useState(recovery);
  useEffect(() => {
    if (!begun) go(beginning, true);
  }, []);
  return begun;
}

/** 联系管理员: who completes a record that keeps its owner from signing in. */
export function Contact() {
  const go = useGo();
  return (
    <Who
      title={t().contactAdministrator}
      account={t().accountOrPhone}
      begin={async (account, name) => (await begin(account, name)) ?? go('/m/contact/administrators')}
    />
  );
}

export function ContactAdministrators() {
  const begun = useRecovery('/m/contact');
  if (!begun) return null;
  return (
    <Page title={t().contactAdministrator} back="/m/contact">
      {begun.administrators.length > 0 && <p class="text">{t().contactWhy}</p>}
      <Administrators of={begun.administrators} />
    </Page>
  );
}

/** 找回密码: by phone, or by an administrator. */
export function RecoverWays() {
  const go = useGo();
  const begun = useRecovery();
  const {busy, problem, run} = useRequest();
  if (!begun) return null;
  const byPhone = begun.methods.includes('phone');

  function phone() {
    if (justSent(flow('recover'))) return go('/m/recover/password');
    void run(async () => {
      const answer = await ask(api.POST('/v1/codes', {body: {ticket: begun!.ticket}}));
      if (!answer.ok) return answer.problem;
      setFlow('recover', sent(answer.data));
      go('/m/recover/password');
    });
  }

  return (
    <Page title={t().recoverWays} back="/m/recover">
      <Failure problem={problem} />
      <Again problem={problem} href="/m/recover" />
      <div class="weui-cells">
        {byPhone && (
          <button type="button" class="weui-cell weui-cell_access row" onClick={phone} aria-busy={busy}>
            <span class="weui-cell__bd">
              <span class="row__name">{t().byPhone}</span>
              <span class="row__why">{t().byPhoneWhy(begun.phone)}</span>
            </span>
            <span class="weui-cell__ft" />
          </button>
        )}
        <a class="weui-cell weui-cell_access row" href="/m/recover/administrators">
          <span class="weui-cell__bd">
            <span class="row__name">{t().byAdministrator}</span>
            <span class="row__why">{begun.request ? `${t().openRequest}：${t().states[begun.request.state]}` : t().byAdministratorWhy}</span>
          </span>
          <span class="weui-cell__ft" />
        </a>
      </div>
      {!byPhone && <p class="text below">{t().onlyAdministrator}</p>}
    </Page>
  );
}

/** 通过手机号找回密码. */
export function RecoverPassword() {
  return <NewPassword of="recover" back="/m/recover/ways" begin="/m/recover" title={t().setPassword} />;
}

/** Whom to call. */
function Administrators({of}: {of: Recovery['administrators']}) {
  return (
    <>
        <h2 class="group">{t().administrators}</h2>
        <ul class="weui-cells list">
          {of.map((a) => (
            <li class="weui-cell">
              <span class="weui-cell__bd">
                <span class="row__name">{a.name}</span>
                <span class="row__why">{a.unit}</span>
              </span>
              <span class="weui-cell__ft">
                {a.officePhone ? (
                  <a class="link" href={`tel:${a.officePhone.replace(/[^\d+]/g, '')}`} aria-label={t().call(a.name)}>
                    {a.officePhone}
                  </a>
                ) : (
                  <span class="quiet">{t().noOfficePhone}</span>
                )}
              </span>
            </li>
          ))}
          {of.length === 0 && <li class="weui-cell">{t().noAdministrators}</li>}
        </ul>
    </>
  );
}

/** 通过管理员找回密码: whom to call, and the request. */
export function RecoverAdministrators() {
  const go = useGo();
  const begun = useRecovery();
  const [reason, setReason] = useTyped('recover reason');
  const {missing, leaves} = useMissing<'reason'>();
  const {busy, problem, run} = useRequest();
  if (!begun) return null;
  const open = begun.request;
  const followed = !!open && open.id === raised()?.id;

  // Whoever joins a request is asked for no reason: that of the request stands.
  const joins = !!open && !followed;

  async function submit() {
    if (!joins && leaves({reason: !reason.trim()})) return;
    await run(async () => {
      const answer = await ask(api.POST('/v1/recovery/requests', {body: {ticket: begun!.ticket, reason: joins ? t().joinReason : reason}}));
      if (!answer.ok) return answer.problem;
      const {id, state, recoveryTicket} = answer.data;
      setRaised({id, recoveryTicket});
      setRecovery({...begun!, request: {id, state}});
      go('/m/recover/request');
    });
  }

  return (
    <Page title={t().byAdministrator} back="/m/recover/ways">
      {open && (
        <p class="notice">
          {t().openRequest}：{t().states[open.state]}
          {followed && (
            <>
              <br />
              <To href="/m/recover/request">{t().seeRequest}</To>
            </>
          )}
        </p>
      )}
      <Administrators of={begun.administrators} />
      <Failure problem={problem} />
      <Again problem={problem} href="/m/recover" />
      {/* Where nobody can help, a request would wait for nobody. */}
      {begun.administrators.length > 0 && !followed && (
        <Form onSubmit={submit} busy={busy} submit={joins ? t().follow : t().raise}>
          {!joins && (
            <Lines
              label={t().reason}
              name="reason"
              value={reason}
              onValue={setReason}
              placeholder={t().reasonHint}
              problem={problem}
              error={missing('reason') ? t().required : undefined}
            />
          )}
        </Form>
      )}
    </Page>
  );
}

/** 找回申请: how the request goes on, and the way on once it is approved. */
export function RecoverRequest() {
  const go = useGo();
  const [mine] = useState(raised);
  const [state, setState] = useState<{state: keyof ReturnType<typeof t>['states']; reason?: string}>();
  const {busy, problem, run} = useRequest();

  function look() {
    void run(async () => {
      const answer = await ask(
        api.GET('/v1/recovery/requests/{id}', {params: {path: {id: mine!.id}, header: {'Recovery-Ticket': mine!.recoveryTicket}}}),
      );
      if (!answer.ok) return answer.problem;
      setState(answer.data);
    });
  }
  useEffect(() => {
    if (mine) look();
    else go('/m/recover', true);
  }, []);
  if (!mine) return null;
  const begun = recovery();

  function goOn() {
    setFlow('approved', {ticket: mine!.recoveryTicket, phone: '', sent: false, resendAt: 0});
    go('/m/recover/approved');
  }

  return (
    <Page title={t().raised} back="/m/recover/administrators">
      {!state ? (
        <Loading problem={problem} onRetry={look} />
      ) : (
        <>
          <Failure problem={problem} />
          <div class={`state state_${state.state}`} role="status">
            <p class="state__name">{t().states[state.state]}</p>
            {state.reason && <p>{t().rejectedWhy(state.reason)}</p>}
            <p>{t().stateHelp[state.state]}</p>
          </div>
          {state.state === 'pending' && begun?.request?.id === mine.id && <Administrators of={begun.administrators} />}
          <div class="actions">
            {state.state === 'approved' && (
              <button type="button" class="weui-btn weui-btn_primary" onClick={goOn}>
                {t().goOn}
              </button>
            )}
            {(state.state === 'rejected' || state.state === 'expired') && (
              <a class="weui-btn weui-btn_primary" href="/m/recover">
                {t().again}
              </a>
            )}
            {state.state === 'used' && (
              <a class="weui-btn weui-btn_primary" href="/m/">
                {t().signIn}
              </a>
            )}
            {state.state === 'pending' && (
              <button type="button" class="weui-btn weui-btn_default" onClick={look} aria-busy={busy}>
                {t().refresh}
              </button>
            )}
          </div>
        </>
      )}
    </Page>
  );
}

/** The new password of an approved request. The code is texted when asked for. */
export function RecoverApproved() {
  return <NewPassword of="approved" back="/m/recover/request" begin="/m/recover" title={t().setPassword} />;
}
