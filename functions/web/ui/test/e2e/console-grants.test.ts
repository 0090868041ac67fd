// Who may do what, as administrators give and take it on the console.
import type {Locator, Page} from 'playwright-core';
import {describe, expect, it} from 'vitest';
import {as, choose, raise, row, soon, states} from './administrator';
import {codeFor, screen, textsTo} from './browser';

const dialog = (page: Page) => page.getByRole('dialog').last();
const ok = (page: Page) => dialog(page).getByRole('button', {name: '确定', exact: true}).click();

/** Shows the grants on an organisation, found by its name in the tree. */
async function lookAt(page: Page, org: string) {
  await page.getByLabel('搜索机构名称').fill(org);
  await page.getByRole('tree').getByText(org, {exact: false}).first().click();
  await page.getByRole('heading', {name: `${org}的管理员`}).waitFor();
}

async function chooseOrg(page: Page, field: Locator, org: string) {
  await field.fill(org);
  await page.locator('.ant-select-tree-title', {hasText: org}).first().click();
}

/** Fills in the form of 授权. */
async function fill(page: Page, person: string, type: string, org: string | undefined, added: string[] = []) {
  await choose(page, dialog(page).getByLabel('人员', {exact: true}), person);
  await dialog(page).getByRole('radio', {name: type}).check();
  if (org) await chooseOrg(page, dialog(page).getByLabel('管理机构'), org);
  for (const name of added) await dialog(page).getByRole('checkbox', {name}).check();
}

async function revoke(page: Page, name: string, org?: string) {
  const line = org ? page.getByRole('row', {name: new RegExp(`${name}.*${org}`)}) : row(page, name);
  await line.getByRole('button', {name: '撤销'}).click();
  await dialog(page).getByRole('button', {name: '撤销'}).click();
}

