import {useEffect, useState} from 'preact/hooks';
import type {Schemas} from '../../api/client';
import {Failure, Loading, moment, Page, useRequest} from '../parts';
import {api, ask, t, useLanguage} from '../state';
import {useSessionOver} from './home';

/** 登录记录: the own sign-ins, those that failed too, newest first. */
export function SignIns() {
  const over = useSessionOver();
  const language = useLanguage();
  const [lines, setLines] = useState<Schemas['SignInLine'][]>();
  const [next, setNext] = useState<string>();
  const {busy, problem, run} = useRequest();

  const read = (cursor?: string) =>
    void run(async () => {
      const answer = await ask(api.GET('/v1/me/sign-ins', {params: {query: cursor ? {cursor} : {}}}));
      if (!answer.ok) return over(answer.problem.code) ? undefined : answer.problem;
      setLines((before) => [...((cursor && before) || []), ...answer.data.items]);
      setNext(answer.data.next);
    });
  useEffect(() => read(), []);

  return (
    <Page title={t().signIns} back="/m/home">
      {!lines ? (
        <Loading problem={problem} onRetry={() => read()} />
      ) : (
        <>
          <ul class="weui-cells list">
            {lines.map((l) => (
              <li class="weui-cell">
                <span class="weui-cell__bd">
                  <span class="row__name">{t().outcomes[l.outcome]}</span>
                  <span class="row__why">
                    {[moment(l.at, language), l.deviceName || t().unnamed, l.client && t().clients[l.client], l.sourceIp].filter(Boolean).join(' · ')}
                  </span>
                </span>
              </li>
            ))}
            {lines.length === 0 && <li class="weui-cell">{t().noSignIns}</li>}
          </ul>
          <Failure problem={problem} />
          {next && (
            <div class="actions">
              <button type="button" class="weui-btn weui-btn_default" onClick={() => read(next)} aria-busy={busy}>
                {t().more}
              </button>
            </div>
          )}
        </>
      )}
    </Page>
  );
}
