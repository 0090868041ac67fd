import {useDictionaries, type Dictionaries} from '../dictionaries';
import {t} from '../state';
import {fieldOf, grantIn, short, type Change} from './entry';

export type Names = (code: string) => string | undefined;

/** What changed: the field, what stood there, and what stands there now; of somebody new the latter alone. */
export function Changes(props: {of: Change[]; names: Names; onlyNew?: boolean}) {
  const dictionaries = useDictionaries();
  return (
    <ul className="changes">
      {props.of.map((change) => {
        const {field, ofPost} = fieldOf(change.field);
        const shown = (value: string | null) => (value === null ? <span className="quiet">{t().nothing}</span> : <bdi>{valueOf(field, value, props.names, dictionaries)}</bdi>);
        return (
          <li key={change.field}>
            <span className="quiet">
              {ofPost && `${t().fields.post}·`}
              {fieldName(field)}
            </span>
            {(change.old !== null || change.new !== null) && (
              <>
                {' '}
                {!props.onlyNew && <>{shown(change.old)} → </>}
                {shown(change.new)}
              </>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** What a field is called, without its place. */
export function fieldName(field: string): string {
  const {fields, auditFields} = t();
  if (field in auditFields) return auditFields[field as keyof typeof auditFields];
  return field in fields ? fields[field as keyof typeof fields] : field;
}

/** A value in words, where it is a code of something. */
export function valueOf(field: string, value: string, names: Names, dictionaries: Dictionaries): string {
  const words = {employment: t().employed, accountState: t().accountStates, type: t().orgTypes, activationSms: t().smsInAudit}[field] as Record<string, string> | undefined;
  if (words?.[value]) return words[value];
  if (value === 'true' || value === 'false') return value === 'true' ? t().yes : t().no;
  if (field === 'grants') {
    const grant = grantIn(value);
    if (!grant) return value;
    const types: Record<string, string> = t().grantTypes;
    const permissions: Record<string, string> = t().permissions;
    const added = grant.added.map((p) => ` + ${permissions[p] ?? p}`).join('');
    return `${types[grant.type] ?? grant.type} ${names(grant.org) ?? short(grant.org)}${added}`;
  }
  if (field === 'recoveryRequest') return `${value.slice(0, 8)}…`;
  return names(value) ?? dictionaries.label(field, short(value));
}
