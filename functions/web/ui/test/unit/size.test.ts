// What the console and the reference weigh, as make pages has built it: the offices' lines are slow.
import {readdirSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {describe, expect, it} from 'vitest';

const dist = resolve(import.meta.dirname, '../../../dist');

/** The size of a built file as gzip, in kB. */
const weight = (path: string) => readFileSync(join(dist, `${path}.gz`)).length / 1000;

/** A script and what it imports at once; what is asked for later (import()) aside. */
function withImports(path: string, seen: Set<string>) {
  if (seen.has(path)) return;
  seen.add(path);
  for (const [, name] of readFileSync(join(dist, path), 'utf8').matchAll(/(?:from|import)\s*"\.\/([\w-]+\.js)"/g)) withImports(`console/assets/${name}`, seen);
}

describe('the console, gzip', () => {
  it('its sign-in is 220 kB at most', () => {
    const files = new Set<string>();
    const html = readFileSync(join(dist, 'console/index.html'), 'utf8');
    for (const [, path] of html.matchAll(/(?:src|href)="\/(console\/assets\/[^"]+)"/g)) {
      if (path!.endsWith('.js')) withImports(path!, files);
      else files.add(path!);
    }
    const total = [...files].reduce((sum, path) => sum + weight(path), 0);
    expect(files.size).toBeGreaterThan(2);
    expect(total).toBeGreaterThan(50);
    expect(total).toBeLessThanOrEqual(220);
  });

  it('all of it is 450 kB at most', () => {
    const files = readdirSync(join(dist, 'console/assets')).filter((name) => /\.(js|css)$/.test(name));
    const total = files.reduce((sum, name) => sum + weight(`console/assets/${name}`), 0);
    expect(total).toBeGreaterThan(220);
    expect(total).toBeLessThanOrEqual(450);
  });
});

describe('the reference, gzip', () => {
  it('is 480 kB at most, none of which another page loads', () => {
    const files = readdirSync(join(dist, 'reference/assets')).filter((name) => /\.(js|css)$/.test(name));
    const total = files.reduce((sum, name) => sum + weight(`reference/assets/${name}`), 0);
    expect(total).toBeGreaterThan(200);
    expect(total).toBeLessThanOrEqual(480);
    for (const page of ['m', 'console']) {
      const all = readdirSync(join(dist, page), {recursive: true, encoding: 'utf8'}).filter((name) => /\.(js|html)$/.test(name));
      expect(all.length).toBeGreaterThan(1);
      for (const name of all) expect(readFileSync(join(dist, page, name), 'utf8'), name).not.toMatch(/swagger|\/reference\//i);
    }
  });
});
