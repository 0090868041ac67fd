// What the page keeps between its steps: the language, what was typed, and the flow that
// was begun. Passwords and codes are kept in memory alone.
import {useEffect, useState} from 'preact/hooks';
import {apiClient, ask as askApi, type Problem, type Result, type Schemas} from '../api/client';
import {language, onLanguage, type Language} from '../shared/language';
import {texts, type Texts} from './texts';

export {deviceName} from '../shared/device';
export {switchLanguage} from '../shared/language';

export function t(): Texts {
  return texts[language()];
}

/** The language of the page. Who calls this is drawn again when it changes. */
export function useLanguage(): Language {
  const [, draw] = useState(0);
  useEffect(() => onLanguage(() => draw((n) => n + 1)), []);
  return language();
}

export const api = apiClient('mobile_web', language);

export function ask<T>(call: Promise<{data?: T; error?: unknown; response: Response}>): Promise<Result<T>> {
  return askApi(call, t());
}

/** What was typed into the fields, by page and field: going back loses nothing. */
const typed = new Map<string, string>();

export function useTyped(field: string, otherwise = ''): [string, (text: string) => void] {
  const [value, set] = useState(typed.get(field) ?? otherwise);
  return [
    value,
    (text) => {
      typed.set(field, text);
      set(text);
    },
  ];
}

/** Forgets what was typed into fields whose names begin so. */
export function forget(prefix: string) {
  for (const field of [...typed.keys()]) if (field.startsWith(prefix)) typed.delete(field);
}

export function remember(field: string, text: string) {
  typed.set(field, text);
}

/**
 * A flow that goes on at another page, or after a reload. It stands in sessionStorage,
 * which ends with the tab.
 */
export type Flow = {
  ticket: string;
  phone: string;
  /** Whether a code was texted for this ticket. */
  sent: boolean;
  /** When the next code may be asked for, in ms; 0 for at once. */
  resendAt: number;
  /** Which account was typed, where the flow begins with one. */
  account?: string;
};

export type FlowName = 'activate' | 'signIn' | 'recover' | 'approved' | 'stepUp' | 'newPhone';

export type Recovery = Schemas['RecoveryOptions'] & {account: string};
export type Raised = {id: string; recoveryTicket: string};

function stored<T>(name: string): T | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

function store(name: string, value: unknown) {
  if (value === undefined) sessionStorage.removeItem(name);
  else sessionStorage.setItem(name, JSON.stringify(value));
}

export const flow = (name: FlowName) => stored<Flow>(name);
export const setFlow = (name: FlowName, f: Flow | undefined) => store(name, f);
export const recovery = () => stored<Recovery>('recovery');
export const setRecovery = (r: Recovery | undefined) => store('recovery', r);
export const raised = () => stored<Raised>('raised');
export const setRaised = (r: Raised | undefined) => store('raised', r);

/** A code that was sent, as the flow keeps it. */
export function sent(answer: Schemas['CodeSent'], now = Date.now()): Flow {
  return {ticket: answer.ticket, phone: answer.phone, sent: true, resendAt: now + answer.resendIn * 1000};
}

/**
 * The flow after a code was refused: a text for another ticket may have used up this
 * minute, and nothing was sent for this one.
 */
export function refused(f: Flow, problem: Problem, now = Date.now()): Flow {
  return problem.code === 'code_too_soon' && problem.retryAfter ? {...f, resendAt: now + problem.retryAfter * 1000} : f;
}

/**
 * Whether the flow's code is so new that another one would be refused. Who comes back to
 * the step before goes on with the code that is there.
 */
export function justSent(f: Flow | undefined, now = Date.now()): boolean {
  return !!f && f.sent && f.resendAt > now;
}

/** One sentence that the next page shows once. */
let notice = '';

export function tell(sentence: string) {
  notice = sentence;
}

export function takeNotice(): string {
  const said = notice;
  notice = '';
  return said;
}

export type {Problem};
