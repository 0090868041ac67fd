// The API as a client of its own: what an administrator does while a person waits.
import {vi} from 'vitest';
import {base, codeFor} from './browser';

type Answer = Record<string, any>;

async function call(method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
  const answer = await fetch(base + path, {
    method,
    headers: {'Content-Type': 'application/json', ...(token ? {Authorization: `Bearer ${token}`} : {})},
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return {status: answer.status, ...((await answer.json()) as Answer)};
}

let token = '';

/** 陈静, the super administrator, signed in as the app does, with the second step. */
export async function chenjing(): Promise<string> {
  if (token) return token;
  const device = {id: 'a-device-of-the-tests-00001', name: 'test'};
  const asked = await call('POST', '/v1/sessions', {account: 'chenjing', password: 'Chaoxi#4927', client: 'app', device});
  if (!asked.ticket) throw new Error(JSON.stringify(asked));
  await call('POST', '/v1/codes', {ticket: asked.ticket});
  const proved = await call('POST', '/v1/sessions/verify', {ticket: asked.ticket, code: await codeFor('13700000001'), trustDevice: false});
  if (!proved.token) throw new Error(JSON.stringify(proved));
  return (token = proved.token);
}

/** Decides the oldest pending request, once the table's stream has put it in the queue. */
export async function decide(token: string, decision: Answer): Promise<Answer> {
  const request = await vi.waitUntil(
    async () => (await call('GET', '/v1/admin/recovery-requests?state=pending', undefined, token)).items?.[0] as Answer | undefined,
    {timeout: 20_000, interval: 200},
  );
  return call('POST', `/v1/admin/recovery-requests/${request.id}/decision`, decision, token);
}
