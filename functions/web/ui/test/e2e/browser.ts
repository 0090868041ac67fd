// A browser as a person uses it, and the phone that gets the texts.
import AxeBuilder from '@axe-core/playwright';
import {mkdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {chromium, type Browser, type BrowserContext, type Page} from 'playwright-core';
import {expect, inject} from 'vitest';

export const base = inject('base');
export const secure = inject('secure');
export const inbox = inject('inbox');

let running: Browser | undefined;

export async function chrome(): Promise<Browser> {
  running ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
  });
  return running;
}

export async function closeChrome() {
  await running?.close();
  running = undefined;
}

/** A page, and what it complained of: errors of scripts, and refusals of the policy. */
export type Visit = {page: Page; context: BrowserContext; complaints: string[]};

type State = Awaited<ReturnType<BrowserContext['storageState']>>;
/** State is what a visit before has left in the browser: its cookies and its storage. */
type Options = {dark?: boolean; english?: boolean; size?: {width: number; height: number}; state?: State; init?: () => void};

export async function visit(path: string, options: Options = {}): Promise<Visit> {
  const context = await (await chrome()).newContext({
    viewport: options.size ?? {width: 360, height: 780},
    deviceScaleFactor: 2,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    colorScheme: options.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    storageState: options.state,
  });
  if (options.init) await context.addInitScript(options.init);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (e) => complaints.push(e.message));
  page.on('console', (m) => {
    // A refused request is no fault of the page.
    if (m.type() === 'error' && !m.text().startsWith('Failed to load resource')) complaints.push(m.text());
  });
  await page.goto(base + path);
  return {page, context, complaints};
}

/** The code of the newest text to a phone. */
export async function codeFor(phone: string): Promise<string> {
  const answer = await fetch(`${inbox}/messages?phone=${phone}`);
  const {items} = (await answer.json()) as {items: {text: string}[]};
  const code = items.map((m) => /\d{6}/.exec(m.text)?.[0]).find(Boolean);
  if (!code) throw new Error(`no code was texted to ${phone}`);
  return code;
}

/** How many texts a phone has got. */
export async function textsTo(phone: string): Promise<string[]> {
  const answer = await fetch(`${inbox}/messages?phone=${phone}`);
  return ((await answer.json()) as {items: {text: string}[]}).items.map((m) => m.text);
}

/**
 * Holds a screen to what each must be: nothing serious or critical for axe, nothing wider
 * than the window. With SCREENS it is also kept as a picture in that folder of the project.
 */
export async function screen(page: Page, name: string) {
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  if (process.env.SCREENS) {
    const folder = resolve(import.meta.dirname, '../../../../..', process.env.SCREENS);
    mkdirSync(folder, {recursive: true});
    await page.screenshot({path: join(folder, `${name}.png`)});
  }
  const found = await new AxeBuilder({page}).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  const bad = found.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
  expect(bad.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`), `axe on ${name}`).toEqual([]);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide, `${name} is wider than the window`).toBeLessThanOrEqual(0);
}
