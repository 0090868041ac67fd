// 移动到 and 撤销.
import {App as Messages, Modal} from 'antd';
import {useState} from 'react';
import {useGuard} from '../guard';
import {Failure, useRequest} from '../parts';
import {api, ask, t, type Problem, type Schemas} from '../state';
import {OrgTree, useOrgTree} from './tree';

type Org = Schemas['Org'];

/** What was refused because somebody else was first: the organisation as it is now. */
function currentOf(problem: Problem): Org | undefined {
  const {code, current} = problem;
  return code === 'version_conflict' && current && 'orgCode' in current ? current : undefined;
}

export function MoveDialog(props: {org: Org; parentName?: string; onClose: () => void; onMoved: (parent: Org, job: string) => void; onChanged: (org: Org) => void}) {
  const {org} = props;
  const tree = useOrgTree();
  const [parent, setParent] = useState<Org>();
  const [missing, setMissing] = useState(false);
  const {busy, problem, run} = useRequest();
  const close = useGuard(() => !!parent, props.onClose);
  const refused = problem?.errors?.filter((e) => e.field === 'parent').map((e) => e.message) ?? [];

  const submit = () =>
    run(async () => {
      setMissing(!parent);
      if (!parent) return;
      const body = {version: org.version, parent: parent.orgCode};
      const answer = await ask(() => api.PATCH('/v1/admin/orgs/{orgCode}', {params: {path: {orgCode: org.orgCode}}, body}));
      if (answer.ok) return 'id' in answer.data ? props.onMoved(parent, answer.data.id) : props.onClose(); // it lies there already
      const current = currentOf(answer.problem);
      if (!current) return answer.problem;
      props.onChanged(current);
      return {...answer.problem, title: t().changedMeanwhile};
    });

  return (
    <Modal open width={560} title={t().orgTitle(t().moveOrg, org.name)} onCancel={close} onOk={submit} okText={t().ok} cancelText={t().cancel} confirmLoading={busy} mask={{closable: false}}>
      <p className="quiet">{t().moveOrgWhy}</p>
      {props.parentName && <p>{t().moveOrgNow(props.parentName)}</p>}
      <Failure problem={problem} />
      <OrgTree tree={tree} chosen={parent?.orgCode} onChoose={setParent} />
      <p role={missing && !parent ? 'alert' : 'status'} className={parent ? undefined : missing ? 'bad' : 'quiet'}>
        {parent ? t().chosenOrg(parent.name, parent.divisionName ?? '') : t().chooseParent}
      </p>
      {refused.length > 0 && (
        <p role="alert" className="bad">
          {refused.join(' ')}
        </p>
      )}
    </Modal>
  );
}

export function CloseDialog(props: {org: Org; onClose: () => void; onClosed: () => void; onChanged: (org: Org) => void}) {
  const {org} = props;
  const {message} = Messages.useApp();
  const {busy, problem, run} = useRequest();

  const submit = () =>
    run(async () => {
      const answer = await ask(() => api.DELETE('/v1/admin/orgs/{orgCode}', {params: {path: {orgCode: org.orgCode}, query: {version: org.version}}}));
      if (answer.ok) {
        void message.success(t().orgClosed(org.name));
        return props.onClosed();
      }
      const current = currentOf(answer.problem);
      if (!current) return answer.problem;
      props.onChanged(current);
      return {...answer.problem, title: t().changedMeanwhile};
    });

  return (
    <Modal
      open
      title={t().orgTitle(t().closeOrg, org.name)}
      onCancel={props.onClose}
      onOk={submit}
      okText={t().ok}
      cancelText={t().cancel}
      okButtonProps={{danger: true}}
      confirmLoading={busy}
      mask={{closable: false}}
    >
      <p className="quiet">{t().closeOrgWhy}</p>
      <Failure problem={problem} />
    </Modal>
  );
}
