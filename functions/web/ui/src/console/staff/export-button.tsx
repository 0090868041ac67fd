// Saving the people whom the search finds as a file.
import {Button, Dropdown} from 'antd';
import {useState} from 'react';
import {download} from '../download';
import {api, t} from '../state';
import {queryOf, type Filters} from './filters';
import {formats, type Format} from './saved-as';
import type {Problem} from '../../api/client';

/** Exports by the filters that were searched with. onProblem gets undefined when it begins anew. */
export function ExportButton(props: {filters: Filters; onProblem: (problem: Problem | undefined) => void}) {
  const [busy, setBusy] = useState(false);

  async function take(format: Format) {
    setBusy(true);
    props.onProblem(undefined);
    const problem = await download(format, () => api.GET('/v1/admin/exports', {params: {query: {...queryOf(props.filters), format}}, parseAs: 'blob'}));
    setBusy(false);
    props.onProblem(problem?.code === 'narrow_search' ? {...problem, title: t().exportTooMuch} : problem);
  }

  return (
    <Dropdown disabled={busy} trigger={['click']} menu={{items: formats.map((key) => ({key, label: t().exportAs[key]})), onClick: ({key}) => void take(key as Format)}}>
      <Button loading={busy} aria-haspopup="menu">
        {t().exportStaff} <span aria-hidden="true">▾</span>
      </Button>
    </Dropdown>
  );
}
