// The administrators' console, as the demo administrators go through it.
import type {Page} from 'playwright-core';
import {describe, expect, it} from 'vitest';
import {as, bothSteps, choose, console_, drawer, find, open, password, raise, row, soon, states} from './administrator';
import {codeFor, screen, textsTo, visit} from './browser';

async function edit(page: Page, name: string) {
  await find(page, name);
  await row(page, name).getByRole('button', {name: '编辑'}).click();
  await drawer(page).getByLabel('家庭地址').waitFor();
}

const submit = (page: Page) => drawer(page).getByRole('button', {name: '确定'}).click();

/** Changes a record behind the page's back, as another administrator would. */
function patch(page: Page, code: string, change: object): Promise<number> {
  return page.evaluate(
    async ([code, change]) => {
      const headers = {'X-Client': 'console', 'Content-Type': 'application/json'};
      const {version} = await (await fetch(`/v1/admin/staff/${code}`, {headers})).json();
      return (await fetch(`/v1/admin/staff/${code}`, {method: 'PATCH', headers, body: JSON.stringify({version, ...change})})).status;
    },
    [code, change] as const,
  );
}

async function codeOf(page: Page, name: string): Promise<string> {
  return page.evaluate(async (name) => {
    const answer = await fetch(`/v1/admin/staff?name=${encodeURIComponent(name)}`, {headers: {'X-Client': 'console'}});
    return (await answer.json()).items[0].employeeCode;
  }, name);
}

describe('the sign-in', () => {
  it('refuses in the words of the server', async () => {
    const {page} = await console_();
    await screen(page, 'console-sign-in');
    await page.getByRole('button', {name: '登录', exact: true}).click();
    await page.getByText('请填写此项').nth(1).waitFor();
    await password(page, 'zhouqiang', 'Wrong#4927');
    await page.getByText('用户名或密码错误，4次重试将锁定账号').waitFor();
    await screen(page, 'console-sign-in-refused');
    await page.getByRole('button', {name: '显示密码'}).click();
    expect(await page.getByLabel('密码', {exact: true}).getAttribute('type')).toBe('text');

    await password(page, 'zhouqiang');
    await page.getByText('管理中心仅供管理员使用').waitFor();
    await screen(page, 'console-sign-in-denied');
    expect(await page.getByLabel('账号', {exact: true}).inputValue()).toBe('zhouqiang');
  });

  it('asks for a code each time, counts wrong ones, and goes on after a reload', async () => {
    const {page} = await console_();
    await password(page, 'linwei');
    await page.getByText('验证码已发送到手机 +86 137*****002').waitFor();
    await screen(page, 'console-second-step');
    const code = await codeFor('13700000002');
    await page.getByLabel('验证码').fill(code === '123456' ? '654321' : '123456');
    await page.getByRole('button', {name: '确定', exact: true}).click();
    await page.getByText('验证码不正确，请重新输入').waitFor();
    await page.reload();
    await page.getByLabel('验证码').fill(`【潮汐】验证码${code}，5分钟内有效`);
    await page.getByRole('button', {name: '确定', exact: true}).click();
    await page.getByText('欢迎进入管理工作台').waitFor();
    await screen(page, 'console-home');
    states.set('linwei', await page.context().storageState());
  });
});

