// The phone's page in browsers that offices really have: signed in with a second step,
// reloaded, signed out, known the next time.
import {resolve} from 'node:path';
import {afterEach, describe, expect, inject, it} from 'vitest';
import {chromium, firefox, until, webkit, type Driver} from './drivers';

const base = inject('base');
const secure = inject('secure');
const inbox = inject('inbox');
const packages = resolve(import.meta.dirname, 'node_modules');

const browsers: {name: string; start: () => Promise<Driver>; version: RegExp; account: string; phone: string; keepsOnHTTP: boolean}[] = [
  {name: 'Chromium 83', start: () => chromium(`${packages}/chrome-aws-lambda/bin`), version: /Chrome\/83\./, account: 'linwei', phone: '13700000002', keepsOnHTTP: false},
  {name: 'Chromium 109', start: () => chromium(`${packages}/@sparticuz/chromium/bin`), version: /Chrome\/109\./, account: 'chenjing', phone: '13700000001', keepsOnHTTP: false},
  {name: 'Chromium of today', start: () => chromium(undefined, process.env.CHROMIUM), version: /Chrome\/1[3-9]\d\./, account: 'linwei', phone: '13700000002', keepsOnHTTP: true},
  {name: 'Firefox ESR', start: () => firefox(), version: /firefox\/1[4-9]\d/, account: 'zhouqiang', phone: '13700000007', keepsOnHTTP: true},
  {name: 'WebKitGTK', start: () => webkit(), version: /MiniBrowser\/2\./, account: 'zhouqiang', phone: '13700000007', keepsOnHTTP: false},
];

let browser: Driver | undefined;
afterEach(async () => {
  await browser?.close();
  browser = undefined;
});

/** A person in front of the browser. */
function person(b: Driver) {
  const text = () => b.run<string>('document.body.innerText');
  const sees = async (what: string | RegExp) => {
    try {
      await until(async () => (typeof what === 'string' ? (await text()).includes(what) : what.test(await text())));
    } catch {
      throw new Error(`${b.version} does not show ${what}, but:\n${await text()}`);
    }
  };
  return {
    sees,
    async fill(field: string, value: string) {
      await b.run(`(() => {
        const input = document.querySelector('input[name="${field}"]');
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, ${JSON.stringify(value)});
        input.dispatchEvent(new Event('input', {bubbles: true}));
      })()`);
    },
    async tap(name: string) {
      const find = `Array.from(document.querySelectorAll('dialog[open] button, button, a')).find((e) => e.textContent.trim() === ${JSON.stringify(name)})`;
      await until(() => b.run<boolean>(`!!(${find})`));
      await b.run(`void ${find}.click()`);
    },
  };
}

async function codeFor(phone: string): Promise<string> {
  const {items} = (await (await fetch(`${inbox}/messages?phone=${phone}`)).json()) as {items: {text: string}[]};
  return items.map((m) => /\d{6}/.exec(m.text)?.[0]).find(Boolean)!;
}

describe.each(browsers)('$name', ({start, version, account, phone, keepsOnHTTP}) => {
  it('signs in with the second step, keeps the session, knows the device', async () => {
    browser = await start();
    expect(browser.version).toMatch(version);
    const someone = person(browser);
    const signIn = async () => {
      await someone.sees('你好，欢迎登录');
      await someone.fill('account', account);
      await someone.fill('password', 'Chaoxi#4927');
      await someone.tap('登录');
    };
    await browser.open(`${secure}/m/`);
    await signIn();
    await someone.sees('验证码已发送到手机');
    await someone.fill('code', await codeFor(phone));
    await someone.tap('确定');
    await someone.sees('我的账号');
    await someone.sees('登录记录');

    await browser.open(`${secure}/m/home`);
    await someone.sees('登录记录');
    expect(await browser.run<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth'), 'wider than the window').toBeLessThanOrEqual(0);
    await someone.tap('退出登录');
    await someone.sees('确定要退出登录吗？');
    await browser.run(`void document.querySelector('dialog[open] .dialog__action_primary').click()`);
    await someone.sees('您已退出登录');
    await signIn();
    await someone.sees('登录记录');
  });

  it('on plain http of this machine: signs in, or says what to do', async () => {
    browser = await start();
    const someone = person(browser);
    await browser.open(`${base}/m/`);
    await someone.sees('你好，欢迎登录');
    await someone.fill('account', account);
    await someone.fill('password', 'Chaoxi#4927');
    await someone.tap('登录');
    await someone.sees('验证码已发送到手机');
    await someone.fill('code', await codeFor(phone));
    await someone.tap('确定');
    if (keepsOnHTTP) return someone.sees('登录记录');
    await someone.sees('这个浏览器没有保存登录状态');
    await someone.sees(/https:\/\/localhost:\d+\/m\//);
  });
});
