// What became of each person of the file, or would.
import {Button, Empty, Table, Tabs, Tag} from 'antd';
import {useState} from 'react';
import {Changes, fieldName, valueOf, type Names} from '../audit/changes';
import {fieldOf, isOrg} from '../audit/entry';
import {useNames} from '../audit/names';
import {useDictionaries} from '../dictionaries';
import {save} from '../download';
import {codeName} from '../jobs/parts';
import {csvOf} from './report';
import {countsOf, groupOf, groups, placeOf, toldOf, type CellError, type Group, type Result} from './results';
import {words} from './texts';

const pageSize = 20;
const colours: Record<Group, string | undefined> = {created: 'success', changed: 'processing', unchanged: undefined, refused: 'warning', failed: 'error'};

/** The people of one group, or all; the address bar says which. */
export function People(props: {results: Result[]; dry: boolean; whole: boolean; shown?: Group; onShow: (group: Group | undefined) => void}) {
  const {results, dry, shown} = props;
  const [turned, setTurned] = useState<{of?: Group; page: number}>({page: 1});
  const names = words().groups[dry ? 'dry' : 'real'];
  const counts = countsOf(results);
  const all = shown ? results.filter((r) => groupOf(r) === shown) : results;
  const page = Math.min(turned.of === shown ? turned.page : 1, Math.max(1, Math.ceil(all.length / pageSize)));
  const visible = all.slice((page - 1) * pageSize, page * pageSize);
  // Of those who are new the report says no more than that.
  const named = new Set([...visible, ...results.filter((r) => groupOf(r) === 'changed')].flatMap((r) => r.changes ?? []).flatMap((c) => [c.old ?? '', c.new ?? '']));
  const nameOf = useNames([...named].filter(isOrg), []);
  return (
    <>
      {props.whole && results.length > 0 && (
        <div className="import__report">
          <Report results={results} dry={dry} nameOf={nameOf} />
        </div>
      )}
      <Tabs
        aria-label={words().filter}
        activeKey={shown ?? 'all'}
        onChange={(key) => props.onShow(groups.find((g) => g === key))}
        items={[
          {key: 'all', label: words().counted(words().all, results.length)},
          ...groups.filter((g) => g !== 'failed' || counts.failed > 0 || shown === 'failed').map((g) => ({key: g as string, label: words().counted(names[g], counts[g])})),
        ]}
      />
      <Table<Result>
        size="middle"
        rowKey={(r) => r.row ?? r.name}
        loading={!props.whole && visible.length === 0}
        dataSource={visible}
        pagination={
          all.length > pageSize && {current: page, pageSize, total: all.length, showSizeChanger: false, onChange: (to) => setTurned({of: shown, page: to})}
        }
        locale={{emptyText: !props.whole ? ' ' : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={words().none} />}}
        columns={[
          {title: words().fields.row, width: 72, dataIndex: 'row'},
          {title: words().fields.name, width: '16%', dataIndex: 'name'},
          {
            title: words().fields.result,
            width: 112,
            render: (_, r) => (
              <span className="states">
                <Tag color={colours[groupOf(r)]}>{names[groupOf(r)]}</Tag>
              </span>
            ),
          },
          {title: words().fields.what, render: (_, r) => <What of={r} nameOf={nameOf} />},
        ]}
      />
    </>
  );
}

/** All results as a file, problem by problem and change by change. */
function Report(props: {results: Result[]; dry: boolean; nameOf: Names}) {
  const dictionaries = useDictionaries();
  const {dry} = props;

  function linesOf(r: Result): string[][] {
    const group = groupOf(r);
    const begin = [String(r.row ?? ''), r.name, words().groups[dry ? 'dry' : 'real'][group]];
    const value = (field: string, v: string | null) => (v === null ? '' : valueOf(field, v, (code) => props.nameOf(code) ?? (isOrg(code) ? code : undefined), dictionaries));
    if (r.errors) return r.errors.map((e) => [...begin, placeOf(e).cell ?? '', placeOf(e).header ?? '', '', '', e.message]);
    const warned = (r.warnings ?? []).map((w) => [...begin, placeOf(w).cell ?? '', placeOf(w).header ?? '', '', '', w.message]);
    if (group === 'changed' && r.changes) {
      const changes = r.changes.map((c) => {
        const {field} = fieldOf(c.field);
        return [...begin, '', fieldName(field), value(field, c.old), value(field, c.new), ''];
      });
      return [...changes, ...warned];
    }
    return [[...begin, '', '', '', '', group === 'failed' ? words().failedWhy : r.code ? codeName(r.code) : ''], ...warned];
  }

  function take() {
    const {row, name, result, cell, header, old, new: now, what} = words().reportColumns;
    const csv = csvOf([[row, name, result, cell, header, old, now, what], ...props.results.flatMap(linesOf)]);
    save(new Blob([csv], {type: 'text/csv;charset=utf-8'}), `${words().reportName(dry)}.csv`);
  }
  return <Button onClick={take}>{words().report}</Button>;
}

function What(props: {of: Result; nameOf: Names}) {
  const {errors, warnings, changes, code, created} = props.of;
  const group = groupOf(props.of);
  if (group === 'failed') return <>{words().failedWhy}</>;
  if (errors) return <Problems of={errors} />;
  if (code) return <>{codeName(code)}</>;
  if (!changes) return null;
  return (
    <div className={created ? 'import__new' : undefined}>
      <Changes of={toldOf(props.of)} names={props.nameOf} onlyNew={created} />
      {warnings && <Problems of={warnings} mild />}
    </div>
  );
}

/** What is wrong, by the cell as the user's sheet has it. */
export function Problems(props: {of: CellError[]; mild?: boolean}) {
  return (
    <ul className="changes">
      {props.of.map((e, i) => {
        const {cell, header} = placeOf(e);
        return (
          <li key={i}>
            {cell && <span className="import__cell">{/^\d+$/.test(cell) ? words().atRow(Number(cell)) : cell}</span>}
            {header && <span className="quiet">{header} </span>}
            <span className={props.mild ? 'quiet' : 'bad'}>{e.message}</span>
          </li>
        );
      })}
    </ul>
  );
}
