import {Page} from '../parts';
import {api, ask, t} from '../state';

/** Whether this browser holds a session of this page that is good, as far as is known. */
export async function isSignedIn(): Promise<boolean> {
  return (await ask(api.GET('/v1/me'))).ok;
}

/**
 * Whether the browser has kept the session that was just begun. That it has not is sure
 * only if the server misses it.
 */
export async function sessionIsKept(): Promise<boolean> {
  const me = await ask(api.GET('/v1/me'));
  return me.ok || me.problem.code !== 'session_missing';
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
