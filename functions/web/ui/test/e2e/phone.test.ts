// The phone's page, flow by flow, as PRODUCT's demo people go through it.
import type {Page} from 'playwright-core';
import {afterAll, describe, expect, it} from 'vitest';
import {chenjing, decide} from './app';
import {closeChrome, codeFor, screen, textsTo, visit} from './browser';

afterAll(closeChrome);

const known = 'Chaoxi#4927';
const chosen = 'Lanhua#8253';

const heading = (page: Page, name: string) => page.getByRole('heading', {name}).waitFor();

async function setPassword(page: Page, code: string, password: string) {
  await page.getByLabel('验证码').fill(code);
  await page.getByLabel('设置密码').fill(password);
  await page.getByLabel('确认密码').fill(password);
  await page.getByRole('button', {name: '确定'}).click();
}

async function signIn(page: Page, account: string, password: string) {
  await page.getByLabel('账号', {exact: true}).fill(account);
  await page.getByLabel('密码', {exact: true}).fill(password);
  await page.getByRole('button', {name: '登录', exact: true}).click();
}

describe('activation', () => {
  it('takes 王芳 from account and name to signed in', async () => {
    const {page, complaints} = await visit('/m/');
    await screen(page, 'm-sign-in');
    await page.getByRole('link', {name: '新账号激活'}).click();
    await page.getByLabel('账号').fill('wangfang');
    await page.getByLabel('姓名').fill('王芳');
    await screen(page, 'm-activate');
    await page.getByRole('button', {name: '下一步'}).click();
    await page.getByText('验证码已发送到手机 +86 137*****003').waitFor();
    await page.getByText(/^\d+秒$/).waitFor();

    // A whole text is pasted, as it stands in the phone.
    const [text] = await textsTo('13700000003');
    await page.getByLabel('验证码').fill(text!);
    expect(await page.getByLabel('验证码').inputValue()).toBe(await codeFor('13700000003'));

    await page.getByLabel('设置密码').fill('Password@123');
    await page.getByLabel('确认密码').fill('Password@123');
    await page.getByRole('button', {name: '确定'}).click();
    await page.getByText('密码过于常见').waitFor();
    await screen(page, 'm-set-password-refused');

    await page.getByLabel('设置密码').fill('Lanhua#8253');
    await page.getByLabel('确认密码').fill('Lanhua#8253');
    await screen(page, 'm-set-password');
    await page.getByRole('button', {name: '确定'}).click();
    await page.getByText('账号激活成功，请使用密码登录').waitFor();
    await signIn(page, 'wangfang', 'Lanhua#8253');
    await page.getByRole('heading', {name: '我的账号'}).waitFor();
    await page.getByText('+86 137*****003').waitFor();
    await screen(page, 'm-home');

    await page.reload();
    await page.getByText('+86 137*****003').waitFor();
    expect(complaints).toEqual([]);
  });

  it('tells a wrong name nothing, and keeps what was typed', async () => {
    const {page} = await visit('/m/activate');
    await page.getByLabel('账号').fill('wangfang');
    await page.getByLabel('姓名').fill('王方');
    await page.getByRole('button', {name: '下一步'}).click();
    await page.getByText('账号或姓名不正确，请核对后重试').waitFor();
    await screen(page, 'm-activate-refused');
    await page.getByRole('link', {name: '返回'}).click();
    await page.getByRole('link', {name: '新账号激活'}).click();
    expect(await page.getByLabel('姓名').inputValue()).toBe('王方');
  });
});

