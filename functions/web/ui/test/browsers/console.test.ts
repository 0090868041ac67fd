// The administrators' console in browsers that offices really have: signed in with the
// second step, a person found and looked at, signed out.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {afterEach, describe, expect, inject, it} from 'vitest';
import {until, type Driver} from './drivers';
import {browsers, codeFor, person} from './person';

const secure = inject('secure');
// In turns, so that nobody gets more texts than a day allows.
const administrators = [
  {account: 'linwei', phone: '13700000002'},
  {account: 'chenjing', phone: '13700000001'},
];

let browser: Driver | undefined;
afterEach(async () => {
  await browser?.close();
  browser = undefined;
});

/** Keeps a picture in the folder SCREENS of the project, if that is set. */
async function picture(b: Driver, name: string) {
  if (!process.env.SCREENS) return;
  await b.run('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn())))');
  const folder = resolve(import.meta.dirname, '../../../../..', process.env.SCREENS);
  mkdirSync(folder, {recursive: true});
  writeFileSync(join(folder, `${name}.png`), await b.picture());
}

/** Where an element is, and its colours; undefined where there is none. */
const look = (b: Driver, selector: string) =>
  b.run<{left: number; right: number; top: number; bottom: number; background: string} | null>(`(() => {
    const e = document.querySelector(${JSON.stringify(selector)});
    if (!e) return null;
    const {left, right, top, bottom} = e.getBoundingClientRect();
    return {left, right, top, bottom, background: getComputedStyle(e).backgroundColor};
  })()`);

describe.each(browsers.map((b, i) => ({...b, ...administrators[i % administrators.length]!})))('$name', ({name, start, version, account, phone}) => {
  it('signs in, finds a person, shows the record, signs out', async () => {
    browser = await start();
    expect(browser.version).toMatch(version);
    await browser.resize(1280, 800);
    const at = `browser-${name.replaceAll(' ', '-')}`;
    const someone = person(browser);
    await browser.open(`${secure}/console/`);
    await someone.sees('管理中心');
    await someone.fill('#sign-in_account', account);
    await someone.fill('#sign-in_password', 'Chaoxi#4927');
    expect((await look(browser, 'button[type=submit]'))?.background).toBe('rgb(9, 88, 217)'); // the styles of the components count
    await picture(browser, `${at}-sign-in`);
    await someone.tap('登录');
    await someone.sees('验证码已发送到手机');
    await someone.fill('#second-step_code', await codeFor(phone));
    await someone.tap('确定');
    await someone.sees('欢迎进入管理工作台');
    await someone.sees('数据不完善的人员');
    await picture(browser, `${at}-home`);

    await someone.tap('工作人员管理');
    await someone.sees('所属机构名称');
    await someone.fill('#find_name', '张敏');
    await someone.tap('查询');
    await until(() => browser!.run<boolean>(`location.search.includes('name=') && !document.querySelector('.ant-spin-spinning')`));
    await someone.sees('zhangmin');
    const menu = await look(browser, '.bench__side');
    const tree = await look(browser, '.orgs__tree');
    const table = await look(browser, '.staff__list table');
    expect(menu!.right).toBeLessThanOrEqual(tree!.left);
    expect(tree!.right).toBeLessThanOrEqual(table!.left);
    expect(await browser.run<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth'), 'wider than the window').toBeLessThanOrEqual(0);
    await picture(browser, `${at}-staff`);

    await someone.tap('详情');
    await someone.sees('人员基本信息');
    const drawer = () => look(browser!, '.ant-drawer-content-wrapper');
    await until(async () => (await drawer())!.right <= 1280); // it comes in from the right
    expect((await drawer())!.left).toBeGreaterThan(300);
    expect((await drawer())!.left).toBeLessThan(780);
    await picture(browser, `${at}-detail`);
    await browser.run(`void document.querySelector('.ant-drawer-close').click()`);

    await someone.tap('退出登录');
    await someone.sees('手机号登录');
    await until(() => browser!.run<number>(`fetch('/v1/me', {headers: {'X-Client': 'console'}}).then((answer) => answer.status)`).then((status) => status === 401, () => false));
  });
});
