// A file of people, as a clerk imports it.
import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Locator, Page} from 'playwright-core';
import {describe, expect, it} from 'vitest';
import {as, bothSteps, row, states} from './administrator';
import {base, screen, textsTo} from './browser';
import {workbook} from './workbook';

const main = (page: Page) => page.getByRole('main');
const button = (page: Page, name: string | RegExp) => main(page).getByRole('button', {name, exact: typeof name === 'string'});
const dialog = (page: Page) => page.getByRole('dialog');
const job = (page: Page) => new URL(page.url()).searchParams.get('job');

/** As offices have them: a title, stars, a column of numbers, units as headings, notes at the end. */
const roster = `2026年临江区数据局人员名单,,,,,,,,
序号,姓名*,登录账号,手机号码（必填）,性别,编制,职级,所在单位,任职类型,排序,备注
1,吴 迪,wudi01,13911110001,男,事业编制,其他,临江区数据局,主职,41,
2,郑洁,zhengjie01,139-1111-0002,女,公务员编制,一级调研员,临江区数据局,主职,42,新来
3,钱?,qian01,13911110003,女,,,临江区数据局,主职,43,
4,赵磊,zhaolei2026,1391111,男,,,没有这个单位,主职,44,
5,张敏,zhangmin,,,,其他,,,,
6,王芳,wangfang,,,,,,,,
`;

/** New people of the unit, with accounts that begin alike. */
const newcomers = (n: number, account: string, phone: number) =>
  `姓名,账号,手机号,性别,所在单位,任职类型,排序\n${Array.from({length: n}, (_, i) => `${nameOf(i)},${account}${i + 1},${phone + i},女,临江区数据局,主职,${500 + i}\n`).join('')}`;
const nameOf = (i: number) => '赵钱孙李周吴郑王冯陈'[Math.floor(i / 100)]! + '一二三四五六七八九十'[Math.floor(i / 10) % 10] + '甲乙丙丁戊己庚辛壬癸'[i % 10];