describe('sign-in', () => {
  it('asks for nothing while a field is empty', async () => {
    const {page} = await visit('/m/');
    await page.getByRole('button', {name: '登录', exact: true}).click();
    await page.getByText('请填写此项').nth(1).waitFor(); // both fields say so at once
  });

  it('counts wrong passwords, and says where help is while the record is incomplete', async () => {
    const {page} = await visit('/m/');
    await signIn(page, 'zhangmin', 'Wrong#4927');
    await page.getByText('用户名或密码错误，4次重试将锁定账号').waitFor();
    await screen(page, 'm-sign-in-refused');
    await page.getByLabel('密码', {exact: true}).fill(known);
    await page.getByRole('button', {name: '登录', exact: true}).click();
    const dialog = page.getByRole('dialog', {name: '您的相关数据不完善，请先联系所在单位管理员完善数据'});
    await dialog.waitFor();
    await screen(page, 'm-incomplete');
    await dialog.getByRole('button', {name: '确定'}).click();
    await dialog.waitFor({state: 'hidden'});

    // Whom to call is two taps away; the account is still there.
    await page.getByRole('button', {name: '登录', exact: true}).click();
    await dialog.getByRole('button', {name: '联系管理员'}).click();
    await page.getByRole('heading', {name: '联系管理员'}).waitFor();
    await page.getByLabel('姓名').fill('张敏');
    await page.getByRole('button', {name: '下一步'}).click();
    await page.getByText('请联系以下任一管理员完善您的数据').waitFor();
    await page.getByText('林伟').waitFor();
    await screen(page, 'm-contact');
    expect(await page.getByRole('button', {name: '提交找回申请'}).count()).toBe(0);
  });

  it('asks a new device for the second step, and knows it afterwards', async () => {
    const {page, complaints} = await visit('/m/');
    await signIn(page, 'linwei', known);
    await page.getByText('验证码已发送到手机 +86 137*****002').waitFor();
    await screen(page, 'm-second-step');
    await page.getByLabel('验证码').fill(await codeFor('13700000002'));
    await page.getByRole('button', {name: '确定'}).click();
    await page.getByRole('heading', {name: '我的账号'}).waitFor();

    await page.getByRole('button', {name: '退出登录'}).click();
    await page.getByRole('dialog').getByRole('button', {name: '退出登录'}).click();
    await page.getByText('您已退出登录').waitFor();
    await signIn(page, 'linwei', known);
    await page.getByRole('heading', {name: '我的账号'}).waitFor();
    expect(complaints).toEqual([]);
  });
});

