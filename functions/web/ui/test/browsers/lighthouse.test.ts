// Lighthouse's scores of what everybody sees first. How fast it is says make bench.
import {execFileSync} from 'node:child_process';
import {resolve} from 'node:path';
import {expect, inject, it} from 'vitest';

it.each(['/m/', '/console/'])('%s: accessibility and best practices at 95 or more', (path) => {
  const said = JSON.parse(execFileSync('node', [resolve(import.meta.dirname, 'lighthouse.mjs'), inject('base') + path], {encoding: 'utf8'}));
  expect(said.accessibility, said.failed.join('\n')).toBeGreaterThanOrEqual(95);
  expect(said.bestPractices, said.failed.join('\n')).toBeGreaterThanOrEqual(95);
});
