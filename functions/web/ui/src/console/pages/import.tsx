// 人员数据导入: a file is chosen, checked by a dry run, looked at, and imported.
import {Alert, Button} from 'antd';
import {useRef, useState} from 'react';
import {useSearchParams} from 'wouter';
import {download} from '../download';
import {useScreenGuard} from '../guard';
import {DropZone, useDropsLeftAlone} from '../import/chooser';
import {checkedBy, rememberChecked, type Chosen} from '../import/file';
import {JobView} from '../import/job-view';
import {Problems} from '../import/people';
import {groups, type Group} from '../import/results';
import {words} from '../import/texts';
import {Failure, useRequest, useRequestKey, useTitle} from '../parts';
import {formats, type Format} from '../staff/saved-as';
import {api, ask, t, type Problem} from '../state';

export default function ImportPage() {
  useTitle(t().importData);
  useDropsLeftAlone();
  const [address, setAddress] = useSearchParams();
  const job = address.get('job') ?? undefined;
  const [file, setFile] = useState<Chosen>();
  const [imported, setImported] = useState(false); // the file that is chosen
  const [other, setOther] = useState(false); // another file was chosen than was checked
  const {busy, problem, fail, run} = useRequest();
  const keyOf = useRequestKey();
  const made = useRef(0); // requests that were answered: the next one is another one
  useScreenGuard(() => !!file && !imported);

  function choose(chosen: Chosen) {
    made.current++;
    fail(undefined);
    setFile(chosen);
    setImported(false);
    setOther(false);
  }

  /** Hands the file in. The same request again, say because no answer came, has the same key. */
  const send = (of: Chosen, dryRun: boolean) =>
    run(async () => {
      const key = keyOf({digest: of.digest, dryRun, after: made.current});
      const answer = await ask(() =>
        api.POST('/v1/admin/imports', {
          params: {query: {format: of.format, dryRun}, header: {'Idempotency-Key': key}},
          headers: {'Content-Type': 'application/octet-stream'},
          body: of.bytes,
          bodySerializer: (bytes) => bytes as ArrayBuffer,
        }),
      );
      if (!answer.ok) return answer.problem;
      made.current++;
      const {id} = answer.data;
      if (dryRun) rememberChecked(id, of);
      else setImported(true);
      setAddress({job: id});
    });

  /** After a reload the file is gone. Only the one that was checked goes on from here. */
  function chooseAgain(chosen: Chosen) {
    choose(chosen);
    if (checked?.digest === chosen.digest) return;
    setOther(true);
    setAddress({});
  }

  function begin() {
    fail(undefined);
    setFile(undefined);
    setOther(false);
    setAddress({});
  }

  const checked = job ? checkedBy(job) : undefined;
  const shown = groups.find((g) => g === address.get('show'));
  const show = (group: Group | undefined) => setAddress({job: job!, ...(group && {show: group}), ...(address.get('texts') && {texts: address.get('texts')!})});
  return (
    <>
      <h1 className="title">{t().importData}</h1>
      {!job && (
        <>
          <Steps at={0} />
          <Template />
          <section className="staff__list import__part">
            <h2>{words().pick}</h2>
            <p className="quiet">{words().checkWhy}</p>
            {other && <Alert className="failure" type="warning" showIcon role="alert" title={words().other} />}
            <DropZone chosen={file} busy={busy} onChoose={choose} />
            <Refusal problem={problem} onRetry={file && (() => send(file, true))} />
            <Button type="primary" disabled={!file} loading={busy} onClick={() => file && send(file, true)}>
              {words().check}
            </Button>
          </section>
        </>
      )}
      {job && (
        <JobView
          key={job}
          id={job}
          steps={(at) => <Steps at={at} />}
          file={file?.digest === checked?.digest ? file : undefined} // by the way back one comes to the check of another file
          checked={checked?.name}
          busy={busy}
          refusal={<Refusal problem={problem} />}
          shown={shown}
          onShow={show}
          texts={address.get('texts') ?? undefined}
          onTexts={(texts) => setAddress({job, ...(shown && {show: shown}), ...(texts && {texts})}, {replace: true})}
          onChoose={chooseAgain}
          onImport={() => file && send(file, false)}
          onBegin={begin}
        />
      )}
    </>
  );
}

/** Which of the three steps it is. */
function Steps(props: {at: number}) {
  return (
    <ol className="import__steps" aria-label={words().stepsLabel}>
      {words().steps.map((name, i) => (
        <li key={i} className={i <= props.at ? 'import__step import__step_on' : 'import__step'} aria-current={i === props.at ? 'step' : undefined}>
          <span className="import__number" aria-hidden="true">
            {i + 1}
          </span>
          {name}
        </li>
      ))}
    </ol>
  );
}

function Template() {
  const [busy, setBusy] = useState<Format>();
  const [problem, setProblem] = useState<Problem>();
  async function take(format: Format) {
    setBusy(format);
    setProblem(await download(format, () => api.GET('/v1/admin/imports/template', {params: {query: {format}}, parseAs: 'blob'})));
    setBusy(undefined);
  }
  return (
    <section className="staff__list import__part">
      <h2>{words().template}</h2>
      <p className="quiet">{words().templateWhy}</p>
      <Failure problem={problem} />
      <div className="row">
        {formats.map((format) => (
          <Button key={format} loading={busy === format} disabled={!!busy && busy !== format} onClick={() => void take(format)}>
            {words().templateAs[format]}
          </Button>
        ))}
      </div>
    </section>
  );
}

/** Why the file as a whole was not taken, and what to do. Only what may pass is offered again. */
function Refusal(props: {problem?: Problem; onRetry?: () => void}) {
  const {problem} = props;
  if (!problem) return null;
  const passes = problem.status === 0 || problem.status === 429 || problem.status >= 500;
  return (
    <Failure problem={problem} onRetry={passes ? props.onRetry : undefined}>
      {problem.errors && (
        <>
          <Problems of={problem.errors} />
          <p className="import__fix">{words().fixFile}</p>
        </>
      )}
    </Failure>
  );
}
