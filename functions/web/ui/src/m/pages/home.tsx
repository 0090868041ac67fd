import {useEffect, useState} from 'preact/hooks';
import type {Schemas} from '../../api/client';
import {Dialog, Failure, Loading, Page, useGo, useRequest} from '../parts';
import {api, ask, t, tell} from '../state';

/** Where somebody goes whose session is over. It reports whether it is. */
export function useSessionOver() {
  const go = useGo();
  return (code: string) => {
    if (!['session_missing', 'session_expired'].includes(code)) return false;
    tell(t().sessionOver);
    go('/m/', true);
    return true;
  };
}

/** 我的账号: the own record, and what one may do with the account. */
export function Home() {
  const go = useGo();
  const over = useSessionOver();
  const [me, setMe] = useState<Schemas['StaffRecord']>();
  const [leaving, setLeaving] = useState(false);
  const {problem, run} = useRequest();

  function load() {
    void run(async () => {
      const answer = await ask(api.GET('/v1/me'));
      if (answer.ok) return setMe(answer.data);
      if (!over(answer.problem.code)) return answer.problem;
    });
  }
  useEffect(load, []);

  async function signOut() {
    setLeaving(false);
    await run(async () => {
      const answer = await ask(api.DELETE('/v1/sessions/current'));
      if (!answer.ok && answer.problem.status !== 401) return answer.problem;
      tell(t().signedOut);
      go('/m/', true);
    });
  }

  return (
    <Page title={t().home}>
      {!me ? (
        <Loading problem={problem} onRetry={load} />
      ) : (
        <>
          <Failure problem={problem} />
          <dl class="weui-cells facts">
            <Fact name={t().name} value={me.name} />
            <Fact name={t().account} value={me.account} />
            <Fact name={t().phone} value={me.phone ?? ''} />
          </dl>
          <h2 class="group">{t().posts}</h2>
          <ul class="weui-cells list">
            {me.posts
              .filter((p) => p.active)
              .map((p) => (
                <li class="weui-cell">
                  <span class="weui-cell__bd">
                    <span class="row__name">
                      {p.orgName}
                      <span class="tag">{t().otherPosts[p.jobType]}</span>
                    </span>
                    <span class="row__why">{[p.unitName !== p.orgName && p.unitName, p.title].filter(Boolean).join(' · ')}</span>
                  </span>
                </li>
              ))}
          </ul>
          <h2 class="group">{t().security}</h2>
          <nav class="weui-cells" aria-label={t().security}>
            <Row href="/m/home/password" name={t().changePassword} />
            <Row href="/m/home/phone" name={t().changePhone} />
            <Row href="/m/home/sessions" name={t().sessions} />
            <Row href="/m/home/sign-ins" name={t().signIns} />
          </nav>
          <div class="actions">
            <button type="button" class="weui-btn weui-btn_default" onClick={() => setLeaving(true)}>
              {t().signOut}
            </button>
          </div>
        </>
      )}
      {leaving && (
        <Dialog
          title={t().signOutSure}
          onClose={() => setLeaving(false)}
          actions={[
            {text: t().cancel, do: () => setLeaving(false)},
            {text: t().signOut, do: () => void signOut(), primary: true},
          ]}
        />
      )}
    </Page>
  );
}

function Fact(props: {name: string; value: string}) {
  return (
    <div class="weui-cell">
      <dt class="weui-cell__hd weui-label">{props.name}</dt>
      <dd class="weui-cell__bd">{props.value}</dd>
    </div>
  );
}

function Row(props: {href: string; name: string}) {
  return (
    <a class="weui-cell weui-cell_access" href={props.href}>
      <span class="weui-cell__bd">{props.name}</span>
      <span class="weui-cell__ft" />
    </a>
  );
}
