// How many 找回申请 wait for the caller, for the menu and the first screen.
import {useEffect, useState} from 'react';
import {api, askOnce, may} from './state';

const every = 60_000; // ms

let waiting: number | undefined;
const listeners = new Set<() => void>();

/** The number, once it is known: also told by the list itself, which has just read it. */
export function tellWaiting(now: number) {
  waiting = now;
  listeners.forEach((draw) => draw());
}

async function look() {
  const answer = await askOnce(() => api.GET('/v1/admin/recovery-requests', {params: {query: {state: 'pending', limit: 1}}}));
  if (answer.ok) tellWaiting(answer.data.open);
}

export function useWaiting(): number | undefined {
  const [, draw] = useState(0);
  useEffect(() => {
    const again = () => draw((n) => n + 1);
    listeners.add(again);
    return () => void listeners.delete(again);
  }, []);
  return waiting;
}

/**
 * Keeps the number fresh while somebody works on the page: not while it is hidden, and not
 * while nobody touches it, since each question would put off the end of the session.
 */
export function useFreshWaiting() {
  useEffect(() => {
    if (!may('staff.edit')) return;
    let touched = false;
    let asked = Date.now();
    const go = () => {
      touched = false;
      asked = Date.now();
      void look();
    };
    const touch = () => void (touched = true);
    const back = () => !document.hidden && Date.now() - asked >= every && go();
    const timer = setInterval(() => touched && !document.hidden && go(), every);
    go();
    for (const act of ['pointerdown', 'keydown']) addEventListener(act, touch, true);
    document.addEventListener('visibilitychange', back);
    return () => {
      clearInterval(timer);
      for (const act of ['pointerdown', 'keydown']) removeEventListener(act, touch, true);
      document.removeEventListener('visibilitychange', back);
    };
  }, []);
}
