// Organisations, dictionaries, jobs and transfers, as the demo administrators go through them.
import type {Page} from 'playwright-core';
import {describe, expect, it} from 'vitest';
import {as, choose, drawer, find, row} from './administrator';
import {screen} from './browser';

const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', {name});
const ok = (page: Page) => page.getByRole('dialog').getByRole('button', {name: '确定', exact: true}).last().click();
const facts = (page: Page) => page.locator('.orgs__facts');
/** The organisation that is shown. */
const shown = (page: Page, name: string) => page.getByRole('heading', {level: 2, name, exact: true}).waitFor();

/** Chooses an organisation that the search of the screen finds. Of several, the one in the division. */
async function chooseOrg(page: Page, name: string, division = '临江区') {
  const tree = page.getByRole('dialog').or(page.getByRole('main')).getByRole('region', {name: '选择组织机构'}).last();
  await tree.getByLabel('搜索机构名称').fill(name);
  await tree.getByRole('treeitem', {name: `${name} ${division}`, exact: true}).click();
}

async function open(page: Page, name: string) {
  await chooseOrg(page, name);
  await shown(page, name);
}

/** A request beside the page, as another administrator would make it. */
function call(page: Page, method: string, path: string, body?: object): Promise<{status: number; data: any}> {
  return page.evaluate(
    async ([method, path, body]) => {
      const answer = await fetch(path, {method, headers: {'X-Client': 'console', 'Content-Type': 'application/json'}, body: body && JSON.stringify(body)});
      return {status: answer.status, data: answer.status === 204 ? undefined : await answer.json()};
    },
    [method, path, body] as const,
  );
}

const orgNamed = async (page: Page, name: string) => (await call(page, 'GET', `/v1/admin/orgs?q=${encodeURIComponent(name)}`)).data.items[0];

