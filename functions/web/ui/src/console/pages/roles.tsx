// 权限角色管理: the types of grants, and what each holds.
import {Card, Table} from 'antd';
import {addable, holds, permissions, types, type GrantType, type Permission} from '../grants/rules';
import {useTitle} from '../parts';
import {t} from '../state';

export default function RolesPage() {
  useTitle(t().roles);
  return (
    <>
      <h1 className="title">{t().roles}</h1>
      <Card>
        <p className="quiet lead">{t().rolesWhy}</p>
        <Table<{permission: Permission}>
          rowKey="permission"
          size="middle"
          pagination={false}
          dataSource={permissions.map((permission) => ({permission}))}
          columns={[
            {title: t().permissionPoint, render: (_, {permission}) => t().permissions[permission]},
            ...types.map((type) => ({
              key: type,
              title: t().grantTypes[type],
              width: '24%',
              render: (_: unknown, {permission}: {permission: Permission}) => <Held type={type} permission={permission} />,
            })),
          ]}
        />
        <dl className="means">
          {types.map((type) => (
            <div key={type}>
              <dt>{t().grantTypes[type]}</dt>
              <dd>{t().grantMeans[type]}</dd>
            </div>
          ))}
        </dl>
      </Card>
    </>
  );
}

function Held(props: {type: GrantType; permission: Permission}) {
  if (holds[props.type].includes(props.permission)) return <>{t().held}</>;
  return <span className="quiet">{addable.includes(props.permission) ? t().canBeAdded : t().notHeld}</span>;
}
