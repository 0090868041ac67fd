import {Spin, TreeSelect} from 'antd';
import {useEffect, useState} from 'react';
import type {OrgChoice} from '../staff/edit';
import {childrenOf, grown, nodeOf, useSearch, type Node} from '../staff/orgs';
import {t} from '../state';

/** A field that takes any organisation: from the tree, or by its name. */
export function OrgTreeField(props: {id?: string; value?: OrgChoice; onChange?: (choice: OrgChoice | undefined) => void}) {
  const {id, value, onChange} = props;
  const [nodes, setNodes] = useState<Node[]>([]);
  const [q, setQ] = useState('');
  const {found, busy} = useSearch(q);
  useEffect(() => void childrenOf().then(({orgs}) => setNodes(orgs.map(nodeOf))), []);
  const searching = q.trim() !== '';
  return (
    <TreeSelect<OrgChoice, Node>
      id={id}
      labelInValue
      value={value}
      onChange={(chosen) => {
        setQ('');
        onChange?.(chosen && {value: chosen.value, label: String(chosen.label)});
      }}
      treeData={searching ? found.map((org) => ({...nodeOf(org), isLeaf: true})) : nodes}
      fieldNames={{value: 'key', label: 'title'}}
      loadData={async ({org, children, isLeaf}) => {
        if (children || isLeaf) return;
        const below = await childrenOf(org.orgCode);
        setNodes((now) => grown(now, org.orgCode, below.orgs.map(nodeOf)));
      }}
      loading={busy}
      placeholder={t().chooseOrg}
      showSearch={{filterTreeNode: false, onSearch: setQ, searchValue: q}}
      notFoundContent={busy ? <Spin size="small" /> : t().noOrgs}
    />
  );
}