/** How many people have an account that begins so, as soon as the list is so far. */
const haveAccount = (page: Page, account: string) =>
  page.evaluate(async (account) => {
    let n = 0;
    for (let cursor = ''; ; ) {
      const answer = await fetch(`/v1/admin/staff?q=${account}&limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, {headers: {'X-Client': 'console'}});
      const {items, next} = await answer.json();
      n += items.length;
      if (!next) return n;
      cursor = next;
    }
  }, account);

const file = (text: string, name = '名单.csv') => ({name, mimeType: 'application/octet-stream', buffer: Buffer.from(text)});

/** Chooses a file and has it checked. */
async function check(page: Page, text: string, name?: string) {
  await page.getByLabel('选择文件').setInputFiles(file(text, name));
  await button(page, '上传检查').click();
}

/** Goes on to the import itself. */
async function goOn(page: Page) {
  await button(page, '正式导入').click();
  await dialog(page).getByRole('button', {name: '正式导入'}).click();
}

/** What the browser saves when a button is pressed. */
async function saved(page: Page, name: string): Promise<{name: string; text: string}> {
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, name).click()]);
  return {name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8')};
}

/** Keeps the requests that hand a file in, and their answers. */
function sent(page: Page): {key: string; query: string}[] {
  const all: {key: string; query: string}[] = [];
  page.on('request', (r) => {
    const url = new URL(r.url());
    if (url.pathname === '/v1/admin/imports') all.push({key: r.headers()['idempotency-key'] ?? '', query: url.search});
  });
  return all;
}

describe('a file of people', () => {
  it('begins with the template, or with the list that there is', async () => {
    const {page} = await as('linwei', '/console/staff');
    await button(page, '导入').click();
    await page.waitForURL(/\/console\/import$/);
    await page.getByText('点击选择文件').waitFor();
    expect(await button(page, '上传检查').isDisabled()).toBe(true);
    await screen(page, 'console-import');
    const template = await saved(page, '下载模板（csv）');
    expect(template.name).toBe('人员导入模板.csv');
    expect(template.text).toContain('姓名*');
    expect((await saved(page, '下载模板（xlsx）')).text.slice(0, 2)).toBe('PK');
  });

  it('is checked first: what would become of each person, and what is wrong in which cell', async () => {
    const {page} = await as('linwei', '/console/import');
    await check(page, roster);
    await page.getByText('检查完成，数据尚未修改。将新增 2 人，修改 1 人，1 人无变化；2 人有问题，不会导入。').waitFor();
    await page.getByText('以下各列不在导入范围内，内容未读取：A 序号、K 备注').waitFor();
    await row(page, '吴迪').getByText('将新增').waitFor();
    await screen(page, 'console-import-checked');
    await page.getByRole('tab', {name: '将修改 1'}).click();
    await page.getByRole('row', {name: /7 张敏 将修改 职级 无 → 其他/}).waitFor();
    await page.getByRole('tab', {name: '有问题 2'}).click();
    expect(new URL(page.url()).searchParams.get('show')).toBe('refused');
    await page.getByRole('row', {name: /5 钱\? 有问题 B5 ?姓名\* 含有代替缺失文字的符号/}).waitFor();
    await page.getByRole('row', {name: /6 赵磊 有问题 D6 ?手机号码（必填） .* H6 ?所在单位 没有找到该机构/}).waitFor();
    expect(await page.getByRole('row', {name: /吴迪/}).count()).toBe(0);
    const report = await saved(page, '下载结果（csv）');
    expect(report.name).toBe('试导入结果.csv');
    expect(report.text).toMatch(/^\uFEFF行号,姓名,结果,单元格,列名,原值,新值,说明\r\n/);
    expect(report.text).toContain('3,吴迪,将新增,,,,,\r\n');
    expect(report.text).toMatch(/\r\n6,赵磊,有问题,D6,手机号码（必填）,,,[^\r]+\r\n6,赵磊,有问题,H6,所在单位,,,没有找到该机构[^\r]+\r\n7,张敏,将修改,,职级,,其他,\r\n8,王芳,无变化,,,,,\r\n$/);
    // Nothing has been imported: leaving is asked about.
    await page.getByRole('link', {name: '工作人员管理'}).click();
    await dialog(page).getByText('内容尚未提交').last().waitFor();
    await dialog(page).getByRole('button', {name: '继续编辑'}).click();
    await dialog(page).waitFor({state: 'detached'});
  });

  it('is imported once it was looked at, also after a reload', async () => {
    const {page} = await as('linwei', '/console/import');
    await check(page, roster);
    await page.getByText('检查完成').waitFor();
    const tried = job(page);
    page.once('dialog', (d) => void d.accept());
    await page.reload();
    await page.getByText('页面刷新后，浏览器不再保留所选文件。要正式导入，请重新选择“名单.csv”。').waitFor();
    await page.getByText('以下各列不在导入范围内，内容未读取：A 序号、K 备注').waitFor();
    await screen(page, 'console-import-reloaded');
    expect(await button(page, '正式导入').count()).toBe(0);
    await page.getByLabel('选择文件').setInputFiles(file(roster, '又一份.csv')); // the same by what is in it
    await button(page, '正式导入').waitFor();
    expect(job(page)).toBe(tried);

    const requests = sent(page);
    await button(page, '正式导入').click();
    await dialog(page).getByText('将新增 2 人，修改 1 人').waitFor();
    await screen(page, 'console-import-sure');
    await dialog(page).getByRole('button', {name: '正式导入'}).dblclick();
    await page.getByText('导入完成。新增 2 人，修改 1 人，1 人无变化；2 人没有导入。').waitFor();
    expect(requests).toHaveLength(1);
    expect(requests[0]!.query).toContain('dryRun=false');
    expect(requests[0]!.key).toMatch(/^[0-9a-f]{32}$/);
    expect(job(page)).not.toBe(tried);
    await row(page, '吴迪').getByText('已新增').waitFor();
    await row(page, '钱').getByText('未导入').waitFor();
    await screen(page, 'console-import-done');
  });

  it('is found among the jobs, from where the new people are texted', async () => {
    const {page} = await as('linwei', '/console/jobs');
    await page.getByRole('row', {name: /^导入 已完成/}).first().getByRole('link', {name: '详情'}).click();
    await page.getByText('导入完成。新增 2 人').waitFor();
    await page.reload();
    await button(page, '向新增的 2 人发送激活短信').click();
    await dialog(page).getByText('共 2 人').waitFor();
    await dialog(page).getByLabel('原因').fill('新进人员');
    await dialog(page).getByRole('button', {name: '确定', exact: true}).click();
    await page.getByRole('status').filter({hasText: '批量发送激活短信'}).getByText('2 / 2').waitFor();
    expect(await textsTo('13911110001')).toHaveLength(1);
    await screen(page, 'console-import-texted');
  });

  it('is checked again when it is another one, and imports nobody twice', async () => {
    const {page} = await as('linwei', '/console/jobs');
    await page.getByRole('row', {name: /^导入 已完成/}).first().waitFor();
    await page.getByRole('row', {name: /^试导入 已完成/}).first().getByRole('link', {name: '详情'}).click();
    await page.getByText('检查完成，数据尚未修改。').waitFor();
    await page.getByLabel('选择文件').setInputFiles(file('姓名,账号\n王芳,wangfang\n'));
    await page.getByText('所选文件与刚才检查的文件不同，请先上传检查。').waitFor();
    await check(page, roster);
    await page.getByText('没有可导入的内容').waitFor();
    await page.getByText('4 人无变化').waitFor();
  });
});

describe('a file that is none', () => {
  it.each([
    ['名单.xls', '姓名', '这是旧版（xls 或 et）表格'],
    ['名单.docx', '姓名', '只能导入 xlsx 或 csv 文件'],
    ['名单.csv', '', '文件是空的'],
    ['名单.csv', '1'.repeat(4 * 1024 * 1024 + 1), '文件超过 4 MB'],
  ])('%s is not sent', async (name, text, said) => {
    const {page} = await as('linwei', '/console/import');
    const requests = sent(page);
    await page.getByLabel('选择文件').setInputFiles(file(text, name));
    await page.getByRole('alert').getByText(said).waitFor();
    expect(await button(page, '上传检查').isDisabled()).toBe(true);
    expect(requests).toEqual([]);
  });

  it('is refused with the server’s sentence, and what to do', async () => {
    const {page} = await as('linwei', '/console/import');
    await check(page, '甲,乙\n1,2\n');
    await page.getByText('没有找到表头').waitFor();
    await page.getByText('请按提示修改文件后重新选择').waitFor();
    await page.getByText(/请求编号/).waitFor();
    expect(await button(page, '重试').count()).toBe(0);
    await screen(page, 'console-import-refused');
    await check(page, '姓名,账号,手机,手机号码\n王芳,wangfang,1,2\n');
    await page.getByText(/有两列表示同一项内容/).waitFor();
    expect(await page.getByText('没有找到表头').count()).toBe(0);
    await check(page, 'PK', '名单.xlsx');
    await page.getByText(/文件/).first().waitFor();
    expect(job(page)).toBeNull();
  });
});

it('is handed in with one key, also if an answer was lost', async () => {
  const {page, context} = await as('linwei', '/console/import');
  const requests = sent(page);
  const made: string[] = [];
  await page.route('**/v1/admin/imports?*', async (route) => {
    const answer = await route.fetch();
    made.push((await answer.json()).id);
    if (made.length % 2 === 1) await route.abort(); // done, and the answer is lost
    else await route.fulfill({response: answer});
  });
  await check(page, '姓名,账号,短号\n王芳,wangfang,6101\n');
  await page.getByText('网络连接失败，请检查网络后重试').waitFor();
  await screen(page, 'console-import-offline');
  await button(page, '重试').click();
  await page.getByText('将新增 0 人，修改 1 人').waitFor();
  await goOn(page);
  await dialog(page).getByText('网络连接失败，请检查网络后重试').waitFor();
  await dialog(page).getByRole('button', {name: '正式导入'}).click();
  await page.getByText('导入完成。新增 0 人，修改 1 人').waitFor();
  expect(requests.map((r) => r.key)).toEqual([requests[0]!.key, requests[0]!.key, requests[2]!.key, requests[2]!.key]);
  expect(requests[2]!.key).not.toBe(requests[0]!.key);
  expect(new Set(made).size).toBe(2);
  await context.unrouteAll();
});

it('is done by keys, in English and in the dark', async () => {
  const {page} = await as('linwei', '/console/import', {dark: true});
  await page.getByRole('button', {name: 'English'}).click();
  await page.getByLabel('Choose a file').focus();
  await screen(page, 'console-import-dark-english');
  await page.getByLabel('Choose a file').setInputFiles(file('姓名,账号,短号\n王?,wangfang,\n张敏,zhangmin,6102\n'));
  await page.getByRole('button', {name: 'Upload and check'}).press('Enter');
  await page.getByText('All is checked, and nothing has changed yet.').waitFor();
  await screen(page, 'console-import-checked-dark-english');
});

it('keeps the file when the session ends, and goes on after the sign-in', async () => {
  const {page, context} = await as('linwei', '/console/import');
  const again = page.getByRole('dialog', {name: '请重新登录'});
  const requests = sent(page);
  await page.getByLabel('选择文件').setInputFiles(file('姓名,账号,短号\n张敏,zhangmin,6103\n'));
  await context.clearCookies();
  await button(page, '上传检查').click();
  await again.waitFor();
  await screen(page, 'console-import-sign-in-again');
  await bothSteps(again, 'linwei', '13700000002');
  await page.getByText('将新增 0 人，修改 1 人').waitFor();
  await context.clearCookies();
  await goOn(page);
  await bothSteps(again, 'linwei', '13700000002');
  await page.getByText('导入完成。新增 0 人，修改 1 人').waitFor();
  expect(requests.map((r) => r.key)).toEqual([requests[0]!.key, requests[0]!.key, requests[2]!.key, requests[2]!.key]);
  states.set('linwei', await context.storageState());
});

describe('a file that is dropped', () => {
  /** Drops a file in the middle of something, as the browser does it itself. */
  async function drop(page: Page, on: Locator, text: string, name = '名单.csv') {
    const path = join(mkdtempSync(join(tmpdir(), 'drop-')), name);
    writeFileSync(path, text);
    const {x, y, width, height} = (await on.boundingBox())!;
    const at = {x: x + width / 2, y: y + height / 2, data: {items: [], files: [path], dragOperationsMask: 1}};
    const mouse = await page.context().newCDPSession(page);
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await mouse.send('Input.dispatchDragEvent', {type, ...at});
  }

  it('is taken at its place, and left alone elsewhere', async () => {
    const {page} = await as('linwei', '/console/import');
    const zone = page.locator('.import__drop');
    await drop(page, page.getByRole('heading', {name: '人员数据导入'}), '姓名,账号\n');
    await drop(page, zone, '姓名', '名单.xls');
    await page.getByRole('alert').getByText('这是旧版（xls 或 et）表格').waitFor();
    await drop(page, zone, '姓名,账号,短号\n张敏,zhangmin,6104\n', '拖入的名单.csv');
    await zone.getByText('已选择：拖入的名单.csv').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await button(page, '上传检查').click();
    await page.getByText('将新增 0 人，修改 1 人').waitFor();
    await drop(page, main(page), '姓名,账号\n');
    await button(page, '正式导入').waitFor(); // the page is still there
    expect(new URL(page.url()).pathname).toBe('/console/import');
  });
});

it('is not taken for the one that another check was about', async () => {
  const {page} = await as('linwei', '/console/import');
  await check(page, '姓名,账号,短号\n张敏,zhangmin,6105\n');
  await button(page, '正式导入').waitFor();
  const first = job(page);
  await button(page, '重新选择文件').click();
  await check(page, '姓名,账号,短号\n张敏,zhangmin,6106\n');
  await expect.poll(() => job(page)).not.toBe(first);
  await button(page, '正式导入').waitFor();
  await page.goBack();
  await page.goBack();
  await expect.poll(() => job(page)).toBe(first);
  await page.getByText('检查完成').waitFor();
  await button(page, '重新选择文件').waitFor();
  expect(await button(page, '正式导入').count()).toBe(0);
});

it('is a workbook, with numbers as its program keeps them', async () => {
  const {page} = await as('linwei', '/console/import');
  const rows = [
    ['临江区数据局新进人员'],
    ['姓名*', '登录账号', '手机号', '性别', '所在单位', '任职类型', '排序', '短号'],
    ['吕静', 'lvjing01', 13922230001, '女', '临江区数据局', '主职', 61, 6107],
    ['张敏', 'zhangmin', '', '', '', '', '', 6108],
    ['周敏', 'zhoumin01', 1392223, '女', '临江区数据局', '主职', 62, ''],
  ];
  await page.getByLabel('选择文件').setInputFiles({name: '新进人员.xlsx', mimeType: 'application/octet-stream', buffer: workbook(rows)});
  await button(page, '上传检查').click();
  await page.getByText('将新增 1 人，修改 1 人，0 人无变化；1 人有问题，不会导入。').waitFor();
  await page.getByRole('row', {name: /5 周敏 有问题 C5 ?手机号/}).waitFor();
  await page.getByRole('row', {name: /4 张敏 将修改 短号 .* → 6108/}).waitFor();
  await goOn(page);
  await page.getByText('导入完成。新增 1 人，修改 1 人，0 人无变化；1 人没有导入。').waitFor();
});

it('is the exported list itself, which changes nothing', {timeout: 120_000}, async () => {
  const {page} = await as('linwei', '/console/staff');
  await row(page, '王芳').waitFor();
  await button(page, '导出').click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', {name: 'Excel 工作簿（xlsx）'}).click()]);
  await button(page, '导入').click();
  await page.getByLabel('选择文件').setInputFiles({name: download.suggestedFilename(), mimeType: 'application/octet-stream', buffer: readFileSync(await download.path())});
  await button(page, '上传检查').click();
  await page.getByText(/^检查完成，数据尚未修改。将新增 0 人，修改 0 人，\d+ 人无变化，没有发现问题。$/).waitFor({timeout: 120_000});
  await page.getByText('没有可导入的内容').waitFor();
  await screen(page, 'console-import-nothing');
});

it('who may not import is not shown the way', async () => {
  const {page} = await as('chenjing', '/console/staff');
  const call = (method: string, path: string, body?: object): Promise<any> =>
    page.evaluate(
      async ([method, path, body]) => (await fetch(path, {method, headers: {'X-Client': 'console', 'Content-Type': 'application/json'}, body: body && JSON.stringify(body)})).json(),
      [method, path, body] as const,
    );
  const found = await call('GET', `/v1/admin/staff?name=${encodeURIComponent('周强')}`);
  const orgs = await call('GET', `/v1/admin/orgs?q=${encodeURIComponent('临江区数据局')}`);
  await call('POST', '/v1/admin/grants', {employeeCode: found.items[0].employeeCode, type: 'audit', org: orgs.items[0].orgCode});
  const auditor = await as('zhouqiang', '/console/staff');
  await row(auditor.page, '王芳').waitFor();
  expect(await auditor.page.getByRole('button', {name: '导入'}).count()).toBe(0);
  expect(await auditor.page.getByRole('link', {name: '人员数据导入'}).count()).toBe(0);
  await auditor.page.goto(`${base}/console/import`);
  await auditor.page.getByRole('heading', {name: /找不到/}).or(auditor.page.getByText(/不存在/)).first().waitFor();
});

// The last ones, as they fill the lists of the unit.
describe('an import of many', {timeout: 240_000}, () => {
  const all = newcomers(200, 'xinren', 13922220000);

  it('is looked at page by page', async () => {
    const {page} = await as('linwei', '/console/import');
    await check(page, `${all}张敏,zhangmin,,,,,\n`);
    await page.getByText('将新增 200 人，修改 0 人，1 人无变化，没有发现问题。').waitFor({timeout: 120_000});
    await row(page, '赵一甲').waitFor();
    expect(await page.getByRole('row').count()).toBe(21); // with the headers
    await page.locator('.ant-pagination-item-2').click();
    await row(page, '赵三甲').waitFor();
    expect(await row(page, '赵一甲').count()).toBe(0);
    await screen(page, 'console-import-pages');
    await page.locator('.ant-pagination-item-11').click();
    await page.getByRole('row', {name: /202 张敏 无变化/}).waitFor();
    expect(await page.getByRole('row').count()).toBe(2);
    await page.getByRole('tab', {name: '将新增 200'}).click();
    await row(page, '赵一甲').waitFor(); // another list begins with its first page
    const report = await saved(page, '下载结果（csv）');
    expect(report.text.trim().split('\r\n')).toHaveLength(202);
  });

  it('is stopped half way, and goes on with the same file', async () => {
    const {page} = await as('linwei', '/console/import');
    await check(page, all);
    await page.getByText('将新增 200 人').waitFor({timeout: 120_000});
    await goOn(page);
    await row(page, '赵一甲').getByText('已新增').waitFor({timeout: 60_000});
    await button(page, '停止').click();
    await dialog(page).getByText('确定要停止“导入”吗？').last().waitFor();
    await dialog(page).getByRole('button', {name: '停止'}).click();
    const told = page.getByText(/^导入已停止。/);
    await told.waitFor({timeout: 60_000});
    const said = (await told.textContent())!;
    expect(said).toMatch(/^导入已停止。新增 \d+ 人，修改 0 人，0 人无变化。其余 \d+ 人尚未导入。$/);
    const [, done, rest] = /^导入已停止。新增 (\d+) 人，修改 0 人，0 人无变化。其余 (\d+) 人尚未导入。$/.exec(said)!.map(Number) as [number, number, number];
    expect(done + rest).toBe(200);
    expect(rest).toBeGreaterThan(0);
    await page.getByText('重新上传同一文件即可继续').waitFor();
    await page.getByRole('tab', {name: `已新增 ${done}`}).waitFor();
    expect(await button(page, '停止').count()).toBe(0);
    await screen(page, 'console-import-stopped');
    // What is told is what was done.
    await expect.poll(() => haveAccount(page, 'xinren'), {timeout: 30_000}).toBe(done);

    await button(page, '重新选择文件').click();
    await check(page, all);
    await page.getByText(`将新增 ${rest} 人，修改 0 人，${done} 人无变化，没有发现问题。`).waitFor({timeout: 120_000});
    await goOn(page);
    await page.getByText(`导入完成。新增 ${rest} 人，修改 0 人，${done} 人无变化。`).waitFor({timeout: 120_000});
    await expect.poll(() => haveAccount(page, 'xinren'), {timeout: 30_000}).toBe(200);
  });
});
