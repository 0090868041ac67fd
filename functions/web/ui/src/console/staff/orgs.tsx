// Choosing organisations: the tree at the left, and fields that search.
import {AutoComplete, Empty, Input, Select, Spin, Tree, type TreeDataNode} from 'antd';
import {useEffect, useMemo, useRef, useState} from 'react';
import {Failure} from '../parts';
import {api, ask, t, type Problem, type Schemas} from '../state';
import type {OrgChoice} from './edit';

type Org = Schemas['Org'];

export const pause = 300; // ms after the last key before a search is asked for

/** All children of an organisation, or the tops of what the caller sees. */
export async function childrenOf(parent?: string): Promise<{orgs: Org[]; problem?: Problem}> {
  const orgs: Org[] = [];
  for (let cursor: string | undefined; ; ) {
    const answer = await ask(() => api.GET('/v1/admin/orgs', {params: {query: {parent, cursor, limit: 100}}}));
    if (!answer.ok) return {orgs, problem: answer.problem};
    orgs.push(...answer.data.items);
    cursor = answer.data.next;
    if (!cursor) return {orgs};
  }
}

/** Organisations by what is typed, a moment after the last key. */
export function useSearch(q: string): {found: Org[]; busy: boolean; problem?: Problem; more: boolean} {
  const [state, set] = useState<{found: Org[]; busy: boolean; problem?: Problem; more: boolean}>({found: [], busy: false, more: false});
  useEffect(() => {
    const typed = q.trim();
    if (!typed) return set({found: [], busy: false, more: false});
    set((s) => ({...s, busy: true}));
    let over = false;
    const timer = setTimeout(async () => {
      const answer = await ask(() => api.GET('/v1/admin/orgs', {params: {query: {q: typed, limit: 50}}}));
      if (over) return;
      if (answer.ok) set({found: answer.data.items, busy: false, more: !!answer.data.next});
      else set({found: [], busy: false, problem: answer.problem, more: false});
    }, pause);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [q]);
  return state;
}

export type Node = TreeDataNode & {org: Org; children?: Node[]};

export function nodeOf(org: Org): Node {
  return {key: org.orgCode, title: org.name, isLeaf: !org.hasChildren, org};
}

/** The tree with these children below that node. */
export function grown(nodes: Node[], key: string, children: Node[]): Node[] {
  return nodes.map((n) => {
    if (n.key === key) return {...n, children, isLeaf: children.length === 0};
    return n.children ? {...n, children: grown(n.children, key, children)} : n;
  });
}

/** 选择组织机构: the tree, one level at a time, or what a search finds. */
export function OrgTree(props: {chosen?: string; onChoose: (org: Org | undefined) => void}) {
  const [nodes, setNodes] = useState<Node[]>();
  const [problem, setProblem] = useState<Problem>();
  const [open, setOpen] = useState<React.Key[]>([]);
  const [q, setQ] = useState('');
  const search = useSearch(q);

  async function load() {
    setProblem(undefined);
    const tops = await childrenOf();
    if (tops.problem) return setProblem(tops.problem);
    let tree = tops.orgs.map(nodeOf);
    // One top alone says nothing: what is below it is shown at once.
    const only = tops.orgs.length === 1 ? tops.orgs[0] : undefined;
    if (only?.hasChildren) {
      const below = await childrenOf(only.orgCode);
      if (!below.problem) {
        tree = grown(tree, only.orgCode, below.orgs.map(nodeOf));
        setOpen([only.orgCode]);
      }
    }
    setNodes(tree);
  }
  useEffect(() => void load(), []);

  const shown = q.trim() ? search.found.map((org) => ({...nodeOf(org), isLeaf: true})) : nodes;
  return (
    <section className="staff__tree" aria-label={t().chooseOrg}>
      <h2>{t().chooseOrg}</h2>
      <Input aria-label={t().searchOrg} placeholder={t().searchOrg} value={q} onChange={(e) => setQ(e.target.value)} />
      <div className="staff__nodes">
        <Failure problem={problem ?? search.problem} onRetry={problem && load} />
        {(!shown && !problem) || search.busy ? (
          <Spin className="bench__wait" />
        ) : (
          shown &&
          (shown.length === 0 ? (
            <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t().noOrgs} />
          ) : (
            <Tree<Node>
              key={q.trim() ? 'found' : 'tree'}
              blockNode
              treeData={shown}
              expandedKeys={q.trim() ? [] : open}
              onExpand={(keys) => setOpen(keys)}
              selectedKeys={props.chosen ? [props.chosen] : []}
              onSelect={(_, {node, selected}) => props.onChoose(selected ? node.org : undefined)}
              loadData={async (node) => {
                if (node.children || node.isLeaf) return;
                const below = await childrenOf(node.org.orgCode);
                if (below.problem) return setProblem(below.problem);
                setNodes((now) => now && grown(now, node.org.orgCode, below.orgs.map(nodeOf)));
              }}
              titleRender={(node) => (
                <>
                  {node.org.name} <span className="staff__count">{t().people(node.org.people)}</span>
                </>
              )}
            />
          ))
        )}
      </div>
    </section>
  );
}

