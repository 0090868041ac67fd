// The demo administrators, and how they use the console.
import type {Locator, Page} from 'playwright-core';
import {afterAll, afterEach, expect} from 'vitest';
import {base, closeChrome, codeFor, textsTo, visit, type Visit} from './browser';

const known = 'Chaoxi#4927';
const size = {width: 1280, height: 800};

/**
 * The styles that the components write without the nonce. Two hide the scroll bars of an
 * element by which they measure what a scroll bar takes, one keeps the page still behind a
 * drawer. Refused, they change nothing that is seen.
 */
const harmless = [
  /^no nonce: \s*#rc-scrollbar-measure-[\w-]+::-webkit-scrollbar \{\s*(width: [\w.]+;)?\s*(height: [\w.]+;)?\s*\}\s*$/,
  /^no nonce: \s*html body \{\s*overflow-y: hidden;\s*(width: calc\(100% - \d+px\);)?\s*\}\s*$/,
];

/** Says what each refusal of the policy was about. Chromium itself says that alike of all. */
function tellRefusals() {
  addEventListener('securitypolicyviolation', (e) => e.effectiveDirective !== 'style-src-elem' && console.error(`${e.effectiveDirective}: ${e.blockedURI}`));
  new MutationObserver((changes) => {
    for (const change of changes)
      for (const node of change.addedNodes) if (node instanceof HTMLStyleElement && !node.nonce) console.error(`no nonce: ${node.textContent}`);
  }).observe(document, {childList: true, subtree: true});
}
const saidAlike = /^(Applying inline style|Refused to apply inline style)/;

export const open: Visit[] = [];

export async function console_(path = '/console/', options: Parameters<typeof visit>[1] = {}): Promise<Visit> {
  const v = await visit(path, {size, init: tellRefusals, ...options});
  open.push(v);
  return v;
}

afterEach(async () => {
  const all = open.splice(0);
  const complaints = all.flatMap((v) => v.complaints).filter((c) => !saidAlike.test(c) && !harmless.some((h) => h.test(c)));
  await Promise.all(all.map((v) => v.context.close()));
  expect(complaints).toEqual([]);
});
afterAll(closeChrome);

export async function password(page: Page | Locator, account: string, secret = known) {
  await page.getByLabel('账号', {exact: true}).fill(account);
  await page.getByLabel('密码', {exact: true}).fill(secret);
  await page.getByRole('button', {name: '登录', exact: true}).click();
}

/** Both steps of a sign-in. A text within the interval of the one before makes it wait. */
export async function bothSteps(page: Page | Locator, account: string, phone: string) {
  const before = (await textsTo(phone)).length;
  await password(page, account);
  const resend = page.getByRole('button', {name: '重新发送'});
  await expect
    .poll(
      async () => {
        if ((await page.getByText('验证码发送过于频繁').isVisible()) && (await resend.isVisible()) && (await resend.isEnabled())) await resend.click();
        return (await textsTo(phone)).length;
      },
      {timeout: 30_000, interval: 300},
    )
    .toBeGreaterThan(before);
  await page.getByText('验证码已发送到手机').waitFor();
  await page.getByLabel('验证码').fill(await codeFor(phone));
  await page.getByRole('button', {name: '确定', exact: true}).click();
}

async function signIn(page: Page, account: string, phone: string) {
  await bothSteps(page, account, phone);
  await page.getByText('欢迎进入管理工作台').waitFor();
}

// Each administrator signs in once. Later visits bring the cookie of the first one.
export const states = new Map<string, Awaited<ReturnType<Visit['context']['storageState']>>>();

/** Who administers, and by which phone. */
const phones = {linwei: '13700000002', chenjing: '13700000001', zhouqiang: '13700000007'};

export async function as(account: keyof typeof phones, path: string, options: Parameters<typeof visit>[1] = {}): Promise<Visit> {
  const state = states.get(account);
  if (state) return console_(path, {...options, state});
  const v = await console_('/console/', options);
  await signIn(v.page, account, phones[account]);
  states.set(account, await v.context.storageState());
  await v.page.goto(new URL(path, v.page.url()).href);
  return v;
}

export async function find(page: Page, name: string) {
  const field = page.getByRole('search').getByLabel('姓名');
  await field.fill(name);
  await field.press('Enter');
  await page.getByRole('row', {name: new RegExp(name)}).first().waitFor();
}

export const row = (page: Page, name: string) => page.getByRole('row', {name: new RegExp(name)});
export const drawer = (page: Page) => page.getByRole('dialog').first();

/** Takes an entry of a list that a field opens. */
export async function choose(page: Page, field: Locator, text: string) {
  await field.fill(text);
  const list = await field.getAttribute('aria-controls');
  await page.locator(`.ant-select-dropdown:has([id="${list}"]) .ant-select-item-option[title="${text}"]`).click();
}

/** Asks again for what a list shows a moment later than it was done. */
export async function soon(page: Page, wanted: Locator) {
  const there = async () => {
    await page.reload();
    return wanted.waitFor({timeout: 4000}).then(
      () => true,
      () => false,
    );
  };
  await expect.poll(there, {timeout: 30_000}).toBe(true);
}

/** Asks the administrators for help, as a phone does. */
export async function raise(account: string, name: string, reason: string) {
  const post = async (path: string, body: object) => (await fetch(base + path, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)})).json();
  const {ticket} = await post('/v1/recovery', {account, name});
  const {state} = await post('/v1/recovery/requests', {ticket, reason});
  expect(state).toBe('pending');
}
