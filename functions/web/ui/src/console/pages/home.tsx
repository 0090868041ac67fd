import {Button, Card, Descriptions, Result, Tag} from 'antd';
import {useEffect, useState, type ReactNode} from 'react';
import {Link} from 'wouter';
import {useTitle} from '../parts';
import {api, askOnce, may, t, useCaller, type Schemas} from '../state';
import {useWaiting} from '../waiting';

/** 工作台首页: what waits for whoever is here, and who one is here, over what. */
export function Home(props: {me: Schemas['StaffRecord']}) {
  useTitle(t().home);
  const caller = useCaller();
  const waiting = useWaiting();
  const incomplete = useIncomplete();
  return (
    <>
      <h1 className="title">{t().welcome}</h1>
      <div className="home__cards">
        {may('staff.edit') && <Count title={t().recovery} of={waiting} most={1000} says={t().toDecide} href="/recovery" />}
        {may('staff.read') && <Count title={t().incompletePeople} of={incomplete} says={t().toComplete} href="/staff?incomplete=true" />}
        <Card size="small" title={t().quickLinks}>
          <div className="home__links">
            {may('staff.read') && <Link href="/staff">{t().staff}</Link>}
            {may('admin.grant') && <Link href="/administrators">{t().administrators}</Link>}
            {may('audit.read') && <Link href="/audit">{t().audit}</Link>}
          </div>
        </Card>
      </div>
      <Card>
        <Descriptions
          column={1}
          items={[
            {key: 'name', label: t().name, children: props.me.name},
            {key: 'account', label: t().account, children: props.me.account},
            ...(caller?.grants ?? []).map((g) => ({
              key: g.id,
              label: t().grantTypes[g.type],
              children: (
                <span>
                  {g.orgName}
                  {g.permissions.map((p) => (
                    <Tag key={p}>{t().permissions[p]}</Tag>
                  ))}
                </span>
              ),
            })),
          ]}
        />
      </Card>
    </>
  );
}

/** How many people of the caller's places lack something. The tops of the tree tell it. */
function useIncomplete(): number | undefined {
  const [incomplete, set] = useState<number>();
  useEffect(() => {
    if (!may('staff.read')) return;
    let over = false;
    void askOnce(() => api.GET('/v1/admin/orgs', {params: {query: {limit: 100}}})).then((answer) => {
      if (!over && answer.ok && !answer.data.next) set(answer.data.items.reduce((sum, org) => sum + org.incomplete, 0));
    });
    return () => void (over = true);
  }, []);
  return incomplete;
}

/** One number, and where one goes with it. Most is what the API counts up to. */
function Count(props: {title: string; of: number | undefined; most?: number; says: (n: number) => ReactNode; href: string}) {
  const {of, most = Infinity} = props;
  return (
    <Card size="small" title={props.title}>
      <p className="home__count">{of === undefined ? '–' : of >= most ? `${most}+` : of}</p>
      <Link href={props.href}>{props.says(of ?? 0)}</Link>
    </Card>
  );
}

export function NotFound() {
  useTitle(t().notFound);
  return (
    <Result
      status="info"
      title={t().notFound}
      extra={
        <Link href="/" asChild>
          <Button type="primary">{t().toHome}</Button>
        </Link>
      }
    />
  );
}
