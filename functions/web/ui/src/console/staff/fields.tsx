// The fields of a person and their posts, for editing and for adding.
import {Button, Card, Form, Input, Select, Tag, type FormInstance} from 'antd';
import type {Rule} from 'antd/es/form';
import {useEffect, useState, type ReactNode} from 'react';
import {orderRules} from '../parts';
import {t, type Schemas} from '../state';
import type {Dictionaries} from '../dictionaries';
import {postTitle, valuesOf, type PostValues, type StaffValues} from './edit';
import {OrgField, UnitField} from '../orgs/fields';

type Name = keyof ReturnType<typeof t>['fields'];

/** A label with the star of what must be filled in. */
function label(field: Name, starred: boolean): ReactNode {
  return (
    <>
      {starred && (
        <span className="edit__star" aria-hidden="true">
          *
        </span>
      )}
      {t().fields[field]}
    </>
  );
}

/** How many posts a person may have. */
const mostPosts = 10;

const starredRule = (): Rule => ({required: true, whitespace: true, message: t().notEmpty});

/** A value with the mask in it is good only as it was shown: unchanged, it is not sent. */
const notMasked = (shown: string | undefined): Rule => ({
  validator: (_, value?: string) => (value && value.includes('*') && value !== shown ? Promise.reject(new Error(t().masked)) : Promise.resolve()),
});

export function StaffFields(props: {form: FormInstance<StaffValues>; record?: Schemas['StaffRecord']; dictionaries: Dictionaries}) {
  const {form, record, dictionaries} = props;
  const shown = record && valuesOf(record);
  const [added, setAdded] = useState<{index: number}>();
  // The box of a new post may lie below what is seen.
  useEffect(() => {
    if (added) form.scrollToField(['posts', added.index, 'unit'], {block: 'center', focus: true});
  }, [added]);
  const pick = (field: Name & string, onFile?: string | null, clear = false) => (
    <Select options={dictionaries.choices(field, onFile)} placeholder={t().none} allowClear={clear} showSearch={{optionFilterProp: 'label'}} />
  );
  return (
    <>
      <div className="edit__head">
        <h3>{t().basics}</h3>
      </div>
      <div className="edit__grid">
        <Form.Item name="name" label={label('name', true)} rules={[starredRule(), notMasked(undefined)]}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="account" label={label('account', true)} rules={[starredRule(), notMasked(shown?.account)]}>
          <Input autoComplete="off" autoCapitalize="none" spellCheck={false} />
        </Form.Item>
        <Form.Item name="areaCode" label={label('areaCode', true)} rules={[starredRule()]}>
          {pick('areaCode', record?.areaCode)}
        </Form.Item>
        <Form.Item name="phone" label={label('phone', true)} rules={[starredRule(), notMasked(shown?.phone)]} extra={record && t().keepMask}>
          <Input autoComplete="off" inputMode="tel" />
        </Form.Item>
        <Form.Item name="shortNumber" label={label('shortNumber', false)}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="gender" label={label('gender', true)} rules={[starredRule()]}>
          {pick('gender', record?.gender)}
        </Form.Item>
        <Form.Item name="idCard" label={label('idCard', false)} rules={[notMasked(shown?.idCard)]} extra={shown?.idCard ? t().keepMask : undefined}>
          <Input autoComplete="off" placeholder={t().typeIdCard} />
        </Form.Item>
        <Form.Item name="birthDate" label={label('birthDate', false)} extra={shown?.birthDate?.length === 4 ? t().keepMask : undefined}>
          <Input autoComplete="off" placeholder={t().typeBirthDate} />
        </Form.Item>
        <Form.Item name="budgetedPost" label={label('budgetedPost', true)} rules={[starredRule()]}>
          {pick('budgetedPost', record?.budgetedPost)}
        </Form.Item>
        <Form.Item name="jobLevel" label={label('jobLevel', true)} rules={[starredRule()]}>
          {pick('jobLevel', record?.jobLevel)}
        </Form.Item>
        <Form.Item name="homeAddress" label={label('homeAddress', false)}>
          <Input.TextArea rows={2} />
        </Form.Item>
        <Form.Item name="politicalStatus" label={label('politicalStatus', false)}>
          {pick('politicalStatus', record?.politicalStatus, true)}
        </Form.Item>
      </div>
      <Form.List name="posts">
        {(posts, {add, remove}) => (
          <>
            <div className="edit__head">
              <h3>{t().posts}</h3>
              {posts.length >= mostPosts && <span className="quiet edit__full">{t().postsFull(mostPosts)}</span>}
              <Button
                onClick={() => {
                  add({jobType: posts.length === 0 ? 'main' : 'concurrent'} satisfies PostValues);
                  setAdded({index: posts.length});
                }}
                disabled={posts.length >= mostPosts}
              >
                ＋ {t().addPost}
              </Button>
            </div>
            {posts.map((post) => (
              <PostBox key={post.key} form={form} index={post.name} record={record} dictionaries={dictionaries} onRemove={() => remove(post.name)} />
            ))}
          </>
        )}
      </Form.List>
    </>
  );
}

