import createClient, {type Client} from 'openapi-fetch';
import type {components, paths} from './schema';

export type Schemas = components['schemas'];

/** A refused field: where it stands in the request, and what the server says of it. */
export type FieldError = Schemas['FieldError'];

/**
 * Why a request was refused. Code is what pages branch on: that of the catalogue, or
 * offline if no answer came. Title is the server's sentence, in the page's language.
 */
export type Problem = {
  code: string;
  title: string;
  status: number;
  requestId?: string;
  errors?: FieldError[];
  retryAfter?: number;
  remaining?: number;
  ticket?: string;
  phone?: string;
  current?: Schemas['StaffRecord'] | Schemas['Org'];
};

export type Result<T> = {ok: true; data: T; status: number} | {ok: false; problem: Problem};

/** The sentences for what no server says. */
export type Sentences = {offline: string; internal: string};

/**
 * The client of one page. The cookie is chosen by X-Client, and the language of the
 * sentences by what language returns.
 */
export function apiClient(page: 'mobile_web' | 'console', language: () => string): Client<paths> {
  const api = createClient<paths>({baseUrl: '/', headers: {'X-Client': page}, credentials: 'same-origin'});
  api.use({
    onRequest({request}) {
      request.headers.set('Accept-Language', language());
      return request;
    },
  });
  return api;
}

/**
 * Waits for a call, and tells its data or why there are none. What the gateway itself
 * answers ({"message": …}) counts as internal, and no answer as offline.
 */
export async function ask<T>(
  call: Promise<{data?: T; error?: unknown; response: Response}>,
  say: Sentences,
): Promise<Result<T>> {
  let answer;
  try {
    answer = await call;
  } catch (failed) {
    if (failed instanceof SyntaxError) return {ok: false, problem: {code: 'internal', title: say.internal, status: 0}};
    return {ok: false, problem: {code: 'offline', title: say.offline, status: 0}};
  }
  const {data, error, response} = answer;
  if (response.ok) return {ok: true, data: data as T, status: response.status};
  const said = error as Partial<Problem> | undefined;
  if (said && typeof said.code === 'string' && typeof said.title === 'string') {
    return {ok: false, problem: {...said, code: said.code, title: said.title, status: response.status}};
  }
  return {ok: false, problem: {code: 'internal', title: say.internal, status: response.status}};
}
