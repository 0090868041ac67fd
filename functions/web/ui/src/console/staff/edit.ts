// What a form of a person holds, what of it changed, and what two edits of one record make
// of each other. No rule of the register is here: the server has them.
import type {FieldError, Schemas} from '../../api/client';
import type {Difference as Compared} from '../conflict';
import type {OrgChoice} from '../orgs/edit';

type StaffRecord = Schemas['StaffRecord'];
type Post = Schemas['Post'];

/** What the fields of a post hold: '' or undefined for what is not filled in. */
export type PostValues = {
  id?: string;
  unit?: OrgChoice;
  org?: OrgChoice;
  jobType?: Post['jobType'];
  title?: string;
  role?: string;
  order?: string;
  email?: string;
  officePhone?: string;
  officeAddress?: string;
};

export type PersonValues = {
  name?: string;
  account?: string;
  areaCode?: string;
  phone?: string;
  shortNumber?: string;
  gender?: string;
  idCard?: string;
  birthDate?: string;
  budgetedPost?: string;
  jobLevel?: string;
  homeAddress?: string;
  politicalStatus?: string;
};

export type StaffValues = PersonValues & {posts: PostValues[]};

export const personFields = [
  'name',
  'account',
  'areaCode',
  'phone',
  'shortNumber',
  'gender',
  'idCard',
  'birthDate',
  'budgetedPost',
  'jobLevel',
  'homeAddress',
  'politicalStatus',
] as const satisfies (keyof PersonValues)[];

export const postFields = ['unit', 'org', 'jobType', 'title', 'role', 'order', 'email', 'officePhone', 'officeAddress'] as const satisfies (keyof PostValues)[];

/** The phone as its field shows it: the area code has a field of its own. */
export function shownPhone(phone: string | null): string {
  return phone?.replace(/^\+\d+ /, '') ?? '';
}

/** 单位-机构, or the unit alone where the post is in the unit itself. */
export function postTitle(unitName: string, orgName: string): string {
  return unitName === orgName ? unitName : `${unitName}-${orgName}`;
}

export function valuesOf(record: StaffRecord): StaffValues {
  return {
    name: record.name,
    account: record.account,
    areaCode: record.areaCode ?? undefined,
    phone: shownPhone(record.phone),
    shortNumber: record.shortNumber ?? '',
    gender: record.gender,
    idCard: record.idCard ?? '',
    birthDate: record.birthDate ?? '',
    budgetedPost: record.budgetedPost ?? undefined,
    jobLevel: record.jobLevel ?? undefined,
    homeAddress: record.homeAddress ?? '',
    politicalStatus: record.politicalStatus ?? undefined,
    posts: record.posts
      .filter((p) => p.active)
      .map((p) => ({
        id: p.id,
        unit: {value: p.unit, label: p.unitName},
        org: {value: p.org, label: p.orgName},
        jobType: p.jobType,
        title: p.title ?? '',
        role: p.role ?? undefined,
        order: String(p.order),
        email: p.email ?? '',
        officePhone: p.officePhone ?? '',
        officeAddress: p.officeAddress ?? '',
      })),
  };
}

/** What a field holds, as text; '' for nothing. */
function text(value: OrgChoice | string | undefined): string {
  return typeof value === 'object' ? value.value : (value ?? '');
}

/** What a field of a request says: null clears. */
function sent(field: string, value: OrgChoice | string | undefined): string | number | null {
  const now = text(value);
  if (now.trim() === '') return null;
  return field === 'order' ? Number(now) : now;
}

function postSent(post: PostValues, fields: readonly (keyof PostValues)[]): Record<string, unknown> {
  return Object.fromEntries(fields.map((f) => [f, sent(f, post[f])]));
}

/**
 * The request that makes the record what the form holds. What is as it was is left out, so
 * that a masked value is never sent back. Indexes tells which post of the form each post of
 * the request is.
 */