describe('grants', () => {
  it('are given, after the phone was proved again where the API asks for it', async () => {
    const {page, context} = await as('chenjing', '/console/administrators');
    await row(page, '陈静').getByText('超级管理员').waitFor();
    expect(await row(page, '陈静').getByRole('button', {name: '撤销'}).count()).toBe(0); // one's own
    await screen(page, 'console-administrators');
    await lookAt(page, '临江区数据局');
    await row(page, '林伟').getByText('单位管理员').waitFor();

    await page.getByRole('button', {name: '授权'}).click();
    await ok(page);
    await dialog(page).getByText('请填写此项').nth(1).waitFor();
    await fill(page, '周强', '单位管理员', undefined, ['查看审计']);
    await screen(page, 'console-give');

    // The second step of this session is taken for too old, once.
    const asked: string[] = [];
    let over = true;
    await page.route('**/v1/admin/grants', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      asked.push(route.request().postData() ?? '');
      if (!over) return route.continue();
      over = false;
      await route.fulfill({
        status: 401,
        contentType: 'application/problem+json',
        body: JSON.stringify({type: 'urn:problem:admin_session_expired', title: '管理会话已失效，请重新登录', status: 401, code: 'admin_session_expired', requestId: 'test'}),
      });
    });
    await ok(page);
    const prove = page.getByRole('dialog', {name: '身份验证'});
    await prove.getByText('验证码已发送到手机 +86 137*****001').waitFor();
    await screen(page, 'console-step-up');
    await prove.getByLabel('验证码').fill(await codeFor('13700000001'));
    await prove.getByRole('button', {name: '确定'}).click();
    await page.getByText('周强：授权成功').waitFor();
    expect(asked.length).toBe(2);
    expect(asked[1]).toBe(asked[0]);
    states.set('chenjing', await context.storageState()); // the session has a new cookie
    await row(page, '周强').getByText('+ 查看审计').waitFor();
    await screen(page, 'console-administrators-unit');
    expect((await textsTo('13700000007')).length).toBe(1);

    // The same grant once more is the one that there is.
    await page.getByRole('button', {name: '授权'}).click();
    await fill(page, '周强', '单位管理员', undefined, ['查看审计']);
    await ok(page);
    await page.getByText('周强已有相同的权限').waitFor();
    expect(await row(page, '周强').count()).toBe(1);
  });

  it('wait no longer when one goes back from the proof', async () => {
    const {page} = await as('chenjing', '/console/administrators');
    await row(page, '陈静').waitFor();
    await page.route('**/v1/admin/grants?*', (route) =>
      route.fulfill({status: 401, contentType: 'application/problem+json', body: JSON.stringify({type: 'urn:problem:admin_session_expired', title: '管理会话已失效，请重新登录', status: 401, code: 'admin_session_expired'})}),
    );
    await lookAt(page, '临江区财政局');
    const prove = page.getByRole('dialog', {name: '身份验证'});
    await prove.getByRole('button', {name: '返回'}).click();
    await page.getByRole('alert').getByText('管理会话已失效').waitFor();
    await page.unroute('**/v1/admin/grants?*');
    await page.getByRole('button', {name: '重试'}).click();
    await page.getByText('没有管理员').waitFor();
    await screen(page, 'console-administrators-none');
  });

  it('are shown by person, and revoked after a question', async () => {
    const {page} = await as('chenjing', '/console/administrators');
    await choose(page, page.getByLabel('按人员查看'), '周强');
    await page.getByRole('heading', {name: '周强的管理权限'}).waitFor();
    await row(page, '周强').getByRole('button', {name: '撤销'}).click();
    await dialog(page).getByText('确定撤销周强在临江区数据局的单位管理员权限吗？').waitFor();
    await screen(page, 'console-revoke');
    await dialog(page).getByRole('button', {name: '撤销'}).click();
    await page.getByText('周强：撤销成功').waitFor();
    await page.getByText('没有管理员').waitFor();
    const address = page.url();
    await page.reload();
    await page.getByText('没有管理员').waitFor();
    expect(page.url()).toBe(address);
  });

  it('leave the last super in place', async () => {
    const {page} = await as('chenjing', '/console/administrators');
    await row(page, '陈静').waitFor();
    await page.getByRole('button', {name: '授权'}).click();
    await fill(page, '周强', '单位管理员', undefined, ['授予权限', '查看审计', '查看完整信息']);
    await ok(page);
    await page.getByText('周强：授权成功').waitFor();

    const other = await as('zhouqiang', '/console/administrators');
    await revoke(other.page, '陈静');
    await dialog(other.page).getByRole('alert').getByText('最高一级机构须至少保留一名可用的超级管理员').waitFor();
    await screen(other.page, 'console-last-super');
    await dialog(other.page).getByRole('button', {name: '取消'}).click();
    await row(other.page, '陈静').waitFor();

    await revoke(page, '周强');
    await page.getByText('周强：撤销成功').waitFor();
    // At once: what the other page asks for now is refused.
    await other.page.reload();
    await other.page.getByRole('alert').getByText('您没有此项操作的权限').first().waitFor();
    states.delete('zhouqiang');
  });

  it('are revoked once, when two do it', async () => {
    const {page} = await as('chenjing', '/console/administrators');
    await lookAt(page, '临江区财政局');
    await page.getByRole('button', {name: '授权'}).click();
    await fill(page, '周强', '审计员', undefined);
    await ok(page);
    await page.getByText('周强：授权成功').waitFor();
    await row(page, '周强').getByRole('button', {name: '撤销'}).click();
    const status = await page.evaluate(async () => {
      const headers = {'X-Client': 'console'};
      const {items} = await (await fetch(`/v1/admin/grants?org=${new URL(location.href).searchParams.get('org')}`, {headers})).json();
      return (await fetch(`/v1/admin/grants/${items[0].id}`, {method: 'DELETE', headers})).status;
    });
    expect(status).toBe(204);
    await dialog(page).getByRole('button', {name: '撤销'}).click();
    await dialog(page).getByRole('alert').getByText('请求的内容不存在或已失效').waitFor();
    await screen(page, 'console-revoke-gone');
    await dialog(page).getByRole('button', {name: '取消'}).click();
    await page.getByText('没有管理员').waitFor(); // the list has been asked for anew
  });

  it('are no more than one holds, where one holds it', async () => {
    const unit = await as('linwei', '/console/administrators');
    await unit.page.getByText('页面不存在或您没有权限').waitFor();
    expect(await unit.page.getByRole('menuitem', {name: '权限管理'}).count()).toBe(0);
    expect(await unit.page.getByRole('menuitem', {name: '审计日志'}).count()).toBe(0);

    const {page} = await as('chenjing', '/console/administrators');
    await lookAt(page, '临江区财政局');
    await page.getByRole('button', {name: '授权'}).click();
    await fill(page, '林伟', '单位管理员', undefined, ['授予权限']);
    await ok(page);
    await page.getByText('林伟：授权成功').waitFor();

    await unit.page.getByRole('button', {name: '退出登录'}).click();
    await unit.page.getByRole('heading', {name: '管理中心'}).waitFor();
    states.delete('linwei');
    const more = await as('linwei', '/console/administrators');
    await more.page.getByRole('heading', {name: '临江区财政局的管理员'}).waitFor();
    await more.page.getByRole('button', {name: '授权'}).click();
    expect(await dialog(more.page).getByRole('radio', {name: '超级管理员'}).isDisabled()).toBe(true);
    expect(await dialog(more.page).getByRole('radio', {name: '审计员'}).isDisabled()).toBe(true);
    await fill(more.page, '周强', '单位管理员', '临江区数据局');
    await ok(more.page);
    await dialog(more.page).getByRole('alert').getByText('您没有此项操作的权限').waitFor();
    await screen(more.page, 'console-give-denied');
    expect(await dialog(more.page).getByText('周强').count()).toBeGreaterThan(0); // what was chosen stays
    await dialog(more.page).getByRole('button', {name: '取消'}).click();
    await dialog(more.page).getByText('离开后，已填写的内容将丢失。').waitFor();
    await dialog(more.page).getByRole('button', {name: '放弃修改'}).click();
    await more.page.getByRole('dialog').waitFor({state: 'detached'});

    await revoke(page, '林伟');
    await page.getByText('林伟：撤销成功').waitFor();
  });
});

