// One import, or a dry run of one, from its begin to its results.
import {Alert, Button, Modal} from 'antd';
import {useState, type ReactNode} from 'react';
import {Link} from 'wouter';
import {JobDrawer, useStop} from '../jobs/drawer';
import {isStoppable, isUnfinished, toneOf} from '../jobs/job';
import {JobBar, jobName, JobOwner, JobState, kindName} from '../jobs/parts';
import {JobProgress} from '../jobs/progress';
import {Failure, useFocusBack} from '../parts';
import {mostListed} from '../staff/batch';
import {BatchDialog} from '../staff/batch-dialog';
import {may, t, type Schemas} from '../state';
import {PickAgain} from './chooser';
import type {Chosen} from './file';
import {People} from './people';
import {useResults} from './read';
import {countsOf, groupOf, type Group, type Result} from './results';
import {words} from './texts';

type Job = Schemas['Job'];
type Counts = Record<Group, number>;

type Props = {
  id: string;
  steps: (at: number) => ReactNode;
  /** The file, unless the page was loaded anew since. */
  file?: Chosen;
  /** What the file was called that this dry run checked, if this tab knows. */
  checked?: string;
  busy: boolean;
  /** Why the import could not be begun. */
  refusal: ReactNode;
  shown?: Group;
  onShow: (group: Group | undefined) => void;
  /** The job that texts the new people. */
  texts?: string;
  onTexts: (job: string | undefined) => void;
  onChoose: (file: Chosen) => void;
  onImport: () => void;
  onBegin: () => void;
};

export function JobView(props: Props) {
  const {id} = props;
  const read = useResults(id);
  const {job, results} = read;
  const stop = useStop(read.again);
  const counts = countsOf(results);
  const dry = !!job?.dryRun;
  return (
    <>
      {job && props.steps(dry ? 1 : 2)}
      <section className="staff__list import__part" aria-label={job ? jobName(job) : t().importData}>
        <Failure problem={read.problem ?? stop.problem} onRetry={read.problem && read.again} />
        {job && (
          <>
            <div className="jobs__head" role="status">
              <JobState job={job} />
              <JobOwner job={job} />
              <JobBar job={job} failed={!dry} />
              {isStoppable(job) && (
                <Button danger onClick={() => stop.ask(job)}>
                  {t().stopJob}
                </Button>
              )}
            </div>
            <Told job={job} counts={counts} read={results.length} whole={read.whole} />
            {job.ignoredColumns && <p className="quiet">{words().ignored(job.ignoredColumns)}</p>}
            {dry && job.state === 'done' && read.whole && <GoOn {...props} counts={counts} />}
            {!isUnfinished(job) && !(dry && job.state === 'done') && (
              <Next {...props} created={results.filter((r) => groupOf(r) === 'created' && !dry)} />
            )}
          </>
        )}
      </section>
      {job && (results.length > 0 || read.whole) && (
        <section className="staff__list import__part">
          <People results={results} dry={dry} whole={read.whole} shown={props.shown} onShow={props.onShow} />
        </section>
      )}
    </>
  );
}

/** What it came to, and what becomes of those who are left out. */
function Told(props: {job: Job; counts: Counts; read: number; whole: boolean}) {
  const {job, counts, read, whole} = props;
  const dry = !!job.dryRun;
  const out = counts.refused + counts.failed;
  const how = job.state === 'stopped' ? 'stopped' : job.state === 'failed' ? 'broken' : undefined;
  let said: [title: string, more?: string];
  if (isUnfinished(job)) said = [dry ? words().dryOn : words().realOn];
  else if (how && dry) said = [words().dryEnded[how]];
  else if (how && !whole) said = [words().realEnding[how]];
  else if (how) said = [`${words().realEnded[how]}${words().did(counts)}${words().rest(job.total - read)}`, words().resume];
  else if (!whole) said = [words().reading(read, job.total)];
  else if (dry) said = [`${words().dryDone}${words().would(counts)}`, out > 0 ? words().leftOut : undefined];
  else said = [`${words().realDone}${words().did(counts)}`, out > 0 ? words().left : undefined];
  return <Alert className="failure import__told" type={toneOf(job)} showIcon role="status" title={said[0]} description={said[1]} />;
}

/** From the dry run to the import. */
function GoOn(props: Props & {counts: Counts}) {
  const {counts, file} = props;
  const [asking, setAsking] = useState(false);
  if (counts.created + counts.changed === 0) {
    return (
      <>
        <p>{words().nothingToDo}</p>
        <Button onClick={props.onBegin}>{words().again}</Button>
      </>
    );
  }
  if (!file) {
    return (
      <>
        <p>{props.checked ? words().goneName(props.checked) : words().gone}</p>
        <PickAgain onChoose={props.onChoose}>{words().again}</PickAgain>
      </>
    );
  }
  return (
    <>
      <div className="row">
        <Button type="primary" onClick={() => setAsking(true)}>
          {words().goOn}
        </Button>
        <Button onClick={props.onBegin}>{words().again}</Button>
      </div>
      {asking && <Sure {...props} file={file} onClose={() => setAsking(false)} />}
    </>
  );
}

function Sure(props: Props & {file: Chosen; counts: Counts; onClose: () => void}) {
  useFocusBack();
  const {counts} = props;
  return (
    <Modal
      open
      title={words().goOnTitle}
      onCancel={props.onClose}
      onOk={props.onImport}
      okText={words().goOn}
      cancelText={t().cancel}
      okButtonProps={{loading: props.busy}}
      mask={{closable: false}}
    >
      <p>{words().goOnFile(props.file.name)}</p>
      <p>{words().would(counts)}</p>
      {counts.refused + counts.failed > 0 && <p>{words().leftOut}</p>}
      <p className="quiet">{words().goOnWhy}</p>
      {props.refusal}
    </Modal>
  );
}

/** What is done after an import. */
function Next(props: Props & {created: Result[]}) {
  const {created} = props;
  const [texting, setTexting] = useState<string[]>();
  const [seeing, setSeeing] = useState<string>();
  const codes = created.flatMap((r) => r.employeeCode ?? []);
  const parts = Array.from({length: Math.ceil(codes.length / mostListed)}, (_, i) => codes.slice(i * mostListed, (i + 1) * mostListed));
  return (
    <>
      {props.texts && (
        <JobProgress id={props.texts} title={(j) => kindName(j.kind)} onHide={() => props.onTexts(undefined)} onDone={() => undefined} onResults={() => setSeeing(props.texts)} />
      )}
      <div className="row import__next">
        {may('staff.batch') &&
          parts.map((part, i) => (
            <Button key={i} type={i === 0 ? 'primary' : undefined} onClick={() => setTexting(part)}>
              {parts.length === 1 ? words().text(codes.length) : words().textPart(i * mostListed + 1, i * mostListed + part.length)}
            </Button>
          ))}
        <Button onClick={props.onBegin}>{words().again}</Button>
        {may('staff.read') && <Link href="/staff?incomplete=true">{words().incomplete}</Link>}
      </div>
      {texting && (
        <BatchDialog
          action="send_activation_sms"
          chosen={texting}
          filters={{employment: 'in_service'}}
          onClose={() => setTexting(undefined)}
          onMade={(job) => {
            setTexting(undefined);
            props.onTexts(job);
          }}
        />
      )}
      {seeing && <JobDrawer id={seeing} onClose={() => setSeeing(undefined)} />}
    </>
  );
}