export function changesOf(record: StaffRecord, now: StaffValues): {body: Schemas['RecordEdit']; indexes: number[]; changed: boolean} {
  const was = valuesOf(record);
  const body: Record<string, unknown> = {version: record.version};
  for (const f of personFields) if (text(now[f]) !== text(was[f])) body[f] = sent(f, now[f]);

  const posts: Record<string, unknown>[] = [];
  const indexes: number[] = [];
  now.posts.forEach((post, i) => {
    const before = was.posts.find((p) => p.id === post.id);
    if (!post.id || !before) {
      const filled = postFields.filter((f) => text(post[f]).trim() !== '');
      posts.push(postSent(post, filled));
      indexes.push(i);
      return;
    }
    const changed = postFields.filter((f) => text(post[f]) !== text(before[f]));
    if (changed.length === 0) return;
    posts.push({id: post.id, ...postSent(post, changed)});
    indexes.push(i);
  });
  const removed = was.posts.filter((p) => !now.posts.some((n) => n.id === p.id)).map((p) => p.id!);
  if (posts.length > 0) body.posts = posts;
  if (removed.length > 0) body.removedPosts = removed;
  return {body: body as Schemas['RecordEdit'], indexes, changed: Object.keys(body).length > 1};
}

/** The request that adds the person whom the form holds. */
export function newStaffOf(now: StaffValues, sendActivationSms: boolean): Schemas['NewStaff'] {
  const body: Record<string, unknown> = {};
  for (const f of personFields) if (text(now[f]).trim() !== '') body[f] = sent(f, now[f]);
  body.posts = now.posts.map((p) => postSent(p, postFields.filter((f) => text(p[f]).trim() !== '')));
  return {...body, sendActivationSms} as Schemas['NewStaff'];
}

export type FieldPath = (string | number)[];

/**
 * Where in the form a refused field stands: posts[1] is the second post of the request, and
 * posts[<id>] one that was not in it. Undefined if the form has no such field.
 */
export function pathOf(field: string, indexes: number[], now: StaffValues): FieldPath | undefined {
  const post = /^posts\[([^\]]+)\]\.(\w+)$/.exec(field);
  if (post) {
    const [, which, name] = post as unknown as [string, string, string];
    const index = /^\d{1,3}$/.test(which) ? indexes[Number(which)] : now.posts.findIndex((p) => p.id === which);
    const known = (postFields as readonly string[]).includes(name);
    return known && index !== undefined && index >= 0 ? ['posts', index, name] : undefined;
  }
  return (personFields as readonly string[]).includes(field) ? [field] : undefined;
}

/** The field of which a refusal as a whole speaks. */
export const fieldOfCode: Record<string, keyof PersonValues | undefined> = {phone_taken: 'phone', account_taken: 'account', id_card_taken: 'idCard'};

/** The refused fields at their places in the form, and those that have none. */
export function placed(errors: FieldError[], indexes: number[], now: StaffValues): {at: {name: FieldPath; errors: string[]}[]; elsewhere: FieldError[]} {
  const at: {name: FieldPath; errors: string[]}[] = [];
  const elsewhere: FieldError[] = [];
  for (const e of errors) {
    const name = pathOf(e.field, indexes, now);
    if (name) at.push({name, errors: [e.message]});
    else elsewhere.push(e);
  }
  return {at, elsewhere};
}

/** A field of a person, or of one of the posts. */
export type Difference = Compared & {post?: string};

type Flat = Map<string, {post?: string; field: string; value: string}>;

function flat(values: StaffValues): Flat {
  const all: Flat = new Map();
  for (const f of personFields) all.set(f, {field: f, value: text(values[f])});
  values.posts.forEach((p, i) => {
    const key = p.id ?? `new ${i}`;
    const title = postTitle(p.unit?.label ?? '', p.org?.label ?? '');
    all.set(key, {field: 'post', value: title});
    for (const f of postFields) {
      const value = p[f];
      all.set(`${key} ${f}`, {post: title, field: f, value: typeof value === 'object' ? value.label : (value ?? '')});
    }
  });
  return all;
}

