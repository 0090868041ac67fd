// Somebody in front of a browser, and the browsers that offices have.
import {resolve} from 'node:path';
import {inject} from 'vitest';
import {chromium, firefox, until, webkit, type Driver} from './drivers';

const inbox = inject('inbox');
const packages = resolve(import.meta.dirname, 'node_modules');

export const browsers: {name: string; start: () => Promise<Driver>; version: RegExp; account: string; phone: string; keepsOnHTTP: boolean}[] = [
  {name: 'Chromium 83', start: () => chromium(`${packages}/chrome-aws-lambda/bin`), version: /Chrome\/83\./, account: 'linwei', phone: '13700000002', keepsOnHTTP: false},
  {name: 'Chromium 109', start: () => chromium(`${packages}/@sparticuz/chromium/bin`), version: /Chrome\/109\./, account: 'chenjing', phone: '13700000001', keepsOnHTTP: false},
  {name: 'Chromium of today', start: () => chromium(undefined, process.env.CHROMIUM), version: /Chrome\/1[3-9]\d\./, account: 'linwei', phone: '13700000002', keepsOnHTTP: true},
  {name: 'Firefox ESR', start: () => firefox(), version: /firefox\/1[4-9]\d/, account: 'zhouqiang', phone: '13700000007', keepsOnHTTP: true},
  {name: 'WebKitGTK', start: () => webkit(), version: /MiniBrowser\/2\./, account: 'zhouqiang', phone: '13700000007', keepsOnHTTP: false},
];

/** A person in front of the browser. */
export function person(b: Driver) {
  // While a page gives way to another one nothing is to be seen.
  const text = () => b.run<string>('document.body.innerText').catch(() => '');
  const sees = async (what: string | RegExp) => {
    try {
      await until(async () => (typeof what === 'string' ? (await text()).includes(what) : what.test(await text())));
    } catch {
      throw new Error(`${b.version} does not show ${what}, but:\n${await text()}`);
    }
  };
  return {
    sees,
    async fill(field: string, value: string) {
      await until(() => b.run<boolean>(`!!document.querySelector(${JSON.stringify(field)})`));
      await b.run(`(() => {
        const input = document.querySelector(${JSON.stringify(field)});
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, ${JSON.stringify(value)});
        input.dispatchEvent(new Event('input', {bubbles: true}));
      })()`);
    },
    async tap(name: string) {
      const find = `Array.from(document.querySelectorAll('dialog[open] button, button, a')).find((e) => e.textContent.trim() === ${JSON.stringify(name)})`;
      await until(() => b.run<boolean>(`!!(${find})`));
      await b.run(`void ${find}.click()`);
    },
  };
}

export async function codeFor(phone: string): Promise<string> {
  const {items} = (await (await fetch(`${inbox}/messages?phone=${phone}`)).json()) as {items: {text: string}[]};
  return items.map((m) => /\d{6}/.exec(m.text)?.[0]).find(Boolean)!;
}
