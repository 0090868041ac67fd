// What Lighthouse says of a page: node lighthouse.mjs URL [slow] prints it as JSON. The
// scores of the simulated phone and line that Lighthouse takes by itself; and if it is asked
// for slow, when the page can be used with a line that is really slow, 400 kbit/s and 400 ms
// a request, on a CPU four times slower.
import {launch} from 'chrome-launcher';
import lighthouse from 'lighthouse';

const [, , url, alsoSlow] = process.argv;
const slow = {requestLatencyMs: 400, downloadThroughputKbps: 400, uploadThroughputKbps: 400, cpuSlowdownMultiplier: 4};

const chrome = await launch({
  chromePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  chromeFlags: ['--headless', '--no-sandbox', '--disable-gpu', '--ignore-certificate-errors'],
  logLevel: 'silent',
});

async function report(settings) {
  const result = await lighthouse(url, {port: chrome.port, logLevel: 'error', ...settings});
  const {categories, audits, runtimeError} = result.lhr;
  if (runtimeError) throw new Error(runtimeError.message);
  return {categories, audits};
}

try {
  const usual = await report({onlyCategories: ['accessibility', 'best-practices', 'performance']});
  const late = alsoSlow && (await report({onlyCategories: ['performance'], throttlingMethod: 'devtools', throttling: slow}));
  const failed = ({auditRefs}) => auditRefs.map(({id}) => usual.audits[id]).filter((a) => a.scoreDisplayMode === 'binary' && a.score === 0);
  const score = (name) => Math.round(usual.categories[name].score * 100);
  console.log(
    JSON.stringify({
      performance: score('performance'),
      accessibility: score('accessibility'),
      bestPractices: score('best-practices'),
      bytes: Math.round(usual.audits['total-byte-weight'].numericValue),
      usableMs: late && Math.round(late.audits.interactive.numericValue),
      failed: ['accessibility', 'best-practices'].flatMap((name) => failed(usual.categories[name])).map((a) => `${a.id}: ${a.title}`),
    }),
  );
} finally {
  chrome.kill();
}
