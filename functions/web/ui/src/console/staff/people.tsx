// Choosing a person, by what one knows of them.
import {Select, Spin} from 'antd';
import {useEffect, useState} from 'react';
import {api, ask, t, type Schemas} from '../state';
import {postTitle} from './edit';

const pause = 300; // ms after the last key before a search is asked for

type Item = Schemas['SearchItem'];

/** About tells people of one name apart. */
export type PersonChoice = {value: string; label: string; about?: string};

type Found = {items: Item[]; busy: boolean; said?: string};

/** People by what is typed, a moment after the last key. */
function usePeople(q: string): Found {
  const [found, set] = useState<Found>({items: [], busy: false});
  useEffect(() => {
    const typed = q.trim();
    if (!typed) return set({items: [], busy: false});
    set((f) => ({...f, busy: true}));
    let over = false;
    const timer = setTimeout(async () => {
      const answer = await ask(() => api.GET('/v1/admin/staff', {params: {query: {q: typed, limit: 20}}}));
      if (over) return;
      set(answer.ok ? {items: answer.data.items, busy: false} : {items: [], busy: false, said: answer.problem.title});
    }, pause);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [q]);
  return found;
}

function aboutOf(item: Item): string {
  const [post] = item.posts;
  return post ? `${item.account} · ${postTitle(post.unitName, post.orgName)}` : item.account;
}

/** A field that takes a person in service: name, pinyin, account, or digits of the phone. */
export function PersonField(props: {id?: string; value?: PersonChoice; onChange?: (choice: PersonChoice | undefined) => void; clear?: boolean; except?: string}) {
  const {id, value, onChange} = props;
  const [q, setQ] = useState('');
  const {items, busy, said} = usePeople(q);
  const shown = items.filter((i) => i.employeeCode !== props.except);
  return (
    <Select<PersonChoice, {value: string; label: string; item: Item}>
      id={id}
      labelInValue
      allowClear={props.clear}
      value={value}
      onChange={(chosen) => {
        const item = items.find((i) => i.employeeCode === chosen?.value);
        onChange?.(item && {value: item.employeeCode, label: item.name, about: aboutOf(item)});
      }}
      options={shown.map((item) => ({value: item.employeeCode, label: item.name, item}))}
      optionRender={({data: {item}}) => (
        <>
          {item.name}
          <div className="quiet choice__about">{aboutOf(item)}</div>
        </>
      )}
      loading={busy}
      placeholder={t().typePerson}
      showSearch={{filterOption: false, onSearch: setQ}}
      notFoundContent={busy ? <Spin size="small" /> : said ?? (q.trim() ? t().noStaff : t().typePerson)}
    />
  );
}