function PostBox(props: {form: FormInstance<StaffValues>; index: number; record?: Schemas['StaffRecord']; dictionaries: Dictionaries; onRemove: () => void}) {
  const {form, index, record, dictionaries} = props;
  const post = (Form.useWatch(['posts', index], {form, preserve: true}) ?? {}) as PostValues;
  const title = post.unit && post.org ? postTitle(post.unit.label, post.org.label) : t().newPost;
  const onFile = record?.posts.find((p) => p.id === post.id);
  const at = (field: Name) => ({name: [index, field], label: label(field, ['unit', 'org', 'jobType', 'role', 'order'].includes(field))});
  const types = Object.entries(t().jobTypes).map(([value, text]) => ({value, label: text}));
  return (
    <Card
      size="small"
      className="edit__post"
      title={
        <>
          {title} {post.jobType && <Tag color={post.jobType === 'main' ? 'processing' : undefined}>{t().jobTypes[post.jobType]}</Tag>}
        </>
      }
      extra={
        <Button type="text" danger aria-label={t().removePost(title)} onClick={props.onRemove} icon={<Bin />} />
      }
    >
      <div className="edit__grid">
        <Form.Item {...at('unit')} rules={[{required: true, message: t().notEmpty}]}>
          <UnitFieldOf onPicked={() => form.setFieldValue(['posts', index, 'org'], undefined)} />
        </Form.Item>
        <Form.Item {...at('org')} rules={[{required: true, message: t().notEmpty}]}>
          <OrgField unit={post.unit} />
        </Form.Item>
        <Form.Item {...at('jobType')} rules={[starredRule()]}>
          <Select options={types} />
        </Form.Item>
        <Form.Item {...at('title')}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item {...at('role')} rules={[starredRule()]}>
          <Select options={dictionaries.choices('role', onFile?.role)} placeholder={t().none} showSearch={{optionFilterProp: 'label'}} />
        </Form.Item>
        <Form.Item {...at('order')} normalize={(typed: string) => typed.normalize('NFKC')} rules={orderRules(t().notEmpty)}>
          <Input autoComplete="off" inputMode="numeric" />
        </Form.Item>
        <Form.Item {...at('email')}>
          <Input autoComplete="off" inputMode="email" />
        </Form.Item>
        <Form.Item {...at('officePhone')}>
          <Input autoComplete="off" inputMode="tel" />
        </Form.Item>
        <Form.Item {...at('officeAddress')}>
          <Input autoComplete="off" />
        </Form.Item>
      </div>
    </Card>
  );
}

/** Another unit has other organisations: the one that was chosen is chosen anew. */
function UnitFieldOf(props: Parameters<typeof UnitField>[0] & {onPicked: () => void}) {
  const {onPicked, onChange, ...rest} = props;
  return (
    <UnitField
      {...rest}
      onChange={(choice) => {
        if (choice?.value !== rest.value?.value) onPicked();
        onChange?.(choice);
      }}
    />
  );
}

function Bin() {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v6M14 11v6" />
    </svg>
  );
}
