// What an app in TypeScript does to sign in, on the running system: BASE is the API, INBOX
// the phone. api.d.ts is made of the derived document by openapi-typescript.
import createClient from 'openapi-fetch';
import type {components, paths} from 'api';

type Problem = components['schemas']['Problem'];

const {BASE = '', INBOX = ''} = process.env;
const api = createClient<paths>({baseUrl: BASE});

function want(what: string, got: unknown, expected: unknown) {
  if (got !== expected) throw new Error(`${what}: ${got}, not ${expected}`);
}

/** The data of a call that succeeds with one status. */
function done<T>(answer: {data?: T; error?: Problem; response: Response}, status: number): T {
  want(`the status (${answer.error?.code})`, answer.response.status, status);
  return answer.data as T;
}

/** The problem with which a call is refused. */
function refused(answer: {error?: Problem; response: Response}, status: number, code: string): Problem {
  want(`the status of ${code}`, answer.response.status, status);
  if (!answer.error) throw new Error(`${code} has no problem`);
  want('the code', answer.error.code, code);
  return answer.error;
}

/** The code of the newest text to a phone. */
async function texted(phone: string): Promise<string> {
  const answer = await fetch(`${INBOX}/messages?phone=${phone}`);
  const {items} = (await answer.json()) as {items: {text: string}[]};
  const code = items.map((m) => /[0-9]{6}/.exec(m.text)?.[0]).find(Boolean);
  if (!code) throw new Error(`no code was texted to ${phone}`);
  return code;
}

want('health', done(await api.GET('/v1/health'), 200).status, 'ok');
want('dictionaries', done(await api.GET('/v1/dictionaries'), 200).items.length > 0, true);

const activation = done(await api.POST('/v1/codes', {body: {purpose: 'activate', account: 'wangfang', name: '王芳'}}), 202);
want('the phone of an activation', activation.phone, '+86 137*****003');
const soon = refused(await api.POST('/v1/codes', {body: {ticket: activation.ticket}}), 429, 'code_too_soon');
want('the seconds to wait', soon.retryAfter! >= 1 && soon.retryAfter! <= 60, true);
refused(await api.POST('/v1/codes', {body: {ticket: 'nobodys'}}), 410, 'ticket_invalid');

const device = {id: 'typescript-0123456789abcd', name: 'TypeScript'};
const who: components['schemas']['AppSignIn'] = {account: 'zhouqiang', password: 'Chaoxi#4927', client: 'app', device};
const step = refused(await api.POST('/v1/sessions', {body: who}), 401, 'second_factor_required');
const ticket = step.ticket!;
done(await api.POST('/v1/codes', {body: {ticket}}), 202);
const session = done(await api.POST('/v1/sessions/verify', {body: {ticket, code: await texted('13700000007'), trustDevice: true}}), 201);

api.use({
  onRequest({request}) {
    request.headers.set('Authorization', `Bearer ${session.token}`);
    return request;
  },
});
want('who is signed in', done(await api.GET('/v1/me'), 200).account, 'zhouqiang');
const change = done(await api.POST('/v1/me/phone', {body: {currentPassword: 'Chaoxi#4927', areaCode: '+86', phone: '13700000017'}}), 202);
want("where a new phone's code goes", 'phone' in change && change.phone, '+86 137*****017');
done(await api.DELETE('/v1/sessions/current'), 204);
refused(await api.GET('/v1/me'), 401, 'session_expired');
