import {useEffect, useState} from 'preact/hooks';
import type {Schemas} from '../../api/client';
import {Dialog, Failure, Loading, moment, Page, useRequest} from '../parts';
import {api, ask, t, useLanguage} from '../state';
import {useSessionOver} from './home';

/** 登录设备: where one is signed in, and how to end that. */
export function Sessions() {
  const over = useSessionOver();
  const language = useLanguage();
  const [sessions, setSessions] = useState<Schemas['OwnSession'][]>();
  const [asking, setAsking] = useState(false);
  const {busy, problem, run} = useRequest();

  const read = async () => {
    const answer = await ask(api.GET('/v1/sessions'));
    if (answer.ok) return setSessions(answer.data.items);
    if (!over(answer.problem.code)) return answer.problem;
  };
  useEffect(() => void run(read), []);

  const end = (id: string) =>
    void run(async () => {
      const answer = await ask(api.DELETE('/v1/sessions/{id}', {params: {path: {id}}}));
      if (!answer.ok && answer.problem.status !== 404) return over(answer.problem.code) ? undefined : answer.problem;
      return read();
    });
  const endOthers = () => {
    setAsking(false);
    void run(async () => {
      const answer = await ask(api.DELETE('/v1/sessions/others'));
      if (!answer.ok) return over(answer.problem.code) ? undefined : answer.problem;
      return read();
    });
  };

  return (
    <Page title={t().sessions} back="/m/home">
      {!sessions ? (
        <Loading problem={problem} onRetry={() => void run(read)} />
      ) : (
        <>
          <Failure problem={problem} />
          <ul class="weui-cells list">
            {sessions.map((s) => (
              <li class="weui-cell" key={s.id}>
                <span class="weui-cell__bd">
                  <span class="row__name">
                    {s.deviceName || t().unnamed}
                    {s.current && <span class="tag">{t().thisDevice}</span>}
                  </span>
                  <span class="row__why">
                    {t().clients[s.client]} · {t().lastUsed(moment(s.lastUsedAt, language))}
                  </span>
                </span>
                {!s.current && (
                  <span class="weui-cell__ft">
                    <button type="button" class="link" disabled={busy} onClick={() => end(s.id)} aria-label={`${t().endSession} ${s.deviceName || t().unnamed}`}>
                      {t().endSession}
                    </button>
                  </span>
                )}
              </li>
            ))}
          </ul>
          {sessions.length > 1 && (
            <div class="actions">
              <button type="button" class="weui-btn weui-btn_default" onClick={() => setAsking(true)}>
                {t().endOthers}
              </button>
            </div>
          )}
        </>
      )}
      {asking && (
        <Dialog
          title={t().endOthersSure}
          onClose={() => setAsking(false)}
          actions={[
            {text: t().cancel, do: () => setAsking(false)},
            {text: t().ok, do: endOthers, primary: true},
          ]}
        />
      )}
    </Page>
  );
}