export function differences(base: StaffRecord, mine: StaffValues, current: StaffRecord): Difference[] {
  const three = [flat(valuesOf(base)), flat(mine), flat(valuesOf(current))] as const;
  const keys = new Set(three.flatMap((m) => [...m.keys()]));
  const found: Difference[] = [];
  for (const key of keys) {
    const [b, m, c] = three.map((all) => all.get(key));
    const one = (c ?? m ?? b)!;
    // A post that is not everywhere is told as a whole. What it is called is no field of it.
    const everywhere = b && m && c;
    if (one.post !== undefined && !everywhere) continue;
    if (one.field === 'post' && everywhere) continue;
    const values = [b?.value ?? '', m?.value ?? '', c?.value ?? ''] as const;
    if (values[0] === values[1] && values[1] === values[2]) continue;
    found.push({key, post: one.post, field: one.field, base: values[0], mine: values[1], theirs: values[2]});
  }
  return found;
}

/** The record as it is now, with what the form changed since base. */
export function rebased(base: StaffRecord, mine: StaffValues, current: StaffRecord): StaffValues {
  const was = valuesOf(base);
  const now: StaffValues = valuesOf(current);
  for (const f of personFields) if (text(mine[f]) !== text(was[f])) now[f] = mine[f];
  const posts: PostValues[] = [];
  for (const post of now.posts) {
    const before = was.posts.find((p) => p.id === post.id);
    const edited = mine.posts.find((p) => p.id === post.id);
    if (before && !edited) continue; // removed in the form
    const merged: Record<string, unknown> = {...post};
    if (before && edited) for (const f of postFields) if (text(edited[f]) !== text(before[f])) merged[f] = edited[f];
    posts.push(merged as PostValues);
  }
  return {...now, posts: [...posts, ...mine.posts.filter((p) => !p.id)]};
}

/** The row of a list that shows this record. */
export function itemOf(record: StaffRecord): Schemas['SearchItem'] {
  const {employeeCode, name, account, phone, employment, accountState, complete} = record;
  const posts = record.posts.filter((p) => p.active).map(({unitName, orgName, jobType, title}) => ({unitName, orgName, jobType, title}));
  return {employeeCode, name, account, phone, employment, accountState, complete, posts};
}

/** What 调动 asks for. */
export type TransferValues = Pick<PostValues, 'unit' | 'org' | 'title' | 'order'>;

/** What 调动 begins with: what of the main post stays unless it is changed. */
export function stayingOf(record: StaffRecord): TransferValues {
  const main = record.posts.find((p) => p.active && p.jobType === 'main');
  return main ? {title: main.title ?? '', order: String(main.order)} : {};
}

/** What 调动 asks for, on top of a record that was changed meanwhile: what was not touched here is as it is there. */
export function retransferred(base: StaffRecord, mine: TransferValues, current: StaffRecord): TransferValues {
  const [was, is] = [stayingOf(base), stayingOf(current)];
  return {...mine, title: text(mine.title) === text(was.title) ? is.title : mine.title, order: text(mine.order) === text(was.order) ? is.order : mine.order};
}

/** The record with its main post elsewhere. */
export function transferred(record: StaffRecord, to: TransferValues): StaffValues {
  const now = valuesOf(record);
  return {...now, posts: now.posts.map((p) => (p.jobType === 'main' ? {...p, ...to} : p))};
}

/** The unit of the last of these organisations, each of which lies in the one before: the nearest above it. */
export function unitOf(path: Schemas['Org'][]): OrgChoice | undefined {
  const last = path[path.length - 1];
  if (!last || last.type === 'group') return undefined; // nobody has a post in a heading
  const unit = path.filter((o) => o.type === 'unit').pop();
  return unit && {value: unit.orgCode, label: unit.name};
}