describe('a record that is completed', () => {
  it('goes from the search to the person signed in', async () => {
    const {page} = await as('linwei', '/console/staff');
    await row(page, '张敏').waitFor();
    await screen(page, 'console-staff');
    await page.getByRole('heading', {name: '工作人员管理'}).click();
    await page.keyboard.press('/');
    await page.keyboard.type('张敏');
    await page.keyboard.press('Enter');
    await row(page, '王芳').waitFor({state: 'detached'});
    expect(new URL(page.url()).searchParams.get('name')).toBe('张敏');
    await row(page, '张敏').getByText('待完善').waitFor();

    await row(page, '张敏').getByRole('button', {name: '编辑'}).click();
    await drawer(page).getByText('不能为待完善').nth(3).waitFor();
    await screen(page, 'console-edit');
    await submit(page);
    await choose(page, drawer(page).getByLabel('人员编制'), '公务员编制');
    await choose(page, drawer(page).getByLabel('职级'), '其他');
    await choose(page, drawer(page).getByLabel('人员角色').nth(0), '普通用户');
    await choose(page, drawer(page).getByLabel('人员角色').nth(1), '普通用户');
    await drawer(page).getByText('不能为待完善').waitFor({state: 'detached'});
    await submit(page);
    await page.getByText('提交成功，更新职务 2 个').waitFor();
    await drawer(page).waitFor({state: 'detached'});
    await row(page, '张敏').getByText('待完善').waitFor({state: 'detached'});

    const phone = await visit('/m/');
    open.push(phone);
    await password(phone.page, 'zhangmin');
    await phone.page.getByText('验证码已发送到手机 +86 137*****004').waitFor();
    await phone.page.getByLabel('验证码').fill(await codeFor('13700000004'));
    await phone.page.getByRole('button', {name: '确定'}).click();
    await phone.page.getByRole('heading', {name: '我的账号'}).waitFor();
  });

  it('shows what is refused at its field', async () => {
    const {page} = await as('linwei', '/console/staff');
    await edit(page, '张敏');
    await drawer(page).getByLabel('手机号').fill('137*****005');
    await submit(page);
    await drawer(page).getByText('请输入完整内容，不能包含 *').waitFor();
    await drawer(page).getByLabel('手机号').fill('137*****004');
    await drawer(page).getByLabel('邮箱').nth(1).fill('no address');
    await submit(page);
    const refused = page.locator('#staff_posts_1_email');
    await expect.poll(() => refused.getAttribute('aria-invalid')).toBe('true');
    expect(await refused.evaluate((field) => field === document.activeElement)).toBe(true);
    await screen(page, 'console-edit-refused');

    // What was typed is asked about before it is lost.
    await page.keyboard.press('Escape');
    const asked = page.getByRole('dialog', {name: '内容尚未提交，确定要离开吗？'});
    await asked.waitFor();
    await screen(page, 'console-edit-unsaved');
    await asked.getByRole('button', {name: '继续编辑'}).click();
    expect(await refused.inputValue()).toBe('no address');
    await drawer(page).getByRole('button', {name: '取消'}).click();
    await asked.getByRole('button', {name: '放弃修改'}).click();
    await refused.waitFor({state: 'detached'});
  });

  it('is compared when somebody else has changed it', async () => {
    const {page} = await as('linwei', '/console/staff');
    await edit(page, '王芳');
    await drawer(page).getByLabel('短号').fill('6001');
    await drawer(page).getByLabel('家庭地址').fill('临江路 1 号');
    expect(await patch(page, await codeOf(page, '王芳'), {shortNumber: '6002', politicalStatus: '01'})).toBe(200);
    await submit(page);
    const both = page.getByRole('dialog', {name: '这条记录已被他人修改'});
    await both.getByRole('row', {name: /短号.*未填写.*6001.*6002/}).waitFor();
    await both.getByRole('row', {name: /家庭地址.*临江路 1 号/}).waitFor();
    await both.getByRole('row', {name: /政治面貌.*中共党员/}).waitFor();
    await screen(page, 'console-conflict');
    await both.getByRole('button', {name: '保留我的修改'}).click();
    await submit(page);
    await page.getByText('提交成功，更新职务 0 个').waitFor();
    await row(page, '王芳').getByRole('button', {name: '详情'}).click();
    await drawer(page).getByText('6001').waitFor();
    await drawer(page).getByText('中共党员').waitFor();
    await screen(page, 'console-detail');
    await page.keyboard.press('Escape');
    await drawer(page).waitFor({state: 'detached'});
  });

  it('is kept when the session ends amid the work', async () => {
    const {page, context} = await as('chenjing', '/console/staff');
    await edit(page, '王芳');
    await drawer(page).getByLabel('短号').fill('6003');
    await context.clearCookies();
    await submit(page);
    const again = page.getByRole('dialog', {name: '请重新登录'});
    await again.waitFor();
    await screen(page, 'console-sign-in-again');
    await bothSteps(again, 'chenjing', '13700000001');
    await page.getByText('提交成功，更新职务 0 个').waitFor();
    states.set('chenjing', await context.storageState());
  });
});

