// Choosing people of the list, and the buttons for what is done to all of them.
import {Button, Dropdown} from 'antd';
import {useState} from 'react';
import {kindName} from '../jobs/parts';
import {t} from '../state';
import type {BatchAction} from '../texts';
import {batchActions, isAnybody, isTooMany, mostListed, type Chosen} from './batch';
import type {Filters} from './filters';

const nobody: Chosen = [];

/** Who is chosen of one list, over all its pages. Of another list nobody is. */
export function useChosen(of: string): [Chosen, (chosen: Chosen) => void] {
  const [state, set] = useState({of, chosen: nobody});
  if (state.of !== of) set({of, chosen: nobody});
  return [state.of === of ? state.chosen : nobody, (chosen) => set({of, chosen})];
}

export function BatchButtons(props: {employment: Filters['employment']; chosen: Chosen; onAct: (action: BatchAction) => void}) {
  const {buttons, more} = batchActions[props.employment];
  const disabled = !isAnybody(props.chosen) || isTooMany(props.chosen);
  return (
    <>
      {buttons.map((action) => (
        <Button key={action} disabled={disabled} onClick={() => props.onAct(action)}>
          {kindName(action)}
        </Button>
      ))}
      {more.length > 0 && (
        <Dropdown disabled={disabled} trigger={['click']} menu={{items: more.map((key) => ({key, label: kindName(key)})), onClick: ({key}) => props.onAct(key as BatchAction)}}>
          <Button aria-haspopup="menu">
            {t().moreBatches} <span aria-hidden="true">▾</span>
          </Button>
        </Dropdown>
      )}
    </>
  );
}

/** How many are chosen, and the way to choose all or nobody. */
export function ChosenLine(props: {chosen: Chosen; onChoose: (chosen: Chosen) => void}) {
  const {chosen, onChoose} = props;
  return (
    <div className="staff__chosen">
      <span role="status">
        {chosen === 'all' ? t().chosenAll : t().chosen(chosen.length)}
        {isTooMany(chosen) && <span className="bad"> {t().tooManyChosen(mostListed)}</span>}
      </span>
      {chosen !== 'all' && (
        <Button type="link" className="row__link" onClick={() => onChoose('all')}>
          {t().chooseAll}
        </Button>
      )}
      {isAnybody(chosen) && (
        <Button type="link" className="row__link" onClick={() => onChoose(nobody)}>
          {t().chooseNobody}
        </Button>
      )}
    </div>
  );
}
