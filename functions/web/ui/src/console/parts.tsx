// What all screens are made of.
import {Alert, Button, Form, Input, type FormProps} from 'antd';
import type {Rule} from 'antd/es/form';
import {Component, useEffect, useRef, useState, type KeyboardEvent, type ReactNode} from 'react';
import {hooksOf} from '../shared/hooks';
import {t, type Problem} from './state';

export const {useRequest, useSecondsUntil} = hooksOf({useState, useRef, useEffect});

/** What went wrong, in the server's words, more of it, and by which id its log has the reason. */
export function Failure(props: {problem?: Problem; onRetry?: () => void; children?: ReactNode}) {
  const {problem} = props;
  const [until, wait] = useState(0);
  useEffect(() => wait(problem?.retryAfter ? Date.now() + problem.retryAfter * 1000 : 0), [problem]);
  const left = useSecondsUntil(until);
  if (!problem) return null;
  return (
    <Alert
      className="failure"
      type="error"
      showIcon
      role="alert"
      title={problem.title}
      description={
        <>
          {props.children}
          {left > 0 && <div>{t().waitFor(left)}</div>}
          {problem.code === 'code_wrong' && problem.remaining !== undefined && <div>{t().triesLeft(problem.remaining)}</div>}
          {problem.requestId && (
            <div>
              {t().requestId} {problem.requestId}
            </div>
          )}
        </>
      }
      action={props.onRetry && <Button onClick={props.onRetry}>{t().retry}</Button>}
    />
  );
}

/**
 * An Enter that ends a composition of an input method does not send the form; in Safari
 * its keydown comes after the end of the composition.
 */
export function noComposedEnter(e: KeyboardEvent) {
  if (e.key === 'Enter' && (e.nativeEvent.isComposing || e.keyCode === 229)) e.preventDefault();
}

/** A form with its labels above the fields. What is told of a field is taken back when it changes. */
export function Fields<T>(props: Omit<FormProps<T>, 'children'> & {children: ReactNode}) {
  const [form] = Form.useForm<T>(props.form);
  const takeBack = (changed: object) => form.setFields(Object.keys(changed).map((name) => ({name: name as never, errors: []})));
  return (
    <Form<T>
      layout="vertical"
      requiredMark={false}
      scrollToFirstError={{block: 'center'}}
      validateTrigger="onSubmit"
      onKeyDown={noComposedEnter}
      {...props}
      form={form}
      onValuesChange={(changed: object, all) => {
        if (!props.validateTrigger) takeBack(changed);
        props.onValuesChange?.(changed, all);
      }}
    />
  );
}

/**
 * For a dialog that is there only while it is open: gives the focus back to what it was
 * opened by, for those who use keys.
 */
export function useFocusBack() {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () =>
      void setTimeout(() => {
        if (document.activeElement === document.body && opener instanceof HTMLElement) opener.focus();
      }),
    [],
  );
}

/** A reason that is kept in the audit. */
export function ReasonField(props: {label?: string}) {
  return (
    <Form.Item name="reason" label={props.label ?? t().reason} extra={t().reasonHint} rules={[{required: true, whitespace: true, message: t().required}]}>
      <Input.TextArea rows={3} maxLength={200} showCount />
    </Form.Item>
  );
}

/**
 * Gives a request its key. The same request again, say because no answer came, has the same
 * one, so that nothing is added twice.
 */
export function useRequestKey(): (body: object) => string {
  const last = useRef({of: '', key: ''});
  return (body) => {
    const of = JSON.stringify(body);
    if (last.current.of !== of) {
      const random = crypto.getRandomValues(new Uint8Array(16));
      last.current = {of, key: Array.from(random, (b) => `0${b.toString(16)}`.slice(-2)).join('')};
    }
    return last.current.key;
  };
}

/** What a place among others must be. */
export function orderRules(missing = t().required): Rule[] {
  return [
    {required: true, whitespace: true, message: missing},
    {pattern: /^\s*[1-9]\d{0,8}\s*$/, message: t().orderForm},
  ];
}

/** The title of a screen, which is also that of the window. */
export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} - ${t().product}`;
  }, [title]);
}

/** Says so when a part of the page cannot be had, say after the system was renewed. */
export class Boundary extends Component<{children: ReactNode}, {failed: boolean}> {
  state = {failed: false};
  static getDerivedStateFromError() {
    return {failed: true};
  }
  render() {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="lonely">
        <Alert type="error" showIcon title={t().pageFailed} action={<Button onClick={() => location.reload()}>{t().reload}</Button>} />
      </main>
    );
  }
}