describe('recovery', () => {
  async function find(page: Page) {
    await page.getByRole('link', {name: '忘记密码'}).click();
    await page.getByLabel('账号/手机号').fill('13700000007');
    await page.getByLabel('姓名').fill('周强');
    await page.getByRole('button', {name: '下一步'}).click();
    await heading(page, '找回密码');
  }

  it('by phone', async () => {
    const {page, complaints} = await visit('/m/');
    await find(page);
    await screen(page, 'm-recover-ways');
    await page.getByRole('button', {name: /通过手机号找回密码/}).click();
    await page.getByText('验证码已发送到手机 +86 137*****007').waitFor();
    await setPassword(page, await codeFor('13700000007'), chosen);
    await page.getByText('密码设置成功，请使用新密码登录').waitFor();
    await page.getByRole('button', {name: '登录', exact: true}).click(); // nothing is typed
    await page.getByText('请填写此项').waitFor();
    expect(await page.getByText('密码设置成功').count()).toBe(0);
    await signIn(page, '13700000007', chosen);
    await heading(page, '我的账号');
    expect(complaints).toEqual([]);
  });

  it('by an administrator, who approves', async () => {
    const {page, complaints} = await visit('/m/');
    await find(page);
    await page.getByRole('link', {name: /通过管理员找回密码/}).click();
    await page.getByText('陈静').waitFor();
    expect(await page.getByRole('link', {name: '拨打 陈静 的办公电话'}).getAttribute('href')).toMatch(/^tel:\d+$/);
    await screen(page, 'm-recover-administrators');
    await page.getByRole('button', {name: '提交找回申请'}).click();
    await page.getByText('请填写此项').waitFor();
    await page.getByLabel('申请原因').fill('手机丢了\n收不到验证码');
    await page.getByRole('button', {name: '提交找回申请'}).click();
    await page.getByText('等待管理员处理').waitFor();
    await page.getByRole('link', {name: '拨打 陈静 的办公电话'}).waitFor(); // whom the request waits for
    await screen(page, 'm-recover-request');
    await page.getByRole('link', {name: '返回'}).click();
    await page.getByText('您有一个找回申请：等待管理员处理').waitFor();
    await page.getByRole('link', {name: '查看找回申请'}).click();
    await heading(page, '找回申请');

    const token = await chenjing();
    const decided = await decide(token, {decision: 'approve', phoneConfirmed: true, howConfirmed: '当面核对工作证'});
    expect(decided.status).toBe(200);
    await page.getByRole('button', {name: '刷新状态'}).click();
    await page.getByText('已通过').waitFor();
    await screen(page, 'm-recover-approved');
    await page.reload(); // the request is still followed
    await page.getByRole('button', {name: '继续设置密码'}).click();
    await page.getByRole('button', {name: '获取验证码'}).click();
    await page.getByText('验证码已发送到手机 +86 137*****007').waitFor();
    await setPassword(page, await codeFor('13700000007'), 'Qinghe#5194');
    await page.getByText('密码设置成功，请使用新密码登录').waitFor();
    expect(complaints).toEqual([]);
  });

  it('by an administrator, who rejects', async () => {
    const {page} = await visit('/m/');
    await find(page);
    await page.getByRole('link', {name: /通过管理员找回密码/}).click();
    await page.getByLabel('申请原因').fill('忘了');
    await page.getByRole('button', {name: '提交找回申请'}).click();
    await page.getByText('等待管理员处理').waitFor();

    // On another phone the same person follows the request, and gives no reason again.
    const other = await visit('/m/');
    await find(other.page);
    await other.page.getByRole('link', {name: /通过管理员找回密码/}).click();
    await other.page.getByText('您有一个找回申请：等待管理员处理').waitFor();
    expect(await other.page.getByLabel('申请原因').count()).toBe(0);
    await screen(other.page, 'm-recover-join');
    await other.page.getByRole('button', {name: '在本机跟进此申请'}).click();
    await heading(other.page, '找回申请');
    await other.page.getByRole('link', {name: '返回'}).click();
    await other.page.getByRole('link', {name: '查看找回申请'}).waitFor();
    expect(await other.page.getByRole('button', {name: '在本机跟进此申请'}).count()).toBe(0);

    const token = await chenjing();
    await decide(token, {decision: 'reject', reason: '电话核实未能确认本人'});
    await page.getByRole('button', {name: '刷新状态'}).click();
    await page.getByText('驳回原因：电话核实未能确认本人').waitFor();
    await screen(page, 'm-recover-rejected');
  });

  it('tells nothing of somebody who has left', async () => {
    const {page} = await visit('/m/recover');
    await page.getByLabel('账号/手机号').fill('sunli');
    await page.getByLabel('姓名').fill('孙丽');
    await page.getByRole('button', {name: '下一步'}).click();
    await page.getByText('账号或姓名不正确，请核对后重试').waitFor();
  });
});

