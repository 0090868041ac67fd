// Writes .br and .gz beside each built file that they make smaller. The gateway does not
// compress answers.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {brotliCompressSync, constants, gzipSync} from 'node:zlib';

const dist = new URL('../../dist/', import.meta.url).pathname;
for (const entry of readdirSync(dist, {recursive: true, withFileTypes: true})) {
  if (!entry.isFile() || !/\.(html|js|css|svg|json|txt|yaml|webmanifest)$/.test(entry.name)) continue;
  const file = join(entry.parentPath, entry.name);
  const content = readFileSync(file);
  const forms = {
    '.br': brotliCompressSync(content, {params: {[constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length}}),
    '.gz': gzipSync(content, {level: 9}),
  };
  for (const [suffix, small] of Object.entries(forms)) {
    if (small.length < content.length) writeFileSync(file + suffix, small);
  }
}
