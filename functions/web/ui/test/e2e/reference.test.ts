// The page that shows the contract.
import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {afterAll, expect, it} from 'vitest';
import {base, closeChrome, screen, visit} from './browser';

const contract = readFileSync(resolve(import.meta.dirname, '../../../../../openapi.yaml'), 'utf8');
const operations = [...contract.matchAll(/^ {6}operationId: (\S+)$/gm)].map((m) => m[1]!);

afterAll(closeChrome);

it('shows every operation, asks nobody else, and is refused nothing by its policy', {timeout: 120_000}, async () => {
  expect(operations.length).toBeGreaterThan(35);
  const asked: string[] = [];
  const v = await visit('/reference', {
    size: {width: 1280, height: 900},
    init: () => addEventListener('securitypolicyviolation', (e) => console.error(`${e.effectiveDirective}: ${e.blockedURI}`)),
  });
  v.page.on('request', (r) => asked.push(r.url()));
  await v.page.reload();
  await v.page.locator('.opblock').nth(operations.length - 1).waitFor();
  const ids = await v.page.locator('.opblock').evaluateAll((all) => all.map((e) => e.id));
  expect(ids.length).toBe(operations.length);
  for (const id of operations) {
    expect(ids.filter((shown) => shown.replaceAll('\\', '').endsWith(`-${id}`)), id).not.toEqual([]);
  }
  expect(asked.filter((url) => !url.startsWith(`${base}/reference/`) && !url.startsWith('data:'))).toEqual([]);
  await screen(v.page, 'reference');
  expect(v.complaints).toEqual([]);
  await v.context.close();
});

it('opens the operation of an address, with its answers', {timeout: 120_000}, async () => {
  const v = await visit('/reference/#/sign-in/login', {size: {width: 1280, height: 900}});
  const login = v.page.locator('.opblock.is-open');
  await login.getByText('second_factor_required', {exact: false}).first().waitFor();
  await login.getByText('credentials_wrong', {exact: false}).first().waitFor();
  expect(await v.page.getByRole('button', {name: /execute|try it out|authorize/i}).count()).toBe(0);
  await screen(v.page, 'reference-operation');
  expect(v.complaints).toEqual([]);
  await v.context.close();
});

it('serves the document itself', async () => {
  const answer = await fetch(`${base}/reference/openapi.yaml`);
  expect(answer.headers.get('content-type')).toBe('application/yaml; charset=utf-8');
  expect(await answer.text()).toBe(contract);
});
