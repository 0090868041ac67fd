import {Button, Card, Descriptions, Result, Tag} from 'antd';
import {Link} from 'wouter';
import {useTitle} from '../parts';
import {may, t, useCaller, type Schemas} from '../state';

/** 工作台首页: who one is here, and over what. */
export function Home(props: {me: Schemas['StaffRecord']}) {
  useTitle(t().home);
  const caller = useCaller();
  return (
    <>
      <h1 className="title">{t().welcome}</h1>
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
        {may('staff.read') && (
          <Link href="/staff" asChild>
            <Button type="primary" className="home__go">
              {t().staff}
            </Button>
          </Link>
        )}
      </Card>
    </>
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