describe('roles and permissions', () => {
  it('are shown as the server goes by them, and lead to who holds them', async () => {
    const {page} = await as('chenjing', '/console/roles');
    await page.getByRole('row', {name: /管理机构 包含 包含 不包含/}).waitFor();
    await page.getByRole('row', {name: /查看审计 包含 可附加 包含/}).waitFor();
    await screen(page, 'console-roles');
    await page.getByRole('link', {name: '权限点管理'}).click();
    await page.getByRole('row', {name: /查看完整信息/}).waitFor();
    await screen(page, 'console-permissions');
    await page.getByRole('row', {name: /查看完整信息/}).getByRole('link', {name: '查看持有者'}).click();
    await row(page, '陈静').waitFor();
    await page.getByText('权限点：查看完整信息').waitFor();
    await lookAt(page, '临江区数据局');
    await page.getByText('没有管理员').waitFor(); // 林伟 holds another permission
  });
});

describe('the audit', () => {
  /** Changes the record of a person so often, by requests of the page. */
  async function edit(page: Page, name: string, changes: object[]) {
    const statuses = await page.evaluate(
      async ([name, changes]) => {
        const headers = {'X-Client': 'console', 'Content-Type': 'application/json'};
        const {items} = await (await fetch(`/v1/admin/staff?name=${encodeURIComponent(name)}`, {headers})).json();
        const at = `/v1/admin/staff/${items[0].employeeCode}`;
        const all: number[] = [];
        for (const change of changes) {
          const {version} = await (await fetch(at, {headers})).json();
          all.push((await fetch(at, {method: 'PATCH', headers, body: JSON.stringify({version, ...change})})).status);
        }
        return all;
      },
      [name, changes] as const,
    );
    expect(statuses).toEqual(changes.map(() => 200));
  }

  it('tells of the grants that were given and taken', async () => {
    const {page} = await as('chenjing', '/console/audit');
    await page.getByRole('heading', {name: '浙江省及其下级的操作'}).waitFor();
    await soon(page, page.getByRole('row', {name: /陈静 授权 周强 管理权限 无 → 单位管理员 临江区数据局 \+ 查看审计/}));
    await page.getByRole('row', {name: /陈静 撤销授权 周强 管理权限 单位管理员 临江区数据局 \+ 查看审计 → 无/}).waitFor();
    await screen(page, 'console-audit');

    await page.getByRole('search').getByText('按人员', {exact: true}).click();
    await choose(page, page.getByRole('search').getByLabel('人员', {exact: true}), '林伟');
    await page.getByRole('search').getByLabel('开始日期').fill('昨天');
    await page.getByRole('button', {name: '查询'}).click();
    await expect.poll(() => page.getByRole('search').getByLabel('开始日期').getAttribute('aria-invalid')).toBe('true');
    await screen(page, 'console-audit-refused');
    await page.getByRole('search').getByLabel('开始日期').fill('2026-01-01');
    await page.getByRole('button', {name: '查询'}).click();
    await page.getByRole('heading', {name: '对林伟的操作'}).waitFor();
    await row(page, '陈静').first().waitFor();
    expect(await row(page, '周强').count()).toBe(0);
    const address = new URL(page.url());
    expect(address.searchParams.get('from')).toBe('2026-01-01');
    expect(address.searchParams.get('employeeCode')).toMatch(/^GE_/);
    await page.reload();
    await page.getByRole('heading', {name: '对林伟的操作'}).waitFor();

    await page.getByRole('search').getByLabel('开始日期').fill('');
    await page.getByRole('search').getByLabel('结束日期').fill('2020-01-01');
    await page.getByRole('search').getByLabel('结束日期').press('Enter');
    await page.getByText('没有审计记录').waitFor();
    await screen(page, 'console-audit-none');
    await page.getByRole('button', {name: '重置'}).click();
    await page.getByRole('heading', {name: '浙江省及其下级的操作'}).waitFor();
  });

  it('shows whole values for a reason, and more pages, from the details of a person', async () => {
    const {page} = await as('chenjing', '/console/staff?name=王芳');
    await row(page, '王芳').waitFor();
    await edit(page, '王芳', [...Array.from({length: 21}, (_, i) => ({shortNumber: String(7000 + i)})), {areaCode: '+86', phone: '13700000203'}]);
    await row(page, '王芳').getByRole('button', {name: '详情'}).click();
    await page.getByRole('dialog').getByRole('link', {name: '审计日志'}).click();
    await page.getByRole('heading', {name: '对王芳的操作'}).waitFor();
    const phone = row(page, '手机号').first();
    await phone.getByText('+86 137*****003').waitFor();
    await phone.getByRole('button', {name: '查看隐藏内容'}).click();
    await ok(page);
    await dialog(page).getByText('请填写此项').waitFor();
    await dialog(page).getByLabel('原因').fill('核对更正前的号码');
    await screen(page, 'console-audit-reveal');
    await ok(page);
    await phone.getByText('+8613700000003 → +8613700000203').waitFor();
    expect(await page.getByRole('row').count()).toBe(21);
    await page.getByRole('button', {name: '加载更多'}).click();
    await row(page, '短号 无 → 7000').waitFor();

    await page.goBack();
    await row(page, '王芳').getByRole('button', {name: '详情'}).click();
    await page.getByRole('dialog').getByRole('link', {name: '登录记录'}).click();
    await page.getByRole('heading', {name: '王芳的登录记录'}).waitFor();
    await page.getByText('没有登录记录').waitFor();
  });

  it('is all that an auditor has beside the list of people', async () => {
    const {page} = await as('chenjing', '/console/administrators');
    await lookAt(page, '临江区财政局');
    await page.getByRole('button', {name: '授权'}).click();
    await fill(page, '周强', '审计员', undefined);
    await ok(page);
    await page.getByText('周强：授权成功').waitFor();

    const auditor = await as('zhouqiang', '/console/staff');
    await row(auditor.page, '赵磊').getByRole('button', {name: '详情'}).click();
    await auditor.page.getByRole('dialog').getByRole('link', {name: '登录记录'}).waitFor();
    expect(await auditor.page.getByRole('button', {name: /编辑|更多|新增人员|查看完整号码/}).count()).toBe(0);
    expect(await auditor.page.getByRole('menuitem', {name: /找回申请|权限管理/}).count()).toBe(0);
    await auditor.page.getByRole('dialog').getByRole('link', {name: '审计日志'}).click();
    await auditor.page.getByRole('heading', {name: '对赵磊的操作'}).waitFor();
    await auditor.page.getByRole('menuitem', {name: '审计日志'}).click();
    await auditor.page.getByRole('heading', {name: '临江区财政局及其下级的操作'}).waitFor();
    expect(await auditor.page.getByRole('button', {name: '查看隐藏内容'}).count()).toBe(0);

    const signIns = new URL(auditor.page.url());
    const code = await auditor.page.evaluate(() => JSON.parse(localStorage.getItem('console-caller') ?? '{}').employeeCode as string);
    await auditor.page.goto(`${signIns.origin}/console/sign-ins?employeeCode=${code}&name=周强`);
    await row(auditor.page, '登录成功').first().getByText('管理中心').waitFor();
    await screen(auditor.page, 'console-sign-ins');

    await revoke(page, '周强');
    await page.getByText('周强：撤销成功').waitFor();
  });
});

