// 选择组织机构: the tree, one level at a time, or what a search finds.
import {Empty, Input, Spin, Tree} from 'antd';
import {useEffect, useRef, useState, type Key} from 'react';
import {Failure} from '../parts';
import {api, ask, t, type Problem, type Schemas} from '../state';
import {grown, isLoaded, nodeOf, pathTo, type Node} from './nodes';

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

type Found = {found: Org[]; busy: boolean; problem?: Problem};

/** Organisations by what is typed, a moment after the last key, and quietly anew after a change. */
export function useOrgSearch(q: string, changes = 0): Found {
  const [state, set] = useState<Found>({found: [], busy: false});
  const last = useRef('');
  useEffect(() => {
    const typed = q.trim();
    const isAgain = typed === last.current;
    last.current = typed;
    if (!typed) return set({found: [], busy: false});
    if (!isAgain) set((s) => ({...s, busy: true}));
    let over = false;
    const timer = setTimeout(async () => {
      const answer = await ask(() => api.GET('/v1/admin/orgs', {params: {query: {q: typed, limit: 50}}}));
      if (over) return;
      if (answer.ok) set({found: answer.data.items, busy: false});
      else set({found: [], busy: false, problem: answer.problem});
    }, pause);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [q, changes]);
  return state;
}

export type OrgTreeState = ReturnType<typeof useOrgTree>;

/** What of the tree is loaded and open. */
export function useOrgTree() {
  const [nodes, setNodes] = useState<Node[]>();
  const [problem, setProblem] = useState<Problem>();
  const [open, setOpen] = useState<Key[]>([]);
  const [changes, setChanges] = useState(0);
  const latest = useRef(nodes);
  latest.current = nodes;

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
        tree = grown(tree, only.orgCode, below.orgs);
        setOpen([only.orgCode]);
      }
    }
    setNodes(tree);
  }
  useEffect(() => void load(), []);

  /** Asks for what is directly below an organisation, or for the tops. */
  async function grow(parent?: string) {
    const below = await childrenOf(parent);
    if (below.problem) return setProblem(below.problem);
    setNodes((now) => now && grown(now, parent, below.orgs));
  }

  return {
    nodes,
    problem,
    open,
    setOpen,
    changes,
    load,
    grow,
    /** Asks again for those of these levels that are loaded; undefined is the top. */
    async refresh(parents: (string | undefined)[]) {
      setChanges((n) => n + 1);
      for (const parent of new Set(parents)) {
        if (parent === undefined || isLoaded(latest.current ?? [], parent)) await grow(parent);
      }
    },
    /** The organisations from the top down to this one, as far as the tree knows; else none. */
    path: (code: string): Org[] => pathTo(nodes ?? [], code),
  };
}

/**
 * The tree with a search. What a search finds stands alone, with its division, as many have
 * one name; of it only what fits is shown.
 */
export function OrgTree(props: {tree: OrgTreeState; chosen?: string; onChoose: (org: Org | undefined) => void; fit?: (org: Org) => boolean}) {
  const {tree} = props;
  const [q, setQ] = useState('');
  const search = useOrgSearch(q, tree.changes);
  const searching = q.trim() !== '';
  const fitting = props.fit ? search.found.filter(props.fit) : search.found;
  const shown = searching ? fitting.map((org) => ({...nodeOf(org), isLeaf: true})) : tree.nodes;
  return (
    <section className="orgs__tree" aria-label={t().chooseOrg}>
      <h2>{t().chooseOrg}</h2>
      <Input aria-label={t().searchOrg} placeholder={t().searchOrg} value={q} onChange={(e) => setQ(e.target.value)} />
      <div className="orgs__nodes">
        <Failure problem={tree.problem ?? search.problem} onRetry={tree.problem && tree.load} />
        {(!shown && !tree.problem) || search.busy ? (
          <Spin className="bench__wait" />
        ) : (
          shown &&
          (shown.length === 0 ? (
            <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t().noOrgs} />
          ) : (
            <Tree<Node>
              key={searching ? 'found' : 'tree'}
              blockNode
              treeData={shown}
              expandedKeys={searching ? [] : tree.open}
              onExpand={(keys) => tree.setOpen(keys)}
              selectedKeys={props.chosen ? [props.chosen] : []}
              onSelect={(_, {node, selected}) => props.onChoose(selected ? node.org : undefined)}
              loadData={async (node) => {
                if (!node.children && !node.isLeaf) await tree.grow(node.org.orgCode);
              }}
              titleRender={(node) => (
                <>
                  {node.org.name} <span className="orgs__count">{searching ? node.org.divisionName : t().people(node.org.people)}</span>
                </>
              )}
            />
          ))
        )}
      </div>
    </section>
  );
}