describe('other work on people', () => {
  it('freezes and unfreezes with a reason', async () => {
    const {page} = await as('linwei', '/console/staff');
    await find(page, '王芳');
    await act(page, '王芳', '冻结');
    const dialog = page.getByRole('dialog', {name: '冻结 - 王芳'});
    await dialog.getByRole('button', {name: '确定'}).click();
    await dialog.getByText('请填写此项').waitFor();
    await screen(page, 'console-freeze');
    await dialog.getByLabel('原因').fill('接到调查通知');
    await dialog.getByRole('button', {name: '确定'}).click();
    await row(page, '王芳').getByText('冻结').waitFor();
    await act(page, '王芳', '解冻');
    await page.getByRole('dialog').getByLabel('原因').fill('调查结束');
    await page.getByRole('dialog').getByRole('button', {name: '确定'}).click();
    await row(page, '王芳').getByText('未激活').waitFor();
  });

  it('adds a person, lets them leave, and takes them back', async () => {
    const {page} = await as('linwei', '/console/staff');
    await page.getByRole('button', {name: '新增人员'}).click();
    await drawer(page).getByLabel('姓名').fill('欧阳买买提·阿不都热合曼·艾力江·库尔班巴依');
    await drawer(page).getByLabel('账号').fill('ouyang.maimaiti');
    await drawer(page).getByLabel('手机号').fill('13700000100');
    await choose(page, drawer(page).getByLabel('性别'), '男性');
    await choose(page, drawer(page).getByLabel('人员编制'), '事业编制');
    await choose(page, drawer(page).getByLabel('职级'), '其他');
    await choose(page, drawer(page).getByLabel('所在单位'), '临江区数据局');
    await choose(page, drawer(page).getByLabel('所在机构'), '综合科');
    await choose(page, drawer(page).getByLabel('人员角色'), '普通用户');
    await submit(page);
    await drawer(page).getByText('不能为待完善').waitFor();
    await drawer(page).getByLabel('排序码').fill('12');
    await drawer(page).getByText('不能为待完善').waitFor({state: 'detached'});
    await screen(page, 'console-add');
    await submit(page);
    await page.getByText('激活短信已发送').waitFor();
    expect((await textsTo('13700000100')).length).toBe(1);
    await row(page, '欧阳买买提').waitFor();
    await screen(page, 'console-long-name');

    await act(page, '欧阳买买提', '离职');
    await page.getByRole('dialog').getByLabel('原因').fill('调离本单位');
    await page.getByRole('dialog').getByRole('button', {name: '确定'}).click();
    await row(page, '欧阳买买提').waitFor({state: 'detached'});
    await page.getByRole('tab', {name: '离职人员'}).click();
    // The list of those who have left follows by the table's stream.
    await expect
      .poll(async () => {
        const listed = page.waitForResponse((r) => r.url().includes('/v1/admin/staff?'));
        await page.getByRole('button', {name: '查询'}).click();
        await (await listed).finished();
        return row(page, '欧阳买买提').count();
      }, {timeout: 20_000, interval: 500})
      .toBe(1);
    await screen(page, 'console-left');
    await act(page, '欧阳买买提', '复职');
    await screen(page, 'console-reinstate');
    await page.getByRole('dialog').getByLabel('原因').fill('调回本单位');
    await page.getByRole('dialog').getByRole('button', {name: '确定'}).click();
    await row(page, '欧阳买买提').waitFor({state: 'detached'});
  });

  it('shows whole numbers for a reason, to who may see them', async () => {
    const unit = await as('linwei', '/console/staff');
    await find(unit.page, '王芳');
    await row(unit.page, '王芳').getByRole('button', {name: '详情'}).click();
    await drawer(unit.page).getByText('+86 137*****003').waitFor();
    expect(await unit.page.getByRole('button', {name: '查看完整号码'}).count()).toBe(0);

    const {page} = await as('chenjing', '/console/staff');
    await find(page, '王芳');
    await row(page, '王芳').getByRole('button', {name: '详情'}).click();
    await page.getByRole('button', {name: '查看完整号码'}).click();
    const dialog = page.getByRole('dialog', {name: '查看完整号码'});
    await dialog.getByLabel('原因').fill('电话核实本人身份');
    await screen(page, 'console-reveal');
    await dialog.getByRole('button', {name: '确定'}).click();
    await drawer(page).getByText('+8613700000003').waitFor();
  });
});