describe('the new screens', () => {
  it('are read in English and in the dark', async () => {
    const {page} = await as('chenjing', '/console/administrators', {dark: true});
    await page.getByRole('button', {name: 'English'}).click();
    for (const [entry, seen, name] of [
      ['Administrators', 'Super administrator', 'administrators'],
      ['Roles', 'Can be added', 'roles'],
      ['Permissions', 'Who holds it', 'permissions'],
      ['Audit log', 'Edited a person', 'audit'],
      ['Home', 'Quick links', 'home'],
    ] as const) {
      await page.getByRole('menuitem', {name: entry, exact: true}).click();
      await page.getByText(seen).first().waitFor();
      await screen(page, `console-${name}-dark-english`);
    }
  });

  it('are used with keys alone', async () => {
    const {page} = await as('chenjing', '/console/administrators');
    await row(page, '陈静').waitFor();
    const give = page.getByRole('button', {name: '授权'});
    await give.focus();
    await page.keyboard.press('Enter');
    const person = dialog(page).getByRole('combobox', {name: '人员'});
    await person.waitFor();
    for (let i = 0; i < 5 && !(await person.evaluate((field) => field === document.activeElement)); i++) await page.keyboard.press('Tab');
    await page.keyboard.type('zhouqiang');
    await page.getByRole('option', {name: '周强'}).waitFor({state: 'attached'});
    await page.keyboard.press('Enter');
    await dialog(page).getByText('zhouqiang · 临江区财政局').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown'); // to the second type
    await page.keyboard.press('ArrowDown');
    expect(await dialog(page).getByRole('radio', {name: '审计员'}).isChecked()).toBe(true);
    await page.keyboard.press('Escape');
    await dialog(page).getByText('离开后，已填写的内容将丢失。').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({state: 'detached'});
    await expect.poll(() => give.evaluate((button) => button === document.activeElement)).toBe(true);
  });

  it('say when there is no network, and try again', async () => {
    const {page, context} = await as('chenjing', '/console/audit');
    await row(page, '陈静').first().waitFor();
    await context.setOffline(true);
    await page.getByRole('button', {name: '查询'}).click();
    await page.getByRole('alert').getByText('网络连接失败，请检查网络后重试').waitFor();
    await screen(page, 'console-audit-offline');
    await context.setOffline(false);
    await page.getByRole('button', {name: '重试'}).click();
    await page.getByText('网络连接失败').waitFor({state: 'detached'});
  });
});