describe('the own account', () => {
  async function home() {
    const visited = await visit('/m/');
    await signIn(visited.page, 'wangfang', chosen);
    await visited.page.getByText('验证码已发送到手机').waitFor();
    await visited.page.getByLabel('验证码').fill(await codeFor('13700000003'));
    await visited.page.getByRole('button', {name: '确定'}).click();
    await heading(visited.page, '我的账号');
    return visited;
  }

  it('ends other devices, which notice', async () => {
    const here = await home();
    await here.page.getByRole('link', {name: '登录设备'}).click();
    await here.page.getByText('当前设备').waitFor();
    await screen(here.page, 'm-devices');
    await here.page.getByRole('button', {name: '退出其他所有设备'}).click();
    await here.page.getByRole('dialog').getByRole('button', {name: '确定'}).click();
    await expect.poll(() => here.page.getByRole('listitem').count()).toBe(1);
    await here.page.getByRole('link', {name: '返回'}).click();
    await here.page.getByRole('link', {name: '登录记录'}).click();
    await here.page.getByRole('listitem').first().waitFor();
    await screen(here.page, 'm-sign-ins');

    // Another device of hers ends this one: the next thing done here tells her.
    await here.context.clearCookies();
    await here.page.reload();
    await here.page.getByText('登录已失效，请重新登录').waitFor();
  });

  it('changes the phone after a proof, and keeps what was typed meanwhile', async () => {
    // A session from a known device has proved nothing.
    const {page, complaints} = await visit('/m/');
    await signIn(page, '13700000007', 'Qinghe#5194');
    await page.getByRole('heading').first().waitFor();
    await expect.poll(async () => (await page.getByRole('heading').first().textContent()) !== '你好，欢迎登录').toBe(true);
    if (await page.getByText('二次验证').count()) {
      await page.getByText('验证码已发送到手机').waitFor();
      await page.getByLabel('验证码').fill(await codeFor('13700000007'));
      await page.getByRole('button', {name: '确定'}).click();
      await heading(page, '我的账号');
      await page.getByRole('button', {name: '退出登录'}).click();
      await page.getByRole('dialog').getByRole('button', {name: '退出登录'}).click();
      await signIn(page, '13700000007', 'Qinghe#5194');
    }
    await heading(page, '我的账号');
    await page.getByRole('link', {name: '更换绑定手机号'}).click();
    await screen(page, 'm-change-phone');
    await page.getByLabel('当前密码').fill('Wrong#5194');
    await page.getByLabel('新手机号').fill('139 1111 0001');
    await page.getByRole('button', {name: '下一步'}).click();
    await page.getByText('更换手机号前，请先用当前手机号验证身份').waitFor();
    await page.getByText('验证码已发送到手机 +86 137*****007').waitFor();
    await screen(page, 'm-change-phone-proof');
    await page.getByLabel('验证码').fill(await codeFor('13700000007'));
    await page.getByRole('button', {name: '确定'}).click();
    await page.getByRole('alert').waitFor(); // the password is looked at after the proof
    expect(await page.getByLabel('新手机号').inputValue()).toBe('139 1111 0001');
    await page.getByLabel('当前密码').fill('Qinghe#5194');
    await page.getByRole('button', {name: '下一步'}).click();
    await page.getByText('验证码已发送到手机 +86 139*****001').waitFor();
    await page.getByLabel('验证码').fill(await codeFor('13911110001'));
    await page.getByRole('button', {name: '确定'}).click();
    await page.getByText('修改成功，请重新登录').waitFor();
    expect((await textsTo('13700000007'))[0]).not.toMatch(/\d{6}/); // the old number is told
    expect(complaints).toEqual([]);
  });

  it('changes the password, which ends all sessions', async () => {
    const {page, complaints} = await visit('/m/');
    await signIn(page, '13911110001', 'Qinghe#5194');
    await page.getByText('验证码已发送到手机').waitFor();
    await page.getByLabel('验证码').fill(await codeFor('13911110001'));
    await page.getByRole('button', {name: '确定'}).click();
    await heading(page, '我的账号');
    await page.getByRole('link', {name: '修改登录密码'}).click();
    await screen(page, 'm-change-password');
    await page.getByLabel('当前密码').fill('Wrong#5194');
    await page.getByLabel('设置密码').fill('Songtao#6283');
    await page.getByLabel('确认密码').fill('Songtao#6283');
    await page.getByRole('button', {name: '确定'}).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('当前密码').fill('Qinghe#5194');
    await page.getByRole('button', {name: '确定'}).click();
    await page.getByText('修改成功，请重新登录').waitFor();
    expect(complaints).toEqual([]);
  });
});