describe('requests for help', () => {
  it('are counted, and decided once', async () => {
    await raise('zhouqiang', '周强', '更换手机号，收不到验证码');
    const {page} = await as('chenjing', '/console/recovery');
    await soon(page, page.getByRole('heading', {name: '找回申请（1 个待处理）'}));
    await row(page, '周强').getByText('更换手机号，收不到验证码').waitFor();
    await screen(page, 'console-recovery');
    await row(page, '周强').getByRole('button', {name: '通过'}).click();
    const dialog = page.getByRole('dialog', {name: '通过 - 周强'});
    await dialog.getByLabel('核实方式').fill('本人到场，核对工作证');
    await dialog.getByRole('button', {name: '确定'}).click();
    await dialog.getByText('请填写此项').waitFor(); // the phone was not confirmed
    await dialog.getByRole('checkbox').check();
    await screen(page, 'console-recovery-approve');
    await dialog.getByRole('button', {name: '确定'}).click();
    await page.getByText('没有找回申请').waitFor();
    await page.getByRole('tab', {name: '已通过'}).click();
    await soon(page, row(page, '周强'));
    await row(page, '周强').getByText('陈静').waitFor(); // who decided
    await screen(page, 'console-recovery-decided');
    expect(await page.getByRole('button', {name: '通过'}).count()).toBe(0);
  });
});

