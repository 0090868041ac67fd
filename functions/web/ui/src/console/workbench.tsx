import {App as Messages, Button, Layout, Menu, Modal, Spin} from 'antd';
import {lazy, Suspense, type ComponentType} from 'react';
import {Link, Route, Switch, useLocation} from 'wouter';
import {GuardedRouter} from './guard';
import {Boundary, useRequest} from './parts';
import {Home, NotFound} from './pages/home';
import {Prove, SignIn} from './sign-in';
import {api, ask, leave, may, switchLanguage, t, useAgain, useLanguage, type Need, type Schemas} from './state';
import {useFreshWaiting, useWaiting} from './waiting';

/** A screen and its entry of the menu: there for whom one of the needs fits, or for all. */
type Entry = {path: string; text: () => string; needs: Need[]; screen: ComponentType};
type Group = {key: string; text: () => string; entries: Entry[]};

const groups: Group[] = [
  {
    key: 'directory',
    text: () => t().directory,
    entries: [
      {path: '/orgs', text: () => t().orgs, needs: ['staff.read'], screen: lazy(() => import('./pages/orgs'))},
      {path: '/staff', text: () => t().staff, needs: ['staff.read'], screen: lazy(() => import('./pages/staff'))},
      {path: '/recovery', text: () => t().recovery, needs: ['staff.edit'], screen: lazy(() => import('./pages/recovery'))},
    ],
  },
  {
    key: 'granting',
    text: () => t().granting,
    entries: [
      {path: '/roles', text: () => t().roles, needs: ['admin.grant'], screen: lazy(() => import('./pages/roles'))},
      {path: '/administrators', text: () => t().administrators, needs: ['admin.grant'], screen: lazy(() => import('./pages/administrators'))},
      {path: '/permissions', text: () => t().permissionPoints, needs: ['admin.grant'], screen: lazy(() => import('./pages/permissions'))},
    ],
  },
  {
    key: 'auditing',
    text: () => t().auditing,
    entries: [{path: '/audit', text: () => t().audit, needs: ['audit.read'], screen: lazy(() => import('./pages/audit'))}],
  },
  {
    key: 'governing',
    text: () => t().governing,
    entries: [
      {path: '/org-data', text: () => t().orgData, needs: ['staff.read'], screen: lazy(() => import('./pages/org-data'))},
      {path: '/staff-data', text: () => t().staffData, needs: ['staff.read'], screen: lazy(() => import('./pages/staff-data'))},
      {path: '/import', text: () => t().importData, needs: ['staff.import'], screen: lazy(() => import('./pages/import'))},
    ],
  },
  {
    key: 'system',
    text: () => t().system,
    entries: [
      {path: '/jobs', text: () => t().jobs, needs: [], screen: lazy(() => import('./pages/jobs'))},
      {path: '/dictionaries', text: () => t().dictionaries, needs: ['super'], screen: lazy(() => import('./pages/dictionaries'))},
    ],
  },
];

/** Reached from the details of a person. */
const SignIns = lazy(() => import('./pages/sign-ins'));

/** 管理工作台: the menu, who is signed in, and the screen that was chosen. */
export default function Workbench(props: {me: Schemas['StaffRecord']}) {
  useLanguage();
  return (
    <Messages component={false} message={{maxCount: 3}}>
      <GuardedRouter base="/console">
        <Frame me={props.me} />
      </GuardedRouter>
      <SignInAgain me={props.me} />
    </Messages>
  );
}

function Frame(props: {me: Schemas['StaffRecord']}) {
  const [path] = useLocation();
  const {busy, run} = useRequest();
  useFreshWaiting();
  const open = groups.map((g) => ({...g, entries: g.entries.filter((e) => e.needs.length === 0 || e.needs.some(may))})).filter((g) => g.entries.length > 0);

  const signOut = () =>
    run(async () => {
      const answer = await ask(() => api.DELETE('/v1/sessions/current'));
      if (!answer.ok && answer.problem.status !== 401) return answer.problem;
      leave();
    });

  return (
    <Layout className="bench">
      <Layout.Header className="bench__top">
        <span className="bench__name">{t().workbench}</span>
        <div className="bench__who">
          <span className="bench__person" title={props.me.account}>
            {props.me.name}
          </span>
          <Button type="text" onClick={switchLanguage}>
            {t().language}
          </Button>
          <Button type="text" loading={busy} onClick={signOut}>
            {t().signOut}
          </Button>
        </div>
      </Layout.Header>
      <Layout>
        <Layout.Sider width={208} className="bench__side">
          <nav aria-label={t().menu}>
            <Menu
              mode="inline"
              selectedKeys={[path]}
              defaultOpenKeys={groups.map((g) => g.key)}
              items={[
                {key: '/', label: <Link href="/">{t().home}</Link>},
                ...open.map((g) => ({key: g.key, label: g.text(), children: g.entries.map((e) => ({key: e.path, label: <Link href={e.path}>{e.path === '/recovery' ? <Waiting text={e.text()} /> : e.text()}</Link>}))})),
              ]}
            />
          </nav>
        </Layout.Sider>
        <Layout.Content className="bench__page">
          <Boundary>
            <Suspense fallback={<Spin className="bench__wait" />}>
              <Switch>
                <Route path="/">
                  <Home me={props.me} />
                </Route>
                {open.flatMap((g) => g.entries.map((e) => <Route key={e.path} path={e.path} component={e.screen} />))}
                {may('staff.read') && <Route path="/sign-ins" component={SignIns} />}
                <Route>
                  <NotFound />
                </Route>
              </Switch>
            </Suspense>
          </Boundary>
        </Layout.Content>
      </Layout>
    </Layout>
  );
}

/** 找回申请, and how many of them wait. */
function Waiting(props: {text: string}) {
  const waiting = useWaiting() ?? 0;
  return (
    <>
      {props.text}
      {waiting > 0 && (
        <span className="bench__count" title={t().waiting(waiting)}>
          {waiting > 99 ? '99+' : waiting}
        </span>
      )}
    </>
  );
}

/** Amid the work the session has ended, or its second step: what stands in the forms stays. */
function SignInAgain(props: {me: Schemas['StaffRecord']}) {
  const again = useAgain();
  const title = again === 'prove' ? t().prove : t().signInAgain;
  return (
    <Modal open={!!again} title={title} footer={null} closable={false} keyboard={false} mask={{closable: false}} destroyOnHidden zIndex={2000} width={420}>
      {again === 'prove' && <Prove />}
      {again === 'signIn' && (
        <>
          <p className="quiet">{t().signInAgainWhy(props.me.name)}</p>
          <SignIn />
          <Button type="link" block onClick={leave}>
            {t().leaveWork}
          </Button>
        </>
      )}
    </Modal>
  );
}