describe('organisations', () => {
  it('are added, renamed and closed', async () => {
    const {page} = await as('chenjing', '/console/orgs');
    await shown(page, '浙江省');
    await row(page, '杭州市').waitFor();
    await screen(page, 'console-orgs');
    expect(await page.getByRole('button', {name: '撤销机构'}).count()).toBe(0); // the top of the tree

    await open(page, '临江区数据局');
    await page.getByRole('button', {name: '新增下级机构'}).click();
    await ok(page);
    await drawer(page).getByText('请填写此项').nth(1).waitFor();
    await drawer(page).getByLabel('名称').fill('综合科');
    await drawer(page).getByLabel('排序码').fill('９');
    await ok(page);
    await page.locator('#new-org_name[aria-invalid="true"]').waitFor(); // it is told where it stands
    await drawer(page).getByText('同一上级下已有同名机构').first().waitFor();
    await screen(page, 'console-orgs-add');
    await drawer(page).getByLabel('名称').fill('数据资源综合协调与安全保障科');
    await ok(page);
    await page.getByText('已新增 数据资源综合协调与安全保障科').waitFor();
    await row(page, '数据资源综合协调与安全保障科').waitFor();
    await screen(page, 'console-orgs-unit');

    await row(page, '数据资源综合协调').getByRole('button').click();
    await page.getByText('没有下级机构').waitFor();
    await page.getByRole('button', {name: '编辑', exact: true}).click();
    await drawer(page).getByLabel('名称').fill('数据资源科');
    await drawer(page).getByLabel('排序码').fill('0');
    await ok(page);
    await drawer(page).getByText('请输入 1～999999999 的整数').waitFor();
    await drawer(page).getByLabel('排序码').fill('8');
    await ok(page);
    await page.getByText('数据资源科：修改成功').waitFor();
    await shown(page, '数据资源科');

    // The same after a reload, as the address says where it is.
    await page.reload();
    await shown(page, '数据资源科');
    await page.getByRole('button', {name: '撤销机构'}).click();
    await ok(page);
    await page.getByText('数据资源科：已撤销').waitFor();
  });

  it('are compared when somebody else has changed them', async () => {
    const {page} = await as('chenjing', '/console/orgs');
    await open(page, '临江区水利局');
    await page.getByRole('button', {name: '编辑', exact: true}).click();
    await drawer(page).getByLabel('名称').fill('临江区林业水利局');
    const {orgCode, version} = await orgNamed(page, '临江区水利局');
    expect((await call(page, 'PATCH', `/v1/admin/orgs/${orgCode}`, {version, name: '临江区水务局', order: 77})).status).toBe(200);
    await ok(page);
    const both = dialog(page, '这条记录已被他人修改');
    await both.getByRole('row', {name: /名称.*临江区水利局.*临江区林业水利局.*临江区水务局/}).waitFor();
    await both.getByRole('row', {name: /排序码.*77/}).waitFor();
    await screen(page, 'console-orgs-conflict');
    await both.getByRole('button', {name: '保留我的修改'}).click();
    await ok(page);
    await page.getByText('临江区林业水利局：修改成功').waitFor();
    await facts(page).getByText('77', {exact: true}).waitFor();
  });

  it('move, and the job is followed, also after a reload', async () => {
    const {page} = await as('chenjing', '/console/orgs');
    await open(page, '临江区审计局');
    await page.getByRole('button', {name: '移动到'}).click();
    await ok(page);
    await dialog(page, /移动到/).getByRole('alert').getByText('请选择新的上级机构').waitFor();
    await chooseOrg(page, '党委机构');
    await dialog(page, /移动到/).getByText('已选择：党委机构 临江区').waitFor();
    await screen(page, 'console-orgs-move');

    // The job is over soon. So that it is seen at work, it is told to run for a while.
    let over = false;
    await page.route('**/v1/admin/jobs/*', async (route) => {
      const answer = await route.fetch();
      const job = await answer.json();
      await route.fulfill({response: answer, json: over ? job : {...job, state: 'running', total: 4, done: 1}});
    });
    await ok(page);
    await page.getByText('机构已移动，人员数据正在更新').waitFor();
    await page.getByText('1 / 4').waitFor();
    await screen(page, 'console-orgs-moving');
    await page.reload();
    await page.getByText('机构已移动，人员数据正在更新').waitFor();
    await shown(page, '临江区审计局');
    over = true;
    await page.getByText('机构已移动，人员数据更新完成').waitFor();
    await page.getByRole('button', {name: '关闭提示'}).click();
    await page.getByText('机构已移动').waitFor({state: 'detached'});
    const moved = await orgNamed(page, '临江区审计局');
    const groups = (await call(page, 'GET', `/v1/admin/orgs?q=${encodeURIComponent('党委机构')}`)).data.items as {orgCode: string; division: string}[];
    expect(moved.parent).toBe(groups.find((g) => g.division === '330199')!.orgCode);

    await page.getByRole('link', {name: '任务'}).click();
    await row(page, '机构调整').first().getByText('已完成').waitFor();
    await screen(page, 'console-jobs');
  });

  it('move and are closed as they are now, when somebody else has changed them', async () => {
    const {page} = await as('chenjing', '/console/orgs');
    const rename = async (from: string, name: string) => {
      const {orgCode, version} = await orgNamed(page, from);
      expect((await call(page, 'PATCH', `/v1/admin/orgs/${orgCode}`, {version, name})).status).toBe(200);
    };
    await open(page, '临江区民政局');
    await page.getByRole('button', {name: '移动到'}).click();
    await chooseOrg(page, '党委机构');
    await rename('临江区民政局', '临江区民政事务局');
    await ok(page);
    const moving = dialog(page, '移动到 - 临江区民政事务局');
    await moving.getByRole('alert').getByText('这条记录已被他人修改。已显示最新内容，请核对后再次确定。').waitFor();
    await moving.getByText('已选择：党委机构 临江区').waitFor(); // what was chosen stays
    await screen(page, 'console-orgs-move-conflict');
    await ok(page);
    await page.getByText('机构已移动，人员数据更新完成').waitFor();
    await shown(page, '临江区民政事务局');

    const heading = (await call(page, 'GET', `/v1/admin/orgs?q=${encodeURIComponent('事业单位')}`)).data.items.find((o: {division: string}) => o.division === '330199');
    expect((await call(page, 'POST', '/v1/admin/orgs', {parent: heading.orgCode, name: '临江区试点中心', type: 'unit', order: 90})).status).toBe(201);
    await open(page, '临江区试点中心');
    await page.getByRole('button', {name: '撤销机构'}).click();
    await rename('临江区试点中心', '临江区改革试点中心');
    await ok(page);
    await dialog(page, '撤销机构 - 临江区改革试点中心').getByRole('alert').getByText('这条记录已被他人修改。').waitFor();
    await screen(page, 'console-orgs-close-conflict');
    await ok(page);
    await page.getByText('临江区改革试点中心：已撤销').waitFor();
  });

  it('are not closed while somebody is in them', async () => {
    const {page} = await as('chenjing', '/console/orgs');
    await open(page, '临江区数据局');
    await row(page, '人事科').getByRole('button').click();
    await shown(page, '人事科');
    await page.getByRole('button', {name: '撤销机构'}).click();
    await ok(page);
    await dialog(page, /撤销机构/).getByText(/机构内尚有\d个任职，请先调整后再撤销/).waitFor();
    await screen(page, 'console-orgs-close');
    await page.keyboard.press('Escape');
    await dialog(page, /撤销机构/).waitFor({state: 'detached'});
  });

  it('say when there is no network, and try again', async () => {
    const {page, context} = await as('chenjing', '/console/orgs');
    await row(page, '杭州市').waitFor();
    await context.setOffline(true);
    await row(page, '杭州市').getByRole('button').click();
    await page.getByText('网络连接失败，请检查网络后重试').waitFor();
    await screen(page, 'console-orgs-offline');
    await context.setOffline(false);
    await page.getByRole('button', {name: '重试'}).click();
    await row(page, '临江区').first().waitFor();
    await page.goto(`${page.url()}0`); // an organisation that there is not
    await page.getByText('请重新选择').waitFor();
  });

  it('show a unit administrator what they may do', async () => {
    const {page} = await as('linwei', '/console/orgs');
    await shown(page, '临江区数据局');
    await page.getByRole('button', {name: '新增下级机构'}).waitFor();
    expect(await page.getByRole('button', {name: '移动到'}).count()).toBe(0); // what it is taken from is not theirs
    expect(await page.getByRole('link', {name: '字典管理'}).count()).toBe(0);
    await page.goto(new URL('/console/dictionaries', page.url()).href);
    await page.getByText('页面不存在或您没有权限').waitFor();
  });

  it('have room for long names', async () => {
    const {page} = await as('linwei', '/console/');
    await page.route('**/v1/admin/orgs*', async (route) => {
      const answer = await route.fetch();
      const {items} = await answer.json();
      const name = '临江区新型智慧城市建设与大数据发展管理服务中心（临江区政务数据资源综合协调与安全保障办公室）';
      await route.fulfill({json: {items: items.map((o: object) => ({...o, name, people: 123456, incomplete: 23456, order: 999999999}))}});
    });
    await page.getByRole('link', {name: '机构和单位管理'}).click();
    await row(page, '临江区新型').first().waitFor();
    await screen(page, 'console-orgs-long');
  });

  it('are read in English and in the dark', async () => {
    const {page} = await as('linwei', '/console/orgs', {dark: true});
    await shown(page, '临江区数据局');
    await row(page, '人事科').waitFor();
    await page.getByRole('button', {name: 'English'}).click();
    await page.getByRole('button', {name: 'Add below'}).waitFor();
    await screen(page, 'console-orgs-dark-english');
  });
});

