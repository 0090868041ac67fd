import {Page} from '../parts';
import {api, ask, t} from '../state';

/** Whether this browser holds a session of this page that is good. */
export async function sessionIsKept(): Promise<boolean> {
  const me = await ask(api.GET('/v1/me', {params: {header: {'X-Client': 'mobile_web'}}}));
  return me.ok || (me.problem.status !== 401 && me.problem.status !== 403);
}

/**
 * Told to somebody who was signed in, and whose browser did not keep the cookie. On the
 * developer's own machine the cause is plain http: some browsers keep no cookie of ours
 * there.
 */
export function NotKept() {
  const local = location.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);
  const secure = `https://${location.hostname}:3443/m/`;
  return (
    <Page title={t().notKept} back="/m/">
      <p class="text">{local ? t().notKeptLocal : t().notKeptWhy}</p>
      {local && (
        <p class="text">
          <a class="link" href={secure}>
            {secure}
          </a>
        </p>
      )}
    </Page>
  );
}