describe('the list', () => {
  it('pages on and back, and filters by the tree and the tabs', async () => {
    const {page} = await as('chenjing', '/console/staff');
    await row(page, '.').nth(20).waitFor();
    const first = await page.getByRole('row').nth(1).innerText();
    await page.getByRole('button', {name: '下一页'}).click();
    await page.getByText('第 2 页').waitFor();
    await expect.poll(() => page.getByRole('row').nth(1).innerText()).not.toBe(first);
    await page.getByRole('button', {name: '上一页'}).click();
    await expect.poll(() => page.getByRole('row').nth(1).innerText()).toBe(first);
    await screen(page, 'console-staff-all');

    await page.getByLabel('搜索机构名称').fill('临江区数据局');
    await page.getByRole('tree').getByText('临江区数据局').first().click();
    await page.getByText('机构：临江区数据局').waitFor();
    await row(page, '王芳').waitFor();
    await page.getByRole('tab', {name: '离职人员'}).click();
    await row(page, '孙丽').waitFor();
    const address = page.url();
    await page.reload();
    await row(page, '孙丽').waitFor();
    expect(page.url()).toBe(address);
    await page.goBack();
    await row(page, '王芳').waitFor();

    await page.getByRole('search').getByLabel('手机号').fill('9999');
    await page.getByRole('button', {name: '查询'}).click();
    await page.getByText('没有符合条件的人员').waitFor();
    await screen(page, 'console-staff-none');
    await page.getByRole('button', {name: '重置'}).click();
    await row(page, '.').nth(20).waitFor();
    expect(new URL(page.url()).search).toBe('');
  });

  it('says when there is no network, and tries again', async () => {
    const {page, context} = await as('chenjing', '/console/staff');
    await row(page, '.').nth(20).waitFor();
    await context.setOffline(true);
    await page.getByRole('button', {name: '下一页'}).click();
    await page.getByText('网络连接失败，请检查网络后重试').waitFor();
    await screen(page, 'console-staff-offline');
    await context.setOffline(false);
    await page.getByRole('button', {name: '重试'}).click();
    await page.getByText('网络连接失败').waitFor({state: 'detached'});
  });

  it('is read in English and in the dark; the language keeps what was typed', async () => {
    const {page} = await as('linwei', '/console/staff', {dark: true});
    await edit(page, '王芳');
    await screen(page, 'console-edit-dark');
    await page.keyboard.press('Escape');
    await drawer(page).waitFor({state: 'detached'});
    await page.getByRole('search').getByLabel('账号').fill('wangf');
    await page.getByRole('button', {name: 'English'}).click();
    expect(await page.getByRole('search').getByLabel('Account').inputValue()).toBe('wangf');
    await screen(page, 'console-staff-dark-english');
    await page.getByRole('button', {name: '中文'}).click();
  });

  it('has room for ten posts and as many that have ended', async () => {
    const {page} = await as('linwei', '/console/staff');
    await page.route('**/v1/admin/staff/GE_*', async (route) => {
      const answer = await route.fetch();
      const record = await answer.json();
      const [one] = record.posts;
      const many = (active: boolean) => Array.from({length: 10}, (_, i) => ({...one, active, id: `${active}${i}`.padEnd(22, 'x'), jobType: i || !active ? 'concurrent' : 'main', unitName: '临江区新型智慧城市建设与大数据发展管理服务中心', orgName: `数据资源综合协调与安全保障科${i}`}));
      await route.fulfill({json: {...record, name: '欧阳买买提·阿不都热合曼·艾力江·库尔班巴依', posts: [...many(true), ...many(false)]}});
    });
    await find(page, '王芳');
    await row(page, '王芳').getByRole('button', {name: '详情'}).click();
    await drawer(page).getByText('已结束的任职').waitFor();
    await screen(page, 'console-detail-ten-posts');
    await drawer(page).getByRole('button', {name: '编辑'}).click();
    await expect.poll(() => page.getByRole('dialog').getByLabel('排序码').count()).toBe(10);
    await screen(page, 'console-edit-ten-posts');
    expect(await page.getByRole('button', {name: '新增挂职/兼职'}).isDisabled()).toBe(true);
    await page.getByText('最多 10 个任职').waitFor();
  });

  it('goes to the box of a new post', async () => {
    const {page} = await as('linwei', '/console/staff');
    await page.getByRole('button', {name: '新增人员'}).click();
    await page.getByRole('button', {name: '新增挂职/兼职'}).click();
    const unit = drawer(page).getByLabel('所在单位').nth(1);
    await expect.poll(() => unit.evaluate((field) => field === document.activeElement && field.getBoundingClientRect().bottom < innerHeight)).toBe(true);
    await screen(page, 'console-add-second-post');
  });

  it('signs out', async () => {
    const {page} = await as('linwei', '/console/staff');
    await page.getByRole('button', {name: '退出登录'}).click();
    await page.getByRole('heading', {name: '管理中心'}).waitFor();
    await page.goto(new URL('/console/staff', page.url()).href);
    await page.getByRole('heading', {name: '管理中心'}).waitFor();
    states.delete('linwei');
  });
});

async function act(page: Page, name: string, action: string) {
  await row(page, name).getByRole('button', {name: '更多'}).click();
  await page.getByRole('menuitem', {name: action, exact: true}).click();
}
