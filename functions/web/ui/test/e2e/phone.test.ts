// The phone's page, flow by flow, as PRODUCT's demo people go through it.
import {afterAll, describe, expect, it} from 'vitest';
import {closeChrome, codeFor, screen, textsTo, visit} from './browser';

afterAll(closeChrome);

const known = 'Chaoxi#4927';

async function signIn(page: import('playwright-core').Page, account: string, password: string) {
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
    await page.getByText('密码设置成功，请登录').waitFor();
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
    await page.getByText('请填写此项').waitFor();
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
