// The least that drives a browser of any age: open an address, run a script there. Each
// speaks what its browser understands: Chromium CDP, Firefox WebDriver BiDi, WebKit
// WebDriver.
import {spawn, spawnSync, type ChildProcess} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {brotliDecompressSync} from 'node:zlib';
import WebSocket from 'ws';

export interface Driver {
  /** Opens an address, and returns once the document has loaded. */
  open(url: string): Promise<void>;
  /** Runs an expression in the page, which may be a promise, and returns its value. */
  run<T>(expression: string): Promise<T>;
  /** Makes the window so large. */
  resize(width: number, height: number): Promise<void>;
  /** A picture of the window, as PNG. */
  picture(): Promise<Buffer>;
  /** What the browser says it is. */
  version: string;
  close(): Promise<void>;
}

const folder = () => mkdtempSync(join(tmpdir(), 'chaoxi-browser-'));

/**
 * Ends a process and all that it has started, and waits until they are gone: they write
 * into the folders that are removed next. Each is started as the leader of a group.
 */
async function ended(leader: ChildProcess) {
  const group = -leader.pid!;
  const kill = (signal: NodeJS.Signals | 0) => {
    try {
      return process.kill(group, signal);
    } catch {
      return false; // nobody is left
    }
  };
  kill('SIGKILL');
  await until(async () => !kill(0));
}

/** Unpacks a Chromium that a package carries compressed, beside what it links to. */
function unpack(bin: string): {binary: string; env: Record<string, string>; at: string} {
  const at = folder();
  for (const name of ['aws', 'swiftshader']) {
    if (!existsSync(join(bin, `${name}.tar.br`))) continue;
    const tar = join(at, `${name}.tar`);
    writeFileSync(tar, brotliDecompressSync(readFileSync(join(bin, `${name}.tar.br`))));
    const done = spawnSync('tar', ['-xf', tar, '-C', at]);
    if (done.status !== 0) throw new Error(String(done.stderr));
  }
  const binary = join(at, 'chromium');
  writeFileSync(binary, brotliDecompressSync(readFileSync(join(bin, 'chromium.br'))));
  chmodSync(binary, 0o755);
  const fonts = join(at, 'aws', 'fonts');
  mkdirSync(fonts, {recursive: true});
  return {binary, at, env: {LD_LIBRARY_PATH: [join(at, 'lib'), join(at, 'aws', 'lib'), at].join(':')}};
}

/** Chromium, by its own protocol over a pipe. */
export async function chromium(carried: string | undefined, binary = '/usr/bin/chromium'): Promise<Driver> {
  const old = carried ? unpack(carried) : undefined;
  const profile = folder();
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  if (old) flags.push('--single-process', '--no-zygote');
  const browser = spawn(
    old?.binary ?? binary,
    [...flags, '--remote-debugging-pipe', '--ignore-certificate-errors', '--window-size=360,780', `--user-data-dir=${profile}`, 'about:blank'],
    {detached: true, stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], env: {...process.env, ...old?.env}},
  );
  const [, , , into, from] = browser.stdio as any[];
  let last = 0;
  const waiting = new Map<number, {done: (v: any) => void; failed: (e: Error) => void}>();
  let rest = '';
  from.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk).split('\0');
    rest = parts.pop()!;
    for (const part of parts) {
      const message = JSON.parse(part);
      const asked = waiting.get(message.id);
      if (!asked) continue;
      waiting.delete(message.id);
      if (message.error) asked.failed(new Error(JSON.stringify(message.error)));
      else asked.done(message.result);
    }
  });
  browser.once('exit', () => waiting.forEach((w) => w.failed(new Error('the browser has ended'))));
  const send = (method: string, params: object = {}, sessionId?: string): Promise<any> =>
    new Promise((done, failed) => {
      waiting.set(++last, {done, failed});
      into.write(JSON.stringify({id: last, method, params, sessionId}) + '\0');
    });
  const {product} = await send('Browser.getVersion');
  const {targetId} = await send('Target.createTarget', {url: 'about:blank'});
  const {sessionId} = await send('Target.attachToTarget', {targetId, flatten: true});
  await send('Security.setIgnoreCertificateErrors', {ignore: true}, sessionId).catch(() => undefined);
  const run = async <T>(expression: string): Promise<T> => {
    const {result, exceptionDetails} = await send('Runtime.evaluate', {expression, awaitPromise: true, returnByValue: true}, sessionId);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as T;
  };
  return {
    version: product,
    run,
    async resize(width, height) {
      await send('Emulation.setDeviceMetricsOverride', {width, height, deviceScaleFactor: 1, mobile: false}, sessionId);
    },
    async picture() {
      return Buffer.from((await send('Page.captureScreenshot', {format: 'png'}, sessionId)).data, 'base64');
    },
    async open(url) {
      const {errorText} = await send('Page.navigate', {url}, sessionId);
      if (errorText) throw new Error(`${url}: ${errorText}`);
      await until(() => run(`document.readyState === 'complete' && location.href.startsWith(${JSON.stringify(new URL(url).origin)})`));
    },
    async close() {
      await ended(browser);
      for (const f of [profile, old?.at]) if (f) rmSync(f, {recursive: true, force: true, maxRetries: 5});
    },
  };
}

