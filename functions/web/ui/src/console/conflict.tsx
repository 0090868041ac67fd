// Somebody else has changed a record while it was open here: both versions side by side.
import {Button, Modal} from 'antd';
import type {ReactNode} from 'react';
import {t} from './state';

/** A field in which what was opened, what was typed and what is on file are not all alike. */
export type Difference = {key: string; field: string; base: string; mine: string; theirs: string};

export function Conflict<D extends Difference>(props: {found: D[]; label: (d: D) => ReactNode; say: (field: string, value: string) => string; onChoose: (mine: boolean) => void}) {
  const {found} = props;
  const say = (field: string, value: string) => (value ? props.say(field, value) : t().unfilled);
  return (
    <Modal
      open
      width={860}
      title={t().conflict}
      closable={false}
      keyboard={false}
      mask={{closable: false}}
      footer={
        <>
          <Button onClick={() => props.onChoose(false)}>{t().takeTheirs}</Button>
          <Button type="primary" onClick={() => props.onChoose(true)}>
            {t().keepMine}
          </Button>
        </>
      }
    >
      <p>{found.length > 0 ? t().conflictWhy : t().conflictNone}</p>
      {found.length > 0 && (
        <table className="compare">
          <thead>
            <tr>
              <th scope="col">{t().conflictField}</th>
              <th scope="col">{t().conflictBase}</th>
              <th scope="col">{t().conflictMine}</th>
              <th scope="col">{t().conflictTheirs}</th>
            </tr>
          </thead>
          <tbody>
            {found.map((d) => (
              <tr key={d.key} className={d.mine !== d.base && d.theirs !== d.base && d.mine !== d.theirs ? 'compare__both' : undefined}>
                <th scope="row">{props.label(d)}</th>
                <td>{say(d.field, d.base)}</td>
                <td>{say(d.field, d.mine)}</td>
                <td>{say(d.field, d.theirs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Modal>
  );
}
