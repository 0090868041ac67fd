// The phone's page in browsers that offices really have: signed in with a second step,
// reloaded, signed out, known the next time.
import {afterEach, describe, expect, inject, it} from 'vitest';
import type {Driver} from './drivers';
import {browsers, codeFor, person} from './person';

const base = inject('base');
const secure = inject('secure');

let browser: Driver | undefined;
afterEach(async () => {
  await browser?.close();
  browser = undefined;
});

describe.each(browsers)('$name', ({start, version, account, phone, keepsOnHTTP}) => {
  it('signs in with the second step, keeps the session, knows the device', async () => {
    browser = await start();
    expect(browser.version).toMatch(version);
    const someone = person(browser);
    const signIn = async () => {
      await someone.sees('你好，欢迎登录');
      await someone.fill('input[name=account]', account);
      await someone.fill('input[name=password]', 'Chaoxi#4927');
      await someone.tap('登录');
    };
    await browser.open(`${secure}/m/`);
    await signIn();
    await someone.sees('验证码已发送到手机');
    await someone.fill('input[name=code]', await codeFor(phone));
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
    await someone.fill('input[name=account]', account);
    await someone.fill('input[name=password]', 'Chaoxi#4927');
    await someone.tap('登录');
    await someone.sees('验证码已发送到手机');
    await someone.fill('input[name=code]', await codeFor(phone));
    await someone.tap('确定');
    if (keepsOnHTTP) return someone.sees('登录记录');
    await someone.sees('这个浏览器没有保存登录状态');
    await someone.sees(/https:\/\/localhost:\d+\/m\//);
  });
});
