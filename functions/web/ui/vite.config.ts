import {resolve} from 'node:path';
import {defineConfig} from 'vite';

// Two pages are built apart: vite build --mode m, and --mode console. Each keeps all its
// files below its own path, so that neither needs anything of the other.
export default defineConfig(({mode}) => ({
  root: resolve(import.meta.dirname, 'src', mode),
  base: `/${mode}/`,
  publicDir: resolve(import.meta.dirname, 'public', mode),
  build: {
    outDir: resolve(import.meta.dirname, '../dist', mode),
    emptyOutDir: true,
    // The browsers of the offices begin at Chromium 83. Syntax is translated for them;
    // what they lack of the library is not used (test/old.test.ts).
    target: 'chrome80',
    cssTarget: 'chrome80',
    assetsInlineLimit: 0, // the policy allows no data: scripts or fonts
    modulePreload: {polyfill: false},
    reportCompressedSize: false,
  },
  oxc: {jsx: {runtime: 'automatic', importSource: mode === 'console' ? 'react' : 'preact'}},
  test: {root: import.meta.dirname, include: ['test/unit/**/*.test.{ts,tsx}']},
}));
