// What was typed is asked about before it is lost: when a drawer closes, when another screen
// is gone to, by a link or by the browser's way back, and when the page is left.
import {App as Messages} from 'antd';
import {useEffect, useRef, type ReactNode} from 'react';
import {Router, type AroundNavHandler} from 'wouter';
import {t} from './state';

type Guard = {dirty: () => boolean};

const guards = new Set<Guard>();
const isDirty = () => [...guards].some((g) => g.dirty());

/** Set by the router. Calls leave if one may go. */
let askToLeave: ((leave: () => void) => void) | undefined;
let here = location.href;

addEventListener('beforeunload', (e) => {
  if (!isDirty()) return;
  e.preventDefault();
  e.returnValue = ''; // Chromium before 119 asks only so
});

const path = (address: string) => new URL(address, location.href).pathname;

// This module is loaded before the router listens: it hears first that the browser went back.
// By then the address is the other one, so the own one is put back, and the screen stays.
addEventListener('popstate', (e) => {
  if (!askToLeave || !isDirty() || path(here) === location.pathname) return void (here = location.href);
  e.stopImmediatePropagation();
  history.pushState(null, '', here);
  askToLeave(() => history.back());
});
for (const moved of ['pushState', 'replaceState']) addEventListener(moved, () => void (here = location.href));

const aroundNav: AroundNavHandler = (navigate, to, options) => {
  const go = () => navigate(to, options);
  if (askToLeave && isDirty() && path(to) !== location.pathname) askToLeave(go);
  else go();
};

/** The router of the page, which asks before it leaves a screen with unsaved input. */
export function GuardedRouter(props: {base: string; children: ReactNode}) {
  const {modal} = Messages.useApp();
  useEffect(() => {
    let asking = false;
    askToLeave = (leave) => {
      if (asking) return;
      asking = true;
      modal.confirm({
        title: t().unsaved,
        content: t().unsavedWhy,
        okText: t().discard,
        cancelText: t().stay,
        okButtonProps: {danger: true},
        onOk() {
          guards.clear(); // whoever is on this screen goes with it
          leave();
        },
        afterClose: () => void (asking = false),
      });
    };
    return () => void (askToLeave = undefined);
  }, [modal]);
  return (
    <Router base={props.base} aroundNav={aroundNav}>
      {props.children}
    </Router>
  );
}

/** Guards what a drawer holds. The returned function closes it, after a question if it is dirty. */
export function useGuard(dirty: () => boolean, onClose: () => void): () => void {
  const {modal} = Messages.useApp();
  const latest = useRef(dirty);
  latest.current = dirty;
  useEffect(() => {
    const guard = {dirty: () => latest.current()};
    guards.add(guard);
    return () => void guards.delete(guard);
  }, []);
  return () => {
    if (!dirty()) return onClose();
    modal.confirm({title: t().unsaved, content: t().unsavedWhy, okText: t().discard, cancelText: t().stay, okButtonProps: {danger: true}, onOk: onClose});
  };
}