describe('dictionaries', () => {
  it('are edited, and chosen from', async () => {
    const {page} = await as('chenjing', '/console/dictionaries');
    await page.getByRole('tab', {name: '职级'}).click();
    await row(page, '一级调研员').waitFor();
    await screen(page, 'console-dictionaries');
    await row(page, 'ZHI_JI_QI_TA').getByRole('button', {name: '编辑'}).click();
    await dialog(page, /编辑字典项/).getByLabel('名称').fill('一级调研员');
    await ok(page);
    await page.locator('#entry_label[aria-invalid="true"]').waitFor(); // another one has it
    await screen(page, 'console-dictionaries-edit');
    await dialog(page, /编辑字典项/).getByLabel('名称').fill('其他职级');
    await ok(page);
    await page.getByText('其他职级：保存成功').waitFor();
    await row(page, '其他职级').waitFor();

    await page.getByRole('button', {name: '新增字典项'}).click();
    const added = dialog(page, '新增字典项');
    await added.getByLabel('编码').fill('ZHI_JI_QI_TA');
    await ok(page);
    await added.getByText('该编码已存在').waitFor();
    await added.getByLabel('编码').fill('ZHI_JI_YI_JI_GAO_JI_ZHU_GUAN');
    await added.getByLabel('名称').fill('一级高级主管');
    await ok(page);
    await row(page, '一级高级主管').waitFor();
    await page.getByRole('tab', {name: '性别'}).click();
    await row(page, '女性').waitFor();
    expect(await page.getByRole('button', {name: '新增字典项'}).count()).toBe(0);

    await page.getByRole('link', {name: '工作人员管理'}).click();
    await find(page, '王芳');
    await row(page, '王芳').getByRole('button', {name: '编辑'}).click();
    await choose(page, drawer(page).getByLabel('职级'), '其他职级');
    await drawer(page).locator('[title="其他职级"]').first().waitFor();
  });
});

