// The same done to many people at once, as the demo administrators go through it.
import {readFileSync} from 'node:fs';
import type {Page} from 'playwright-core';
import {describe, expect, it} from 'vitest';
import {as, drawer, find, row} from './administrator';
import {base, inbox, screen, textsTo} from './browser';

const dialog = (page: Page) => page.getByRole('dialog');
const ok = (page: Page) => dialog(page).getByRole('button', {name: '确定', exact: true}).click();
const button = (page: Page, name: string) => page.getByRole('main').getByRole('button', {name, exact: true});
const check = (page: Page, name: string) => page.getByRole('checkbox', {name: `选择${name}`, exact: true}).check();
/** The job above the list. */
const progress = (page: Page, kind: string) => page.getByRole('status').filter({hasText: kind});

/** A request beside the page, as another administrator would make it. */
function call(page: Page, method: string, path: string, body?: object, key = ''): Promise<{status: number; data: any}> {
  return page.evaluate(
    async ([method, path, body, key]) => {
      const headers = {'X-Client': 'console', 'Content-Type': 'application/json', ...(key && {'Idempotency-Key': key})};
      const answer = await fetch(path, {method, headers, body: body && JSON.stringify(body)});
      return {status: answer.status, data: await answer.json()};
    },
    [method, path, body, key] as const,
  );
}

/** Fills in the reason and sends it; the job's id, once its progress is shown. */
async function send(page: Page, kind: string, reason: string): Promise<string> {
  await dialog(page).getByLabel('原因').fill(reason);
  await ok(page);
  await progress(page, kind).waitFor();
  await dialog(page).waitFor({state: 'detached'});
  return new URL(page.url()).searchParams.get('job')!;
}

