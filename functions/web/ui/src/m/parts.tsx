// What all pages are made of.
import type {ComponentChildren, InputHTMLAttributes} from 'preact';
import {useLocation} from 'preact-iso';
import {useEffect, useId, useRef, useState} from 'preact/hooks';
import {codeIn} from '../shared/code';
import {passwordRules} from '../shared/password';
import {hooksOf} from '../shared/hooks';
import {switchLanguage, t, takeNotice, type Flow, type Problem} from './state';

export const {useRequest, useSecondsUntil} = hooksOf({useState, useRef, useEffect});

/** One page: its way back, its heading, and what happened before it. */
export function Page(props: {title: string; back?: string; children: ComponentChildren; wide?: boolean}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [notice, setNotice] = useState(takeNotice);
  useEffect(() => {
    document.title = `${props.title} - ${t().product}`;
    heading.current?.focus(); // so that a screen reader begins where the page does
  }, [props.title]);
  return (
    <div class="page">
      <header class="bar">
        {props.back ? (
          <a class="bar__back" href={props.back}>
            <span aria-hidden="true" class="bar__arrow" />
            {t().back}
          </a>
        ) : (
          <span class="bar__name">{t().product}</span>
        )}
        <button type="button" class="bar__language" onClick={switchLanguage}>
          {t().language}
        </button>
      </header>
      {/* What happened before is old once a form is sent. */}
      <main onSubmit={() => setNotice('')}>
        <h1 class="title" tabIndex={-1} ref={heading}>
          {props.title}
        </h1>
        {notice && (
          <p class="notice" role="status">
            {notice}
          </p>
        )}
        {props.children}
      </main>
    </div>
  );
}

/** A link to another page of ours. */
export function To(props: {href: string; children: ComponentChildren; class?: string}) {
  return (
    <a href={props.href} class={props.class ?? 'link'}>
      {props.children}
    </a>
  );
}

type FieldProps = {
  label: string;
  name: string;
  value: string;
  onValue: (text: string) => void;
  placeholder?: string;
  problem?: Problem;
  /** What the page itself says of the field. */
  error?: string;
  hint?: ComponentChildren;
  after?: ComponentChildren;
  type?: 'text' | 'password';
} & Pick<InputHTMLAttributes<HTMLInputElement>, 'autoComplete' | 'inputMode'>;

/**
 * Which fields are empty that must not be. `leaves` takes the empty ones of a form that is
 * sent, shows all of them at once, and says whether there are any.
 */
export function useMissing<Name extends string>(): {missing: (name: Name) => boolean; leaves: (empty: Record<Name, boolean>) => boolean} {
  const [empty, setEmpty] = useState<Partial<Record<Name, boolean>>>({});
  return {
    missing: (name) => !!empty[name],
    leaves(now) {
      setEmpty(now);
      return Object.values(now).includes(true);
    },
  };
}

/** What the server said of a field. */
export function fieldError(problem: Problem | undefined, name: string): string | undefined {
  return problem?.errors?.find((e) => e.field === name)?.message;
}

export function Field(props: FieldProps) {
  const id = useId();
  const error = props.error ?? fieldError(props.problem, props.name);
  const described = [error && `${id}-error`, props.hint && `${id}-hint`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <div class={`weui-cell weui-cell_active ${error ? 'weui-cell_warn' : ''}`}>
        <div class="weui-cell__hd">
          <label class="weui-label" for={id}>
            {props.label}
          </label>
        </div>
        <div class="weui-cell__bd">
          <input
            id={id}
            class="weui-input"
            name={props.name}
            type={(props.type ?? 'text') as 'text'} // the types know of each type's own roles
            value={props.value}
            placeholder={props.placeholder}
            autoComplete={props.autoComplete}
            autoCapitalize="none"
            autoCorrect="off"
            spellcheck={false}
            inputMode={props.inputMode}
            aria-invalid={error ? true : undefined}
            aria-describedby={described || undefined}
            onInput={(e) => props.onValue(e.currentTarget.value)}
          />
        </div>
        {props.after && <div class="weui-cell__ft">{props.after}</div>}
      </div>
      {error && (
        <p class="field__error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {props.hint && (
        <div class="field__hint" id={`${id}-hint`}>
          {props.hint}
        </div>
      )}
    </div>
  );
}