describe('jobs', () => {
  const job = (more: object) => ({id: 'a', kind: 'freeze', state: 'running', total: 400, done: 120, failed: 3, createdAt: '2026-03-02T08:00:00Z', ...more});

  it('of all kinds are shown, followed and stopped', async () => {
    const {page} = await as('linwei', '/console/jobs');
    await page.getByText('没有任务').waitFor();
    await screen(page, 'console-jobs-none');

    let state = 'running';
    let done = 120;
    await page.route('**/v1/admin/jobs', (route) => route.fulfill({json: {items: [job({state, done}), job({id: 'b', kind: 'recount', state: 'done'}), job({id: 'c', kind: 'import', state: 'failed', code: 'unavailable'})]}}));
    await page.route('**/v1/admin/jobs/a*', (route) => {
      if (route.request().method() === 'DELETE') {
        state = 'stopped';
        return route.fulfill({status: 204});
      }
      const second = route.request().url().includes('cursor=more');
      const results = [
        {name: '王芳', outcome: 'done'},
        {name: '赵磊', outcome: 'refused', code: 'state_conflict'},
        {name: '欧阳买买提·阿不都热合曼·艾力江·库尔班巴依', outcome: 'failed', errors: [{field: 'posts[0].role', code: 'required', message: '不能为待完善'}]},
        {name: '周强', outcome: 'done', changes: [{field: 'jobLevel', old: null, new: '一级科员'}]},
      ];
      return route.fulfill({json: {...job({state, done}), results: second ? [{name: '孙丽', outcome: 'unknown'}] : results, next: second ? undefined : 'more'}});
    });
    await page.reload();
    await row(page, '批量冻结').getByText('120 / 400').waitFor();
    await row(page, 'recount').waitFor(); // a kind that the page does not know
    await row(page, '导入').getByText('服务不可用').waitFor();
    done = 200;
    await row(page, '批量冻结').getByText('200 / 400').waitFor();
    await screen(page, 'console-jobs-many');

    await row(page, '批量冻结').getByRole('button', {name: '详情'}).click();
    await drawer(page).getByText('当前状态不允许此项操作').waitFor();
    await screen(page, 'console-job');
    await drawer(page).getByRole('button', {name: '下一页'}).click();
    await drawer(page).getByText('孙丽').waitFor();
    const address = page.url();
    await page.reload();
    expect(page.url()).toBe(address);
    await drawer(page).getByText('赵磊').waitFor();
    await drawer(page).getByRole('button', {name: '停止'}).click();
    const asked = dialog(page, '确定要停止“批量冻结”吗？');
    await asked.waitFor();
    await screen(page, 'console-job-stop');
    await asked.getByRole('button', {name: '停止'}).click();
    await page.getByText('任务已停止').waitFor();
    await drawer(page).getByText('已停止').waitFor();
    await page.keyboard.press('Escape');
    await row(page, '批量冻结').getByText('已停止').waitFor();
  });
});

describe('an account', () => {
  it('is changed, and one that is taken is told at its field', async () => {
    const {page} = await as('chenjing', '/console/staff');
    await find(page, '王芳');
    await row(page, '王芳').getByRole('button', {name: '编辑'}).click();
    const field = drawer(page).getByLabel('账号');
    await field.fill('linwei');
    await ok(page);
    await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true');
    await drawer(page).getByText('该账号已被其他人员使用').first().waitFor();
    await screen(page, 'console-edit-taken');
    await field.fill('wangfang.lj');
    await ok(page);
    await page.getByText('提交成功，更新职务 0 个').waitFor();
    await row(page, 'wangfang.lj').waitFor();
  });
});

