// Fields that take an organisation, a unit's name or an administrative division, and search.
import {AutoComplete, Input, Select, Spin} from 'antd';
import {useEffect, useMemo, useRef, useState} from 'react';
import {t, type Schemas} from '../state';
import type {OrgChoice} from './edit';
import {childrenOf, useOrgSearch} from './tree';

type Org = Schemas['Org'];

type ChoiceProps = {id?: string; value?: OrgChoice; onChange?: (choice: OrgChoice | undefined) => void; disabled?: boolean};

function choiceOf(org: Org): OrgChoice {
  return {value: org.orgCode, label: org.name};
}

/** A field that takes a unit, found by its name. */
export function UnitField(props: ChoiceProps) {
  const [q, setQ] = useState('');
  const {found, busy} = useOrgSearch(q);
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
  const {found} = useOrgSearch(props.value ?? '');
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
  const {found, busy} = useOrgSearch(q);
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

