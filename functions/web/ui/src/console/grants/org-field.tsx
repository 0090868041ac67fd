import {Spin, TreeSelect} from 'antd';
import {useState} from 'react';
import type {OrgChoice} from '../orgs/edit';
import {nodeOf, type Node} from '../orgs/nodes';
import {useOrgSearch, useOrgTree} from '../orgs/tree';
import {t} from '../state';

type Shown = {value: string; title: string; isLeaf: boolean; loaded: boolean; children?: Shown[]};

function shown(node: Node): Shown {
  return {value: node.key, title: node.org.name, isLeaf: node.isLeaf, loaded: !!node.children, children: node.children?.map(shown)};
}

/** A field that takes any organisation: from the tree, or by its name. */
export function OrgTreeField(props: {id?: string; value?: OrgChoice; onChange?: (choice: OrgChoice | undefined) => void}) {
  const {id, value, onChange} = props;
  const tree = useOrgTree();
  const [q, setQ] = useState('');
  const {found, busy} = useOrgSearch(q);
  const searching = q.trim() !== '';
  return (
    <TreeSelect<OrgChoice, Shown>
      id={id}
      labelInValue
      value={value}
      onChange={(chosen) => {
        setQ('');
        onChange?.(chosen && {value: chosen.value, label: String(chosen.label)});
      }}
      treeData={searching ? found.map((org) => ({...shown(nodeOf(org)), isLeaf: true})) : (tree.nodes ?? []).map(shown)}
      treeExpandedKeys={searching ? [] : tree.open.map(String)}
      onTreeExpand={(keys) => tree.setOpen(keys)}
      loadData={async ({value, loaded, isLeaf}) => {
        if (!loaded && !isLeaf) await tree.grow(String(value));
      }}
      loading={busy}
      placeholder={t().chooseOrg}
      showSearch={{filterTreeNode: false, onSearch: setQ, searchValue: q}}
      notFoundContent={busy ? <Spin size="small" /> : (tree.problem?.title ?? t().noOrgs)}
    />
  );
}