type ChoiceProps = {id?: string; value?: OrgChoice; onChange?: (choice: OrgChoice | undefined) => void; disabled?: boolean};

function choiceOf(org: Org): OrgChoice {
  return {value: org.orgCode, label: org.name};
}

/** A field that takes a unit, found by its name. */
export function UnitField(props: ChoiceProps) {
  const [q, setQ] = useState('');
  const {found, busy} = useSearch(q);
  const [tops, setTops] = useState<Org[]>([]);
  useEffect(() => void childrenOf().then(({orgs}) => setTops(orgs)), []);
  const units = (q.trim() ? found : tops).filter((o) => o.type === 'unit');
  return <OrgChoiceField {...props} options={units.map(choiceOf)} onSearch={setQ} busy={busy} />;
}

/** A field that takes an organisation of a unit: the unit itself, or one below it. */
export function OrgField(props: ChoiceProps & {unit?: OrgChoice}) {
  const {unit} = props;
  const [below, setBelow] = useState<{unit: string; orgs: OrgChoice[]}>();
  useEffect(() => {
    if (!unit) return;
    let over = false;
    void institutionsOf(unit.value).then((orgs) => over || setBelow({unit: unit.value, orgs}));
    return () => void (over = true);
  }, [unit?.value]);
  const options = unit ? [unit, ...(below?.unit === unit.value ? below.orgs : [])] : [];
  return <OrgChoiceField {...props} disabled={props.disabled || !unit} options={options} busy={!!unit && below?.unit !== unit.value} />;
}

/** The institutions of a unit at all depths, those below another one with its name before theirs. */
async function institutionsOf(unit: string): Promise<OrgChoice[]> {
  const all: OrgChoice[] = [];
  const walk = async (parent: string, before: string, depth: number) => {
    const {orgs} = await childrenOf(parent);
    for (const org of orgs) {
      if (org.type !== 'institution') continue;
      all.push({value: org.orgCode, label: before + org.name});
      if (org.hasChildren && depth < 4) await walk(org.orgCode, `${before}${org.name} / `, depth + 1);
    }
  };
  await walk(unit, '', 1);
  return all;
}

function OrgChoiceField(props: ChoiceProps & {options: OrgChoice[]; onSearch?: (q: string) => void; busy: boolean}) {
  const {id, value, onChange, options, onSearch, busy, disabled} = props;
  const all = useMemo(() => (value && !onSearch && !options.some((o) => o.value === value.value) ? [value, ...options] : options), [value, options, onSearch]);
  return (
    <Select<OrgChoice>
      id={id}
      labelInValue
      value={value}
      onChange={(chosen) => onChange?.(chosen && {value: chosen.value, label: String(chosen.label)})}
      options={all}
      disabled={disabled}
      loading={busy}
      placeholder={onSearch ? t().typeOrg : t().choose}
      showSearch={onSearch ? {filterOption: false, onSearch} : {optionFilterProp: 'label'}}
      notFoundContent={busy ? <Spin size="small" /> : t().noOrgs}
    />
  );
}

/** A field of the filters that takes the whole name of a unit, and proposes some. */
export function UnitNameField(props: {id?: string; value?: string; onChange?: (name: string) => void}) {
  const {found} = useSearch(props.value ?? '');
  const names = found.filter((o) => o.type === 'unit').map((o) => o.name);
  return (
    <AutoComplete {...props} options={[...new Set(names)].map((value) => ({value}))}>
      <Input placeholder={t().wholeName} />
    </AutoComplete>
  );
}

/** A field of the filters that takes an administrative division: by its code, or by what lies in it. */
export function DivisionField(props: {id?: string; value?: string; onChange?: (code: string | undefined) => void}) {
  const [q, setQ] = useState('');
  const {found, busy} = useSearch(q);
  const [near, setNear] = useState<Org[]>([]);
  useEffect(() => {
    void childrenOf().then(async ({orgs}) => {
      const only = orgs.length === 1 ? orgs[0] : undefined;
      setNear(only ? [only, ...(await childrenOf(only.orgCode)).orgs] : orgs);
    });
  }, []);
  const known = useRef(new Map<string, string>());
  for (const o of [...near, ...found]) if (o.division) known.current.set(o.division, o.divisionName ?? o.division);
  if (/^\d{6}$/.test(q.trim()) && !known.current.has(q.trim())) known.current.set(q.trim(), q.trim());
  const options = [...known.current].sort().map(([value, name]) => ({value, label: name === value ? value : `${name} ${value}`}));
  return (
    <Select
      {...props}
      allowClear
      options={options}
      loading={busy}
      placeholder={t().choose}
      showSearch={{onSearch: setQ, optionFilterProp: 'label'}}
      notFoundContent={busy ? <Spin size="small" /> : t().noOrgs}
    />
  );
}