describe('a transfer', () => {
  it('moves the main post, and the row shows it', async () => {
    const {page} = await as('linwei', '/console/staff');
    await find(page, '王芳');
    await act(page, '王芳', '调动');
    const transfer = dialog(page, '调动 - 王芳');
    await transfer.getByText('当前主职：').waitFor();
    await ok(page);
    await transfer.locator('.ant-form-item-explain-error').getByText('请选择').first().waitFor();
    await transfer.getByRole('treeitem', {name: /^办公室/}).click();
    await expect.poll(() => transfer.getByLabel('所在单位').inputValue()).toBe('临江区数据局');
    await transfer.getByLabel('职务').fill('主任科员');
    await screen(page, 'console-transfer');
    await ok(page);
    await page.getByText('提交成功，更新职务 1 个').waitFor();
    await row(page, '王芳').getByText('临江区数据局-办公室').waitFor();
    await transfer.waitFor({state: 'detached'});
  });

  it('goes on from the record as somebody else has left it', async () => {
    const {page} = await as('linwei', '/console/staff');
    await find(page, '王芳');
    await act(page, '王芳', '调动');
    const transfer = dialog(page, '调动 - 王芳');
    await transfer.getByText('当前主职：临江区数据局-办公室').waitFor();
    await transfer.getByRole('treeitem', {name: /^综合科/}).click();
    await transfer.getByLabel('排序码').fill('77');
    const {employeeCode} = (await call(page, 'GET', `/v1/admin/staff?name=${encodeURIComponent('王芳')}`)).data.items[0];
    const at = `/v1/admin/staff/${employeeCode}`;
    const {version, posts} = (await call(page, 'GET', at)).data;
    const main = posts.find((p: {active: boolean; jobType: string}) => p.active && p.jobType === 'main');
    expect((await call(page, 'PATCH', at, {version, posts: [{id: main.id, title: '四级调研员'}]})).status).toBe(200);
    await ok(page);
    await transfer.getByRole('alert').getByText('这条记录已被他人修改。已显示最新内容，请核对后再次确定。').waitFor();
    // What was not touched here is as it is on file; what was, stays.
    expect(await transfer.getByLabel('职务').inputValue()).toBe('四级调研员');
    expect(await transfer.getByLabel('排序码').inputValue()).toBe('77');
    await transfer.getByText('综合科', {exact: true}).last().waitFor();
    await screen(page, 'console-transfer-conflict');
    await ok(page);
    await page.getByText('提交成功，更新职务 1 个').waitFor();
    await row(page, '王芳').getByText('临江区数据局-综合科').waitFor();
    const now = (await call(page, 'GET', at)).data.posts.find((p: {active: boolean; jobType: string}) => p.active && p.jobType === 'main');
    expect([now.title, now.order]).toEqual(['四级调研员', 77]);
  });
});

describe('what is typed in a drawer', () => {
  it('stays unless one says that it may go', async () => {
    const {page} = await as('linwei', '/console/recovery');
    await page.getByRole('link', {name: '工作人员管理'}).click();
    await find(page, '王芳');
    const address = page.url();
    await row(page, '王芳').getByRole('button', {name: '编辑'}).click();
    const field = drawer(page).getByLabel('家庭地址');
    await field.fill('临江路 1 号');
    const asked = dialog(page, '内容尚未提交，确定要离开吗？');

    await page.getByRole('link', {name: '找回申请', includeHidden: true}).evaluate((link: HTMLElement) => link.click());
    await asked.getByRole('button', {name: '继续编辑'}).click();
    await asked.waitFor({state: 'detached'});
    expect(page.url()).toBe(address);
    expect(await field.inputValue()).toBe('临江路 1 号');

    // Back over the search to the screen before it.
    await page.evaluate(() => history.go(-2));
    await asked.waitFor();
    expect(page.url()).toBe(address);
    await screen(page, 'console-unsaved-back');
    await asked.getByRole('button', {name: '继续编辑'}).click();
    await asked.waitFor({state: 'detached'});
    expect(await field.inputValue()).toBe('临江路 1 号');

    await page.getByRole('link', {name: '任务', includeHidden: true}).evaluate((link: HTMLElement) => link.click());
    await asked.getByRole('button', {name: '放弃修改'}).click();
    await page.getByRole('heading', {name: '任务'}).waitFor();
    await page.goBack();
    await row(page, '王芳').getByRole('button', {name: '编辑'}).click();
    expect(await field.inputValue()).toBe(''); // nothing was saved
    expect(await drawer(page).getByLabel('账号').inputValue()).toBe('wangfang.lj');
  });
});