/** Firefox, by WebDriver BiDi. */
export async function firefox(binary = '/usr/bin/firefox-esr'): Promise<Driver> {
  const profile = folder();
  const browser = spawn(binary, ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0'], {detached: true, stdio: ['ignore', 'pipe', 'pipe']});
  const address = await new Promise<string>((found, failed) => {
    browser.once('exit', (code) => failed(new Error(`Firefox ended with ${code}`)));
    for (const stream of [browser.stdout, browser.stderr]) {
      createInterface({input: stream}).on('line', (line) => {
        const at = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(line)?.[1];
        if (at) found(at);
      });
    }
  });
  const socket = new WebSocket(`${address}/session`);
  await new Promise((open, failed) => socket.once('open', open).once('error', failed));
  let last = 0;
  const waiting = new Map<number, {done: (v: any) => void; failed: (e: Error) => void}>();
  socket.on('message', (raw) => {
    const message = JSON.parse(String(raw));
    const asked = waiting.get(message.id);
    if (!asked) return;
    waiting.delete(message.id);
    if (message.type === 'error') asked.failed(new Error(`${message.error}: ${message.message}`));
    else asked.done(message.result);
  });
  const send = (method: string, params: object): Promise<any> =>
    new Promise((done, failed) => {
      waiting.set(++last, {done, failed});
      socket.send(JSON.stringify({id: last, method, params}));
    });
  const {capabilities} = await send('session.new', {capabilities: {alwaysMatch: {acceptInsecureCerts: true}}});
  const {contexts} = await send('browsingContext.getTree', {});
  const context = contexts[0].context;
  return {
    version: `${capabilities.browserName}/${capabilities.browserVersion}`,
    async run<T>(expression: string) {
      const {type, result, exceptionDetails} = await send('script.evaluate', {expression: `Promise.resolve(${expression}).then((v) => JSON.stringify(v === undefined ? null : v))`, awaitPromise: true, target: {context}});
      if (type === 'exception') throw new Error(exceptionDetails.text);
      return JSON.parse(result.value) as T;
    },
    async resize(width, height) {
      await send('browsingContext.setViewport', {context, viewport: {width, height}});
    },
    async picture() {
      return Buffer.from((await send('browsingContext.captureScreenshot', {context})).data, 'base64');
    },
    async open(url) {
      await send('browsingContext.navigate', {context, url, wait: 'complete'});
    },
    async close() {
      socket.terminate();
      await ended(browser);
      rmSync(profile, {recursive: true, force: true, maxRetries: 5});
    },
  };
}

/** WebKitGTK's MiniBrowser, by WebDriver, on a screen that nobody sees. */
export async function webkit(binary = '/usr/bin/WebKitWebDriver'): Promise<Driver> {
  const port = 20000 + (process.pid % 20000);
  const display = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {detached: true, stdio: ['ignore', 'pipe', 'ignore']});
  const number = await new Promise<string>((found, failed) => {
    display.once('exit', (code) => failed(new Error(`Xvfb ended with ${code}`)));
    createInterface({input: display.stdout}).once('line', found);
  });
  const driver = spawn(binary, ['--host=127.0.0.1', `--port=${port}`], {detached: true, stdio: 'ignore', env: {...process.env, DISPLAY: `:${number}`, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1'}});
  const call = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {method, body: body && JSON.stringify(body)});
    const {value} = (await answer.json()) as {value: any};
    if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  await until(() => call('GET', '/status').then(() => true, () => false));
  const {sessionId, capabilities} = await call('POST', '/session', {
    capabilities: {alwaysMatch: {acceptInsecureCerts: true, 'webkitgtk:browserOptions': {binary: minibrowser(), args: ['--automation']}}},
  });
  const at = `/session/${sessionId}`;
  await call('POST', `${at}/timeouts`, {script: 60_000});
  return {
    version: `${capabilities.browserName}/${capabilities.browserVersion}`,
    async run<T>(expression: string) {
      const script = `const done = arguments[0]; Promise.resolve().then(() => (${expression})).then((v) => done({v: v === undefined ? null : v}), (e) => done({e: String(e)}))`;
      const {v, e} = await call('POST', `${at}/execute/async`, {script, args: []});
      if (e) throw new Error(e);
      return v as T;
    },
    async resize(width, height) {
      await call('POST', `${at}/window/rect`, {x: 0, y: 0, width, height});
    },
    async picture() {
      return Buffer.from(await call('GET', `${at}/screenshot`), 'base64');
    },
    async open(url) {
      await call('POST', `${at}/url`, {url});
    },
    async close() {
      await call('DELETE', at).catch(() => undefined);
      await ended(driver);
      await ended(display);
    },
  };
}

function minibrowser(): string {
  const at = ['x86_64', 'aarch64'].map((arch) => `/usr/lib/${arch}-linux-gnu/webkit2gtk-4.1/MiniBrowser`).find((path) => existsSync(path));
  if (!at) throw new Error('MiniBrowser of webkit2gtk is not installed');
  return at;
}

/** Waits until a condition holds. */
export async function until(holds: () => Promise<boolean>, most = 30_000): Promise<void> {
  for (const end = Date.now() + most; ; ) {
    if (await holds()) return;
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((later) => setTimeout(later, 50));
  }
}
