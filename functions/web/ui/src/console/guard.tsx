// What was typed is asked about before it is lost: when a drawer or a dialog closes, when
// another screen is gone to, by a link or by the browser's way back, and when the page is left.
import {App as Messages, type FormInstance} from 'antd';
import {useEffect, useRef, useState, type ReactNode} from 'react';
import {Router, type AroundNavHandler} from 'wouter';
import {t} from './state';
import {isTyped} from './typed';

/** Close is there for what lies over a screen. A screen itself goes when another one comes. */
type Guard = {dirty: () => boolean; close?: () => void};

const guards = new Set<Guard>();

/**
 * Whose input would be lost when the address changes. What lies over a screen is asked about
 * even if the screen stays: it may be about what the address has said until now.
 */
const losing = (otherScreen: boolean) => [...guards].filter((g) => (otherScreen || g.close) && g.dirty());

/** Set by the router. Calls leave if one may go. */
let askToLeave: ((otherScreen: boolean, leave: () => void) => void) | undefined;
let here = location.href;

addEventListener('beforeunload', (e) => {
  if (losing(true).length === 0) return;
  e.preventDefault();
  e.returnValue = ''; // Chromium before 119 asks only so
});

const path = (address: string) => new URL(address, location.href).pathname;

// This module is loaded before the router listens: it hears first that the browser went back.
// By then the address is the other one, so the own one is put back, and the screen stays.
addEventListener('popstate', (e) => {
  const otherScreen = path(here) !== location.pathname;
  if (!askToLeave || losing(otherScreen).length === 0) return void (here = location.href);
  e.stopImmediatePropagation();
  history.pushState(null, '', here);
  askToLeave(otherScreen, () => history.back());
});
for (const moved of ['pushState', 'replaceState']) addEventListener(moved, () => void (here = location.href));

const aroundNav: AroundNavHandler = (navigate, to, options) => {
  const go = () => navigate(to, options);
  if (askToLeave && path(to) !== location.pathname && losing(true).length > 0) askToLeave(true, go);
  else go();
};

/** The router of the page, which asks before it leaves a screen with unsaved input. */
export function GuardedRouter(props: {base: string; children: ReactNode}) {
  const {modal} = Messages.useApp();
  useEffect(() => {
    let asking = false;
    askToLeave = (otherScreen, leave) => {
      if (asking) return;
      asking = true;
      modal.confirm({
        ...question(),
        onOk() {
          for (const lost of losing(otherScreen)) {
            guards.delete(lost);
            lost.close?.();
          }
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

const question = () => ({title: t().unsaved, content: t().unsavedWhy, okText: t().discard, cancelText: t().stay, okButtonProps: {danger: true}});

function useGuarded(dirty: () => boolean, onClose?: () => void) {
  const latest = useRef({dirty, onClose});
  latest.current = {dirty, onClose};
  useEffect(() => {
    const guard: Guard = {dirty: () => latest.current.dirty(), close: onClose && (() => latest.current.onClose?.())};
    guards.add(guard);
    return () => void guards.delete(guard);
  }, []);
}

/** Guards what a screen holds, whatever its own address says. */
export function useScreenGuard(dirty: () => boolean) {
  useGuarded(dirty);
}

/** Guards what a drawer or a dialog holds. The returned function closes it, after a question if it is dirty. */
export function useGuard(dirty: () => boolean, onClose: () => void): () => void {
  const {modal} = Messages.useApp();
  useGuarded(dirty, onClose);
  return () => {
    if (!dirty()) return onClose();
    let gone = false;
    // Only when the question is gone, so that the focus goes back to what opened the dialog.
    modal.confirm({...question(), onOk: () => void (gone = true), afterClose: () => gone && onClose()});
  };
}

/** Guards what was typed in the form of a dialog, beyond what it began with. */
export function useFormGuard<T>(form: FormInstance<T>, began: object, onClose: () => void): () => void {
  const [first] = useState(began);
  return useGuard(() => isTyped(first, form.getFieldsValue(true) as object), onClose);
}