/** Everybody whom a search finds, page after page. */
async function everybody(page: Page, query: string): Promise<string[]> {
  const codes: string[] = [];
  for (let cursor = ''; ; ) {
    const {data} = await call(page, 'GET', `/v1/admin/staff?${query}&limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    codes.push(...data.items.map((i: {employeeCode: string}) => i.employeeCode));
    if (!data.next) return codes;
    cursor = data.next;
  }
}

describe('people who are chosen', () => {
  it('are frozen and unfrozen by a job', async () => {
    const {page} = await as('linwei', '/console/staff');
    await row(page, '王芳').waitFor();
    expect(await button(page, '批量冻结').isDisabled()).toBe(true);
    expect(await page.getByRole('checkbox', {name: '选择林伟', exact: true}).isDisabled()).toBe(true); // oneself
    await check(page, '王芳');
    await check(page, '张敏');
    await page.getByText('已选 2 人').waitFor();
    await screen(page, 'console-bulk-chosen');

    await button(page, '批量冻结').click();
    await dialog(page).getByText('共 2 人').waitFor();
    await ok(page);
    await dialog(page).getByText('请填写此项').waitFor();
    await screen(page, 'console-bulk-freeze');
    const sent: string[] = [];
    page.on('request', (r) => r.url().endsWith('/v1/admin/staff/batch') && sent.push(r.headers()['idempotency-key'] ?? ''));
    const job = await send(page, '批量冻结', '单位整改');
    await progress(page, '批量冻结').getByText('已完成').waitFor();
    await progress(page, '批量冻结').getByText('2 / 2').waitFor();
    await row(page, '王芳').getByText('冻结').waitFor(); // the list has been asked for anew
    await row(page, '张敏').getByText('冻结').waitFor();
    await page.getByText('已选 0 人').waitFor();
    await screen(page, 'console-bulk-done');
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatch(/^[0-9a-f]{32}$/);

    await page.reload();
    await progress(page, '批量冻结').getByText('2 / 2').waitFor();
    await button(page, '查看结果').click();
    await drawer(page).getByRole('row', {name: /王芳.*成功.*账号状态.*未激活.*冻结/}).waitFor();
    await drawer(page).getByRole('row', {name: /张敏.*成功.*账号状态.*正常.*冻结/}).waitFor();
    await screen(page, 'console-bulk-results');
    await page.keyboard.press('Escape');
    await drawer(page).waitFor({state: 'detached'});
    await button(page, '关闭提示').click();
    await progress(page, '批量冻结').waitFor({state: 'detached'});
    expect(page.url()).not.toContain('job=');

    await check(page, '王芳');
    await check(page, '张敏');
    await button(page, '批量解冻').click();
    expect(await send(page, '批量解冻', '整改完成')).not.toBe(job);
    await progress(page, '批量解冻').getByText('2 / 2').waitFor();
    await row(page, '王芳').getByText('未激活').waitFor();
    await row(page, '张敏').getByText('正常').waitFor();
  });

  it('are frozen by somebody, as a super sees', async () => {
    const {page} = await as('chenjing', '/console/jobs');
    const line = page.getByRole('row', {name: /批量冻结 已完成 .*林伟/});
    await line.waitFor();
    await screen(page, 'console-jobs-owners');
    await line.getByRole('button', {name: '详情'}).click();
    await drawer(page).getByText('发起人：林伟').waitFor();
    await page.keyboard.press('Escape');
    await drawer(page).waitFor({state: 'detached'});
    const own = await as('linwei', '/console/jobs');
    await own.page.getByRole('row', {name: /批量冻结/}).first().waitFor();
    expect(await own.page.getByRole('columnheader', {name: '发起人'}).count()).toBe(0);
  });

  it('are texted to activate, and each text that fails is told', async () => {
    const {page} = await as('linwei', '/console/staff');
    for (const name of ['王芳', '张敏']) await check(page, name);
    await button(page, '批量发送激活短信').click();
    await dialog(page).getByText('共 2 人').waitFor();
    await screen(page, 'console-bulk-text');
    const before = (await textsTo('13700000003')).length;
    await send(page, '批量发送激活短信', '系统上线');
    await progress(page, '批量发送激活短信').getByText('已完成').waitFor();
    await progress(page, '批量发送激活短信').getByText('未成功 1 人').waitFor();
    expect(await textsTo('13700000003')).toHaveLength(before + 1);
    await button(page, '查看结果').click();
    await drawer(page).getByRole('row', {name: /王芳.*成功/}).waitFor();
    await drawer(page).getByRole('row', {name: /张敏.*未通过.*账号已经激活/}).waitFor();
    await screen(page, 'console-bulk-texted');
  });

  it.each([
    {what: 'a text was refused', how: 'next=1', said: '失败.*短信服务不可用', picture: 'failed'},
    {what: 'the answer of a text was lost', how: 'next=1&after=true', said: '不确定.*短信可能已发出', picture: 'unknown'},
  ])('are told when $what', async ({how, said, picture}) => {
    const {page} = await as('chenjing', '/console/staff?accountState=pending');
    const {data} = await call(page, 'GET', '/v1/admin/staff?accountState=pending&limit=3');
    const others = data.items.filter((i: {name: string}) => i.name !== '王芳') as {employeeCode: string; name: string}[];
    const to = others[picture === 'failed' ? 0 : 1]!;
    expect((await fetch(`${inbox}/refuse?${how}`, {method: 'POST'})).ok).toBe(true);
    const made = await call(page, 'POST', '/v1/admin/staff/batch', {action: 'send_activation_sms', reason: '系统上线', employeeCodes: [to.employeeCode]}, picture);
    expect(made.status).toBe(202);
    await page.goto(`${base}/console/staff?job=${made.data.id}`);
    await progress(page, '批量发送激活短信').getByText('未成功 1 人').waitFor();
    await button(page, '查看结果').click();
    await drawer(page).getByRole('row', {name: new RegExp(`${to.name}.*${said}`)}).waitFor();
    await screen(page, `console-bulk-text-${picture}`);
  });

  it('are sent with one key, however often they are sent', async () => {
    const {page, context} = await as('linwei', '/console/staff');
    await check(page, '张敏');
    await button(page, '更多批量').click();
    await page.getByRole('menuitem', {name: '批量解锁'}).click();
    await dialog(page).getByLabel('原因').fill('本人申请');
    const keys: string[] = [];
    const jobs: string[] = [];
    await page.route('**/v1/admin/staff/batch', async (route) => {
      keys.push(route.request().headers()['idempotency-key'] ?? '');
      const answer = await route.fetch();
      jobs.push((await answer.json()).id);
      if (keys.length === 1) await route.abort(); // done, and the answer is lost
      else await route.fulfill({response: answer});
    });
    await dialog(page).getByRole('button', {name: '确定', exact: true}).dblclick();
    await dialog(page).getByText('网络连接失败，请检查网络后重试').waitFor();
    await screen(page, 'console-bulk-offline');
    await ok(page);
    await progress(page, '批量解锁').getByText('1 / 1').waitFor();
    expect(new Set(keys).size).toBe(1);
    expect(new Set(jobs).size).toBe(1);
    await context.unrouteAll();
  });

  it('stay chosen over the pages of a search, and no longer', async () => {
    const {page} = await as('chenjing', '/console/staff');
    await page.getByRole('checkbox', {name: '选择本页人员'}).check();
    const first = (await page.getByText(/^已选 \d+ 人$/).textContent())!;
    expect(first).not.toBe('已选 0 人');
    await page.getByRole('button', {name: '下一页'}).click();
    await page.getByText('第 2 页').waitFor();
    await expect.poll(() => page.getByRole('checkbox', {name: '选择本页人员'}).isChecked()).toBe(false);
    expect(await page.getByText(/^已选 \d+ 人$/).textContent()).toBe(first);
    await page.getByRole('row').nth(1).getByRole('checkbox').check();
    await page.getByText(`已选 ${Number(/\d+/.exec(first)![0]) + 1} 人`).waitFor();
    await page.getByRole('button', {name: '上一页'}).click();
    await expect.poll(() => page.getByRole('checkbox', {name: '选择本页人员'}).isChecked()).toBe(true);
    await find(page, '王芳');
    await page.getByText('已选 0 人').waitFor();
    await page.goBack();
    await page.getByText('已选 0 人').waitFor();
  });

  it('come back by a job of their own, from the tab of those who have left', async () => {
    const {page} = await as('linwei', '/console/staff?employment=left');
    await row(page, '孙丽').waitFor();
    expect(await button(page, '批量冻结').count()).toBe(0);
    await check(page, '孙丽');
    await button(page, '批量复职').click();
    await dialog(page).getByText('共 1 人').waitFor();
    await screen(page, 'console-bulk-reinstate');
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({state: 'detached'});
    await page.getByText('已选 1 人').waitFor(); // nothing was done
  });
});

describe('all that a search finds', () => {
  it('are unlocked, also those of other pages', async () => {
    const {page} = await as('chenjing', '/console/staff');
    await page.getByRole('search').getByLabel('单位名称').fill('临江区数据局');
    await page.getByRole('search').getByLabel('姓名').click(); // the proposals go
    await find(page, '王芳');
    await page.getByRole('search').getByLabel('姓名').fill('');
    await button(page, '查询').click();
    await row(page, '林伟').waitFor();
    await button(page, '选择全部符合条件的人员').click();
    await page.getByText('已选全部符合条件的人员').waitFor();
    await button(page, '更多批量').click();
    await page.getByRole('menuitem', {name: '批量离职'}).click();
    await dialog(page).getByText('单位名称：临江区数据局').waitFor();
    await screen(page, 'console-bulk-leave');
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({state: 'detached'});

    await page.getByRole('button', {name: '重置'}).click();
    await page.getByText('已选 0 人').waitFor();
    await button(page, '选择全部符合条件的人员').click();
    await button(page, '更多批量').click();
    await page.getByRole('menuitem', {name: '批量解锁'}).click();
    await dialog(page).getByText('将包括您管理范围内的所有人员').waitFor();
    await screen(page, 'console-bulk-everybody');
    const all = await everybody(page, '');
    expect(all.length).toBeGreaterThan(20);
    await send(page, '批量解锁', '系统升级');
    await progress(page, '批量解锁').getByText(`${all.length} / ${all.length}`).waitFor();
    await progress(page, '批量解锁').getByText('已完成').waitFor();
  });

  it('do not include oneself, and the result says so', async () => {
    const {page} = await as('linwei', '/console/staff');
    await find(page, '林伟');
    await button(page, '选择全部符合条件的人员').click();
    await button(page, '批量冻结').click();
    await dialog(page).getByText('姓名：林伟').waitFor();
    await send(page, '批量冻结', '单位整改');
    await progress(page, '批量冻结').getByText('未成功 1 人').waitFor();
    await button(page, '查看结果').click();
    await drawer(page).getByRole('row', {name: /林伟.*未通过.*没有权限/}).waitFor();
    await screen(page, 'console-bulk-refused');
    expect((await call(page, 'GET', '/v1/me')).status).toBe(200); // still signed in
  });

  it('are refused with the server’s sentence, at the field where it belongs', async () => {
    const {page} = await as('linwei', '/console/staff');
    await button(page, '选择全部符合条件的人员').click();
    await button(page, '批量冻结').click();
    await dialog(page).getByLabel('原因').fill('a\u0007b'); // what no reason may hold
    await ok(page);
    await page.locator('#batch_reason[aria-invalid="true"]').waitFor();
    await dialog(page).getByText('格式不正确').first().waitFor();
    await page.route('**/v1/admin/staff/batch', (route) =>
      route.fulfill({status: 422, contentType: 'application/problem+json', json: {code: 'narrow_search', title: '符合条件的人员过多，请缩小查询范围后重试', status: 422, requestId: 'r'}}),
    );
    await dialog(page).getByLabel('原因').fill('单位整改');
    await ok(page);
    await dialog(page).getByText('符合条件的人员过多，请缩小查询范围后重试').waitFor();
    expect(await page.locator('#batch_reason[aria-invalid="true"]').count()).toBe(0);
    await screen(page, 'console-bulk-narrow');
  });
});

it('who may not do it sees no check boxes', async () => {
  const {page} = await as('chenjing', '/console/staff');
  await row(page, '王芳').or(row(page, '陈静')).first().waitFor();
  const {data: found} = await call(page, 'GET', `/v1/admin/staff?name=${encodeURIComponent('周强')}`);
  const {data: orgs} = await call(page, 'GET', `/v1/admin/orgs?q=${encodeURIComponent('临江区数据局')}`);
  const given = await call(page, 'POST', '/v1/admin/grants', {employeeCode: found.items[0].employeeCode, type: 'audit', org: orgs.items[0].orgCode});
  expect(given.status).toBe(201);
  const auditor = await as('zhouqiang', '/console/staff');
  await row(auditor.page, '王芳').waitFor();
  expect(await auditor.page.getByRole('checkbox').count()).toBe(0);
  expect(await auditor.page.getByRole('button', {name: /批量/}).count()).toBe(0);
});

it('is read in English and in the dark', async () => {
  const {page} = await as('linwei', '/console/staff', {dark: true});
  await check(page, '王芳');
  await page.getByRole('button', {name: 'English'}).click();
  await page.getByText('1 chosen').waitFor();
  await screen(page, 'console-bulk-dark-english');
});

describe('a file of people', () => {
  /** Chooses a format, and the file that the browser then saves. */
  async function saved(page: Page, format: string): Promise<{name: string; content: Buffer}> {
    await button(page, '导出').click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', {name: format}).click()]);
    return {name: download.suggestedFilename(), content: readFileSync(await download.path())};
  }

  it('has whom the search found, as the list has them', async () => {
    const {page} = await as('linwei', '/console/staff');
    await row(page, '王芳').waitFor();
    const csv = await saved(page, 'CSV 文件');
    expect(csv.name).toMatch(/^人员名单_\d{8}\.csv$/);
    const text = csv.content.toString('utf8');
    expect(text).toMatch(/^\uFEFF人员编码,姓名,/);
    expect(text).toContain(',王芳,wangfang,');
    expect(text).not.toContain('13700000003');
    const book = await saved(page, 'Excel 工作簿（xlsx）');
    expect(book.name).toMatch(/^人员名单_\d{8}\.xlsx$/);
    expect(book.content.subarray(0, 2).toString()).toBe('PK');
    expect(book.content.includes('xl/worksheets/sheet1.xml')).toBe(true);

    await find(page, '张敏');
    await row(page, '王芳').waitFor({state: 'detached'});
    const found = (await saved(page, 'CSV 文件')).content.toString('utf8');
    expect(found).toContain(',张敏,zhangmin,');
    expect(found).not.toContain('wangfang');
    expect(found.trim().split('\r\n')).toHaveLength(3); // the headers, and a row for each post
  });

  it('is refused where there are too many', async () => {
    const {page, context} = await as('chenjing', '/console/staff');
    await page.route('**/v1/admin/exports?*', (route) =>
      route.fulfill({status: 422, contentType: 'application/problem+json', body: JSON.stringify(narrowSearch)}),
    );
    await button(page, '导出').click();
    await page.getByRole('menuitem', {name: 'CSV 文件'}).click();
    await page.getByRole('alert').getByText('一次最多导出 20,000 个任职').waitFor();
    await screen(page, 'console-export-too-much');
    await find(page, '张敏');
    await page.getByRole('alert').waitFor({state: 'detached'});
    await context.unrouteAll();
  });
});

const narrowSearch = {type: 'urn:problem:narrow_search', title: '符合条件的人员过多，请缩小查询范围后重试', status: 422, code: 'narrow_search', requestId: 'req-1'};
