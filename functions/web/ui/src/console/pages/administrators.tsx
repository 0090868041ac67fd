// 管理员列表: who administers an organisation, or what a person administers; giving and
// taking.
import {App as Messages, Button, Empty, Form, Modal, Table, Tag} from 'antd';
import {useState} from 'react';
import {useSearchParams} from 'wouter';
import {GiveDialog} from '../grants/give-dialog';
import {GrantedPermissions} from '../grants/parts';
import {permissions} from '../grants/rules';
import {Failure, useFocusBack, useRequest, useTitle} from '../parts';
import {OrgTree, useOrgTree} from '../orgs/tree';
import {More, useGrowing} from '../paging';
import {PersonField} from '../staff/people';
import {api, ask, t, useCaller, type Schemas} from '../state';

type Item = Schemas['GrantItem'];

/** Whose grants are shown: of whom, or on what. */
type Of = {employeeCode: string; name: string} | {org: string; name: string};

export default function AdministratorsPage() {
  useTitle(t().administrators);
  const caller = useCaller();
  const [address, setAddress] = useSearchParams();
  // Without a choice it is the first place that the caller may speak about.
  const own = caller?.grants.find((g) => g.permissions.includes('admin.grant'));
  const person = address.get('employeeCode');
  const org = address.get('org') ?? own?.org ?? '';
  const name = address.get('name') ?? undefined;
  const of: Of = person ? {employeeCode: person, name: name ?? person} : {org, name: name ?? (org === own?.org ? own.orgName : org)};
  const permission = permissions.find((p) => p === address.get('permission'));
  const grants = useGrowing(`${person ?? ''} ${org}`, (cursor) => ask(() => api.GET('/v1/admin/grants', {params: {query: {...(person ? {employeeCode: person} : {org}), cursor}}})));
  const [giving, give] = useState(false);
  const [revoking, revoke] = useState<Item>();
  const tree = useOrgTree();

  function show(now: Of | undefined, only?: string) {
    setAddress({...now, ...(only ? {permission: only} : {})});
  }

  const shown = permission ? grants.items.filter((i) => i.permissions.includes(permission)) : grants.items;
  return (
    <>
      <h1 className="title">{t().administrators}</h1>
      <div className="staff">
        <OrgTree tree={tree} chosen={person ? undefined : org} onChoose={(chosen) => show(chosen && {org: chosen.orgCode, name: chosen.name}, permission)} />
        <div className="staff__main">
          <Form layout="vertical" role="search" aria-label={t().find} className="staff__filters staff__by">
            <Form.Item label={t().byPerson} htmlFor="grants-of">
              <PersonField id="grants-of" clear value={person ? {value: person, label: name ?? person} : undefined} onChange={(who) => show(who && {employeeCode: who.value, name: who.label}, permission)} />
            </Form.Item>
          </Form>
          <div className="staff__list staff__list_titled">
            <div className="staff__head">
              <h2>{'org' in of ? t().administratorsOf(of.name) : t().grantsOf(of.name)}</h2>
              <Button type="primary" ghost onClick={() => give(true)}>
                {t().give}
              </Button>
            </div>
            <p className="quiet">{'org' in of ? t().onlyOnIt : t().onlyInScope}</p>
            {permission && (
              <p>
                <Tag closable onClose={() => show(of)}>
                  {t().withPermission(t().permissions[permission])}
                </Tag>
              </p>
            )}
            <Failure problem={grants.problem} onRetry={grants.load} />
            <Table<Item>
              rowKey="id"
              size="middle"
              loading={grants.loading}
              dataSource={shown}
              pagination={false}
              locale={{emptyText: grants.loading || grants.problem ? ' ' : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={grants.more ? t().noStaffOnPage : t().noGrants} />}}
              columns={[
                {
                  title: t().name,
                  width: '18%',
                  render: (_, item) => (
                    <>
                      <Button type="link" onClick={() => show({employeeCode: item.employeeCode, name: item.name})}>
                        {item.name}
                      </Button>
                      <Code of={item.employeeCode} />
                    </>
                  ),
                },
                {title: t().grantType, width: 112, render: (_, item) => t().grantTypes[item.type]},
                {title: t().administered, width: '20%', dataIndex: 'orgName'},
                {title: t().permissionPoint, render: (_, item) => <GrantedPermissions of={item} />},
                {
                  title: t().actions,
                  width: 64,
                  render: (_, item) =>
                    item.employeeCode !== caller?.employeeCode && ( // nobody changes their own grants
                      <Button type="link" danger onClick={() => revoke(item)}>
                        {t().revoke}
                      </Button>
                    ),
                },
              ]}
            />
            <More of={grants} />
          </div>
        </div>
      </div>
      {giving && (
        <GiveDialog
          of={of}
          onClose={() => give(false)}
          onDone={(given) => {
            give(false);
            const there = person ? person === given.employeeCode : org === given.org.value;
            if (there) grants.load();
            else show({org: given.org.value, name: given.org.label});
          }}
        />
      )}
      {revoking && (
        <Revoke
          item={revoking}
          onClose={() => revoke(undefined)}
          onGone={grants.load}
          onDone={() => {
            revoke(undefined);
            grants.load();
          }}
        />
      )}
    </>
  );
}

/** A code of 32 digits, by its first ones; the whole one when it is pointed at. */
function Code(props: {of: string}) {
  return (
    <div className="code" title={props.of}>
      {props.of.slice(0, 11)}…
    </div>
  );
}

/** 撤销 is asked about first. */
function Revoke(props: {item: Item; onClose: () => void; onGone: () => void; onDone: () => void}) {
  useFocusBack();
  const {item} = props;
  const {message} = Messages.useApp();
  const {busy, problem, run} = useRequest();
  const submit = () =>
    run(async () => {
      const answer = await ask(() => api.DELETE('/v1/admin/grants/{id}', {params: {path: {id: item.id}}}));
      if (!answer.ok) {
        if (answer.problem.code === 'not_found') props.onGone(); // somebody else was first
        return answer.problem;
      }
      void message.success(t().acted(t().revoke, item.name));
      props.onDone();
    });
  return (
    <Modal
      open
      title={t().actTitle(t().revoke, item.name)}
      onCancel={props.onClose}
      onOk={submit}
      okText={t().revoke}
      cancelText={t().cancel}
      okButtonProps={{loading: busy, danger: true}}
      mask={{closable: false}}
    >
      <p>{t().revokeSure(item.name, item.orgName, t().grantTypes[item.type])}</p>
      <p className="quiet">{t().revokeWhy}</p>
      <Failure problem={problem} />
    </Modal>
  );
}