describe('what waits', () => {
  it('is counted in the menu and on the first screen, and falls after a decision', async () => {
    const {page} = await as('linwei', '/console/');
    await raise('zhangmin', '张敏', '数据不完善，无法登录');
    await soon(page, page.getByRole('menuitem', {name: /找回申请\s*1$/}));
    await page.getByRole('link', {name: '去完善'}).waitFor();
    await screen(page, 'console-home-waiting');
    await page.getByRole('link', {name: '去完善'}).click();
    await page.getByText('仅看数据不完善的人员').waitFor();
    await row(page, '张敏').waitFor();
    expect(await row(page, '王芳').count()).toBe(0);
    await page.goBack();

    await page.getByRole('link', {name: '去处理'}).click();
    await row(page, '张敏').getByRole('button', {name: '驳回'}).click();
    await dialog(page).getByLabel('驳回原因').fill('请先到单位人事科完善数据');
    await ok(page);
    await page.getByRole('menuitem', {name: '找回申请', exact: true}).waitFor();
    await page.getByRole('menuitem', {name: '工作台首页'}).click();
    await page.getByRole('link', {name: '查看申请'}).waitFor();
  });

  it('is asked for again while somebody works, and never behind their back', async () => {
    const {page} = await as('linwei', '/console/');
    await page.clock.install();
    let asked = 0;
    page.on('request', (r) => void (r.url().includes('/v1/admin/recovery-requests') && asked++));
    await page.reload();
    await page.getByText('欢迎进入管理工作台').waitFor();
    await expect.poll(() => asked).toBe(1);
    await page.clock.runFor(300_000); // nobody touches the page
    expect(asked).toBe(1);
    await page.getByText('欢迎进入管理工作台').click();
    await page.clock.runFor(61_000);
    await expect.poll(() => asked).toBe(2);

    const hide = (hidden: boolean) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await page.getByText('欢迎进入管理工作台').click();
    await hide(true);
    await page.clock.runFor(300_000);
    expect(asked).toBe(2);
    await hide(false); // who comes back sees it fresh
    await expect.poll(() => asked).toBe(3);
  });
});

