// What the whole page knows: the language, who is signed in, and how the API is asked.
import {useEffect, useState} from 'react';
import {apiClient, ask as askApi, type Problem, type Result, type Schemas} from '../api/client';
import {language, onLanguage} from '../shared/language';
import {texts, type Texts} from './texts';

export {deviceName} from '../shared/device';
export {switchLanguage} from '../shared/language';

const callerKey = 'console-caller';

let caller: Caller | undefined = storedCaller();
let again: Again | undefined;
const listeners = new Set<() => void>();

/** Who is signed in, and what they hold. The server decides; this is what to show. */
export type Caller = {employeeCode: string; grants: Schemas['Grant'][]};

/**
 * Calls that wait for who is at the page: for a new sign-in, since the session has ended, or
 * for a code that proves the phone again in the session that there is.
 */
type Again = {how: 'signIn' | 'prove'; promise: Promise<boolean>; done: (goOn: boolean) => void};

function changed() {
  listeners.forEach((draw) => draw());
}

function useShared<T>(read: () => T): T {
  const [, draw] = useState(0);
  useEffect(() => {
    const again = () => draw((n) => n + 1);
    listeners.add(again);
    return () => void listeners.delete(again);
  }, []);
  return read();
}

export function t(): Texts {
  return texts[language()];
}

onLanguage(changed);

export const useLanguage = () => useShared(language);
export const useCaller = () => useShared(() => caller);
/** What somebody has to do before the work goes on: sign in again, or prove the phone. */
export const useAgain = () => useShared(() => again?.how);

function storedCaller(): Caller | undefined {
  try {
    return JSON.parse(localStorage.getItem(callerKey) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

export function setCaller(now: Caller | undefined) {
  if (now) localStorage.setItem(callerKey, JSON.stringify(now));
  else localStorage.removeItem(callerKey);
  caller = now;
  changed();
}

// All tabs have one cookie. Who signs in or out in another tab does so here, too; a page
// of somebody else must not go on with it.
addEventListener('storage', (e) => {
  if (e.key === callerKey && storedCaller()?.employeeCode !== caller?.employeeCode) location.reload();
});

export type Permission = Schemas['Grant']['permissions'][number];

/** What a screen is for: who holds a permission, or who is a super administrator. */
export type Need = Permission | 'super';

export function may(need: Need): boolean {
  return caller?.grants.some((g) => (need === 'super' ? g.type === 'super' : g.permissions.includes(need))) ?? false;
}

export const api = apiClient('console', language);

type Call<T> = () => Promise<{data?: T; error?: unknown; response: Response}>;

/** Asks once, whatever the answer. */
export function askOnce<T>(call: Call<T>): Promise<Result<T>> {
  return askApi(call(), t());
}

const sessionOver = ['session_missing', 'session_expired'];
const proofOver = ['admin_session_expired', 'step_up_required'];

/**
 * Asks, and if the session is over, or its second step, waits until the same person has
 * signed in again or proved the phone, and asks once more. What stands in forms stays.
 */
export async function ask<T>(call: Call<T>): Promise<Result<T>> {
  for (;;) {
    const answer = await askOnce(call);
    if (answer.ok) return answer;
    const over = sessionOver.includes(answer.problem.code);
    if (!over && !proofOver.includes(answer.problem.code)) return answer;
    if (!(await goOnAfter(over ? 'signIn' : 'prove'))) return answer;
  }
}

/** A new sign-in also proves; where both are waited for, it alone is asked for. */
function goOnAfter(how: Again['how']): Promise<boolean> {
  if (!again) {
    let done!: (goOn: boolean) => void;
    const promise = new Promise<boolean>((resolve) => (done = resolve));
    again = {how, promise, done};
    changed();
  } else if (how === 'signIn') {
    signInInstead();
  }
  return again.promise;
}

/** The session in which the phone was to be proved is over. */
export function signInInstead() {
  if (!again || again.how === 'signIn') return;
  again.how = 'signIn';
  changed();
}

/** Who was asked to prove the phone does not: what waits is told that it was refused. */
export function proveNothing() {
  const waiting = again;
  again = undefined;
  changed();
  waiting?.done(false);
}

/** Somebody has signed in, by the page or by the dialog amid the work. */
export function signedIn(session: Schemas['Session']) {
  const waiting = again;
  const other = waiting && caller && caller.employeeCode !== session.staff.employeeCode;
  again = undefined;
  setCaller({employeeCode: session.staff.employeeCode, grants: session.administrator?.grants ?? []});
  if (other) return location.reload(); // what stands in the forms is another person's work
  waiting?.done(true);
}

/** Leaves the page to whoever signs in next. */
export function leave() {
  setCaller(undefined);
  location.assign('/console/');
}

export type {Problem, Result, Schemas};