/** A field of several lines. */
export function Lines(props: Pick<FieldProps, 'label' | 'name' | 'value' | 'onValue' | 'placeholder' | 'problem' | 'error'>) {
  const id = useId();
  const error = props.error ?? fieldError(props.problem, props.name);
  return (
    <div class="field">
      <div class={`weui-cell weui-cell_active ${error ? 'weui-cell_warn' : ''}`}>
        <div class="weui-cell__bd">
          <label for={id}>{props.label}</label>
          <textarea
            id={id}
            class="lines"
            name={props.name}
            rows={3}
            value={props.value}
            placeholder={props.placeholder}
            aria-invalid={error ? true : undefined}
            aria-describedby={error ? `${id}-error` : undefined}
            onInput={(e) => props.onValue(e.currentTarget.value)}
          />
        </div>
      </div>
      {error && (
        <p class="field__error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

export function PasswordField(props: Omit<FieldProps, 'type' | 'after'>) {
  const [shown, show] = useState(false);
  return (
    <Field
      {...props}
      type={shown ? 'text' : 'password'}
      after={
        <button
          type="button"
          class={`eye ${shown ? 'eye_open' : ''}`}
          aria-label={shown ? t().hidePassword : t().showPassword}
          aria-pressed={shown}
          onClick={() => show(!shown)}
        />
      }
    />
  );
}

/** Which of the rules the password keeps so far. */
function PasswordRules(props: {password: string}) {
  return (
    <ul class="rules">
      {passwordRules(props.password).map((rule) => (
        <li class={rule.kept ? 'rules__kept' : ''}>
          <span class="visually-hidden">{rule.kept ? t().kept : t().notYet}：</span>
          {t().rules[rule.name]}
        </li>
      ))}
    </ul>
  );
}

/** A new password, judged while it is typed, and the same again. */
export function NewPasswordFields(props: {
  password: string;
  onPassword: (text: string) => void;
  again: string;
  onAgain: (text: string) => void;
  missing: (name: 'password' | 'again') => boolean;
  problem?: Problem;
}) {
  const {password, again, missing, problem} = props;
  const differs = problem?.code === 'password_mismatch' ? problem.title : again && again.length >= password.length && again !== password ? t().mismatch : undefined;
  return (
    <>
      <p class="group">
        {t().passwordRules} {t().passwordHint}
      </p>
      <PasswordField
        label={t().newPassword}
        name="password"
        value={password}
        onValue={props.onPassword}
        placeholder={t().typePassword}
        autoComplete="new-password"
        problem={problem}
        error={missing('password') ? t().required : undefined}
        hint={<PasswordRules password={password} />}
      />
      <PasswordField
        label={t().confirmPassword}
        name="confirmPassword"
        value={again}
        onValue={props.onAgain}
        placeholder={t().typePasswordAgain}
        autoComplete="new-password"
        problem={problem}
        error={missing('again') ? t().required : differs}
      />
    </>
  );
}

/** The code of a text, and the button that asks for another one. */
export function CodeField(props: {
  of: Flow;
  value: string;
  onValue: (digits: string) => void;
  problem?: Problem;
  /** Whether the form was sent without a whole code. */
  missing: boolean;
  onResend: () => void;
  busy: boolean;
}) {
  const left = useSecondsUntil(props.of.resendAt);
  return (
    <Field
      label={t().code}
      name="code"
      value={props.value}
      onValue={(text) => props.onValue(codeIn(text))}
      placeholder={t().typeCode}
      inputMode="numeric"
      autoComplete="one-time-code"
      problem={props.problem}
      error={props.missing ? t().typeCode : undefined}
      after={
        <button type="button" class="resend" disabled={left > 0 || props.busy} onClick={props.onResend}>
          {left > 0 ? t().seconds(left) : props.of.sent ? t().resend : t().sendCode}
        </button>
      }
    />
  );
}

/** What went wrong, in the server's words, and by which id its log has the reason. */
export function Failure(props: {problem?: Problem}) {
  const {problem} = props;
  const [until, wait] = useState(0);
  useEffect(() => wait(problem?.retryAfter ? Date.now() + problem.retryAfter * 1000 : 0), [problem]);
  const left = useSecondsUntil(until);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (problem) box.current?.scrollIntoView({block: 'nearest'});
  }, [problem]);
  if (!problem) return null;
  return (
    <div class="failure" ref={box}>
      <div role="alert">
        <p>
          {problem.title}
          {problem.code === 'code_wrong' && problem.remaining !== undefined && <span class="failure__left">{t().triesLeft(problem.remaining)}</span>}
        </p>
        {problem.requestId && (
          <p class="failure__id">
            {t().requestId} {problem.requestId}
          </p>
        )}
      </div>
      {left > 0 && <p>{t().left(`${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`)}</p>}
    </div>
  );
}

/** Whether a flow can only begin anew. */
export function isDead(problem: Problem | undefined): boolean {
  return !!problem && ['ticket_invalid', 'code_tries_spent', 'already_active'].includes(problem.code);
}

/** The way back to where the flow begins, once it cannot go on. */
export function Again(props: {problem?: Problem; href: string}) {
  if (!isDead(props.problem)) return null;
  return (
    <p class="text">
      <To href={props.href}>{t().again}</To>
    </p>
  );
}

/**
 * A form that is sent once at a time. An Enter that ends a composition of an input method
 * does not send it.
 */
export function Form(props: {
  onSubmit: () => Promise<void>;
  children: ComponentChildren;
  submit: string;
  busy: boolean;
  disabled?: boolean;
  below?: ComponentChildren;
}) {
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        if (!props.busy && !props.disabled) void props.onSubmit();
      }}
      onKeyDown={(e) => {
        if (e.key === 'Enter' && (e.isComposing || e.keyCode === 229)) e.preventDefault();
      }}
    >
      <div class="weui-cells weui-cells_form">{props.children}</div>
      <div class="actions">
        <button type="submit" class="weui-btn weui-btn_primary" aria-disabled={props.busy || props.disabled} aria-busy={props.busy}>
          {props.busy ? t().working : props.submit}
        </button>
        {props.below}
      </div>
    </form>
  );
}

