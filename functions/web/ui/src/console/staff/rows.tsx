// What a row of the list shows of a person.
import {Tag} from 'antd';
import {t, type Schemas} from '../state';
import {postTitle} from './edit';

type Item = Schemas['SearchItem'];

const colours = {pending: 'processing', active: 'success', frozen: 'error'} as const;

export function States(props: {of: Pick<Item, 'employment' | 'accountState' | 'complete'>; locked?: boolean}) {
  const {employment, accountState, complete} = props.of;
  return (
    <span className="states">
      {employment === 'left' ? <Tag>{t().employed.left}</Tag> : <Tag color={colours[accountState]}>{t().accountStates[accountState]}</Tag>}
      {!complete && <Tag color="warning">{t().none}</Tag>}
      {props.locked && <Tag color="error">{t().locked}</Tag>}
    </span>
  );
}

export function Posts(props: {of: Item['posts']}) {
  return (
    <>
      {props.of.map((p, i) => (
        <div className="staff__post" key={i}>
          {postTitle(p.unitName, p.orgName)} <Tag color={p.jobType === 'main' ? 'processing' : undefined}>{t().jobTypes[p.jobType]}</Tag>
        </div>
      ))}
    </>
  );
}
