// 权限点管理: what each permission allows, and which types hold it.
import {Card, Table, Tag} from 'antd';
import {Link} from 'wouter';
import {addable, permissions, typesWith, type Permission} from '../grants/rules';
import {useTitle} from '../parts';
import {t} from '../state';

export default function PermissionsPage() {
  useTitle(t().permissionPoints);
  return (
    <>
      <h1 className="title">{t().permissionPoints}</h1>
      <Card>
        <Table<{permission: Permission}>
          rowKey="permission"
          size="middle"
          pagination={false}
          dataSource={permissions.map((permission) => ({permission}))}
          columns={[
            {
              title: t().permissionPoint,
              width: '18%',
              render: (_, {permission}) => (
                <>
                  {t().permissions[permission]}
                  <div className="code">{permission}</div>
                </>
              ),
            },
            {title: t().allows, render: (_, {permission}) => t().permissionMeans[permission]},
            {
              title: t().heldBy,
              width: '26%',
              render: (_, {permission}) => (
                <div className="tags">
                  {typesWith(permission).map((type) => (
                    <Tag key={type}>{t().grantTypes[type]}</Tag>
                  ))}
                  {addable.includes(permission) && <div className="quiet">{t().addableToo}</div>}
                </div>
              ),
            },
            {
              title: t().actions,
              width: 120,
              render: (_, {permission}) => <Link href={`/administrators?permission=${permission}`}>{t().whoHolds}</Link>,
            },
          ]}
        />
      </Card>
    </>
  );
}