/** A dialog that keeps the focus until it is closed. */
export function Dialog(props: {title: string; children?: ComponentChildren; onClose: () => void; actions: {text: string; do: () => void; primary?: boolean}[]}) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = box.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={box}
      class="dialog"
      aria-labelledby={id}
      onCancel={(e) => {
        e.preventDefault();
        props.onClose();
      }}
    >
      <h2 class="dialog__title" id={id}>
        {props.title}
      </h2>
      {props.children && <div class="dialog__body">{props.children}</div>}
      <div class="dialog__actions">
        {props.actions.map((a) => (
          <button type="button" class={a.primary ? 'dialog__action dialog__action_primary' : 'dialog__action'} onClick={a.do}>
            {a.text}
          </button>
        ))}
      </div>
    </dialog>
  );
}

/** What is shown while something loads, and when it could not be had. */
export function Loading(props: {problem?: Problem; onRetry: () => void}) {
  if (!props.problem) {
    return (
      <p class="loading" role="status">
        {t().loading}
      </p>
    );
  }
  return (
    <div class="actions">
      <Failure problem={props.problem} />
      <button type="button" class="weui-btn weui-btn_default" onClick={props.onRetry}>
        {t().retry}
      </button>
    </div>
  );
}

/** Goes to another page of ours. */
export function useGo(): (path: string, replace?: boolean) => void {
  const {route} = useLocation();
  return (path, replace) => route(path, replace);
}

/** A moment as people write it, in the time of this device. */
export function moment(at: string, language: string): string {
  return new Date(at).toLocaleString(language, {year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hour12: false});
}