describe('a request', () => {
  it('is sent once for a double click', async () => {
    const {page} = await as('linwei', '/console/staff?name=王芳');
    await row(page, '王芳').getByRole('button', {name: '更多'}).click();
    await page.getByRole('menuitem', {name: '冻结', exact: true}).click();
    await dialog(page).getByLabel('原因').fill('接到调查通知');
    let sent = 0;
    page.on('request', (r) => void (r.method() === 'POST' && r.url().endsWith('/state') && sent++));
    await dialog(page).getByRole('button', {name: '确定', exact: true}).dblclick();
    await page.getByText('王芳：冻结成功').waitFor();
    expect(sent).toBe(1);
  });

  it('is not sent by the Enter that ends a composition', async () => {
    const {page, context} = await as('linwei', '/console/staff');
    await row(page, '王芳').waitFor();
    let asked = 0;
    page.on('request', (r) => void (r.url().includes('/v1/admin/staff?') && asked++));
    const name = page.getByRole('search').getByLabel('姓名');
    await name.focus();
    const keyboard = await context.newCDPSession(page);
    const key = (type: 'keyDown' | 'rawKeyDown' | 'keyUp', code: number, more: object = {}) =>
      keyboard.send('Input.dispatchKeyEvent', {type, key: 'Enter', code: 'Enter', windowsVirtualKeyCode: code, ...more});
    // Chromium: the key goes to the input method, which then ends the composition.
    await keyboard.send('Input.imeSetComposition', {text: 'wangfang', selectionStart: 8, selectionEnd: 8});
    await key('rawKeyDown', 229);
    await keyboard.send('Input.insertText', {text: '王芳'});
    await key('keyUp', 13);
    expect(await name.inputValue()).toBe('王芳');
    // Safari: the key comes when the composition has ended.
    await key('keyDown', 229, {text: '\r'});
    await key('keyUp', 229);
    expect(asked).toBe(0);
    const listed = page.waitForResponse((r) => r.url().includes('/v1/admin/staff?'));
    await name.press('Enter');
    await listed;
    expect(asked).toBe(1);
  });
});
