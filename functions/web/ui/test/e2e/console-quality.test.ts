// Data quality: who lacks what, by organisation and by field, and the way to those people.
import {describe, expect, it} from 'vitest';
import {as, row} from './administrator';
import {screen} from './browser';

describe('data quality', () => {
  it('leads from a number to the people whom it counts', async () => {
    const {page} = await as('chenjing', '/console/org-data');
    const summary = page.getByRole('region', {name: '概况'});
    await summary.getByText('管理范围合计').waitFor();
    await page.getByLabel('搜索机构名称').fill('临江区数据局');
    await page.getByRole('tree').getByText('临江区数据局').first().click();
    await summary.getByRole('heading', {name: '临江区数据局'}).waitFor();
    await screen(page, 'console-org-data');

    const link = summary.getByRole('link', {name: /^查看临江区数据局职级待完善的\d+人$/});
    const counted = parseInt((await link.textContent()) ?? '', 10);
    expect(counted).toBeGreaterThan(0); // 张敏
    await link.click();
    await page.getByText('主职机构：临江区数据局').waitFor();
    await page.getByText('仅看数据不完善的人员').waitFor();
    await row(page, '张敏').waitFor();
    expect(new URL(page.url()).searchParams.get('jobLevel')).toBe('none');
    expect(await page.locator('tbody tr.ant-table-row').count()).toBe(Math.min(counted, 20));
    await page.goBack();
    await summary.getByRole('heading', {name: '临江区数据局'}).waitFor();

    await summary.getByRole('link', {name: /人员角色待完善/}).click();
    await row(page, '张敏').waitFor();
    await page.getByText('人员角色待完善').waitFor();
  });

  it('says so where nothing was found', async () => {
    const {page} = await as('chenjing', '/console/staff-data');
    await page.getByText('没有发现问题').waitFor();
    await screen(page, 'console-staff-data');
    await page.getByRole('tab', {name: '身份证号重复'}).click();
    await page.getByText('两名在职人员的身份证号相同').waitFor();
    expect(new URL(page.url()).searchParams.get('list')).toBe('id_card');
    await page.getByText('没有发现问题').waitFor();
    await page.getByRole('tab', {name: '出生日期与身份证号不一致'}).click();
    await page.getByRole('link', {name: '在工作人员管理中处理'}).click();
    await page.waitForURL(/\/staff\?oddity=birth_date$/);
    await page.getByText('出生日期与身份证号不一致').waitFor();
  });
});
