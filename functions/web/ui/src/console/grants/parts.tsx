import {Tag} from 'antd';
import {t, type Schemas} from '../state';
import {holds} from './rules';

/** What a grant gives. Added permissions stand apart from those of its type. */
export function GrantedPermissions(props: {of: Pick<Schemas['Grant'], 'type' | 'permissions'>}) {
  const {type, permissions} = props.of;
  return (
    <span className="tags">
      {permissions.map((p) => {
        const added = !holds[type].includes(p);
        return (
          <Tag key={p} color={added ? 'warning' : undefined} title={added ? t().addedPermissions : undefined}>
            {added && '+ '}
            {t().permissions[p]}
          </Tag>
        );
      })}
    </span>
  );
}