describe('what is typed in a dialog', () => {
  const asked = (page: Page) => dialog(page, '内容尚未提交，确定要离开吗？');
  const answer = async (page: Page, name: '继续编辑' | '放弃修改') => {
    await asked(page).getByRole('button', {name}).click();
    await asked(page).waitFor({state: 'detached'});
  };

  it('of a person stays unless one says that it may go', async () => {
    const {page} = await as('linwei', '/console/recovery');
    await page.getByRole('link', {name: '工作人员管理'}).click();
    await find(page, '王芳');
    const address = page.url();
    await act(page, '王芳', '离职');
    const leaving = dialog(page, '离职 - 王芳');
    await leaving.getByLabel('原因').fill('调离本单位');
    await page.evaluate(() => history.go(-2)); // over the search to the screen before it
    await asked(page).waitFor();
    expect(page.url()).toBe(address);
    await screen(page, 'console-unsaved-dialog');
    await answer(page, '继续编辑');
    expect(await leaving.getByLabel('原因').inputValue()).toBe('调离本单位');
    await page.keyboard.press('Escape');
    await answer(page, '继续编辑');
    await leaving.getByRole('button', {name: '取消'}).click();
    await answer(page, '放弃修改');
    await leaving.waitFor({state: 'detached'});
    expect(page.url()).toBe(address);

    await act(page, '王芳', '调动');
    const transfer = dialog(page, '调动 - 王芳');
    await transfer.getByText('当前主职：').waitFor();
    await transfer.getByRole('treeitem', {name: /^办公室/}).click();
    await page.goBack();
    await answer(page, '继续编辑');
    expect(page.url()).toBe(address);
    await transfer.getByText('办公室', {exact: true}).last().waitFor();
    await page.goBack();
    await answer(page, '放弃修改');
    await page.getByRole('heading', {name: /^找回申请/}).waitFor();
    await transfer.waitFor({state: 'detached'});

    // Nothing is asked where nothing was typed.
    await page.getByRole('link', {name: '工作人员管理'}).click();
    await act(page, '王芳', '冻结');
    await dialog(page, '冻结 - 王芳').getByLabel('原因').fill('  ');
    await page.goBack();
    await page.getByRole('heading', {name: /^找回申请/}).waitFor();
    await dialog(page, '冻结 - 王芳').waitFor({state: 'detached'});
  });

  it('of an organisation stays, also where only the organisation would be another one', async () => {
    const {page} = await as('chenjing', '/console/orgs');
    await open(page, '临江区财政局');
    await open(page, '临江区卫生健康局');
    await page.getByRole('button', {name: '移动到'}).click();
    await chooseOrg(page, '党委机构');
    const moving = dialog(page, '移动到 - 临江区卫生健康局');
    await page.goBack();
    await answer(page, '继续编辑');
    await moving.getByText('已选择：党委机构 临江区').waitFor();
    await moving.getByRole('button', {name: '取消'}).click();
    await answer(page, '放弃修改');
    await moving.waitFor({state: 'detached'});

    await page.getByRole('button', {name: '编辑', exact: true}).click();
    await drawer(page).getByLabel('名称').fill('临江区卫健局');
    await page.goBack();
    await answer(page, '继续编辑');
    expect(await drawer(page).getByLabel('名称').inputValue()).toBe('临江区卫健局');
    await page.goBack();
    await answer(page, '放弃修改');
    await shown(page, '临江区财政局');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });
});

async function act(page: Page, name: string, action: string) {
  await row(page, name).getByRole('button', {name: '更多'}).click();
  await page.getByRole('menuitem', {name: action, exact: true}).click();
}
