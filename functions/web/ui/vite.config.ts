import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {defineConfig, type Plugin} from 'vite';

/** Puts the contract beside the page that shows it, under its own name. */
const contract: Plugin = {
  name: 'contract',
  generateBundle() {
    this.emitFile({type: 'asset', fileName: 'openapi.yaml', source: readFileSync(resolve(import.meta.dirname, '../../../openapi.yaml'))});
  },
};

// Three pages are built apart: vite build --mode m, --mode console and --mode reference.
// Each keeps all its files below its own path, so that none needs anything of another.
export default defineConfig(({mode}) => ({
  root: resolve(import.meta.dirname, 'src', mode),
  base: `/${mode}/`,
  plugins: mode === 'reference' ? [contract] : [],
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
    // In kB, what the console's sign-in is, and swagger-ui; test/unit/size.test.ts limits the compressed sizes.
    chunkSizeWarningLimit: mode === 'reference' ? 1600 : 640,
    rolldownOptions: {
      checks: {bundlerTimings: false}, // a busy machine is no fault of the pages
      // "use client" in Ant Design's files is for servers that draw pages; there is none here.
      onLog: (level, log, handle) => log.code === 'MODULE_LEVEL_DIRECTIVE' || handle(level, log),
    },
  },
  oxc: {jsx: {runtime: 'automatic', importSource: mode === 'console' ? 'react' : 'preact'}},
  test: {root: import.meta.dirname, include: ['test/unit/**/*.test.{ts,tsx}']},
}));
